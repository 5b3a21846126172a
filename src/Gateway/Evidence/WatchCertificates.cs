using System.Globalization;
using Gateway.Cases;
using Gateway.Custody;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Records;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>
/// Items that were sent in an emergency without the custodian's certificate, which was to follow, stand on the board until <c>AddRecord</c> brought one; one that is late is told once more, as an event.
/// What a manifest says of it is under the key of its case: each is opened once in a process.
/// </summary>
internal sealed class WatchCertificates(Database database, CaseKeys caseKeys, Alarms alarms, Rounds rounds, Drain drain, TimeProvider clock) : BackgroundService
{
    private const string Overdue = "item.certificateOverdue";
    private const int AtOnce = 100;

    private readonly Dictionary<string, Promise> _promises = new(StringComparer.Ordinal);
    private long _seen = -1;

    private sealed record Promise(string Case, string Exhibit, DateTimeOffset Due)
    {
        public bool Told { get; set; }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        await rounds.Every(TimeSpan.FromMinutes(1), "the watch over certificates", Look, clock, stop.Token);
    }

    /// <summary>One look.</summary>
    public async Task Look()
    {
        while (database.Read(s => Learn(s)))
        {
        }
        var now = clock.GetUtcNow();
        foreach (var item in database.Read(s => _promises.Where(p => IsKept(s, p.Key, p.Value.Case)).Select(p => p.Key).ToList()))
        {
            _promises.Remove(item);
            alarms.Clear(AlarmCode.CERTIFICATE_TO_FOLLOW, item);
        }
        var waits = database.Read(s => _promises.Where(p => Waits(s, p.Key, p.Value.Case)).Select(p => p.Key).ToHashSet(StringComparer.Ordinal));
        foreach (var (item, promise) in _promises)
        {
            if (!waits.Contains(item))
            {
                alarms.Clear(AlarmCode.CERTIFICATE_TO_FOLLOW, item);
                continue;
            }
            var late = now > promise.Due;
            alarms.Raise(AlarmCode.CERTIFICATE_TO_FOLLOW, item, string.Create(CultureInfo.InvariantCulture,
                $"the custodian's certificate of {promise.Exhibit} {(late ? "is late: it was to follow" : "is to follow")} by {promise.Due:yyyy-MM-dd HH:mm} UTC ('gatewayctl evidence record add')"), promise.Case);
            if (!late || promise.Told)
                continue;
            promise.Told = true;
            await database.Write(Lane.Ordinary, s =>
            {
                if (s.Number("SELECT count(*) FROM events WHERE subject = $1 AND kind = $2", item, Overdue) == 0)
                    Events.Append(s, now, Overdue, promise.Case, item, $"the custodian's certificate of {promise.Exhibit} did not follow in time");
            });
        }
    }

    // Leaves are numbered in the order in which items were attached. True when there may be more.
    private bool Learn(Session session)
    {
        var found = session.Query("SELECT id, attached_leaf FROM items WHERE direction = 'OUT' AND attached_leaf > $1 AND manifest IS NOT NULL AND state <> 'ERASED' ORDER BY attached_leaf LIMIT $2",
            row => (Id: row.GetString(0), Leaf: row.GetInt64(1)), _seen, AtOnce);
        foreach (var (id, leaf) in found)
        {
            if (ItemRow.Find(session, id) is { } item && ItemPapers.Open(session, caseKeys, item).Manifest is { CertificateExemption: { Code: ExemptionCode.EMERGENCY_CERTIFICATE_TO_FOLLOW, Due: { } due } } manifest)
                _promises[id] = new Promise(item.CaseId, manifest.ExhibitNumber, due);
            _seen = leaf;
        }
        return found.Count == AtOnce;
    }

    // Nobody was promised anything with what never left, and where a case has ended nothing can follow.
    private static bool Waits(Session session, string item, string caseId)
        => ItemRow.Find(session, item) is { State: ItemState.RELEASED or ItemState.SENT or ItemState.CONSIGNED } && CaseRow.Find(session, caseId) is { } row && !row.State.IsFinal();

    // With the signature of everybody whom its parts name; or nobody is to bring one any more.
    private bool IsKept(Session session, string item, string caseId) => ItemRow.Find(session, item) is not { } row || row.State == ItemState.ERASED
        || RecordRows.Of(session, caseKeys, caseId, item).Where(kept => kept.Record.Form == RecordForms.CustodianCertificate).GroupBy(kept => kept.Record.Sha256)
            .Any(copies => RecordSignatures.Unsigned(copies.First().Record, [.. copies.Select(kept => kept.Signed.Signer)]).Count == 0);
}
