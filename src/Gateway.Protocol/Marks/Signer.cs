using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Marks;

/// <summary>A private signing key with its certificate, as two PEM files hold them. Signing from several threads at once is safe.</summary>
public sealed class Signer : IDisposable
{
    // One native handle serves all threads: OpenSSL and CNG only read the key while signing.
    private readonly ECDsa _key;

    private Signer(Certificate certificate, NamedCurve curve, ECDsa key)
    {
        (Certificate, Curve, _key) = (certificate, curve, key);
        SigningCertificateAttribute = SignedAttributes.WriteSigningCertificate(certificate);
    }

    /// <summary>The certificate that goes into every signature.</summary>
    public Certificate Certificate { get; }

    internal NamedCurve Curve { get; }

    /// <summary>The attribute is the same in every signature of this signer.</summary>
    internal byte[] SigningCertificateAttribute { get; }

    /// <summary>
    /// Takes a certificate and its PKCS #8 key. Throws <see cref="CryptographicException"/> when the two do not belong together, when the certificate cannot be read or does not allow
    /// signing, or when the key is not on P-256 or P-384: these are the operator's files, not a stranger's.
    /// </summary>
    public static Signer FromPem(string certificatePem, string keyPem)
    {
        var certificate = KeyFile.ReadCertificate(certificatePem);
        if (!certificate.MaySign)
            throw new CryptographicException($"the certificate of {certificate.Subject} does not allow signing (key usage {certificate.KeyUsage})");
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(keyPem);
            return new Signer(certificate, KeyFile.Match(certificate, key.ExportParameters(includePrivateParameters: false)), key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>An ECDSA signature in DER over a hash made with <see cref="NamedCurve.Hash"/> of <see cref="Curve"/>.</summary>
    internal byte[] SignHash(byte[] hash) => _key.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);

    /// <summary>Frees the private key.</summary>
    public void Dispose() => _key.Dispose();
}
