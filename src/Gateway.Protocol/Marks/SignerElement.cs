using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Marks;

/// <summary>One SignerInfo (RFC 5652 §5.3), read but not yet verified.</summary>
internal sealed class SignerElement
{
    private byte[]? _issuer;
    private byte[] _serialOrKeyIdentifier = [];

    private SignerElement()
    {
    }

    public int Version { get; private set; }

    public string DigestOid { get; private set; } = "";

    public string SignatureOid { get; private set; } = "";

    public HashAlgorithmName Hash { get; private set; }

    /// <summary>The signed attributes as they were hashed: with the tag of SET OF (RFC 5652 §5.4).</summary>
    public byte[] AttributeBytes { get; private set; } = [];

    public byte[] Signature { get; private set; } = [];

    public static Outcome<SignerElement> Read(DerReader element)
    {
        var signer = new SignerElement { Version = element.SmallInteger() };
        if (element.At(DerReader.Context(0, constructed: false)))
        {
            signer._serialOrKeyIdentifier = element.OctetString(DerReader.Context(0, constructed: false)).ToArray();
        }
        else
        {
            var issuerAndSerial = element.Sequence();
            signer._issuer = issuerAndSerial.Element().ToArray();
            signer._serialOrKeyIdentifier = issuerAndSerial.Integer().ToArray();
            issuerAndSerial.End();
        }

        if (signer.Version != (signer._issuer is null ? 3 : 1))
            return Structure($"SignerInfo version {signer.Version} does not fit how the signer is named");
        if (!ReadAlgorithm(ref element, mayBeNull: true, out var digestOid))
            return Algorithm($"digest algorithm {digestOid} with parameters");
        if (!element.At(DerReader.Context(0)))
            return Structure("there are no signed attributes");
        signer.AttributeBytes = element.Element().ToArray();
        signer.AttributeBytes[0] = 0x31;
        if (!ReadAlgorithm(ref element, mayBeNull: false, out var signatureOid))
            return Algorithm($"signature algorithm {signatureOid} with parameters");
        signer.Signature = element.OctetString().ToArray();
        if (!element.IsEmpty && element.At(DerReader.Context(1)))
            return new Refusal(RefusalCode.MarkUnsignedAttributes, "there are unsigned attributes");
        element.End();

        (signer.DigestOid, signer.SignatureOid) = (digestOid, signatureOid);
        HashAlgorithmName? digest = digestOid switch
        {
            Oids.Sha256 => HashAlgorithmName.SHA256,
            Oids.Sha384 => HashAlgorithmName.SHA384,
            _ => null,
        };
        HashAlgorithmName? signed = signatureOid switch
        {
            Oids.EcdsaSha256 => HashAlgorithmName.SHA256,
            Oids.EcdsaSha384 => HashAlgorithmName.SHA384,
            _ => null,
        };
        if (digest is not { } hash)
            return Algorithm($"digest algorithm {digestOid}");
        if (signed is null)
            return Algorithm($"signature algorithm {signatureOid}");
        if (signed != hash)
            return Algorithm("the digest algorithm is not the one of the signature algorithm");
        signer.Hash = hash;
        return signer;
    }

    /// <summary>Whether the signer identifier means this certificate.</summary>
    public bool Names(Certificate certificate) => _issuer is null
        ? certificate.SubjectKeyIdentifier is { } identifier && identifier.Span.SequenceEqual(_serialOrKeyIdentifier)
        : certificate.IssuerDer.Span.SequenceEqual(_issuer) && certificate.Serial.Span.SequenceEqual(_serialOrKeyIdentifier);

    private static bool ReadAlgorithm(ref DerReader reader, bool mayBeNull, out string oid)
    {
        var sequence = reader.Sequence();
        oid = sequence.Oid();
        if (mayBeNull && sequence.At(UniversalTagNumber.Null))
            sequence.Element();
        return sequence.IsEmpty;
    }

    private static Refusal Structure(string detail) => new(RefusalCode.MarkStructure, detail);

    private static Refusal Algorithm(string detail) => new(RefusalCode.MarkAlgorithm, detail);
}
