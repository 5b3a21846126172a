using System.Formats.Asn1;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Asn1;

namespace Gateway.Recognition.Tests.Algorithms;

/// <summary>Keys, certificates and signatures taken apart as far as a test needs them.</summary>
internal static class NationalSamples
{
    public const string Sm2Identity = "1234567812345678";

    /// <summary>The two answers, managed and native; the second is null where there is no library for it.</summary>
    public readonly record struct Answers(bool Managed, bool? Native);

    public static PublicKey Key(ReadOnlyMemory<byte> subjectPublicKeyInfo)
    {
        var reader = new Asn1Reader(subjectPublicKeyInfo);
        return PublicKey.Read(ref reader);
    }

    public static SchemeChoice Find(ReadOnlyMemory<byte> subjectPublicKeyInfo, string oid, string? digest = null)
        => SignatureAlgorithms.Find(new SchemeRequest(new AlgorithmIdentifier(oid, default), Key(subjectPublicKeyInfo), digest, Sm2Identity));

    public static Answers Verify(NationalScheme scheme, byte[] message, byte[] signature)
        => new(scheme.Verifies(message, signature), scheme.VerifiesNatively(message, signature));

    public static byte[] FromPem(string text)
    {
        var fields = System.Security.Cryptography.PemEncoding.Find(text);
        return Convert.FromBase64String(text[fields.Base64Data]);
    }

    /// <summary>What is signed, the algorithm, the signature and the subject's key of a certificate.</summary>
    public static (byte[] Signed, string Oid, byte[] Signature, byte[] Key) Certificate(ReadOnlyMemory<byte> der)
    {
        var certificate = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        var signed = certificate.ReadEncodedValue();
        var oid = certificate.ReadSequence().ReadObjectIdentifier();
        var signature = certificate.ReadBitString(out _);
        var tbs = new AsnReader(signed, AsnEncodingRules.DER).ReadSequence();
        if (tbs.PeekTag() == new Asn1Tag(TagClass.ContextSpecific, 0, true))
            tbs.ReadEncodedValue();
        for (var i = 0; i < 5; i++)
            tbs.ReadEncodedValue(); // serial, algorithm, issuer, validity, subject
        return (signed.ToArray(), oid, signature, tbs.ReadEncodedValue().ToArray());
    }

    /// <summary>The same octets with one bit changed.</summary>
    public static byte[] Flip(byte[] octets, int bit)
    {
        var changed = (byte[])octets.Clone();
        changed[bit / 8] ^= (byte)(1 << (bit % 8));
        return changed;
    }

    public static byte[] GostKey(string oid, string set, byte[] point)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteOctetString(point);
        return Info(writer.Encode(), oid, set);
    }

    public static byte[] Info(byte[] key, string oid, string? set = null, bool inSequence = true)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(oid);
                if (set is not null && inSequence)
                {
                    using (writer.PushSequence())
                        writer.WriteObjectIdentifier(set);
                }
                else if (set is not null)
                {
                    writer.WriteObjectIdentifier(set);
                }
            }

            writer.WriteBitString(key);
        }

        return writer.Encode();
    }
}
