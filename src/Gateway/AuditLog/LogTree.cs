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

    private const int MaxTiles = 64;

    // A proof asks for eight nodes of each tile on its way: the hashes of a tile are read once, and together.
    private readonly Dictionary<(int Level, long Index), List<Digest>> _tiles = [];

    public Digest Root(long size) => TreeNodes.Root(size, Node);

    public IReadOnlyList<Digest> Inclusion(long index, long size) => InclusionProof.Build(index, size, Node);

    public IReadOnlyList<Digest> Consistency(long size1, long size2) => ConsistencyProof.Build(size1, size2, Node);

    public TileFrontier Frontier(long size) => new(size, Node);

    /// <summary>The leaves of this epoch from one index to before another.</summary>
    public List<LogLeaf> Leaves(long from, long to) => AuditLog.Leaves.Read(session, epoch.First + from, epoch.First + to);

    /// <inheritdoc cref="AuditLog.Leaves.Each"/>
    public void EachLeaf(long from, long to, Action<LogLeaf> leaf) => AuditLog.Leaves.Each(session, epoch.First + from, epoch.First + to, leaf);

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
        var (from, count) = (index << above, 1 << above);
        var (tile, offset) = (from / TilePath.FullWidth, (int)(from % TilePath.FullWidth));
        var hashes = TileHashes(level / TileBits, tile);
        if (offset + count > hashes.Count)
            throw new LedgerBrokenException($"hashes of level {level / TileBits} of {epoch.Name} are missing from {from} on");
        var builder = new TreeBuilder();
        for (var i = 0; i < count; i++)
            builder.Add(hashes[offset + i]);
        return builder.Root;
    }

    // What there is of a tile; the last one of a level is not full.
    private List<Digest> TileHashes(int level, long tile)
    {
        if (_tiles.TryGetValue((level, tile), out var known))
            return known;
        if (_tiles.Count == MaxTiles)
            _tiles.Clear();
        var from = tile * TilePath.FullWidth;
        if (level == 0)
            return _tiles[(level, tile)] = [.. Leaves(from, Math.Min(from + TilePath.FullWidth, Math.Max(from, AuditLog.Leaves.Count(session) - epoch.First))).Select(l => l.Hash)];
        var hashes = new List<Digest>(TilePath.FullWidth);
        session.Each("SELECT idx, hash FROM log_nodes WHERE epoch = $1 AND level = $2 AND idx >= $3 AND idx < $4 ORDER BY idx", row =>
        {
            if (row.GetInt64(0) != from + hashes.Count)
                throw new LedgerBrokenException($"hashes of level {level} of {epoch.Name} are missing from {from + hashes.Count} on");
            hashes.Add(row.Digest(1));
        }, epoch.Number, (long)level, from, from + TilePath.FullWidth);
        return _tiles[(level, tile)] = hashes;
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
