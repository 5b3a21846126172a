using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Signatures;

/// <summary>What one SignerInfo says when only cryptography and form are looked at; no time and no trust yet.</summary>
internal sealed class SignerFacts
{
    public List<Finding> Findings { get; } = [];

    public ForeignCertificate? Certificate { get; set; }

    /// <summary>Set when the signature value was checked and is good.</summary>
    public SignatureScheme? Scheme { get; set; }

    public byte[]? ContentDigest { get; set; }

    public DateTimeOffset? SigningTime { get; set; }

    public void Error(FindingKey key, SubIndication sub, string detail, string? token = null) => Findings.Add(new(key, Severity.Error, sub, detail, token));

    public void Warning(FindingKey key, string detail) => Findings.Add(new(key, Severity.Warning, null, detail));

    /// <summary>Whether some error leads to <paramref name="sub"/>.</summary>
    public bool Has(SubIndication sub) => Findings.Any(f => f.SubIndication == sub);
}

/// <summary>The rules by which a signer is looked at.</summary>
/// <param name="RequireSigningCertificate">The attribute that binds the certificate must be there.</param>
/// <param name="AllowNoSignedAttributes">A signature over the content itself is taken.</param>
internal sealed record SignerRules(bool RequireSigningCertificate, bool AllowNoSignedAttributes);

/// <summary>The content that a signer signed, with digests computed once.</summary>
internal sealed class ContentDigests(SignedContent? content)
{
    private readonly Dictionary<string, byte[]> _known = new(StringComparer.Ordinal);

    public bool IsMissing => content is null;

    public string Name => content?.Name ?? "content";

    public byte[] Of(DigestAlgorithm digest)
    {
        if (_known.TryGetValue(digest.Oid, out var known))
            return known;
        if (content!.TryGetBytes(out var bytes))
            return _known[digest.Oid] = digest.Of(bytes);
        using var stream = content.Open();
        return _known[digest.Oid] = digest.OfStream(stream);
    }

    /// <summary>The whole content, for a signature without attributes; null when it is larger than <paramref name="limit"/>.</summary>
    public ReadOnlyMemory<byte>? Bytes(int limit)
    {
        if (content!.TryGetBytes(out var bytes))
            return bytes;
        using var stream = content.Open();
        using var whole = new MemoryStream();
        var buffer = new byte[81920];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            if (whole.Length + read > limit)
                return null;
            whole.Write(buffer, 0, read);
        }

        return whole.ToArray();
    }
}

/// <summary>Form, signer's certificate, digest and signature value of one SignerInfo (EN 319 102-1 §5.2.2, §5.2.3, §5.2.7; RFC 5652 §5.4, §5.6, §11).</summary>
internal sealed class CheckSigner(SignedData data, SignerInfo signer, ContentDigests content, Pool pool, SignatureChecks checks, SignerRules rules, int maxBytes)
{
    /// <summary>No set of signed attributes is larger: larger content is no such set.</summary>
    private const int MaxAttributeBytes = 20 << 20;

    private readonly SignerFacts _facts = new();

    public SignerFacts Run()
    {
        Form();
        FindCertificate();
        if (content.IsMissing)
            _facts.Error(FindingKey.ContentMissing, SubIndication.SignedDataNotFound, "the signed content is neither in the document nor given beside it");
        else
            Digest();
        if (_facts.Certificate is not null && !_facts.Has(SubIndication.FormatFailure))
            Value();
        return _facts;
    }

    private void Form()
    {
        if (signer.SignedAttributes is not { } attributes)
        {
            NoAttributes();
            return;
        }

        if (attributes.NotDer is { } fault)
            _facts.Error(FindingKey.SignedAttributesNotDer, SubIndication.FormatFailure, $"the signed attributes are not DER: {fault}");
        foreach (var oid in attributes.Doubled())
            _facts.Error(FindingKey.SignedAttributeDuplicate, SubIndication.FormatFailure, $"attribute {oid} comes more than once, or with no value or several");
        if (attributes.Value(CmsOids.MessageDigest) is null)
            _facts.Error(FindingKey.MessageDigestMissing, SubIndication.FormatFailure, "the signed attributes have no message-digest");
        var type = attributes.Value(CmsOids.ContentType);
        if (data.ContentType == SignedData.NoContentType)
        {
            // RFC 5652 §11.4: a counter-signature has none.
            if (type is not null)
                _facts.Error(FindingKey.ContentTypeDiffers, SubIndication.FormatFailure, "a counter-signature with a content-type");
        }
        else if (type is null)
            _facts.Error(FindingKey.ContentTypeMissing, SubIndication.FormatFailure, "the signed attributes have no content-type");
        else if (ReadOid(type.Value) is var read && read != data.ContentType)
            _facts.Error(FindingKey.ContentTypeDiffers, SubIndication.FormatFailure, $"content-type says {read}, the content is {data.ContentType}");
        if (attributes.Value(CmsOids.SigningTime) is { } time)
            ReadSigningTime(time);
        if (attributes.Value(CmsOids.AlgorithmProtection) is { } protection)
            Protection(protection);
    }

    private void NoAttributes()
    {
        // RFC 5652 §5.3: without attributes only content of type id-data.
        if (!CmsOids.IsData(data.ContentType) && data.ContentType != SignedData.NoContentType)
            _facts.Error(FindingKey.SignedAttributesMissing, SubIndication.FormatFailure, $"no signed attributes although the content is of type {data.ContentType}");
        else if (!rules.AllowNoSignedAttributes)
            _facts.Error(FindingKey.SignedAttributesMissing, SubIndication.SigConstraintsFailure, "no signed attributes: nothing binds the signer's certificate");
        if (!content.IsMissing && content.Bytes(MaxAttributeBytes) is { } bytes && LooksLikeAttributes(bytes))
            _facts.Error(FindingKey.ContentIsAttributes, SubIndication.SigConstraintsFailure, "the content is itself a set of signed attributes: the signature may have been made over another document");
    }

    private void ReadSigningTime(ReadOnlyMemory<byte> value)
    {
        try
        {
            _facts.SigningTime = new Asn1Reader(value, AsnEncodingRules.BER).Time();
        }
        catch (AsnContentException e)
        {
            _facts.Error(FindingKey.StructureMalformed, SubIndication.FormatFailure, $"signing-time cannot be read: {e.Message}");
        }
    }

    /// <summary>RFC 6211: what the attribute says of the algorithms must be what the SignerInfo says.</summary>
    private void Protection(ReadOnlyMemory<byte> value)
    {
        try
        {
            var sequence = new Asn1Reader(value).Sequence();
            var digest = AlgorithmIdentifier.Read(ref sequence);
            var signature = sequence.AtContext(1) ? AlgorithmIdentifier.Read(ref sequence, Asn1Reader.Context(1)) : default;
            if (digest.Oid != signer.Digest.Oid || signature.Oid is not null && !signature.Same(signer.SignatureAlgorithm))
                _facts.Error(FindingKey.DigestAlgorithmsDiffer, SubIndication.FormatFailure, "the algorithms are not those that the signed attributes name");
        }
        catch (AsnContentException e)
        {
            _facts.Error(FindingKey.StructureMalformed, SubIndication.FormatFailure, $"algorithm protection cannot be read: {e.Message}");
        }
    }

    private void FindCertificate()
    {
        var named = pool.Certificates.Where(signer.Names).ToList();
        var references = signer.SignedAttributes is { } attributes ? SigningCertificateReference.Read(attributes, _facts) : null;
        if (references is null)
        {
            if (signer.SignedAttributes is not null && rules.RequireSigningCertificate)
                _facts.Error(FindingKey.SigningCertificateReferenceMissing, SubIndication.SigConstraintsFailure, "no signing-certificate attribute: another certificate with the same key could be put in place");
        }
        else if (references.Count > 0 && named.Count > 0)
        {
            var match = named.FirstOrDefault(references[0].IsOf);
            if (match is null)
            {
                _facts.Error(
                    FindingKey.SigningCertificateReferenceDiffers, SubIndication.NoSigningCertificateFound,
                    $"the certificate of {named[0].Subject} is not the one that the signature names", named[0].Sha256);
                return;
            }

            named = [match];
        }

        if (named.Count == 0)
            _facts.Error(FindingKey.SigningCertificateNotFound, SubIndication.NoSigningCertificateFound, $"the certificate of the signer ({Described()}) is not at hand");
        // Several certificates may share issuer and number when nothing binds one of them: the one whose key fits.
        else
            _facts.Certificate = named.Count == 1 ? named[0] : named.FirstOrDefault(c => Check(c).Check == SignatureCheck.Valid) ?? named[0];
    }

    private string Described() => signer.Issuer is { } issuer
        ? $"number {Convert.ToHexStringLower(signer.Serial.Span)} of {issuer}"
        : $"key {Convert.ToHexStringLower(signer.SubjectKeyId.Span)}";

    private void Digest()
    {
        if (DigestAlgorithms.Find(signer.Digest.Oid) is not { } digest)
        {
            _facts.Error(FindingKey.AlgorithmNotAvailable, SubIndication.CryptoConstraintsFailure, $"digest algorithm {signer.Digest.Oid} cannot be computed here");
            return;
        }

        _facts.ContentDigest = content.Of(digest);
        if (signer.SignedAttributes?.Value(CmsOids.MessageDigest) is not { } value)
            return;
        try
        {
            var expected = new Asn1Reader(value, AsnEncodingRules.BER).OctetString();
            if (!expected.Span.SequenceEqual(_facts.ContentDigest))
                _facts.Error(FindingKey.ContentChanged, SubIndication.HashFailure, $"the {digest.Name} of the content is not the one that was signed");
        }
        catch (AsnContentException e)
        {
            _facts.Error(FindingKey.StructureMalformed, SubIndication.FormatFailure, $"message-digest cannot be read: {e.Message}");
        }
    }

    private void Value()
    {
        if (signer.SignedAttributes is null && content.IsMissing)
            return;
        var result = Check(_facts.Certificate!);
        // Different digests over content and attributes: what one signs is then not what the other says (a policy decision).
        if (result.Scheme?.DigestOid is { } inside && signer.SignedAttributes is not null && inside != signer.Digest.Oid)
        {
            _facts.Error(
                FindingKey.DigestAlgorithmsDiffer, SubIndication.SigCryptoFailure,
                $"digest {DigestAlgorithms.NameOf(signer.Digest.Oid)} over the content, {DigestAlgorithms.NameOf(inside)} inside the signature");
            return;
        }

        switch (result.Check)
        {
            case SignatureCheck.Valid:
                _facts.Scheme = result.Scheme;
                break;
            case SignatureCheck.NotValid:
                _facts.Error(FindingKey.SignatureValueWrong, SubIndication.SigCryptoFailure, $"the signature value does not fit the key of {_facts.Certificate!.Subject} ({result.Detail})", _facts.Certificate.Sha256);
                break;
            case SignatureCheck.NotAvailable:
                _facts.Error(FindingKey.AlgorithmNotAvailable, SubIndication.CryptoConstraintsFailure, result.Detail, _facts.Certificate!.Sha256);
                break;
            case SignatureCheck.KeyRefused:
                _facts.Error(FindingKey.KeyRefused, SubIndication.CryptoConstraintsFailure, $"the key of {_facts.Certificate!.Subject}: {result.Detail}", _facts.Certificate.Sha256);
                break;
        }
    }

    private CheckedSignature Check(ForeignCertificate certificate)
    {
        var message = signer.SignedAttributes?.ToBeSigned ?? (content.IsMissing ? null : content.Bytes(maxBytes));
        // Without attributes the content is the message; the same SignerInfo may stand beside another one (a copied counter-signature).
        return message is { } bytes
            ? checks.Check(signer.SignedAttributes is null ? signer.Id + Convert.ToHexString(SHA256.HashData(bytes.Span)) : signer.Id, signer.SignatureAlgorithm, certificate.Key, signer.Digest.Oid, bytes, signer.Signature)
            : new(SignatureCheck.NotAvailable, null, $"content of more than {maxBytes} bytes under a signature without attributes");
    }

    private static string? ReadOid(ReadOnlyMemory<byte> value)
    {
        try
        {
            return new Asn1Reader(value).Oid();
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>draft-ietf-lamps-cms-euf-cma-signeddata: attributes of one document shown as the content of another.</summary>
    private static bool LooksLikeAttributes(ReadOnlyMemory<byte> content)
    {
        if (content.IsEmpty || content.Span[0] != 0x31 || Asn1Guard.Exactly(content.Span, 64, int.MaxValue) is not null)
            return false;
        try
        {
            return CmsAttribute.ReadAll(new Asn1Reader(content, AsnEncodingRules.BER).SetOf()).Count > 0;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}
