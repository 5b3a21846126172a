using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Tests.Infrastructure;

namespace Gateway.Tests.Judging;

/// <summary>Answers of a responder (RFC 6960 §4.2.1) that is the issuer itself.</summary>
internal static class OcspAnswers
{
    /// <summary>The certificate was not revoked at <paramref name="time"/>; a day later something newer is to be had.</summary>
    public static byte[] Good(TestIdentity issuer, TestIdentity about, DateTimeOffset time)
    {
        var context = new Asn1Tag(TagClass.ContextSpecific, 1);
        var data = Write(w =>
        {
            using (w.PushSequence())
            {
                using (w.PushSequence(context))
                    w.WriteEncodedValue(issuer.X509.SubjectName.RawData);
                w.WriteGeneralizedTime(time, omitFractionalSeconds: true);
                using (w.PushSequence())
                using (w.PushSequence())
                {
                    using (w.PushSequence())
                    {
                        using (w.PushSequence())
                            w.WriteObjectIdentifier("1.3.14.3.2.26");
                        w.WriteOctetString(CryptographicOperations.HashData(HashAlgorithmName.SHA1, issuer.X509.SubjectName.RawData));
                        w.WriteOctetString(CryptographicOperations.HashData(HashAlgorithmName.SHA1, issuer.X509.PublicKey.EncodedKeyValue.RawData));
                        w.WriteInteger(about.X509.SerialNumberBytes.Span);
                    }
                    w.WriteNull(new Asn1Tag(TagClass.ContextSpecific, 0));
                    w.WriteGeneralizedTime(time, omitFractionalSeconds: true);
                    using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                        w.WriteGeneralizedTime(time.AddDays(1), omitFractionalSeconds: true);
                }
            }
        });
        var basic = Write(w =>
        {
            using (w.PushSequence())
            {
                w.WriteEncodedValue(data);
                using (w.PushSequence())
                    w.WriteObjectIdentifier("1.2.840.10045.4.3.2");
                w.WriteBitString(issuer.Key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
            }
        });
        return Write(w =>
        {
            using (w.PushSequence())
            {
                w.WriteEncodedValue([0x0a, 1, 0]);
                using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                using (w.PushSequence())
                {
                    w.WriteObjectIdentifier("1.3.6.1.5.5.7.48.1.1");
                    w.WriteOctetString(basic);
                }
            }
        });
    }

    private static byte[] Write(Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        write(writer);
        return writer.Encode();
    }
}
