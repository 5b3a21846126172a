using System.Security.Cryptography;

namespace Gateway.Protocol.Marks;

/// <summary>One ESSCertIDv2 (RFC 5035 §5): which certificate the signer meant. A signature with another certificate of the same key is another signature.</summary>
internal sealed record CertificateReference(HashAlgorithmName Hash, byte[] Digest, byte[]? Issuer, byte[]? Serial)
{
    public bool Names(Certificate certificate)
    {
        Span<byte> sha256 = stackalloc byte[Documents.Digest.Length];
        certificate.Sha256.CopyTo(sha256);
        return Digest.AsSpan().SequenceEqual(Hash == HashAlgorithmName.SHA256 ? sha256 : CryptographicOperations.HashData(Hash, certificate.Der.Span))
            && (Issuer is null || certificate.IssuerDer.Span.SequenceEqual(Issuer))
            && (Serial is null || certificate.Serial.Span.SequenceEqual(Serial));
    }
}
