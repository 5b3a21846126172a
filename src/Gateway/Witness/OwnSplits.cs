using Gateway.Protocol.MerkleLog;
using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>
/// What a peer shows us of our own log: somebody else has signed another history of it, as with a stolen key, and that peer has the proof. People here must see both notes, too. Nothing is
/// ended by it: that the database is older than what was signed shows when copies are compared.
/// </summary>
internal sealed class OwnSplits(Database database, KnownLogs logs, OwnLog ownLog, LogConflicts conflicts, FreeSpace space, TimeProvider clock)
{
    /// <param name="note">A checkpoint in the name of a log of ours.</param>
    /// <param name="known">That log, with the keys in force.</param>
    /// <param name="peer">Who shows it.</param>
    public async Task Hear(SignedNote note, KnownLog known, string peer)
    {
        var ever = logs.WithFormerKeys(known);
        if (!VerifiedCheckpoint.Open(note, ever.Keys).TryGet(out var theirs, out _) || ever.IsTooLong(theirs) || ownLog.Judge(theirs.Checkpoint) != OwnJudgement.Different)
            return;
        if (ownLog.Signed(known.Origin, theirs.Checkpoint.Size) is not { } ours || space.RefuseFor(SignedNote.MaxBytes, emergency: true) is not null)
            return;
        // What a key in force has signed is our word. Who has one that was exchanged could sign another history at any time: it is shown, and breaks no bundle of ours.
        var kind = VerifiedCheckpoint.Open(note, known.Keys).Succeeded ? ConflictKind.ROOTS : ConflictKind.FORMER;
        var now = clock.GetUtcNow();
        if (await database.Write(Lane.Bulk, s => LogConflicts.Pair(s, kind, ours, theirs, ever, peer, now)) is { } conflict)
            conflicts.Raise(conflict);
    }
}
