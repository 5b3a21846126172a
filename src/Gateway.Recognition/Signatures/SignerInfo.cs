using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Protocol.Marks;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Certificates;

namespace Gateway.Recognition.Signatures;

/// <summary>A SignerInfo (RFC 5652 §5.3).</summary>
internal sealed class SignerInfo
{
    public required ReadOnlyMemory<byte> Encoded { get; init; }

    /// <summary>Null when the signer is named by key identifier.</summary>
    public required Name? Issuer { get; init; }

    public required ReadOnlyMemory<byte> Serial { get; init; }

    public required ReadOnlyMemory<byte> SubjectKeyId { get; init; }

    public required AlgorithmIdentifier Digest { get; init; }

    /// <summary>Null when there are none.</summary>
    public required SignedAttributes? SignedAttributes { get; init; }

    public required AlgorithmIdentifier SignatureAlgorithm { get; init; }

    public required ReadOnlyMemory<byte> Signature { get; init; }

    public required IReadOnlyList<CmsAttribute> UnsignedAttributes { get; init; }

    public string Id => Convert.ToHexStringLower(SHA256.HashData(Encoded.Span));

    public bool Names(ForeignCertificate certificate) => Issuer is { } issuer
        ? issuer.Equals(certificate.Issuer) && Serial.Span.SequenceEqual(certificate.Serial.Span)
        : !certificate.Extensions.SubjectKeyId.IsEmpty && SubjectKeyId.Span.SequenceEqual(certificate.Extensions.SubjectKeyId.Span);

    public IEnumerable<ReadOnlyMemory<byte>> UnsignedValues(string oid) => UnsignedAttributes.Where(a => a.Oid == oid).SelectMany(a => a.Values);

    public static SignerInfo Read(ref Asn1Reader set)
    {
        var encoded = set.Element();
        var reader = new Asn1Reader(encoded, AsnEncodingRules.BER).Sequence();
        reader.SmallInteger();
        Name? issuer = null;
        ReadOnlyMemory<byte> serial = default, keyId = default;
        if (reader.AtContext(0))
        {
            keyId = reader.OctetString(Asn1Reader.Context(0, constructed: false));
        }
        else
        {
            var both = reader.Sequence();
            issuer = Name.Read(ref both);
            serial = both.Integer();
            both.End();
        }

        var digest = AlgorithmIdentifier.Read(ref reader);
        var signed = reader.AtContext(0) ? SignedAttributes.Read(reader.Element()) : null;
        var algorithm = AlgorithmIdentifier.Read(ref reader);
        var signature = reader.OctetString();
        var unsigned = reader.AtContext(1) ? CmsAttribute.ReadAll(reader.SetOf(Asn1Reader.Context(1))) : [];
        reader.End();
        return new()
        {
            Encoded = encoded,
            Issuer = issuer,
            Serial = serial,
            SubjectKeyId = keyId,
            Digest = digest,
            SignedAttributes = signed,
            SignatureAlgorithm = algorithm,
            Signature = signature,
            UnsignedAttributes = unsigned,
        };
    }
}

/// <summary>An Attribute: its type and values, each an encoded element.</summary>
internal sealed record CmsAttribute(string Oid, IReadOnlyList<ReadOnlyMemory<byte>> Values)
{
    public static List<CmsAttribute> ReadAll(Asn1Reader set)
    {
        var attributes = new List<CmsAttribute>();
        while (!set.IsEmpty)
        {
            var sequence = set.Sequence();
            var oid = sequence.Oid();
            var inner = sequence.SetOf();
            sequence.End();
            var values = new List<ReadOnlyMemory<byte>>();
            while (!inner.IsEmpty)
                values.Add(inner.Element());
            attributes.Add(new(oid, values));
        }

        return attributes;
    }
}

/// <summary>Signed attributes with the bytes that were signed.</summary>
internal sealed class SignedAttributes
{
    private SignedAttributes(byte[] toBeSigned, IReadOnlyList<CmsAttribute> all, string? notDer) => (ToBeSigned, All, NotDer) = (toBeSigned, all, notDer);

    /// <summary>The attributes with the tag of a SET OF in place of [0] (RFC 5652 §5.4).</summary>
    public ReadOnlyMemory<byte> ToBeSigned { get; }

    public IReadOnlyList<CmsAttribute> All { get; }

    /// <summary>Why the encoding is not DER; null when it is.</summary>
    public string? NotDer { get; }

    public IEnumerable<CmsAttribute> Of(string oid) => All.Where(a => a.Oid == oid);

    /// <summary>The one value of the one attribute; null when there is none. The second of a kind is found by <see cref="Doubled"/>.</summary>
    public ReadOnlyMemory<byte>? Value(string oid) => Of(oid).SelectMany(a => a.Values).Select(v => (ReadOnlyMemory<byte>?)v).FirstOrDefault();

    /// <summary>Attributes that must not, but do, come more than once or with more than one value (RFC 5652 §11, EN 319 122-1 §5).</summary>
    public IEnumerable<string> Doubled() => All
        .Where(a => a.Oid is CmsOids.ContentType or CmsOids.MessageDigest or CmsOids.SigningTime or CmsOids.SigningCertificate or CmsOids.SigningCertificateV2 or CmsOids.AlgorithmProtection)
        .GroupBy(a => a.Oid)
        .Where(g => g.Sum(a => a.Values.Count) != 1 || g.Count() != 1)
        .Select(g => g.Key);

    public static SignedAttributes Read(ReadOnlyMemory<byte> element)
    {
        var toBeSigned = element.ToArray();
        toBeSigned[0] = 0x31;
        var all = CmsAttribute.ReadAll(new Asn1Reader(toBeSigned, AsnEncodingRules.BER).SetOf());
        // The values were bounded by the guard of the whole; a CRL among them (Adobe's archive of revocation) has thousands of elements.
        return new(toBeSigned, all, DerScan.Check(toBeSigned, int.MaxValue)?.Detail ?? (Sorted(toBeSigned) ? null : "the elements of a SET OF do not stand in the order of DER"));
    }

    private static bool Sorted(byte[] set)
    {
        var reader = new Asn1Reader(set).SetOf();
        for (ReadOnlyMemory<byte> previous = default; !reader.IsEmpty;)
        {
            var element = reader.Element();
            if (previous.Span.SequenceCompareTo(element.Span) > 0)
                return false;
            previous = element;
        }

        return true;
    }
}
