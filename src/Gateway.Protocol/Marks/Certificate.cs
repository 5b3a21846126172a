using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Marks;

/// <summary>
/// An X.509 certificate (RFC 5280 §4.1) as a strict reader found it. Reading says nothing about trust. Immutable and safe to use from several threads.
/// </summary>
public sealed class Certificate
{
    /// <summary>Longest certificate read, in bytes.</summary>
    public const int MaxBytes = 64 * 1024;

    private readonly Lazy<ECDsa?> _verifier;
    private readonly Lazy<ECDiffieHellman?> _agreement;

    internal Certificate(CertificateFields fields)
    {
        Fields = fields;
        _verifier = new(ECDsaKey);
        _agreement = new(ECDiffieHellmanKey);
    }

    /// <summary>The certificate's DER, exactly as read.</summary>
    public ReadOnlyMemory<byte> Der => Fields.Der;

    /// <summary>SHA-256 of <see cref="Der"/>: the fingerprint people compare.</summary>
    public Digest Sha256 => Fields.Sha256;

    /// <summary>The SubjectPublicKeyInfo element.</summary>
    public ReadOnlyMemory<byte> SubjectPublicKeyInfo => Fields.PublicKey;

    /// <summary>SHA-256 of <see cref="SubjectPublicKeyInfo"/>: stays the same when a certificate is renewed for the same key.</summary>
    public Digest SpkiSha256 => Fields.SpkiSha256;

    /// <summary>The subject as text (RFC 4514), for people; compare <see cref="SubjectDer"/>.</summary>
    public string Subject => Fields.Subject;

    /// <summary>The subject's Name element.</summary>
    public ReadOnlyMemory<byte> SubjectDer => Fields.SubjectDer;

    /// <summary>The last common name of the subject, or null.</summary>
    public string? CommonName => Fields.CommonName;

    /// <summary>The issuer as text (RFC 4514), for people; compare <see cref="IssuerDer"/>.</summary>
    public string Issuer => Fields.Issuer;

    /// <summary>The issuer's Name element.</summary>
    public ReadOnlyMemory<byte> IssuerDer => Fields.IssuerDer;

    /// <summary>The serial number's content octets, big-endian two's complement as encoded.</summary>
    public ReadOnlyMemory<byte> Serial => Fields.Serial;

    /// <summary>Valid from this second on.</summary>
    public DateTimeOffset NotBefore => Fields.NotBefore;

    /// <summary>Valid until and including this second.</summary>
    public DateTimeOffset NotAfter => Fields.NotAfter;

    /// <summary>What the key may be used for (RFC 5280 §4.2.1.3), or null when the certificate does not say.</summary>
    public X509KeyUsageFlags? KeyUsage => Fields.KeyUsage;

    /// <summary>The subject key identifier (RFC 5280 §4.2.1.2), or null.</summary>
    public ReadOnlyMemory<byte>? SubjectKeyIdentifier => Fields.SubjectKeyIdentifier;

    /// <summary>True when basicConstraints says that this is a certification authority (RFC 5280 §4.2.1.9).</summary>
    public bool IsAuthority => Fields.IsAuthority;

    /// <summary>True when it says that it is a qualified certificate (QcCompliance, ETSI EN 319 412-5 §4.2.1). Whether its issuer may say so is another question.</summary>
    public bool IsQualified => Fields.IsQualified;

    /// <summary>Critical extensions that this reader does not understand; whoever trusts the certificate must refuse it when there are any (RFC 5280 §4.2).</summary>
    public IReadOnlyList<string> UnknownCriticalExtensions => Fields.UnknownCriticalExtensions;

    /// <summary>The key's kind for people: <c>P-256</c>, <c>P-384</c>, <c>P-521</c>, <c>RSA</c>, or the object identifier.</summary>
    public string KeyKind => Fields.KeyKind;

    /// <summary>False when the certificate says what its key is for and signing is not among it.</summary>
    public bool MaySign => KeyUsage is not { } usage || (usage & (X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation)) != 0;

    /// <summary>False when the certificate says what its key is for and key agreement is not among it.</summary>
    public bool MayAgreeKeys => KeyUsage is not { } usage || (usage & X509KeyUsageFlags.KeyAgreement) != 0;

    internal CertificateFields Fields { get; }

    /// <summary>The curve, when the key is one that our marks and envelopes use.</summary>
    internal NamedCurve? Curve => Fields.Curve;

    /// <summary>The shared public key for agreements; null when the key is not P-256 or P-384.</summary>
    internal ECDiffieHellman? Agreement => _agreement.Value;

    /// <summary>Reads one certificate. Refuses with <see cref="RefusalCode.MarkNotDer"/>, <see cref="RefusalCode.MarkStructure"/> or <see cref="RefusalCode.MarkLimit"/>.</summary>
    public static Outcome<Certificate> Read(ReadOnlyMemory<byte> der) => CertificateReader.Read(der);

    /// <summary>Reads the one CERTIFICATE block of a PEM text; other blocks are passed over, a second certificate is refused.</summary>
    public static Outcome<Certificate> ReadPem(string pem)
    {
        ArgumentNullException.ThrowIfNull(pem);
        byte[]? der = null;
        for (var rest = pem.AsSpan(); PemEncoding.TryFind(rest, out var block); rest = rest[block.Location.End..])
        {
            if (!rest[block.Label].SequenceEqual("CERTIFICATE"))
                continue;
            if (der is not null)
                return new Refusal(RefusalCode.MarkStructure, "the PEM text holds more than one certificate");
            der = Convert.FromBase64String(rest[block.Base64Data].ToString());
        }

        return der is null ? new Refusal(RefusalCode.MarkStructure, "the PEM text holds no certificate") : Read(der);
    }

    /// <summary>Whether <paramref name="time"/> lies inside the validity period, both ends included (RFC 5280 §4.1.2.5).</summary>
    public bool ValidAt(DateTimeOffset time) => NotBefore <= time && time <= NotAfter;

    /// <summary>
    /// Whether the issuer's name stands in this certificate, byte for byte, and its key made the signature (ECDSA on P-256, P-384, P-521 or RSA PKCS #1, with SHA-2).
    /// Says nothing about whether the issuer may issue: see <see cref="IsAuthority"/>.
    /// </summary>
    public bool IssuedBy(Certificate issuer)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        return IssuerDer.Span.SequenceEqual(issuer.SubjectDer.Span) && CertificateSignature.Verifies(this, issuer);
    }

    /// <summary>The public key for verifying, when it is on P-256 or P-384; the caller disposes it.</summary>
    public ECDsa? ECDsaKey() => Fields.Point is { } point ? ECDsa.Create(point) : null;

    /// <summary>The public key for key agreement, when it is on P-256 or P-384; the caller disposes it.</summary>
    public ECDiffieHellman? ECDiffieHellmanKey() => Fields.Point is { } point ? ECDiffieHellman.Create(point) : null;

    /// <summary>Subject and fingerprint.</summary>
    public override string ToString() => $"{Subject} ({Sha256})";

    /// <summary>Verifies a strict DER ECDSA signature over a hash. One native key handle is shared: verifying only reads it.</summary>
    internal bool VerifiesHash(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> derSignature)
    {
        if (Curve is not { } curve || _verifier.Value is not { } key)
            return false;
        Span<byte> rs = stackalloc byte[2 * curve.FieldBytes];
        // Strictly read, its bytes are those that the library would make of r and s itself.
        return EcdsaSignature.TryRead(derSignature, curve, rs) && key.VerifyHash(hash, derSignature, DSASignatureFormat.Rfc3279DerSequence);
    }
}
