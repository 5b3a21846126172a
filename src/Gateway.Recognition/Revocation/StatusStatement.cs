using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Revocation;

/// <summary>What a usable CRL or OCSP answer says.</summary>
internal enum CertificateStatus
{
    Good,
    Revoked,
    OnHold,
}

/// <summary>A statement about one certificate, by somebody who may make it: its signature, its signer and its scope were checked.</summary>
internal sealed record StatusStatement
{
    public required string Kind { get; init; }

    public required ForeignCertificate Certificate { get; init; }

    public required string Issuer { get; init; }

    public required CertificateStatus Status { get; init; }

    public required DateTimeOffset ThisUpdate { get; init; }

    public required DateTimeOffset? NextUpdate { get; init; }

    public DateTimeOffset? ProducedAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>SHA-256 of the list or answer, hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>How it was signed; more than one when a responder's certificate stands between.</summary>
    public required IReadOnlyList<SignatureScheme> Schemes { get; init; }

    /// <summary>The end of the responder's own certificate; null when the issuer signed itself.</summary>
    public DateTimeOffset? SignerNotAfter { get; init; }

    /// <summary>Speaks of certificates that expired since then; null: only of unexpired ones.</summary>
    public DateTimeOffset? KeepsExpiredSince { get; init; }

    /// <summary>Speaks of the certificate as it was before its end, or still knows of it after.</summary>
    public bool CoversLifeOf => Status == CertificateStatus.Revoked || ThisUpdate <= Certificate.NotAfter || KeepsExpiredSince <= Certificate.NotAfter;

    /// <summary>Newer status is not due yet at <paramref name="time"/>.</summary>
    public bool IsFreshAt(DateTimeOffset time, TimeSpan maxAge) => NextUpdate is { } next ? time <= next : time - ThisUpdate <= maxAge;

    public RevocationSummary Summary() => new(
        Kind, Certificate.Sha256, Issuer, ThisUpdate, NextUpdate, ProducedAt,
        Status switch { CertificateStatus.Good => "GOOD", CertificateStatus.Revoked => "REVOKED", CertificateStatus.OnHold => "ON_HOLD" }, RevokedAt, Sha256);
}
