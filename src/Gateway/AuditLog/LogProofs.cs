using Gateway.Protocol.Bundles;
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
    /// <summary>Of whatever was logged, by its SHA-256: a receipt, a custody event, a signed record, an erasure (DER), the record of an act or verdict.</summary>
    public Outcome<LogProof> For(Digest sha256) => database.Read(s => For(s, sha256));

    /// <summary>Of an erasure, ours or one that a peer told, by its id.</summary>
    public Outcome<LogProof> ForErasure(string id) => database.Read(s => s.One("SELECT der FROM erasures WHERE id = $1 ORDER BY time", row => row.Bytes(0), id) is { } der
        ? For(s, Digest.Of(der))
        : new Refusal(RefusalCode.NotFound, $"there is no erasure {id}"));

    /// <summary>Of any leaf, by its index.</summary>
    public Outcome<LogProof> For(long leaf) => database.Read(s => For(s, leaf));

    /// <summary>How a digest is found. Each names its index: without it the query fails, and does not look through millions of leaves.</summary>
    internal static IReadOnlyList<string> Lookups { get; } =
    [
        "SELECT leaf FROM receipts INDEXED BY receipts_by_digest WHERE sha256 = $1 AND leaf IS NOT NULL",
        "SELECT idx FROM log_leaves INDEXED BY leaves_by_digest WHERE sha256 = $1 AND kind NOT IN ('receipt', 'received') ORDER BY idx LIMIT 1",
        $"SELECT idx FROM audit_records INDEXED BY verdicts_by_report WHERE act = '{VerdictRecord.Act}' AND CASE WHEN json_valid(CAST(body AS TEXT)) THEN json_extract(CAST(body AS TEXT), '$.detail') END = $1 ORDER BY idx LIMIT 1",
    ];

    public static Outcome<LogProof> For(Session session, Digest sha256)
    {
        var leaf = session.Query(Lookups[0], row => row.GetInt64(0), sha256).Concat(session.Query(Lookups[1], row => row.GetInt64(0), sha256)).Select(l => (long?)l).FirstOrDefault();
        if (leaf is { } index)
            return For(session, index);
        // A verdict is known by the digest of its report; the log holds the record that it was made.
        var record = session.Query(Lookups[2], row => row.GetInt64(0), sha256.ToString()).Select(l => (long?)l).FirstOrDefault();
        return record is not { } place
            ? new Refusal(RefusalCode.NotFound, $"nothing with the digest {sha256} is in the log")
            : new Refusal(RefusalCode.NotFound, $"{sha256} is the report of a verdict; what the log holds is the record of it: ask for {Leaves.Read(session, place, place + 1)[0].Sha256}");
    }

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
