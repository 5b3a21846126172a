namespace Gateway.Recognition.Policy;

/// <summary>What a policy says of one algorithm: from which size and until when it is accepted. Several rules may speak of one OID.</summary>
/// <param name="Oid">Of the signature algorithm (with its digest), the digest or the curve.</param>
/// <param name="Name">For people.</param>
/// <param name="MinBits">The rule holds for keys of this size and above; 0 for digests and curves.</param>
/// <param name="Ends">Not accepted from then on; null: no end known.</param>
public sealed record AlgorithmRule(string Oid, string Name, int MinBits, DateTimeOffset? Ends);

/// <summary>Algorithms and their ends: TS 119 322 reduced to what a verdict needs. What is not listed is not accepted.</summary>
public sealed class AlgorithmCatalogue
{
    private readonly ILookup<string, AlgorithmRule> _rules;

    /// <summary>A catalogue of these rules.</summary>
    public AlgorithmCatalogue(IEnumerable<AlgorithmRule> rules) => _rules = rules.ToLookup(r => r.Oid, StringComparer.Ordinal);

    /// <summary>The catalogue that the product ships (TS 119 312 v1.5.1 and what ended before it), without national supplements.</summary>
    public static AlgorithmCatalogue Default { get; } = new([]);

    /// <summary>All rules.</summary>
    public IEnumerable<AlgorithmRule> Rules => _rules.SelectMany(r => r);

    /// <summary>This catalogue and a State's supplement; where both speak of an OID, the supplement's rules stand alone.</summary>
    public AlgorithmCatalogue With(IEnumerable<AlgorithmRule> supplement)
    {
        var added = supplement.ToLookup(r => r.Oid, StringComparer.Ordinal);
        return new(Rules.Where(r => !added.Contains(r.Oid)).Concat(added.SelectMany(r => r)));
    }

    /// <summary>The most lasting rule that a key of this size satisfies; null when the algorithm or the size is accepted at no time.</summary>
    public AlgorithmRule? Find(string oid, int bits) => _rules[oid].Where(r => bits >= r.MinBits).MaxBy(r => r.Ends ?? DateTimeOffset.MaxValue);
}
