using System.Security.Cryptography;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Recognition.TrustLists;

/// <summary>The signature of a trusted list, verified: whose certificate made it, and when it claims to have been made. Says nothing about trust in the signer.</summary>
/// <param name="Signer">The certificate, DER.</param>
/// <param name="SigningTime">As claimed in the signed properties.</param>
internal sealed record XmlSigner(ReadOnlyMemory<byte> Signer, Digest Sha256, DateTimeOffset? SigningTime);

/// <summary>
/// Verifies the one shape of signature that ETSI TS 119 612 annex B allows for a trusted list: one XAdES signature, enveloped, child of the root, over the whole
/// document and over its own signed properties, canonical XML only. Whatever else a document asks for is refused: another element, a second signature,
/// a further reference, a transform. So nothing can be wrapped around or moved beside what was signed.
/// </summary>
internal static class XmlSignature
{
    private const string Ds = "http://www.w3.org/2000/09/xmldsig#";
    private const string Xades = "http://uri.etsi.org/01903/v1.3.2#";
    private const string SignedPropertiesType = "http://uri.etsi.org/01903#SignedProperties";
    private const string Enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    private const string Exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
    private const int MaxCertificates = 16;
    private const string Inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";

    public static Outcome<XmlSigner> Verify(XmlSource document)
    {
        var root = document.Root;
        var everything = root.Descendants().ToList();
        if (everything.Where(p => p.Is(Ds, "Signature")).ToList() is not [var signature])
            return No("expected exactly one signature");
        if (!ReferenceEquals(signature.Parent, root))
            return No("the signature is not a child of the root");
        if (signature.All(Ds, "SignedInfo").ToList() is not [var signedInfo] || signature.All(Ds, "SignatureValue").ToList() is not [var value])
            return No("a signature without exactly one SignedInfo and SignatureValue");
        if (Only(signature, Ds, "Object") is not { } container || Only(container, Xades, "QualifyingProperties") is not { } qualifying || Only(qualifying, Xades, "SignedProperties") is not { } properties)
            return No("a signature without exactly one set of signed properties");
        if (signedInfo.All(Ds, "Reference").ToList() is not [var first, var second] || signedInfo.Parts.Count() != 4)
            return No("expected exactly two references");
        var (content, own) = second.Attribute("Type") == SignedPropertiesType ? (first, second) : (second, first);
        if (own.Attribute("Type") != SignedPropertiesType || content.Attribute("Type") == SignedPropertiesType)
            return No("expected one reference to the signed properties");
        if (!Names(own, properties, everything, root) || !Transforms(own, enveloped: false, out var ownExclusive))
            return No("the reference to the signed properties points elsewhere or asks for transforms");
        if (!(content.Attribute("URI") is "" || Names(content, root, everything, root)) || !Transforms(content, enveloped: true, out var exclusive))
            return No("the reference to the list does not cover the whole of it, or asks for other transforms than enveloped-signature and canonical XML");

        if (HashOf(content) is not { } contentHash || HashOf(own) is not { } ownHash)
            return No("a digest other than SHA-256, SHA-384 or SHA-512");
        var whole = content.Attribute("URI") is "" ? XmlCanonical.Digest(document, exclusive, contentHash, signature) : XmlCanonical.Digest(root, exclusive, contentHash, signature);
        if (!Matches(content, whole))
            return No("the list was changed after it was signed");
        if (!Matches(own, XmlCanonical.Digest(properties, ownExclusive, ownHash)))
            return No("the signed properties were changed after they were signed");
        var certificates = signature.Find(Ds, "KeyInfo")?.Descendants().Where(p => p.Is(Ds, "X509Certificate")).Take(MaxCertificates).Select(Bytes) ?? [];
        if (certificates.FirstOrDefault(c => c is not null && NamedBySigner(properties, c)) is not { } certificate)
            return No("the signature does not carry the certificate that its signer named");
        if (Canonicalization(signedInfo) is not { } signedExclusive || Bytes(value) is not { } signatureBytes)
            return No("SignedInfo is to be written in another form than canonical XML");
        if (signedInfo.Find(Ds, "SignatureMethod") is not { Nodes.Count: 0 } method || XmlSignatureMethod.Find(method.Attribute("Algorithm")) is not { } algorithm)
            return No("a signature algorithm other than RSA, RSA-PSS or ECDSA with SHA-2");
        return algorithm.Verifies(certificate, XmlCanonical.Digest(signedInfo, signedExclusive, algorithm.Hash), signatureBytes)
            ? new XmlSigner(certificate, Digest.Of(certificate), EtsiTime.Read(properties.Descendants().FirstOrDefault(p => p.Is(Xades, "SigningTime"))?.Text))
            : No("the signature does not verify");
    }

    private static Refusal No(string detail) => new(RefusalCode.TrustListSignature, detail);

    private static XmlPart? Only(XmlPart parent, string ns, string name) => parent.All(ns, name).ToList() is [var only] ? only : null;

    /// <summary>The reference names <paramref name="target"/>, and nothing else in the document could be meant.</summary>
    private static bool Names(XmlPart reference, XmlPart target, List<XmlPart> everything, XmlPart root)
        => reference.Attribute("URI") is ['#', .. var id] && id.Length > 0 && target.Attribute("Id") == id
            && everything.Prepend(root).SelectMany(p => p.Attributes).Count(a => a.Name.Equals("id", StringComparison.OrdinalIgnoreCase) && a.Value == id) == 1;

    private static bool Transforms(XmlPart reference, bool enveloped, out bool exclusive)
    {
        exclusive = false; // XML Signature §4.4.3.2: without a canonicalisation among the transforms it is Canonical XML 1.0
        var transforms = reference.All(Ds, "Transforms").ToList();
        var named = transforms is [] ? [] : transforms is [var only] && only.Parts.All(p => p.Is(Ds, "Transform") && !p.Parts.Any()) ? only.Parts.Select(p => p.Attribute("Algorithm")).ToList() : null;
        if (named is null)
            return false;
        if (enveloped)
        {
            if (named is not [Enveloped, ..])
                return false;
            named.RemoveAt(0);
        }
        exclusive = named is [Exclusive];
        return named is [] or [Exclusive] or [Inclusive];
    }

    private static bool? Canonicalization(XmlPart signedInfo) => signedInfo.Find(Ds, "CanonicalizationMethod") is not { } method || method.Parts.Any()
        ? null
        : method.Attribute("Algorithm") switch { Exclusive => true, Inclusive => false, _ => null };

    private static HashAlgorithmName? HashOf(XmlPart reference) => XmlSignatureMethod.Hashes(reference.Find(Ds, "DigestMethod")?.Attribute("Algorithm"));

    private static bool Matches(XmlPart reference, byte[] digest) => reference.Find(Ds, "DigestValue") is { } value && Bytes(value) is { } expected && expected.AsSpan().SequenceEqual(digest);

    // SigningCertificate or SigningCertificateV2: the first entry is the signer's. SHA-1 may stand here: the signer is compared with the certificates expected, not found by this digest.
    private static bool NamedBySigner(XmlPart properties, byte[] certificate)
    {
        var reference = properties.Descendants().FirstOrDefault(p => p.Is(Xades, "SigningCertificate") || p.Is(Xades, "SigningCertificateV2"))?.Find(Xades, "Cert")?.Find(Xades, "CertDigest");
        if (reference?.Find(Ds, "DigestMethod")?.Attribute("Algorithm") is not { } method || reference.Find(Ds, "DigestValue") is not { } value || Bytes(value) is not { } expected)
            return false;
        var hash = method == "http://www.w3.org/2000/09/xmldsig#sha1" ? HashAlgorithmName.SHA1 : XmlSignatureMethod.Hashes(method);
        return hash is { } name && expected.AsSpan().SequenceEqual(CryptographicOperations.HashData(name, certificate));
    }

    internal static byte[]? Bytes(XmlPart part)
    {
        var text = part.Text;
        var bytes = new byte[text.Length / 4 * 3 + 3];
        return !part.Parts.Any() && text.Length > 0 && Convert.TryFromBase64String(text, bytes, out var length) && length > 0 ? bytes[..length] : null;
    }
}
