namespace Gateway.Recognition.Validation;

/// <summary>What the engine says of one document: the worst of its signatures, and everything it found on the way. Made of facts only; nothing here depends on a language.</summary>
/// <param name="Indication">The document as a whole; PASSED only when every signature passed.</param>
/// <param name="Signatures">One verdict for each SignerInfo, in their order in the document.</param>
/// <param name="TimeStamps">Time-stamps over the document itself, without a signature (ASiC-S with a token).</param>
/// <param name="Findings">What concerns the whole document and no single signature.</param>
/// <param name="At">The time that was judged for.</param>
/// <param name="Policy">Id of the policy.</param>
public sealed record Verdict(
    Indication Indication,
    IReadOnlyList<SignatureVerdict> Signatures,
    IReadOnlyList<TimeStampVerdict> TimeStamps,
    IReadOnlyList<Finding> Findings,
    DateTimeOffset At,
    string Policy)
{
    /// <summary>Container or packaging, when there is one: <c>CMS</c>, <c>ASIC_S</c>, <c>ASIC_E</c>, <c>PDF</c>.</summary>
    public string Container { get; init; } = "CMS";

    /// <summary>Files of a container that no signature covers.</summary>
    public IReadOnlyList<string> NotCovered { get; init; } = [];
}

/// <summary>The verdict on one signature.</summary>
public sealed record SignatureVerdict
{
    /// <summary>SHA-256 (hexadecimal) of the SignerInfo.</summary>
    public required string Id { get; init; }

    /// <summary>PASSED, FAILED or INDETERMINATE.</summary>
    public required Indication Indication { get; init; }

    /// <summary>The sub-indication that decides, first; others that were met after it.</summary>
    public required IReadOnlyList<SubIndication> SubIndications { get; init; }

    /// <summary>Everything that was found, in the order of the checks.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary><c>CMS</c>, <c>CADES_B</c>, <c>CADES_T</c>, <c>CADES_LT</c>, <c>CADES_LTA</c>: what is inside, not what is good.</summary>
    public string Level { get; init; } = "CMS";

    /// <summary>What the signer claims (signing-time); no proof.</summary>
    public DateTimeOffset? ClaimedSigningTime { get; init; }

    /// <summary>The earliest time at which the signature is proved to have existed.</summary>
    public DateTimeOffset? BestSignatureTime { get; init; }

    /// <summary>What proves <see cref="BestSignatureTime"/>.</summary>
    public string BestSignatureTimeSource { get; init; } = "validation time";

    /// <summary>The signer's certificate, when it was found.</summary>
    public CertificateSummary? Signer { get; init; }

    /// <summary>Signer first, anchor last; the path that was judged, or the furthest one found.</summary>
    public IReadOnlyList<CertificateSummary> Chain { get; init; } = [];

    /// <summary>The anchor's own name for itself (list entry, file), when a path was found.</summary>
    public string? Anchor { get; init; }

    /// <summary>State whose list names the anchor, or null.</summary>
    public string? AnchorState { get; init; }

    /// <summary>Content and signature time-stamps of this signature.</summary>
    public IReadOnlyList<TimeStampVerdict> TimeStamps { get; init; } = [];

    /// <summary>Revocation status that was used.</summary>
    public IReadOnlyList<RevocationSummary> Revocation { get; init; } = [];

    /// <summary>Algorithms that carry the signature, with the end that the policy gives them.</summary>
    public IReadOnlyList<AlgorithmSummary> Algorithms { get; init; } = [];

    /// <summary>What is covered.</summary>
    public IReadOnlyList<Scope> Scopes { get; init; } = [];

    /// <summary>Signatures over this signature's value; reported, never counted for the document.</summary>
    public IReadOnlyList<SignatureVerdict> CounterSignatures { get; init; } = [];
}

/// <summary>The verdict on one RFC 3161 time-stamp token.</summary>
/// <param name="Kind"><c>SIGNATURE</c>, <c>CONTENT</c>, <c>ARCHIVE</c>, <c>DOCUMENT</c>.</param>
/// <param name="Time">genTime; null when the token cannot be read.</param>
/// <param name="Indication">PASSED, FAILED or INDETERMINATE.</param>
/// <param name="SubIndications">The deciding one first.</param>
/// <param name="Authority">Subject of the certificate of the time-stamping authority, when found.</param>
/// <param name="Sha256">Of the token, hexadecimal.</param>
/// <param name="Findings">Everything found.</param>
public sealed record TimeStampVerdict(
    string Kind,
    DateTimeOffset? Time,
    Indication Indication,
    IReadOnlyList<SubIndication> SubIndications,
    string? Authority,
    string Sha256,
    IReadOnlyList<Finding> Findings)
{
    /// <summary>The authority's certificate first, anchor last.</summary>
    public IReadOnlyList<CertificateSummary> Chain { get; init; } = [];

    /// <summary>Serial number of the token, decimal.</summary>
    public string? Serial { get; init; }
}

/// <summary>A certificate, for a report.</summary>
public sealed record CertificateSummary(
    string Sha256, string Subject, string Issuer, string Serial, DateTimeOffset NotBefore, DateTimeOffset NotAfter, string? Country, bool IsAnchor, ReadOnlyMemory<byte> Encoded);

/// <summary>A CRL or an OCSP answer that was used.</summary>
/// <param name="Kind"><c>CRL</c> or <c>OCSP</c>.</param>
/// <param name="Certificate">SHA-256 of the certificate it speaks of.</param>
/// <param name="Issuer">Who signed it.</param>
/// <param name="ThisUpdate">Status as of.</param>
/// <param name="NextUpdate">Newer status is due by then.</param>
/// <param name="ProducedAt">OCSP: when the answer was signed.</param>
/// <param name="Status"><c>GOOD</c>, <c>REVOKED</c>, <c>ON_HOLD</c>, <c>UNKNOWN</c>.</param>
/// <param name="RevokedAt">Since when, if revoked.</param>
/// <param name="Sha256">Of the CRL or answer, hexadecimal.</param>
public sealed record RevocationSummary(
    string Kind, string Certificate, string Issuer, DateTimeOffset ThisUpdate, DateTimeOffset? NextUpdate, DateTimeOffset? ProducedAt, string Status, DateTimeOffset? RevokedAt, string Sha256);

/// <summary>An algorithm with what the policy says of it.</summary>
/// <param name="Use"><c>SIGNATURE</c>, <c>DIGEST</c>.</param>
/// <param name="Name">As the policy names it.</param>
/// <param name="KeyBits">Size of the key, where there is one.</param>
/// <param name="Ends">Not accepted from then on; null for no end.</param>
public sealed record AlgorithmSummary(string Use, string Name, int? KeyBits, DateTimeOffset? Ends);

/// <summary>What a signature covers.</summary>
/// <param name="Name">File name, or <c>content</c>.</param>
/// <param name="Extent"><c>FULL</c> or <c>PARTIAL</c>.</param>
/// <param name="DigestAlgorithm">Name of the digest.</param>
/// <param name="Digest">Hexadecimal.</param>
public sealed record Scope(string Name, string Extent, string? DigestAlgorithm = null, string? Digest = null);
