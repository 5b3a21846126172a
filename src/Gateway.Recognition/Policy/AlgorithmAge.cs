using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Policy;

/// <summary>What the catalogue says of one signature: its algorithm with the key's size, its digests, its curve; the shortest life counts.</summary>
/// <param name="Ends">Null: no end.</param>
/// <param name="NotAccepted">What is accepted at no time; null when all parts are listed.</param>
/// <param name="Weakest">The part that ends first.</param>
internal sealed record AlgorithmAge(DateTimeOffset? Ends, string? NotAccepted, string Weakest)
{
    public static AlgorithmAge Of(SignatureScheme scheme, AlgorithmCatalogue catalogue)
    {
        var (ends, weakest) = ((DateTimeOffset?)null, scheme.Name);
        foreach (var (oid, bits, text) in Parts(scheme))
        {
            if (catalogue.Find(oid, bits) is not { } rule)
                return new(null, bits > 0 ? $"{scheme.Name}, key of {scheme.KeyBits} bits" : text, scheme.Name);
            if (rule.Ends is { } end && (ends is null || end < ends))
                (ends, weakest) = (end, bits > 0 ? $"{rule.Name} with {scheme.KeyBits} bits" : rule.Name);
        }

        return new(ends, null, weakest);
    }

    public static AlgorithmAge OfDigest(string oid, AlgorithmCatalogue catalogue) =>
        catalogue.Find(oid, 0) is { } rule ? new(rule.Ends, null, rule.Name) : new(null, DigestAlgorithms.NameOf(oid), oid);

    public bool AcceptedAt(DateTimeOffset time) => NotAccepted is null && (Ends is null || time < Ends);

    /// <summary>The finding when it is not accepted at <paramref name="time"/>.</summary>
    /// <param name="time">The latest time by which the signature is proved to have existed.</param>
    /// <param name="madeAfter">It is certain that the signature is not older than this.</param>
    public Finding? Judge(DateTimeOffset time, DateTimeOffset madeAfter, string what, string? token)
    {
        if (NotAccepted is not null)
            return new(FindingKey.AlgorithmNotAccepted, Severity.Error, SubIndication.CryptoConstraintsFailure, $"{what}: {NotAccepted} is not accepted by the policy", token);
        if (Ends is not { } end || time < end)
            return null;
        var sub = madeAfter >= end ? SubIndication.CryptoConstraintsFailure : SubIndication.CryptoConstraintsFailureNoPoe;
        return new(FindingKey.AlgorithmEnded, Severity.Error, sub, $"{what}: {Weakest} is not accepted since {end:yyyy-MM-dd}", token);
    }

    private static IEnumerable<(string Oid, int Bits, string Text)> Parts(SignatureScheme scheme)
    {
        yield return (scheme.Oid, scheme.KeyBits, scheme.Name);
        if (scheme.DigestOid is { } digest)
            yield return (digest, 0, DigestAlgorithms.NameOf(digest));
        if (scheme is RsaPss pss && pss.MaskDigestOid != scheme.DigestOid)
            yield return (pss.MaskDigestOid, 0, $"mask digest {DigestAlgorithms.NameOf(pss.MaskDigestOid)}");
        if (scheme.CurveOid is { } curve)
            yield return (curve, 0, $"curve {curve}");
    }
}
