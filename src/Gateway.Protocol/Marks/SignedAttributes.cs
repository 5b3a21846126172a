using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Marks;

/// <summary>The signed attributes of CAdES-B (RFC 5652 §11, RFC 5035 §3, ETSI EN 319 122-1 §5, §6.3): written, and read strictly.</summary>
internal sealed class SignedAttributes
{
    private const int MaxAttributes = 16;

    private static readonly byte[] s_contentType = Attribute(Oids.ContentType, writer => writer.WriteObjectIdentifier(Oids.Data));

    private SignedAttributes()
    {
    }

    public byte[] MessageDigest { get; private set; } = [];

    public DateTimeOffset SigningTime { get; private set; }

    /// <summary>The ESSCertIDv2 entries: the signer's first, then every other certificate that may be embedded.</summary>
    public IReadOnlyList<CertificateReference> Certificates { get; private set; } = [];

    /// <summary>Algorithms named by CMSAlgorithmProtection (RFC 6211), when present.</summary>
    public (string Digest, string Signature)? Protection { get; private set; }

    /// <summary>The attributes as they are hashed: a DER SET OF (RFC 5652 §5.4).</summary>
    public static byte[] Write(ReadOnlySpan<byte> contentDigest, Signer signer, DateTimeOffset signingTime)
    {
        var digest = contentDigest.ToArray();
        var writer = new AsnWriter(AsnEncodingRules.DER, 640);
        using (writer.PushSetOf())
        {
            writer.WriteEncodedValue(s_contentType);
            writer.WriteEncodedValue(Attribute(Oids.SigningTime, inner =>
            {
                // RFC 5652 §11.3: UTCTime through 2049
                if (signingTime.UtcDateTime.Year is >= 1950 and < 2050)
                    inner.WriteUtcTime(signingTime);
                else
                    inner.WriteGeneralizedTime(signingTime, omitFractionalSeconds: true);
            }));
            writer.WriteEncodedValue(Attribute(Oids.MessageDigest, inner => inner.WriteOctetString(digest)));
            writer.WriteEncodedValue(signer.SigningCertificateAttribute);
        }

        return writer.Encode();
    }

    /// <summary>The signing-certificate-v2 attribute: SHA-256, which is the default and so not written, and issuer and serial number.</summary>
    public static byte[] WriteSigningCertificate(Certificate certificate) => Attribute(Oids.SigningCertificateV2, writer =>
    {
        using (writer.PushSequence())
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteOctetString(certificate.Sha256.ToArray());
            using (writer.PushSequence())
            {
                using (writer.PushSequence())
                using (writer.PushSequence(DerReader.Context(4))) // GeneralName directoryName, explicit because Name is a CHOICE
                    writer.WriteEncodedValue(certificate.IssuerDer.Span);
                writer.WriteInteger(certificate.Serial.Span);
            }
        }
    });

    /// <summary>Reads the content of the [0] IMPLICIT SET OF; throws <see cref="AsnContentException"/> on what is no attribute at all.</summary>
    public static Outcome<SignedAttributes> Read(DerReader set)
    {
        var attributes = new SignedAttributes();
        var seen = new List<string>(MaxAttributes);
        while (!set.IsEmpty)
        {
            var attribute = set.Sequence();
            var oid = attribute.Oid();
            if (seen.Contains(oid))
                return Structure($"signed attribute {oid} stands twice");
            seen.Add(oid);
            if (seen.Count > MaxAttributes)
                return new Refusal(RefusalCode.MarkLimit, $"more than {MaxAttributes} signed attributes");
            switch (oid)
            {
                case Oids.ContentType:
                    var type = attribute.SingleValue();
                    if (type.Oid() != Oids.Data)
                        return Structure("the content-type attribute is not id-data");
                    break;
                case Oids.MessageDigest:
                    var digest = attribute.SingleValue();
                    attributes.MessageDigest = digest.OctetString().ToArray();
                    break;
                case Oids.SigningTime:
                    var time = attribute.SingleValue();
                    attributes.SigningTime = time.Time();
                    break;
                case Oids.SigningCertificateV2:
                    attributes.Certificates = ReadSigningCertificate(attribute.SingleValue());
                    break;
                case Oids.AlgorithmProtection:
                    attributes.Protection = ReadProtection(attribute.SingleValue());
                    break;
                default:
                    attribute.SetOf(out _); // signed, so it cannot be changed; it does not concern us
                    break;
            }

            attribute.End();
        }

        if (!seen.Contains(Oids.ContentType))
            return Structure("the content-type attribute is missing");
        if (!seen.Contains(Oids.MessageDigest))
            return Structure("the message-digest attribute is missing");
        if (!seen.Contains(Oids.SigningTime))
            return Structure("the signing-time attribute is missing");
        if (attributes.Certificates.Count == 0)
            return new Refusal(RefusalCode.MarkSigningCertificate, "the signing-certificate-v2 attribute is missing");
        return attributes;
    }

    private static List<CertificateReference> ReadSigningCertificate(DerReader value)
    {
        // SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2, policies … OPTIONAL }
        var signingCertificate = value.Sequence();
        var entries = signingCertificate.Sequence();
        var references = new List<CertificateReference>();
        while (!entries.IsEmpty)
        {
            var entry = entries.Sequence();
            var hash = HashAlgorithmName.SHA256;
            if (entry.At(UniversalTagNumber.Sequence))
            {
                // DER does not write the default, SHA-256 (X.690 §11.5); openssl -md sha384 names SHA-384 here.
                hash = entry.Algorithm(mayBeNull: true) == Oids.Sha384
                    ? HashAlgorithmName.SHA384
                    : throw new AsnContentException("signing-certificate-v2 uses a hash other than SHA-256 or SHA-384, or writes the default");
            }

            var digest = entry.OctetString().ToArray();
            byte[]? issuer = null;
            byte[]? serial = null;
            if (!entry.IsEmpty)
            {
                var issuerSerial = entry.Sequence();
                var names = issuerSerial.Sequence();
                var directoryName = names.Sequence(DerReader.Context(4));
                names.End();
                issuer = directoryName.Element().ToArray();
                directoryName.End();
                serial = issuerSerial.Integer().ToArray();
                issuerSerial.End();
            }

            entry.End();
            references.Add(new CertificateReference(hash, digest, issuer, serial));
        }

        return references;
    }

    private static (string Digest, string Signature) ReadProtection(DerReader value)
    {
        var protection = value.Sequence();
        var digest = protection.Algorithm(mayBeNull: true);
        var signature = protection.Sequence(DerReader.Context(1));
        var signatureOid = signature.Oid();
        signature.End();
        protection.End();
        return (digest, signatureOid);
    }

    private static byte[] Attribute(string oid, Action<AsnWriter> value)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER, 256);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            using (writer.PushSetOf())
                value(writer);
        }

        return writer.Encode();
    }

    private static Refusal Structure(string detail) => new(RefusalCode.MarkStructure, detail);
}
