using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;

namespace Gateway.AuditLog;

/// <summary>Appends leaves, gap-free, in the transaction of the act that they record. The single writer makes max+1 safe.</summary>
internal static class Leaves
{
    public static long Append(Session session, LeafKind kind, Digest sha256)
    {
        // The database gives the number behind the largest, and begins with 1; the first leaf of a log is 0.
        session.RunOne("INSERT INTO log_leaves (kind, sha256) VALUES ($1, $2)", kind, sha256);
        var index = session.LastRow();
        return index == 1 && session.Run("UPDATE log_leaves SET idx = 0 WHERE idx = 1 AND NOT EXISTS (SELECT 1 FROM log_leaves WHERE idx = 0)") == 1 ? 0 : index;
    }

    /// <summary>How many there are, of all epochs.</summary>
    public static long Count(Session session) => session.Number("SELECT max(idx) + 1 FROM log_leaves");

    /// <summary>Digests and places of all leaves of one kind, in their order. It looks at every leaf: for what is asked seldom.</summary>
    public static List<(Digest Sha256, long Leaf)> Of(Session session, LeafKind kind)
        => session.Query("SELECT sha256, idx FROM log_leaves WHERE kind = $1 ORDER BY idx", row => (row.Digest(0), row.GetInt64(1)), kind);

    /// <summary>The leaves from <paramref name="from"/> to before <paramref name="to"/>. One that is missing breaks the log.</summary>
    public static List<LogLeaf> Read(Session session, long from, long to)
    {
        var leaves = new List<LogLeaf>((int)(to - from));
        session.Each("SELECT idx, kind, sha256 FROM log_leaves WHERE idx >= $1 AND idx < $2 ORDER BY idx", row =>
        {
            if (row.GetInt64(0) != from + leaves.Count)
                throw new LedgerBrokenException($"leaf {from + leaves.Count} of the log is missing");
            leaves.Add(new LogLeaf(row.Word<LeafKind>(1), row.Digest(2)));
        }, from, to);
        return from + leaves.Count == to ? leaves : throw new LedgerBrokenException($"leaf {from + leaves.Count} of the log is missing");
    }
}
