using System.Security.Cryptography;
using System.Text;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Tests.Marks;

namespace Gateway.Protocol.Tests.Envelopes;

/// <summary>
/// An AuthEnvelopedData that opens, unless a member is set otherwise. Everything is encrypted for what the members say, so that only the check under test can refuse it.
/// The key derivation is the framework's own hash derivation, not the code under test.
/// </summary>
internal sealed record EnvelopeSample
{
    public const string EcPublicKeyOid = "1.2.840.10045.2.1";
    public const string Sha256KdfOid = "1.3.132.1.11.1";
    public const string Aes256WrapOid = "2.16.840.1.101.3.4.1.45";
    public const string Aes256GcmOid = "2.16.840.1.101.3.4.1.46";

    public static readonly byte[] SampleContent = Encoding.UTF8.GetBytes("{\"v\":1,\"type\":\"cover\"}\n");

    public TestIdentity Recipient { get; init; } = TestIdentity.P256;
    public string ObjectType { get; init; } = "1.2.840.113549.1.9.16.1.23";
    public int Version { get; init; }
    public byte[] OriginatorInfo { get; init; } = [];
    public int RecipientVersion { get; init; } = 3;

    /// <summary>From the encoded ephemeral point to what stands inside the explicit [0] of the originator.</summary>
    public Func<byte[], byte[]> Originator { get; init; } = point => OriginatorKey(point, Tlv.Algorithm(EcPublicKeyOid));
    public byte[]? Ukm { get; init; }
    public byte[] Scheme { get; init; } = Tlv.Algorithm(Sha256KdfOid, Tlv.Algorithm(Aes256WrapOid));
    public byte[]? RecipientIdentifier { get; init; }
    public Func<byte[], byte[]> WrappedKey { get; init; } = wrapped => wrapped;
    public Func<byte[], byte[][]> Recipients { get; init; } = recipient => [recipient];
    public string ContentType { get; init; } = SignedDataSample.DataOid;
    public string Cipher { get; init; } = Aes256GcmOid;
    public int NonceBytes { get; init; } = 12;
    public int? AnnouncedTagBytes { get; init; } = 16;
    public int TagBytes { get; init; } = 16;
    public Func<byte[], byte[]> EncryptedContent { get; init; } = encrypted => Tlv.Of(0x80, encrypted);
    public byte[][]? AuthenticatedAttributes { get; init; }
    public Func<byte[], byte[]> AuthenticatedAttributesSent { get; init; } = set => set;
    public Func<byte[], byte[]> Tag { get; init; } = tag => tag;
    public byte[] AfterTag { get; init; } = [];

    public static byte[] OriginatorKey(byte[] point, byte[] algorithm) => Tlv.Context(1, algorithm, Tlv.Of(3, [0], point));

    public byte[] Build()
    {
        using var ephemeral = ECDiffieHellman.Create(Recipient.Key.ExportParameters(false).Curve);
        var q = ephemeral.ExportParameters(false).Q;
        using var recipientKey = ECDiffieHellman.Create(Recipient.Key.ExportParameters(false));
        var sharedInfo = Tlv.Sequence(
            Tlv.Algorithm(Aes256WrapOid),
            Ukm is null ? [] : Tlv.Context(0, Tlv.Octets(Ukm)),
            Tlv.Context(2, Tlv.Octets(0, 0, 1, 0)));
        var keyEncryptionKey = ephemeral.DeriveKeyFromHash(recipientKey.PublicKey, HashAlgorithmName.SHA256, null, [0, 0, 0, 1, .. sharedInfo]);
        var key = RandomNumberGenerator.GetBytes(32);
        var recipient = Tlv.Context(
            1,
            Tlv.Integer(RecipientVersion),
            Tlv.Context(0, Originator([4, .. q.X!, .. q.Y!])),
            Ukm is null ? [] : Tlv.Context(1, Tlv.Octets(Ukm)),
            Scheme,
            Tlv.Sequence(Tlv.Sequence(
                RecipientIdentifier ?? SignedDataSample.IssuerAndSerial(Recipient.Certificate),
                Tlv.Octets(WrappedKey(KeyWrap.Wrap(keyEncryptionKey, key))))));

        var nonce = RandomNumberGenerator.GetBytes(NonceBytes);
        var encrypted = new byte[SampleContent.Length];
        var tag = new byte[TagBytes];
        var attributes = AuthenticatedAttributes is null ? [] : Tlv.Set(AuthenticatedAttributes);
        using (var gcm = new AesGcm(key, TagBytes))
            gcm.Encrypt(nonce.Length == 12 ? nonce : new byte[12], SampleContent, encrypted, tag, attributes);
        var parameters = Tlv.Sequence(Tlv.Octets(nonce), AnnouncedTagBytes is { } announced ? Tlv.Integer(announced) : []);
        var sent = AuthenticatedAttributesSent(attributes);
        return Tlv.Sequence(Tlv.Oid(ObjectType), Tlv.Context(0, Tlv.Sequence(
            Tlv.Integer(Version),
            OriginatorInfo,
            Tlv.Set(Recipients(recipient)),
            Tlv.Sequence(Tlv.Oid(ContentType), Tlv.Algorithm(Cipher, parameters), EncryptedContent(encrypted)),
            sent.Length == 0 ? [] : [0xa1, .. sent[1..]],
            Tlv.Octets(Tag(tag)),
            AfterTag)));
    }
}
