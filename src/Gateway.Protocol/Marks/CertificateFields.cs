using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Documents;

namespace Gateway.Protocol.Marks;

/// <summary>What the reader took out of a certificate, before anybody judges it.</summary>
internal sealed record CertificateFields
{
    public required ReadOnlyMemory<byte> Der { get; init; }
    public required Digest Sha256 { get; init; }
    public required ReadOnlyMemory<byte> Signed { get; init; }
    public required string SignatureAlgorithm { get; init; }
    public required ReadOnlyMemory<byte> Signature { get; init; }
    public required ReadOnlyMemory<byte> Serial { get; init; }
    public required ReadOnlyMemory<byte> IssuerDer { get; init; }
    public required string Issuer { get; init; }
    public required DateTimeOffset NotBefore { get; init; }
    public required DateTimeOffset NotAfter { get; init; }
    public required ReadOnlyMemory<byte> SubjectDer { get; init; }
    public required string Subject { get; init; }
    public required string? CommonName { get; init; }
    public required ReadOnlyMemory<byte> PublicKey { get; init; }
    public required Digest SpkiSha256 { get; init; }
    public required string KeyKind { get; init; }
    public required NamedCurve? Curve { get; init; }
    public required ECParameters? Point { get; init; }
    public X509KeyUsageFlags? KeyUsage { get; init; }
    public ReadOnlyMemory<byte>? SubjectKeyIdentifier { get; init; }
    public bool IsAuthority { get; init; }
    public bool IsQualified { get; init; }
    public IReadOnlyList<string> UnknownCriticalExtensions { get; init; } = [];
}
