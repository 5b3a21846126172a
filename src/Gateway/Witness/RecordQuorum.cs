using System.Globalization;
using Gateway.AuditLog;
using Gateway.Receipts;
using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>
/// Puts on record, as a leaf of the log, how many of which peers must cosign our checkpoints, each time that this changes: a card that lists a
/// cosigner key, a peer that is blocked, another number in the configuration. An auditor sees since when less was asked for.
/// </summary>
internal sealed class RecordQuorum(Database database, KnownLogs logs, WitnessPolicy policy, TimeProvider clock)
{
    private const string Fact = "witness.quorum";

    private string? _recorded;

    public async Task Run()
    {
        var states = logs.Counted.Select(p => p.State).Order(StringComparer.Ordinal).ToList();
        var now = string.Create(CultureInfo.InvariantCulture, $"{policy.Quorum} of {states.Count}{(states.Count == 0 ? "" : $": {string.Join(", ", states)}")}");
        if (now == (_recorded ??= database.Read(s => RecoveryFacts.Find(s, Fact))) || (_recorded is null && states.Count == 0))
            return;
        await database.Write(Lane.Ordinary, s =>
        {
            RecoveryFacts.Keep(s, Fact, now);
            new AuditRecord("log.quorum", "gateway", logs.OwnState, Detail: now).Append(s, clock.GetUtcNow());
        });
        _recorded = now;
    }
}
