using System.Globalization;
using System.Text.Json;

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
    public static AlgorithmCatalogue Default { get; } = Shipped();

    /// <summary>All rules.</summary>
    public IEnumerable<AlgorithmRule> Rules => _rules.SelectMany(r => r);

    /// <summary>
    /// Reads the JSON form of TS 119 322 (SecuritySuitabilityPolicyType); the shipped catalogue and the supplements of States have it. Sizes come as <c>moduluslength</c> or <c>plength</c>.
    /// Throws <see cref="FormatException"/> when the file is not that.
    /// </summary>
    public static AlgorithmCatalogue Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            var rules = new List<AlgorithmRule>();
            foreach (var algorithm in document.RootElement.GetProperty("SecuritySuitabilityPolicyType").GetProperty("Algorithm").EnumerateArray())
            {
                var identifier = algorithm.GetProperty("AlgorithmIdentifier");
                var oid = identifier.TryGetProperty("ObjectIdentifier", out var spelt) ? spelt : identifier.GetProperty("Objectidentifier");
                foreach (var evaluation in OneOrMany(algorithm.GetProperty("Evaluation")))
                    rules.Add(new(oid.GetString()!, identifier.GetProperty("Name").GetString()!, MinBits(evaluation), Ends(evaluation)));
            }

            return new(rules);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"not a catalogue of algorithms: {e.Message}", e);
        }
    }

    /// <summary>This catalogue and a State's supplement; where both speak of an OID, the supplement's rules stand alone.</summary>
    public AlgorithmCatalogue With(IEnumerable<AlgorithmRule> supplement)
    {
        var added = supplement.ToLookup(r => r.Oid, StringComparer.Ordinal);
        return new(Rules.Where(r => !added.Contains(r.Oid)).Concat(added.SelectMany(r => r)));
    }

    /// <summary>The most lasting rule that a key of this size satisfies; null when the algorithm or the size is accepted at no time.</summary>
    public AlgorithmRule? Find(string oid, int bits) => _rules[oid].Where(r => bits >= r.MinBits).MaxBy(r => r.Ends ?? DateTimeOffset.MaxValue);

    private static AlgorithmCatalogue Shipped()
    {
        using var stream = typeof(AlgorithmCatalogue).Assembly.GetManifestResourceStream("algorithms.json")!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return Read(bytes.ToArray());
    }

    private static List<JsonElement> OneOrMany(JsonElement element) => element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray()] : [element];

    private static int MinBits(JsonElement evaluation)
    {
        if (!evaluation.TryGetProperty("Parameter", out var parameters))
            return 0;
        foreach (var parameter in OneOrMany(parameters))
        {
            if (parameter.GetProperty("name").GetString() is "moduluslength" or "plength")
                return int.Parse(parameter.GetProperty("Min").GetString()!, CultureInfo.InvariantCulture);
        }

        return 0;
    }

    private static DateTimeOffset? Ends(JsonElement evaluation) =>
        evaluation.TryGetProperty("Validity", out var validity) && validity.TryGetProperty("End", out var end)
            ? DateTimeOffset.Parse(end.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
            : null;
}
