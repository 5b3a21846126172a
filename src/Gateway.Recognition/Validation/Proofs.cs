namespace Gateway.Recognition.Validation;

/// <summary>What the caller can prove of the age of things, by their SHA-256.</summary>
internal sealed class Proofs
{
    private readonly Dictionary<string, ProofOfExistence> _earliest = new(StringComparer.Ordinal);

    public Proofs(IEnumerable<ProofOfExistence> proofs)
    {
        foreach (var proof in proofs.OrderBy(p => p.Time))
            _earliest.TryAdd(Convert.ToHexStringLower(proof.Sha256.Span), proof);
    }

    /// <summary>The earliest proof of these bytes that lies before <paramref name="at"/>; null when there is none.</summary>
    public ProofOfExistence? Of(string sha256, DateTimeOffset at) => _earliest.TryGetValue(sha256, out var proof) && proof.Time < at ? proof : null;
}
