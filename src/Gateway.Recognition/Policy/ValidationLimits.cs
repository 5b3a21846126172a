namespace Gateway.Recognition.Policy;

/// <summary>Bounds that are enforced before anything is built or computed.</summary>
public sealed record ValidationLimits
{
    /// <summary>The defaults.</summary>
    public static ValidationLimits Default { get; } = new();

    /// <summary>Bytes of a CMS, its embedded content included.</summary>
    public int MaxDocumentBytes { get; init; } = 100 << 20;

    /// <summary>Bytes of a CMS without its embedded content.</summary>
    public int MaxCmsBytes { get; init; } = 20 << 20;

    /// <summary>Nested ASN.1 elements.</summary>
    public int MaxDepth { get; init; } = 32;

    /// <summary>ASN.1 elements of a CMS.</summary>
    public int MaxElements { get; init; } = 200_000;

    /// <summary>ASN.1 elements of a CRL: eight for each entry.</summary>
    public int MaxListElements { get; init; } = 8_000_000;

    /// <summary>SignerInfos of a CMS.</summary>
    public int MaxSigners { get; init; } = 64;

    /// <summary>Certificates of a CMS and of the material, each.</summary>
    public int MaxCertificates { get; init; } = 128;

    /// <summary>CRLs and OCSP answers of a CMS and of the material, each.</summary>
    public int MaxRevocationObjects { get; init; } = 64;

    /// <summary>Bytes of a CRL.</summary>
    public int MaxListBytes { get; init; } = 32 << 20;

    /// <summary>Certificates of a path.</summary>
    public int MaxPathLength { get; init; } = 10;

    /// <summary>What the signature checks of one document may cost, in units of about 50 µs.</summary>
    public int MaxWork { get; init; } = 6_000;

    /// <summary>Links tried while the paths of one certificate are searched.</summary>
    public int MaxSignatureChecks { get; init; } = 256;

    /// <summary>Time-stamps of one signature.</summary>
    public int MaxTimeStamps { get; init; } = 16;

    /// <summary>Bytes of a certificate: those of ML-DSA have 7 KB, those with large names 20.</summary>
    public int MaxCertificateBytes { get; init; } = 64 << 10;
}
