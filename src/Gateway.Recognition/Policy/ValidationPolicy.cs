namespace Gateway.Recognition.Policy;

/// <summary>The rules of a State (or of one recognition agreement) that the engine follows.</summary>
public sealed record ValidationPolicy
{
    /// <summary>The rules that hold where nobody says otherwise.</summary>
    public static ValidationPolicy Default { get; } = new();

    /// <summary>Name in reports.</summary>
    public string Id { get; init; } = "gateway-default-1";

    /// <summary>Which algorithms, which sizes, until when.</summary>
    public AlgorithmCatalogue Algorithms { get; init; } = AlgorithmCatalogue.Default;

    /// <summary>Revocation status is needed for every certificate but the anchor.</summary>
    public bool RequireRevocation { get; init; } = true;

    /// <summary>The signing-certificate attribute is needed (EN 319 122-1 §5.2.2).</summary>
    public bool RequireSigningCertificate { get; init; } = true;

    /// <summary>
    /// CMS without signed attributes is taken when the signer's certificate is named by the SignerInfo and the content cannot be mistaken for attributes:
    /// usual with GM/T 0010 and TC26.
    /// </summary>
    public bool AllowNoSignedAttributes { get; init; }

    /// <summary>The signer's certificate, when it restricts the use of its key, must allow digitalSignature or nonRepudiation.</summary>
    public bool RequireSignerKeyUsage { get; init; } = true;

    /// <summary>Extended key usages of which the signer's certificate must have one if it has the extension at all; empty: any.</summary>
    public IReadOnlyList<string> SignerExtendedKeyUsages { get; init; } = [];

    /// <summary>Certificate policies of which one must hold for the whole path (RFC 5280 §6.1.1 c); empty: any.</summary>
    public IReadOnlyList<string> AcceptablePolicies { get; init; } = [];

    /// <summary>RFC 5280 §6.1.1 f: the path must be valid for a certificate policy.</summary>
    public bool RequireExplicitPolicy { get; init; }

    /// <summary>RFC 5280 §6.1.1 e.</summary>
    public bool InhibitPolicyMapping { get; init; }

    /// <summary>RFC 5280 §6.1.1 g.</summary>
    public bool InhibitAnyPolicy { get; init; }

    /// <summary>What RFC 5280 §4 demands of issuers (key identifiers, critical constraints) is demanded here too, not only what §6 makes a validator check.</summary>
    public bool RequireProfile { get; init; } = true;

    /// <summary>Clock difference that is tolerated between two parties, for times inside revocation status and time-stamps.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How old revocation status without nextUpdate may be.</summary>
    public TimeSpan MaxRevocationAge { get; init; } = TimeSpan.FromDays(1);

    /// <summary>An algorithm that ends within this time is mentioned.</summary>
    public TimeSpan AnnounceEnd { get; init; } = TimeSpan.FromDays(365);

    /// <summary>The identity that SM2 hashes in front of the message (GB/T 32918.2 §5.5).</summary>
    public string Sm2Identity { get; init; } = "1234567812345678";

    /// <summary>Bounds of work and memory.</summary>
    public ValidationLimits Limits { get; init; } = ValidationLimits.Default;
}
