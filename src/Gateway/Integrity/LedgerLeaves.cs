using Gateway.AuditLog;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;

namespace Gateway.Integrity;

/// <summary>
/// All leaves of the log in memory (some 100 bytes each), and which of them a record was found for. Records are looked up by the digest that was
/// computed from them; a digest that is merely stored is used only to say where something that differs belongs.
/// </summary>
internal sealed class LedgerLeaves
{
    private readonly List<(string Kind, Digest Sha256)> _leaves = [];
    private readonly HashSet<long> _missing = [];
    private readonly HashSet<long> _matched = [];
    private readonly Dictionary<(string, Digest), List<long>> _places = [];

    public LedgerLeaves(Session session)
    {
        session.Each("SELECT idx, kind, sha256 FROM log_leaves ORDER BY idx", row =>
        {
            var idx = row.GetInt64(0);
            for (var gap = (long)_leaves.Count; gap < idx; gap++)
            {
                _leaves.Add(("", default));
                _missing.Add(gap);
            }
            var leaf = (row.GetString(1), row.GetFieldValue<byte[]>(2) is { Length: Digest.Length } bytes ? new Digest(bytes) : default);
            _leaves.Add(leaf);
            if (!_places.TryGetValue(leaf, out var places))
                _places.Add(leaf, places = new List<long>(1));
            places.Add(idx);
        });
    }

    public long Count => _leaves.Count;

    /// <summary>Indices that no row has.</summary>
    public IEnumerable<long> Missing => _missing.Order();

    public bool IsMissing(long index) => _missing.Contains(index);

    /// <summary>The leaf at a place; null when there is none.</summary>
    public (string Kind, Digest Sha256)? At(long index) => index >= 0 && index < Count && !_missing.Contains(index) ? _leaves[(int)index] : null;

    /// <summary>Matches the first leaf of this kind and digest that nothing was matched with yet; null when there is none.</summary>
    public long? Match(LeafKind kind, Digest sha256)
    {
        if (!_places.TryGetValue((kind.ToString(), sha256), out var places))
            return null;
        foreach (var index in places)
        {
            if (_matched.Add(index))
                return index;
        }
        return null;
    }

    public bool MatchAt(long index) => _matched.Add(index);

    /// <summary>Leaves of one kind that nothing was matched with.</summary>
    public IEnumerable<(long Index, Digest Sha256)> Unmatched(LeafKind kind)
    {
        for (var index = 0; index < _leaves.Count; index++)
        {
            if (!_matched.Contains(index) && !_missing.Contains(index) && _leaves[index].Kind == kind.ToString())
                yield return (index, _leaves[index].Sha256);
        }
    }

    /// <summary>
    /// The one place between two neighbours that is missing or that nothing was matched with: where the leaf of a record must be that has none.
    /// Null when there are several or none.
    /// </summary>
    public long? OnlyDoubtfulBetween(LeafKind kind, long after, long before)
    {
        long? found = null;
        for (var index = after + 1; index < Math.Min(before, Count); index++)
        {
            var doubtful = _missing.Contains(index) || (!_matched.Contains(index) && _leaves[(int)index].Kind == kind.ToString());
            if (!doubtful)
                continue;
            if (found is not null)
                return null;
            found = index;
        }
        return found;
    }

    /// <summary>A missing index that was explained by a record without a leaf is not reported twice.</summary>
    public void Explain(long index) => _missing.Remove(index);
}
