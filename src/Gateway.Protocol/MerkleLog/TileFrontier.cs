using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleTree;

namespace Gateway.Protocol.MerkleLog;

/// <summary>A hash that fills its place in a tile for good: the root of a full tile of the level below.</summary>
/// <param name="Level">1 and above.</param>
/// <param name="Index">From 0 within the level.</param>
/// <param name="Hash">The root.</param>
public readonly record struct TileHash(int Level, long Index, Digest Hash);

/// <summary>
/// The right edge of a growing log, one unfinished tile per level: at most 255 hashes each, whatever the size. It gives the root at
/// any time and, with every leaf, the hashes that a log must keep. Not safe for concurrent use.
/// </summary>
public sealed class TileFrontier
{
    private readonly List<TreeBuilder> _levels = [];

    /// <summary>An empty log.</summary>
    public TileFrontier()
    {
    }

    /// <summary>Continues a log of this size.</summary>
    public TileFrontier(long size, NodeReader nodes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentNullException.ThrowIfNull(nodes);
        Size = size;
        for (var (level, hashes) = (0, size); hashes > 0; level++, hashes /= TilePath.FullWidth)
        {
            var edge = new TreeBuilder();
            for (var index = hashes / TilePath.FullWidth * TilePath.FullWidth; index < hashes; index++)
                edge.Add(nodes(level * TilePath.Height, index));
            _levels.Add(edge);
        }
    }

    /// <summary>Leaves so far.</summary>
    public long Size { get; private set; }

    /// <summary>Adds a leaf; hands out what became final.</summary>
    public void Add(Digest leafHash, Action<TileHash> final)
    {
        ArgumentNullException.ThrowIfNull(final);
        Size++;
        var (hash, index) = (leafHash, Size);
        for (var level = 0; ; level++)
        {
            if (level == _levels.Count)
                _levels.Add(new TreeBuilder());
            _levels[level].Add(hash);
            if (_levels[level].Count < TilePath.FullWidth)
                return;
            index /= TilePath.FullWidth;
            hash = _levels[level].Root;
            _levels[level] = new TreeBuilder();
            final(new TileHash(level + 1, index - 1, hash));
        }
    }

    /// <summary>The root over all leaves.</summary>
    public Digest Root
    {
        get
        {
            Digest? root = null;
            // The complete subtrees from the smallest to the largest: the lowest level first, each level from its right end.
            foreach (var level in _levels)
            {
                for (var i = level.Subtrees.Length - 1; i >= 0; i--)
                    root = root is { } right ? TreeHash.Node(level.Subtrees[i], right) : level.Subtrees[i];
            }
            return root ?? TreeHash.Empty;
        }
    }
}
