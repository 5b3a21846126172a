using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.Storage;

namespace Gateway.AuditLog;

/// <summary>
/// The tree over the leaves of one epoch, as one snapshot sees it. Leaves are hashed from their text each time; what is stored are the
/// roots of full tiles only, so that a proof reads some hundred rows, whatever the size.
/// </summary>
internal sealed class LogTree(Session session, LogEpoch epoch)
{
    private const int TileBits = 8;

    public Digest Root(long size) => TreeNodes.Root(size, Node);

    public IReadOnlyList<Digest> Inclusion(long index, long size) => InclusionProof.Build(index, size, Node);

    public IReadOnlyList<Digest> Consistency(long size1, long size2) => ConsistencyProof.Build(size1, size2, Node);

    public TileFrontier Frontier(long size) => new(size, Node);

    /// <summary>The leaves of this epoch from one index to before another.</summary>
    public List<LogLeaf> Leaves(long from, long to) => AuditLog.Leaves.Read(session, epoch.First + from, epoch.First + to);

    /// <summary>A tile of hashes or a bundle of entries; null when no log of this size has it.</summary>
    public byte[]? Tile(TilePath path, long size)
    {
        if (!path.ExistsIn(size))
            return null;
        var from = path.Index * TilePath.FullWidth;
        return path.Level switch
        {
            TilePath.Entries => EntryBundle.Write([.. Leaves(from, from + path.Width).Select(l => (ReadOnlyMemory<byte>)l.Write())]),
            _ => [.. Hashes(path.Level, from, path.Width).SelectMany(h => h.ToArray())],
        };
    }

    /// <summary>Keeps a hash for good.</summary>
    public void Keep(TileHash hash)
        => session.RunOne("INSERT INTO log_nodes (epoch, level, idx, hash) VALUES ($1, $2, $3, $4)", epoch.Number, (long)hash.Level, hash.Index, hash.Hash);

    private Digest Node(int level, long index)
    {
        var above = level % TileBits;
        var builder = new TreeBuilder();
        foreach (var hash in Hashes(level / TileBits, index << above, 1 << above))
            builder.Add(hash);
        return builder.Root;
    }

    private List<Digest> Hashes(int tileLevel, long from, int count)
    {
        if (tileLevel == 0)
            return [.. Leaves(from, from + count).Select(l => l.Hash)];
        var hashes = session.Query("SELECT hash FROM log_nodes WHERE epoch = $1 AND level = $2 AND idx >= $3 AND idx < $4 ORDER BY idx",
            row => row.Digest(0), epoch.Number, (long)tileLevel, from, from + count);
        return hashes.Count == count ? hashes : throw new LedgerBrokenException($"hashes of level {tileLevel} of {epoch.Name} are missing from {from} on");
    }
}
