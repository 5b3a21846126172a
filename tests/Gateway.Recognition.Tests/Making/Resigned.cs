using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Recognition.Tests.Making;

/// <summary>A certificate or revocation list signed anew by the same key with another digest, since the framework makes none with SHA-1.</summary>
internal static class Resigned
{
    private const string EcdsaSha1 = "1.2.840.10045.4.1";
    private const string RsaSha1 = "1.2.840.113549.1.1.5";

    public static TestKey Certificate(TestKey one, AsymmetricAlgorithm issuer) => one with { Certificate = X509CertificateLoader.LoadCertificate(Sha1(one.Der, issuer)) };

    /// <summary>The same under SHA-1.</summary>
    public static byte[] Sha1(byte[] der, AsymmetricAlgorithm issuer)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        var inside = outer.ReadSequence();
        var tbs = new AsnWriter(AsnEncodingRules.DER);
        using (tbs.PushSequence())
        {
            var replaced = false;
            while (inside.HasData)
            {
                // The first SEQUENCE of both is the algorithm; a version or a number stands before it.
                if (!replaced && inside.PeekTag() == Asn1Tag.Sequence)
                {
                    inside.ReadEncodedValue();
                    Algorithm(tbs, issuer);
                    replaced = true;
                }
                else
                {
                    tbs.WriteEncodedValue(inside.ReadEncodedValue().Span);
                }
            }
        }

        return CmsMaker.Encode(w =>
        {
            using (w.PushSequence())
            {
                w.WriteEncodedValue(tbs.Encode());
                Algorithm(w, issuer);
                w.WriteBitString(Sign(tbs.Encode(), issuer));
            }
        });
    }

    public static void Algorithm(AsnWriter writer, AsymmetricAlgorithm issuer)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(issuer is RSA ? RsaSha1 : EcdsaSha1);
            if (issuer is RSA)
                writer.WriteNull();
        }
    }

    public static byte[] Sign(byte[] data, AsymmetricAlgorithm issuer) => issuer is RSA rsa
        ? rsa.SignData(data, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1)
        : ((ECDsa)issuer).SignData(data, HashAlgorithmName.SHA1, DSASignatureFormat.Rfc3279DerSequence);
}
