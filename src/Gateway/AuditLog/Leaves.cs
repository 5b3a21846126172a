using System.Text;
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
        Each(session, from, to, leaves.Add);
        return leaves;
    }

    /// <summary>As <see cref="Read"/>, one at a time: the sequencer reads back every leaf that is written, and needs its hash alone.</summary>
    public static void Each(Session session, long from, long to, Action<LogLeaf> leaf)
    {
        var next = from;
        session.Each("SELECT idx, kind, sha256 FROM log_leaves WHERE idx >= $1 AND idx < $2 ORDER BY idx", row =>
        {
            if (row.GetInt64(0) != next)
                throw new LedgerBrokenException($"leaf {next} of the log is missing");
            LogLeaf read;
            try
            {
                read = new LogLeaf(KindOf(row.Utf8(1)), row.Digest(2));
            }
            catch (ArgumentException e)
            {
                throw new LedgerBrokenException($"leaf {next} of the log is damaged: {e.Message}");
            }
            leaf(read);
            next++;
        }, from, to);
        if (next != to)
            throw new LedgerBrokenException($"leaf {next} of the log is missing");
    }

    // Two words are nearly all of them.
    private static LeafKind KindOf(ReadOnlySpan<byte> word)
        => word.SequenceEqual("receipt"u8) ? LeafKind.receipt : word.SequenceEqual("received"u8) ? LeafKind.received : Enum.Parse<LeafKind>(Encoding.UTF8.GetString(word));
}
