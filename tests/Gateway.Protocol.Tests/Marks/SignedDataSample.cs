using System.Security.Cryptography;
using System.Text;
using Gateway.Protocol.Marks;
using Xunit;

namespace Gateway.Protocol.Tests.Marks;

/// <summary>
/// A CAdES-B SignedData, correct unless a member is set otherwise. The signature is always made over the attributes as they then are,
/// so that only the check under test can refuse the object.
/// </summary>
internal sealed record SignedDataSample
{
    public const string DataOid = "1.2.840.113549.1.7.1";
    public const string Sha256Oid = "2.16.840.1.101.3.4.2.1";
    public const string Sha384Oid = "2.16.840.1.101.3.4.2.2";
    public const string EcdsaSha256Oid = "1.2.840.10045.4.3.2";
    public const string EcdsaSha384Oid = "1.2.840.10045.4.3.3";
    public const string SigningCertificateOid = "1.2.840.113549.1.9.16.2.47";

    public static readonly byte[] SampleContent = Encoding.UTF8.GetBytes("{\"v\":1}\n");

    public TestIdentity Identity { get; init; } = TestIdentity.P256;
    public byte[] Content { get; init; } = SampleContent;
    public string ObjectType { get; init; } = "1.2.840.113549.1.7.2";
    public string ContentType { get; init; } = DataOid;
    public string ContentTypeAttribute { get; init; } = DataOid;
    public byte[] SigningTime { get; init; } = Tlv.UtcTime("260601120000Z");
    public int Version { get; init; } = 1;
    public int SignerVersion { get; init; } = 1;
    public byte[]? SignerIdentifier { get; init; }
    public byte[][] DigestAlgorithms { get; init; } = [Tlv.Algorithm(Sha256Oid)];
    public byte[] DigestAlgorithm { get; init; } = Tlv.Algorithm(Sha256Oid);
    public byte[] SignatureAlgorithm { get; init; } = Tlv.Algorithm(EcdsaSha256Oid);
    public HashAlgorithmName Hash { get; init; } = HashAlgorithmName.SHA256;
    public byte[]? SigningCertificate { get; init; }
    public Func<IEnumerable<byte[]>, IEnumerable<byte[]>> Attributes { get; init; } = Tlv.Sorted;
    public Func<byte[], byte[]> Signature { get; init; } = signature => signature;
    public Func<byte[], byte[]> EncodedContent { get; init; } = content => Tlv.Context(0, Tlv.Of(4, content));
    public IReadOnlyList<byte[]>? Certificates { get; init; }
    public byte[] AfterCertificates { get; init; } = [];
    public byte[] AfterSignature { get; init; } = [];
    public Func<byte[], byte[][]> Signers { get; init; } = signer => [signer];
    public bool WithoutAttributes { get; init; }

    public static byte[] IssuerAndSerial(Certificate certificate)
        => Tlv.Sequence(certificate.IssuerDer.ToArray(), Tlv.Of(2, certificate.Serial.ToArray()));

    /// <summary>An ESSCertIDv2 with the parts given.</summary>
    public static byte[] Reference(Certificate certificate, byte[]? algorithm = null, byte[]? digest = null, byte[]? issuer = null, byte[]? serial = null)
        => Tlv.Sequence(
            algorithm ?? [],
            Tlv.Octets(digest ?? certificate.Sha256.ToArray()),
            Tlv.Sequence(Tlv.Sequence(Tlv.Context(4, issuer ?? certificate.IssuerDer.ToArray())), Tlv.Of(2, serial ?? certificate.Serial.ToArray())));

    public static byte[] SigningCertificateOf(params byte[][] references) => Tlv.Sequence(Tlv.Sequence(references));

    public static byte[] Attribute(string oid, params byte[][] values) => Tlv.Attribute(oid, values);

    public byte[] Build()
    {
        var certificate = Identity.Certificate;
        byte[][] attributes =
        [
            Tlv.Attribute("1.2.840.113549.1.9.3", Tlv.Oid(ContentTypeAttribute)),
            Tlv.Attribute("1.2.840.113549.1.9.5", SigningTime),
            Tlv.Attribute("1.2.840.113549.1.9.4", Tlv.Octets(CryptographicOperations.HashData(Hash, Content))),
            Tlv.Attribute(SigningCertificateOid, SigningCertificate ?? SigningCertificateOf(Reference(certificate))),
        ];
        var signed = Tlv.Set([.. Attributes(attributes)]);
        var signature = Signature(Identity.Key.SignData(WithoutAttributes ? Content : signed, Hash, DSASignatureFormat.Rfc3279DerSequence));
        var signer = Tlv.Sequence(
            Tlv.Integer(SignerVersion),
            SignerIdentifier ?? IssuerAndSerial(certificate),
            DigestAlgorithm,
            WithoutAttributes ? [] : [0xa0, .. signed[1..]],
            SignatureAlgorithm,
            Tlv.Octets(signature),
            AfterSignature);
        var certificates = Certificates ?? [certificate.Der.ToArray()];
        return Tlv.Sequence(Tlv.Oid(ObjectType), Tlv.Context(0, Tlv.Sequence(
            Tlv.Integer(Version),
            Tlv.Set(DigestAlgorithms),
            Tlv.Sequence(Tlv.Oid(ContentType), EncodedContent(Content)),
            certificates.Count == 0 ? [] : Tlv.Context(0, [.. certificates]),
            AfterCertificates,
            Tlv.Set(Signers(signer)))));
    }
}
