using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Gateway.Protocol.Marks;

/// <summary>Writes CMS SignedData with one ECDSA signer (RFC 5652 §5.1–§5.4, RFC 5753 §2.1).</summary>
internal static class SignedDocumentWriter
{
    /// <summary>Room for everything but the content: attributes, signature, certificate.</summary>
    private const int Overhead = 2048;

    public static byte[] Write(ReadOnlySpan<byte> content, Signer signer, DateTimeOffset signingTime)
    {
        if (content.Length > SignedDocument.MaxBytes - Certificate.MaxBytes)
            throw new ArgumentException($"{content.Length} bytes are too many to sign", nameof(content));
        if (AttributeConfusion.IsPossible(content))
            throw new ArgumentException("the content could be taken for signed attributes", nameof(content));
        var (certificate, curve) = (signer.Certificate, signer.Curve);
        var attributes = SignedAttributes.Write(CryptographicOperations.HashData(curve.Hash, content), signer, signingTime);
        var signature = signer.SignHash(CryptographicOperations.HashData(curve.Hash, attributes));
        attributes[0] = 0xa0; // hashed as SET OF, written as [0] IMPLICIT (RFC 5652 §5.4)

        var writer = new AsnWriter(AsnEncodingRules.DER, content.Length + certificate.Der.Length + Overhead);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Oids.SignedData);
            using (writer.PushSequence(DerReader.Context(0)))
            using (writer.PushSequence())
            {
                writer.WriteInteger(1);
                using (writer.PushSetOf())
                    Algorithm(writer, curve.HashOid);
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(Oids.Data);
                    using (writer.PushSequence(DerReader.Context(0)))
                        writer.WriteOctetString(content);
                }

                using (writer.PushSetOf(DerReader.Context(0)))
                    writer.WriteEncodedValue(certificate.Der.Span);
                using (writer.PushSetOf())
                using (writer.PushSequence())
                {
                    writer.WriteInteger(1);
                    using (writer.PushSequence())
                    {
                        writer.WriteEncodedValue(certificate.IssuerDer.Span);
                        writer.WriteInteger(certificate.Serial.Span);
                    }

                    Algorithm(writer, curve.HashOid);
                    writer.WriteEncodedValue(attributes);
                    Algorithm(writer, curve.SignatureOid);
                    writer.WriteOctetString(signature);
                }
            }
        }

        return writer.Encode();
    }

    private static void Algorithm(AsnWriter writer, string oid)
    {
        using (writer.PushSequence())
            writer.WriteObjectIdentifier(oid);
    }
}
