using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Marks;

namespace Gateway.Protocol.Envelopes;

/// <summary>A private key that opens envelopes, with its certificate. Opening from several threads at once is safe.</summary>
public sealed class Decryptor : IDisposable
{
    private static readonly TimeSpan s_ephemeralLife = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_ephemeralLead = TimeSpan.FromMinutes(5);

    private const int SerialBytes = 16;

    // One native handle serves all threads: an agreement only reads the key.
    private readonly ECDiffieHellman _key;

    private Decryptor(Certificate certificate, NamedCurve curve, ECDiffieHellman key) => (Certificate, Curve, _key) = (certificate, curve, key);

    /// <summary>The certificate that senders encrypt to.</summary>
    public Certificate Certificate { get; }

    internal NamedCurve Curve { get; }

    /// <summary>
    /// Takes a certificate and its PKCS #8 key. Throws <see cref="CryptographicException"/> when the two do not belong together, when the certificate cannot be read or does not allow
    /// key agreement, or when the key is not on P-256 or P-384.
    /// </summary>
    public static Decryptor FromPem(string certificatePem, string keyPem)
    {
        var certificate = KeyFile.ReadCertificate(certificatePem);
        if (!certificate.MayAgreeKeys)
            throw new CryptographicException($"the certificate of {certificate.Subject} does not allow key agreement (key usage {certificate.KeyUsage})");
        var key = ECDiffieHellman.Create();
        try
        {
            key.ImportFromPem(keyPem);
            return new Decryptor(certificate, KeyFile.Match(certificate, key.ExportParameters(includePrivateParameters: false)), key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A fresh P-256 key that never leaves this process, with a self-signed certificate valid for one day from <paramref name="now"/> (and five minutes before, for clocks that differ):
    /// a download grant is encrypted to it.
    /// </summary>
    /// <param name="name">The certificate's common name.</param>
    /// <param name="now">The current time.</param>
    public static Decryptor Ephemeral(string name, DateTimeOffset now)
    {
        var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var parameters = key.ExportParameters(includePrivateParameters: true);
        try
        {
            using var signingKey = ECDsa.Create(parameters);
            var subject = new X500DistinguishedNameBuilder();
            subject.AddCommonName(name);
            var request = new CertificateRequest(subject.Build(), signingKey, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyAgreement, critical: true));
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
            // CreateSelfSigned would insist on an ECDSA key usage; this key signs nothing but its own certificate.
            using var certificate = request.Create(
                request.SubjectName, X509SignatureGenerator.CreateForECDsa(signingKey), now - s_ephemeralLead, now + s_ephemeralLife, RandomNumberGenerator.GetBytes(SerialBytes));
            return new Decryptor(Certificate.Read(certificate.RawData).Value, NamedCurve.P256, key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(parameters.D);
        }
    }

    /// <summary>Writes the key-encryption key agreed with the sender's ephemeral public key.</summary>
    internal void DeriveKey(ECDiffieHellmanPublicKey ephemeral, ReadOnlySpan<byte> ukm, bool hasUkm, Span<byte> keyEncryptionKey)
        => KeyAgreement.DeriveKey(_key, ephemeral, ukm, hasUkm, keyEncryptionKey);

    /// <summary>Frees the private key.</summary>
    public void Dispose() => _key.Dispose();
}
