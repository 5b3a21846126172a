using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Algorithms;

/// <summary>The answer of one check, with the scheme when there was one.</summary>
internal sealed record CheckedSignature(SignatureCheck Check, SignatureScheme? Scheme, string Detail);

/// <summary>
/// All signature checks of one document: remembered, so that no search repeats one, and bounded, so that no document can be made of checks.
/// </summary>
internal sealed class SignatureChecks(Work work, string sm2Identity)
{
    private static readonly CheckedSignature Spent = new(SignatureCheck.NotAvailable, null, "limit MaxWork: too many signatures would have to be checked");

    private readonly Dictionary<(string Token, string Key), CheckedSignature> _known = [];

    public SignatureChecks(int budget, string sm2Identity)
        : this(new Work(budget), sm2Identity)
    {
    }

    /// <summary>True when a check was refused because the budget is spent.</summary>
    public bool Exhausted => work.IsSpent;

    /// <summary>Takes from the same budget for other work than a check.</summary>
    public bool Spend(int cost) => work.Spend(cost);

    /// <param name="token">SHA-256 of what carries the signature.</param>
    public CheckedSignature Check(
        string token, AlgorithmIdentifier algorithm, PublicKey key, string? digestOid, ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> signature)
    {
        var place = (token, Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(key.Encoded.Span)));
        if (_known.TryGetValue(place, out var known))
            return known;
        if (Exhausted)
            return Spent;
        var request = new SchemeRequest(algorithm, key, digestOid, sm2Identity);
        // Reading a key costs too: a point is checked to lie on its curve.
        var cost = 1 + (SignatureAlgorithms.Find(request).Scheme?.Cost ?? 1);
        if (!work.Spend(cost))
            return Spent;
        var (check, scheme, detail) = SignatureAlgorithms.Verify(request, message.Span, signature.Span);
        return _known[place] = new(check, scheme, detail);
    }
}
