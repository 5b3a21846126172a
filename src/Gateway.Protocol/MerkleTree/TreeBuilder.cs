using System.Numerics;
using Gateway.Protocol.Documents;

namespace Gateway.Protocol.MerkleTree;

/// <summary>
/// Builds a tree leaf by leaf and keeps only the roots of its complete subtrees: at most 63 hashes, whatever the number of leaves.
/// Not safe for concurrent use.
/// </summary>
public sealed class TreeBuilder
{
    // One root per bit set in _count, the largest subtree first.
    private readonly Digest[] _roots = new Digest[64];
    private int _height;

    /// <summary>An empty tree.</summary>
    public TreeBuilder()
    {
    }

    /// <summary>Continues a tree from the roots of its complete subtrees as <see cref="Subtrees"/> gave them.</summary>
    /// <exception cref="ArgumentException">The number of roots is not the number of bits set in <paramref name="count"/>.</exception>
    public TreeBuilder(long count, ReadOnlySpan<Digest> subtrees)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (subtrees.Length != BitOperations.PopCount((ulong)count))
            throw new ArgumentException($"a tree of {count} leaves has {BitOperations.PopCount((ulong)count)} complete subtrees, not {subtrees.Length}", nameof(subtrees));
        subtrees.CopyTo(_roots);
        _height = subtrees.Length;
        Count = count;
    }

    /// <summary>Leaves added so far.</summary>
    public long Count { get; private set; }

    /// <summary>The roots of the complete subtrees, the largest first: what must be kept to continue later.</summary>
    public ReadOnlySpan<Digest> Subtrees => _roots.AsSpan(0, _height);

    /// <summary>Adds a leaf by its hash (<see cref="TreeHash.Leaf"/>).</summary>
    public void Add(Digest leafHash)
    {
        var node = leafHash;
        for (var full = Count; (full & 1) == 1; full >>= 1)
            node = TreeHash.Node(_roots[--_height], node);
        _roots[_height++] = node;
        Count++;
    }

    /// <summary>The root over the leaves added so far; may be asked at any time.</summary>
    public Digest Root
    {
        get
        {
            if (_height == 0)
                return TreeHash.Empty;
            var root = _roots[_height - 1];
            for (var i = _height - 2; i >= 0; i--)
                root = TreeHash.Node(_roots[i], root);
            return root;
        }
    }
}
