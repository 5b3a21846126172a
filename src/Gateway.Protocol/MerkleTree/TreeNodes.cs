using System.Numerics;
using Gateway.Protocol.Documents;

namespace Gateway.Protocol.MerkleTree;

/// <summary>
/// Gives the root of a complete subtree: level 0 is a leaf hash; level l, index i covers the leaves from i·2^l to (i+1)·2^l − 1.
/// Proofs ask for no other nodes, so they can be made from tiles, from a table or from a list of leaves.
/// </summary>
public delegate Digest NodeReader(int level, long index);

/// <summary>Reads and combines the nodes of a tree.</summary>
public static class TreeNodes
{
    /// <summary>Reads nodes by hashing a list of leaf hashes; the time of one node is linear in the leaves below it.</summary>
    public static NodeReader Of(IReadOnlyList<Digest> leaves) => (level, index) =>
    {
        var builder = new TreeBuilder();
        for (var i = index << level; i < (index + 1) << level; i++)
            builder.Add(leaves[checked((int)i)]);
        return builder.Root;
    };

    /// <summary>Hashes every complete subtree once and keeps it, twice the memory of the leaves: for many proofs of one tree.</summary>
    public static NodeReader Levels(IReadOnlyList<Digest> leaves)
    {
        ArgumentNullException.ThrowIfNull(leaves);
        var levels = new List<Digest[]> { leaves.ToArray() };
        while (levels[^1].Length > 1)
        {
            var below = levels[^1];
            var level = new Digest[below.Length / 2];
            for (var i = 0; i < level.Length; i++)
                level[i] = TreeHash.Node(below[2 * i], below[(2 * i) + 1]);
            levels.Add(level);
        }
        return (level, index) => levels[level][index];
    }

    /// <summary>The root of the first <paramref name="size"/> leaves.</summary>
    public static Digest Root(long size, NodeReader nodes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return size == 0 ? TreeHash.Empty : Range(0, size, nodes);
    }

    /// <summary>MTH(D[start:end]). <paramref name="start"/> is a multiple of the left part's size, as in the recursion of RFC 6962 §2.1.</summary>
    internal static Digest Range(long start, long end, NodeReader nodes)
    {
        var count = end - start;
        if (BitOperations.IsPow2(count))
        {
            var level = BitOperations.TrailingZeroCount(count);
            return nodes(level, start >> level);
        }
        var split = TreeHash.Split(count);
        return TreeHash.Node(Range(start, start + split, nodes), Range(start + split, end, nodes));
    }
}
