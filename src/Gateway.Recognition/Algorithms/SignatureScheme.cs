namespace Gateway.Recognition.Algorithms;

/// <summary>The answer of a verification.</summary>
internal enum SignatureCheck
{
    Valid,

    NotValid,

    /// <summary>Unknown algorithm, or one that cannot be computed on this machine: never "invalid".</summary>
    NotAvailable,

    /// <summary>The key breaks a rule (size, curve, point) and was not given to any library.</summary>
    KeyRefused,
}

/// <summary>One algorithm bound to one key that was checked. What the policy needs to know is told; the rest is <see cref="Verify"/>.</summary>
internal abstract class SignatureScheme
{
    /// <summary>For people: <c>RSA-PSS with SHA-256</c>.</summary>
    public abstract string Name { get; }

    /// <summary>By which the catalogue of accepted algorithms knows it: <c>1.2.840.113549.1.1.11</c>, whatever OID the writer used.</summary>
    public abstract string Oid { get; }

    /// <summary>The digest inside; null when the algorithm has one of its own (EdDSA).</summary>
    public abstract string? DigestOid { get; }

    /// <summary>The named curve; null when there is none.</summary>
    public virtual string? CurveOid => null;

    public abstract int KeyBits { get; }

    /// <summary>About how many times 50 µs a verification takes: what a document may spend is bounded. The default is that of managed arithmetic.</summary>
    public virtual int Cost => 100;

    /// <summary>Checks <paramref name="signature"/> over the whole <paramref name="message"/>; never throws because of them.</summary>
    public abstract SignatureCheck Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);
}

/// <summary>A scheme, or why there is none (<see cref="SignatureCheck.NotAvailable"/>, <see cref="SignatureCheck.KeyRefused"/>).</summary>
internal readonly record struct SchemeChoice(SignatureScheme? Scheme, SignatureCheck Problem, string Detail)
{
    public static implicit operator SchemeChoice(SignatureScheme scheme) => new(scheme, SignatureCheck.Valid, "");

    public static SchemeChoice NotAvailable(string detail) => new(null, SignatureCheck.NotAvailable, detail);

    public static SchemeChoice KeyRefused(string detail) => new(null, SignatureCheck.KeyRefused, detail);
}

/// <summary>What a signature says of how it was made.</summary>
/// <param name="Algorithm">The signatureAlgorithm.</param>
/// <param name="Key">The signer's key.</param>
/// <param name="DigestOid">The digestAlgorithm of a SignerInfo, for signature algorithms that do not name one themselves.</param>
/// <param name="Sm2Identity">The identity that SM2 hashes in front of the message.</param>
internal readonly record struct SchemeRequest(AlgorithmIdentifier Algorithm, PublicKey Key, string? DigestOid, string Sm2Identity);
