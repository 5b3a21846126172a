using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Recognition.Signatures;

namespace Gateway.Recognition.Tests.Making;

/// <summary>Writes CMS signatures and time-stamp tokens element by element, so that a test can spoil any one of them.</summary>
internal sealed class CmsMaker
{
    public const string Sha256Oid = "2.16.840.1.101.3.4.2.1";
    public const string Sha1Oid = "1.3.14.3.2.26";

    public string ContentType { get; set; } = CmsOids.Data;

    public bool Detached { get; set; }

    public bool WithoutAttributes { get; set; }

    public string DigestOid { get; set; } = Sha256Oid;

    /// <summary>Changes the signed attributes before they are signed: OID and encoded value.</summary>
    public Action<List<(string Oid, byte[] Value)>>? EditAttributes { get; set; }

    /// <summary>Makes unsigned attributes from the signature value.</summary>
    public Func<byte[], IEnumerable<(string Oid, byte[] Value)>>? Unsigned { get; set; }

    public List<byte[]> Certificates { get; } = [];

    public byte[] Sign(byte[] content, params TestKey[] signers) => Wrap(content, [.. signers.Select(s => SignerInfo(content, s, isCounter: false))], signers);

    public byte[] Wrap(byte[] content, IReadOnlyList<byte[]> infos, IEnumerable<TestKey> signers)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(CmsOids.SignedData);
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            using (writer.PushSequence())
            {
                writer.WriteInteger(1);
                using (writer.PushSetOf())
                    WriteAlgorithm(writer, DigestOid);
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(ContentType);
                    if (!Detached)
                    {
                        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                            writer.WriteOctetString(content);
                    }
                }

                using (writer.PushSetOf(new Asn1Tag(TagClass.ContextSpecific, 0)))
                {
                    foreach (var certificate in signers.Select(s => s.Der).Concat(Certificates))
                        writer.WriteEncodedValue(certificate);
                }

                using (writer.PushSetOf())
                {
                    foreach (var info in infos)
                        writer.WriteEncodedValue(info);
                }
            }
        }

        return writer.Encode();
    }

    public byte[] SignerInfo(byte[] content, TestKey signer, bool isCounter)
    {
        var toBeSigned = content;
        if (!WithoutAttributes)
        {
            var attributes = new List<(string Oid, byte[] Value)>
            {
                (CmsOids.MessageDigest, Encode(w => w.WriteOctetString(SHA256.HashData(content)))),
                (CmsOids.SigningCertificateV2, Reference(signer)),
            };
            if (!isCounter)
                attributes.Add((CmsOids.ContentType, Encode(w => w.WriteObjectIdentifier(ContentType))));
            EditAttributes?.Invoke(attributes);
            toBeSigned = Encode(w => WriteAttributes(w, attributes, null));
        }

        var signature = signer.Key.SignData(toBeSigned, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        var unsigned = Unsigned?.Invoke(signature).ToList() ?? [];
        return Encode(w =>
        {
            using (w.PushSequence())
            {
                w.WriteInteger(1);
                using (w.PushSequence())
                {
                    w.WriteEncodedValue(signer.Certificate.IssuerName.RawData);
                    w.WriteInteger(signer.Certificate.SerialNumberBytes.Span);
                }

                WriteAlgorithm(w, DigestOid);
                if (!WithoutAttributes)
                {
                    toBeSigned[0] = 0xa0;
                    w.WriteEncodedValue(toBeSigned);
                }

                WriteAlgorithm(w, "1.2.840.10045.4.3.2");
                w.WriteOctetString(signature);
                if (unsigned.Count > 0)
                    WriteAttributes(w, unsigned, new Asn1Tag(TagClass.ContextSpecific, 1));
            }
        });
    }

    /// <summary>An RFC 3161 token over <paramref name="stamped"/>.</summary>
    public static byte[] Token(byte[] stamped, DateTimeOffset time, TestKey authority, Action<CmsMaker>? edit = null, int signers = 1, string imprint = Sha256Oid, Action<AsnWriter>? more = null)
    {
        var info = Encode(w =>
        {
            using (w.PushSequence())
            {
                w.WriteInteger(1);
                w.WriteObjectIdentifier("1.2.3.4");
                using (w.PushSequence())
                {
                    WriteAlgorithm(w, imprint);
                    w.WriteOctetString(imprint == Sha1Oid ? CryptographicOperations.HashData(HashAlgorithmName.SHA1, stamped) : SHA256.HashData(stamped));
                }

                w.WriteInteger(7);
                w.WriteGeneralizedTime(time, omitFractionalSeconds: true);
                more?.Invoke(w);
            }
        });
        var maker = new CmsMaker { ContentType = CmsOids.TimeStampInfo };
        edit?.Invoke(maker);
        return maker.Sign(info, [.. Enumerable.Repeat(authority, signers)]);
    }

    public static byte[] Reference(TestKey signer) => Encode(w =>
    {
        using (w.PushSequence())
        using (w.PushSequence())
        using (w.PushSequence())
            w.WriteOctetString(SHA256.HashData(signer.Der));
    });

    public static byte[] Encode(Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        write(writer);
        return writer.Encode();
    }

    private static void WriteAlgorithm(AsnWriter writer, string oid)
    {
        using (writer.PushSequence())
            writer.WriteObjectIdentifier(oid);
    }

    private static void WriteAttributes(AsnWriter writer, IEnumerable<(string Oid, byte[] Value)> attributes, Asn1Tag? tag)
    {
        using (writer.PushSetOf(tag))
        {
            foreach (var (oid, value) in attributes)
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(oid);
                    using (writer.PushSetOf())
                        writer.WriteEncodedValue(value);
                }
            }
        }
    }
}
