using System.Globalization;
using Gateway.AuditLog;
using Gateway.Protocol.MerkleLog;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>
/// What a peer holds of our own log, with our signature, and this database does not: it is older than what was signed, whatever the chains of
/// receipts show, for a custody event or an erasure leaves no receipt. Nothing is signed any more until an administrator has decided; after a restore,
/// where this is expected, until every peer was asked. The log is never continued: the one that follows names the largest checkpoint that was shown.
/// </summary>
internal sealed class LostLog(Database database, KnownLogs logs, LedgerGate gate, Alarms alarms, TimeProvider clock, ILogger<LostLog> log)
{
    /// <summary>
    /// The log before one that was begun on purpose, as long as nothing is signed in the new one: that was done with the gateway stopped, when nobody could ask peers whether this database is as new
    /// as what was signed. Null otherwise.
    /// </summary>
    public LogName? NotSignedYet => database.Read(NotYet);

    /// <summary>Keeps it in mind beyond a restart, and shuts the ledger.</summary>
    /// <param name="lost">Verified under the log keys of our card in force.</param>
    /// <param name="peer">The State that holds it.</param>
    /// <returns>Whether it is more than was known to be lost: then peers may hold still later logs.</returns>
    public async Task<bool> Shown(VerifiedCheckpoint lost, string peer)
    {
        var (origin, size) = (lost.Checkpoint.Origin, lost.Checkpoint.Size);
        if (logs.Find(origin) is not { } known || !LogName.TryParse(origin, out var name))
            return false;
        var signed = SignedNote.Compose(lost.Note.Text, lost.Note.Signatures.Where(known.Made)).Bytes.ToArray();
        var now = clock.GetUtcNow();
        var kept = await database.Write(Lane.Ordinary, s =>
        {
            // Given up already: what peers hold of it says nothing new.
            if (LogEpoch.Current(s) is { } current && LogEpoch.IsLater(current.Name, name) && NotYet(s) != name)
                return null;
            var news = Before(s) is not { } before || LogEpoch.IsLater(name, before.Log) || (before.Log == name && before.Size < size);
            if (news)
            {
                RecoveryFacts.KeepLost(s, signed);
                new AuditRecord("log.lost", $"peer {peer}", origin, Detail: string.Create(CultureInfo.InvariantCulture, $"it holds checkpoint {size}, which this database does not have")).Append(s, now);
            }
            var expected = RecoveryFacts.Find(s, RecoveryFacts.Restored) is not null;
            if (!expected && RecoveryFacts.Find(s, RecoveryFacts.Rollback) is null)
                RecoveryFacts.Keep(s, RecoveryFacts.Rollback, peer);
            return new { Expected = expected, News = news };
        });
        if (kept is null)
            return false;
        var what = string.Create(CultureInfo.InvariantCulture, $"{peer} holds checkpoint {size} of our log {origin}, which this database does not have: it is older than what was signed, or another gateway runs with our keys");
        alarms.Raise(AlarmCode.LOG_BEHIND, origin, what);
        if (kept.Expected)
            return kept.News;
        if (gate.Standing != LedgerStanding.ROLLBACK)
            log.LogCritical("{What}", what);
        gate.Rollback(what);
        return kept.News;
    }

    private LogName? NotYet(Session s)
        => LogEpoch.Current(s) is { } current && logs.Begun(current.Name) is { } renewal && Checkpoints.Latest(s, current) is null ? renewal.Ended : null;

    private static (LogName Log, long Size)? Before(Session s)
        => RecoveryFacts.Lost(s) is { } note ? (LogEpoch.NameOf(note), SignedNote.Read(note).Then(n => Checkpoint.Read(n.Text)).Value.Size) : null;
}
