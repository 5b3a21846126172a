using System.Formats.Asn1;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Signatures;

/// <summary>An ESSCertID or ESSCertIDv2 (RFC 5035 §4, §5): the digest of a certificate, and perhaps its issuer and number.</summary>
internal sealed record SigningCertificateReference(string DigestOid, ReadOnlyMemory<byte> Digest, IReadOnlyList<GeneralName> Issuer, ReadOnlyMemory<byte> Serial)
{
    public bool IsOf(ForeignCertificate certificate) =>
        DigestAlgorithms.Find(DigestOid) is { } digest
        && Digest.Span.SequenceEqual(digest.Of(certificate.Encoded))
        && (Serial.IsEmpty || Serial.Span.SequenceEqual(certificate.Serial.Span))
        && (Issuer.Count == 0 || Issuer.Any(n => n.Kind == GeneralNameKind.Directory && Name.Read(n.Value).Equals(certificate.Issuer)));

    /// <summary>The references of the attribute, v2 before v1; null when neither is there. The first one names the signer's certificate (EN 319 122-1 §5.2.2).</summary>
    public static List<SigningCertificateReference>? Read(SignedAttributes attributes, SignerFacts facts)
    {
        try
        {
            if (attributes.Value(CmsOids.SigningCertificateV2) is { } second)
                return NotEmpty(Read(second, DigestAlgorithms.Sha256, isSecond: true), facts);
            if (attributes.Value(CmsOids.SigningCertificate) is not { } first)
                return null;
            facts.Warning(FindingKey.SigningCertificateReferenceOld, "the certificate is bound by its SHA-1 only (signing-certificate, first version)");
            return NotEmpty(Read(first, DigestAlgorithms.Sha1, isSecond: false), facts);
        }
        catch (AsnContentException e)
        {
            facts.Error(FindingKey.StructureMalformed, SubIndication.FormatFailure, $"signing-certificate cannot be read: {e.Message}");
            return [];
        }
    }

    private static List<SigningCertificateReference> NotEmpty(List<SigningCertificateReference> references, SignerFacts facts)
    {
        if (references.Count == 0)
            facts.Error(FindingKey.SigningCertificateReferenceMissing, SubIndication.SigConstraintsFailure, "the signing-certificate attribute names no certificate");
        return references;
    }

    private static List<SigningCertificateReference> Read(ReadOnlyMemory<byte> value, string defaultDigest, bool isSecond)
    {
        var references = new List<SigningCertificateReference>();
        var outer = new Asn1Reader(value, AsnEncodingRules.BER).Sequence();
        for (var list = outer.Sequence(); !list.IsEmpty;)
        {
            var id = list.Sequence();
            var digestOid = isSecond && id.At(UniversalTagNumber.Sequence) ? AlgorithmIdentifier.Read(ref id).Oid : defaultDigest;
            var digest = id.OctetString();
            List<GeneralName> issuer = [];
            ReadOnlyMemory<byte> serial = default;
            if (!id.IsEmpty)
            {
                var both = id.Sequence();
                issuer = GeneralName.ReadAll(both.Sequence());
                serial = both.Integer();
            }

            references.Add(new(digestOid, digest, issuer, serial));
        }

        return references;
    }
}
