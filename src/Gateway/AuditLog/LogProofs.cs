using System.Globalization;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.AuditLog;

/// <summary>A proof that a leaf stands in our log, as a file.</summary>
/// <param name="Leaf">What was logged.</param>
/// <param name="Index">Among the leaves of all epochs.</param>
/// <param name="Origin">The log that it stands in.</param>
/// <param name="Checkpoint">Its size and the time when it was made and witnessed.</param>
internal sealed record LogProof(LogLeaf Leaf, long Index, LogName Origin, CheckpointRow Checkpoint, TlogProof File)
{
    /// <summary>Whether enough witnesses had cosigned the checkpoint when the proof was made.</summary>
    public bool IsWitnessed => Checkpoint.Witnessed is not null;
}

/// <summary>
/// Proofs of what was logged. The first witnessed checkpoint that covers a leaf bounds its time most tightly, so that is the one in
/// the proof; before there is one, the newest checkpoint, which the proof's reader will find unwitnessed.
/// </summary>
internal sealed class LogProofs(Database database)
{
    /// <summary>Of a receipt, by the SHA-256 of its DER, own or received.</summary>
    public Outcome<LogProof> For(Digest receipt) => database.Read(s => For(s, receipt));

    /// <summary>Of any leaf, by its index.</summary>
    public Outcome<LogProof> For(long leaf) => database.Read(s => For(s, leaf));

    public static Outcome<LogProof> For(Session session, Digest receipt)
        => session.One("SELECT leaf FROM receipts WHERE sha256 = $1 AND leaf IS NOT NULL", row => row.GetInt64(0).ToString(CultureInfo.InvariantCulture), receipt) is { } leaf
            ? For(session, long.Parse(leaf, CultureInfo.InvariantCulture))
            : new Refusal(RefusalCode.NotFound, $"no receipt with the digest {receipt} is in the log");

    public static Outcome<LogProof> For(Session session, long leaf)
    {
        if (leaf < 0 || leaf >= Leaves.Count(session))
            return new Refusal(RefusalCode.NotFound, $"the log has no leaf {leaf}");
        if (LogEpoch.Of(session, leaf) is not { } epoch)
            return Pending(leaf);
        var index = leaf - epoch.First;
        var checkpoint = Checkpoints.FirstWitnessed(session, epoch, index) ?? Checkpoints.Latest(session, epoch);
        return checkpoint is null || checkpoint.Size <= index ? Pending(leaf) : Under(session, epoch, checkpoint, leaf);
    }

    /// <summary>The proof of a leaf under a checkpoint that covers it. Verified here first: what rotted on the disk is never handed out.</summary>
    public static Outcome<LogProof> Under(Session session, LogEpoch epoch, CheckpointRow checkpoint, long leaf)
    {
        var index = leaf - epoch.First;
        var path = new LogTree(session, epoch).Inclusion(index, checkpoint.Size);
        var entry = Leaves.Read(session, leaf, leaf + 1)[0];
        return InclusionProof.Verify(entry.Hash, (ulong)index, (ulong)checkpoint.Size, path, checkpoint.Root)
            ? new LogProof(entry, leaf, epoch.Name, checkpoint, new TlogProof(index, path, SignedNote.Read(checkpoint.Newest).Value))
            : new Refusal(RefusalCode.LogProofMismatch, $"the stored leaves around {leaf} no longer give the root of checkpoint {checkpoint.Size}: run 'gateway fsck'");
    }

    private static Refusal Pending(long leaf) => new(RefusalCode.LogProofPending, $"no checkpoint covers leaf {leaf} yet");
}
