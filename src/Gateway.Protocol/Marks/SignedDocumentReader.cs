using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Marks;

/// <summary>
/// Reads and verifies one CMS SignedData (RFC 5652 §5). The caller has bounded size and nesting and turns <see cref="AsnContentException"/> into a refusal.
/// </summary>
internal static class SignedDocumentReader
{
    /// <summary>The signer's certificate and at most four more, each named by the signing-certificate-v2 attribute.</summary>
    private const int MaxCertificates = 5;
    private const int MaxAttributeBytes = 16 * 1024;
    private const int MaxHashBytes = SHA384.HashSizeInBytes;

    public static Outcome<SignedDocument> Read(ReadOnlyMemory<byte> der, Digest? sha256)
    {
        var outer = new DerReader(der.Span);
        var contentInfo = outer.Sequence();
        if (contentInfo.Oid() is not Oids.SignedData and var type)
            return Structure($"a CMS object of type {type}, not SignedData");
        var explicitContent = contentInfo.Sequence(DerReader.Context(0));
        contentInfo.End();
        var signedData = explicitContent.Sequence();
        explicitContent.End();

        var version = signedData.SmallInteger();
        var digestAlgorithms = signedData.SetOf(out _);
        var encapsulated = signedData.Sequence();
        if (encapsulated.Oid() is not Oids.Data and var contentType)
            return Structure($"content of type {contentType}, not id-data");
        if (encapsulated.IsEmpty)
            return Structure("the content is detached");
        var explicitOctets = encapsulated.Sequence(DerReader.Context(0));
        encapsulated.End();
        var content = explicitOctets.OctetString();
        explicitOctets.End();
        if (AttributeConfusion.IsPossible(content))
            return Structure("the content is a set of signed attributes");

        if (!signedData.At(DerReader.Context(0)))
            return new Refusal(RefusalCode.MarkSigningCertificate, "the signer's certificate is not embedded");
        var certificates = signedData.SetOf(out var certificatesSorted, DerReader.Context(0));
        if (!certificatesSorted)
            return new Refusal(RefusalCode.MarkNotDer, "the certificates are not in the order of DER");
        if (signedData.At(DerReader.Context(1)))
            return Structure("revocation lists are embedded");
        var signers = signedData.SetOf(out _);
        signedData.End();

        if (signers.IsEmpty)
            return new Refusal(RefusalCode.MarkNoSigner, "no signer");
        var signer = signers.Sequence();
        if (!signers.IsEmpty)
            return new Refusal(RefusalCode.MarkSeveralSigners, "more than one signer");
        if (!SignerElement.Read(signer).TryGet(out var element, out var refusal))
            return refusal;

        // RFC 5652 §5.1: 1 when the signer is named by issuer and serial number, 3 when by key identifier
        if (version != element.Version)
            return Structure($"SignedData version {version} with a signer of version {element.Version}");
        if (digestAlgorithms.IsEmpty || digestAlgorithms.Algorithm(mayBeNull: true) != element.DigestOid || !digestAlgorithms.IsEmpty)
            return Structure("the digest algorithms of the object are not exactly that of its signer");
        if (element.AttributeBytes.Length > MaxAttributeBytes)
            return new Refusal(RefusalCode.MarkLimit, $"signed attributes of {element.AttributeBytes.Length} bytes; at most {MaxAttributeBytes}");
        return Verify(der, sha256, content, certificates, element);
    }

    private static Outcome<SignedDocument> Verify(ReadOnlyMemory<byte> der, Digest? sha256, ReadOnlySpan<byte> content, DerReader certificates, SignerElement signer)
    {
        var attributeReader = new DerReader(signer.AttributeBytes);
        var set = attributeReader.SetOf(out var sorted);
        if (!sorted)
            return new Refusal(RefusalCode.MarkNotDer, "the signed attributes are not in the order of DER");
        if (!SignedAttributes.Read(set).TryGet(out var attributes, out var refusal))
            return refusal;
        if (attributes.Protection is { } protection && protection != (signer.DigestOid, signer.SignatureOid))
            return new Refusal(RefusalCode.MarkAlgorithm, "the algorithms differ from those that the signer protected (RFC 6211)");
        if (!FindSigner(certificates, attributes.Certificates).TryGet(out var certificate, out refusal))
            return refusal;
        if (!signer.Names(certificate))
            return new Refusal(RefusalCode.MarkSigningCertificate, "the signer is named as another than the one of signing-certificate-v2");
        if (certificate.Curve is null)
            return new Refusal(RefusalCode.MarkAlgorithm, $"the signer's key is {certificate.KeyKind}");
        if (!certificate.MaySign)
            return new Refusal(RefusalCode.MarkSignerNotValid, $"the signer's certificate does not allow signing (key usage {certificate.KeyUsage})");

        Span<byte> hash = stackalloc byte[MaxHashBytes];
        if (!attributes.MessageDigest.AsSpan().SequenceEqual(hash[..CryptographicOperations.HashData(signer.Hash, content, hash)]))
            return new Refusal(RefusalCode.MarkDigest, "the content does not have the digest that was signed");
        if (!certificate.VerifiesHash(hash[..CryptographicOperations.HashData(signer.Hash, signer.AttributeBytes, hash)], signer.Signature))
            return new Refusal(RefusalCode.MarkSignature, "the signature does not verify with the embedded certificate");
        der.Span.Overlaps(content, out var offset);
        return new SignedDocument(der, sha256 ?? Digest.Of(der.Span), der.Slice(content.IsEmpty ? 0 : offset, content.Length), certificate, attributes.SigningTime);
    }

    /// <summary>
    /// The signer's certificate. The embedded certificates must be those that the signed attribute names, each once: none can be added, exchanged or taken away.
    /// </summary>
    private static Outcome<Certificate> FindSigner(DerReader embedded, IReadOnlyList<CertificateReference> references)
    {
        var missing = references.ToList();
        Certificate? signer = null;
        for (var count = 1; !embedded.IsEmpty; count++)
        {
            if (count > MaxCertificates)
                return new Refusal(RefusalCode.MarkLimit, $"more than {MaxCertificates} certificates");
            if (!CertificateCache.Read(embedded.Element()).TryGet(out var certificate, out var refusal))
                return refusal;
            if (missing.Find(reference => reference.Names(certificate)) is not { } named)
                return new Refusal(RefusalCode.MarkSigningCertificate, "a certificate is embedded that signing-certificate-v2 does not name");
            missing.Remove(named);
            if (ReferenceEquals(named, references[0]))
                signer = certificate;
        }

        return signer is null || missing.Count > 0
            ? new Refusal(RefusalCode.MarkSigningCertificate, "a certificate that signing-certificate-v2 names is not embedded")
            : signer;
    }

    private static Refusal Structure(string detail) => new(RefusalCode.MarkStructure, detail);
}
