using System.Security.Cryptography;

namespace Gateway.Protocol.Marks;

/// <summary>The issuer's signature on a certificate (RFC 5280 §4.1.1.3), by the library's primitives.</summary>
internal static class CertificateSignature
{
    private const int MaxRsaBits = 16384;

    public static bool Verifies(Certificate certificate, Certificate issuer)
    {
        var signed = certificate.Fields.Signed.Span;
        var signature = certificate.Fields.Signature.Span;
        HashAlgorithmName? hash = certificate.Fields.SignatureAlgorithm switch
        {
            Oids.EcdsaSha256 or Oids.RsaSha256 => HashAlgorithmName.SHA256,
            Oids.EcdsaSha384 or Oids.RsaSha384 => HashAlgorithmName.SHA384,
            Oids.EcdsaSha512 or Oids.RsaSha512 => HashAlgorithmName.SHA512,
            _ => null,
        };
        if (hash is not { } name)
            return false;
        var ecdsa = certificate.Fields.SignatureAlgorithm is Oids.EcdsaSha256 or Oids.EcdsaSha384 or Oids.EcdsaSha512;
        if (!ecdsa)
            return issuer.KeyKind == "RSA" && VerifiesRsa(signed, signature, issuer, name);
        if (issuer.Curve is not null)
            return issuer.VerifiesHash(CryptographicOperations.HashData(name, signed), signature);
        return issuer.KeyKind == "P-521" && VerifiesOther(signed, signature, issuer, name);
    }

    private static bool VerifiesRsa(ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature, Certificate issuer, HashAlgorithmName hash)
    {
        // A modulus beyond the cap would buy an attacker seconds of our time.
        if (issuer.SubjectPublicKeyInfo.Length > MaxRsaBits / 8 + 64)
            return false;
        try
        {
            using var key = RSA.Create();
            key.ImportSubjectPublicKeyInfo(issuer.SubjectPublicKeyInfo.Span, out _);
            return key.KeySize >= 2048 && key.VerifyData(signed, signature, hash, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            return false; // the library does not take the issuer's key: no signature of its can be confirmed
        }
    }

    private static bool VerifiesOther(ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature, Certificate issuer, HashAlgorithmName hash)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(issuer.SubjectPublicKeyInfo.Span, out _);
            return key.VerifyData(signed, signature, hash, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            return false; // as above; a point off the curve is reported as a platform that lacks it
        }
    }
}
