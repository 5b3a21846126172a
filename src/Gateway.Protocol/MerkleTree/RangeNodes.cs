using Gateway.Protocol.Documents;

namespace Gateway.Protocol.MerkleTree;

/// <summary>
/// Builds a tree leaf by leaf and keeps what proofs of some leaves that follow each other need: about twice as many nodes as leaves are
/// proved, whatever the number of leaves. Not safe for concurrent use.
/// </summary>
public sealed class RangeNodes
{
    // By level, the last complete subtree with an even index: the left sibling of the next one, or at the end a part of the root.
    private readonly Digest[] _even = new Digest[64];
    private readonly Dictionary<(int Level, long Index), Digest> _kept = [];
    private long _first = -1;
    private long _last = -1;

    /// <summary>Leaves added so far.</summary>
    public long Count { get; private set; }

    /// <summary>The root over the leaves added so far; may be asked at any time.</summary>
    public Digest Root => TreeNodes.Root(Count, Node);

    /// <summary>Says, once, that the leaves added next will be proved.</summary>
    /// <param name="count">How many of them.</param>
    /// <exception cref="InvalidOperationException">It was said before.</exception>
    public void Mark(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (_first >= 0)
            throw new InvalidOperationException("one range of a tree is proved");
        (_first, _last) = (Count, Count + count - 1);
        // What lies to the left of the first leaf is complete and known by now.
        for (var level = 0; Count >> level > 0; level++)
        {
            if (((Count >> level) & 1) == 1)
                _kept[(level, (Count >> level) - 1)] = _even[level];
        }
    }

    /// <summary>Adds a leaf by its hash (<see cref="TreeHash.Leaf"/>).</summary>
    public void Add(Digest leafHash)
    {
        var (node, level, index) = (leafHash, 0, Count);
        Keep(level, index, node);
        for (; (index & 1) == 1; Keep(level, index, node))
            (node, level, index) = (TreeHash.Node(_even[level], node), level + 1, index >> 1);
        _even[level] = node;
        Count++;
    }

    /// <summary>The proof of a leaf that was marked, in the tree over the leaves added so far (RFC 6962 §2.1.1).</summary>
    public IReadOnlyList<Digest> Prove(long index)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(index, Math.Max(0, _first));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, _last);
        return InclusionProof.Build(index, Count, Node);
    }

    // On every level those above the range and one neighbour on either side.
    private void Keep(int level, long index, Digest node)
    {
        if (_first >= 0 && index >= (_first >> level) - 1 && index <= (_last >> level) + 1)
            _kept[(level, index)] = node;
    }

    private Digest Node(int level, long index)
        => ((Count >> level) & 1) == 1 && index == (Count >> level) - 1 ? _even[level] : _kept[(level, index)];
}
