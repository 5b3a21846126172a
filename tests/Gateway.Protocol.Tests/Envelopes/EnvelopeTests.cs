using System.Security.Cryptography;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Tests.Marks;
using Xunit;
using static Gateway.Protocol.Tests.Envelopes.EnvelopeSample;

namespace Gateway.Protocol.Tests.Envelopes;

/// <summary>One test per check: each envelope is right but for what its name says.</summary>
public sealed class EnvelopeTests : IDisposable
{
    private const string P256Oid = "1.2.840.10045.3.1.7";
    private const string P384Oid = "1.3.132.0.34";

    private static readonly EnvelopeSample Sample = new();

    private readonly Decryptor _ours = TestIdentity.P256.Decryptor();
    private readonly Decryptor _other = TestIdentity.Other.Decryptor();
    private readonly Decryptor _p384 = TestIdentity.P384.Decryptor();

    public void Dispose()
    {
        _ours.Dispose();
        _other.Dispose();
        _p384.Dispose();
    }

    [Fact]
    public void Opens_the_sample_that_the_refusals_below_are_made_from() => Assert.Equal(SampleContent, Envelope.Open(Sample.Build(), _ours).Value);

    [Fact]
    public void Says_which_of_our_keys_opened_it_and_with_which_suite()
    {
        var opened = Envelope.OpenNamed((Sample with { Recipient = TestIdentity.P384 }).Build(), _ours, _other, _p384).Value;

        Assert.Same(_p384, opened.Key);
        Assert.Equal(Suites.P384, opened.Suite);
    }

    [Fact]
    public void Is_not_for_us_when_another_is_named()
    {
        Refused(RefusalCode.EnvelopeNotForUs, "none of the recipients", Sample.Build(), _other);
        Refused(RefusalCode.EnvelopeNotForUs, "none of the recipients", Sample.Build());
        Refused(RefusalCode.EnvelopeNotForUs, "none of the recipients", (Sample with { Recipients = _ => [] }).Build(), _ours);
    }

    [Fact]
    public void Does_not_open_when_our_name_is_put_on_the_entry_of_another()
        => Unreadable((Sample with { Recipient = TestIdentity.Other, RecipientIdentifier = SignedDataSample.IssuerAndSerial(TestIdentity.P256.Certificate) }).Build());

    [Fact]
    public void Compares_issuer_and_serial_number()
    {
        var (ours, other) = (TestIdentity.P256.Certificate, TestIdentity.Other.Certificate);
        foreach (var identifier in (byte[][])
        [
            Tlv.Sequence(ours.IssuerDer.ToArray(), Tlv.Of(2, other.Serial.ToArray())),
            Tlv.Sequence(other.IssuerDer.ToArray(), Tlv.Of(2, ours.Serial.ToArray())),
        ])
            Refused(RefusalCode.EnvelopeNotForUs, "none of the recipients", (Sample with { RecipientIdentifier = identifier }).Build(), _ours);
    }

    [Fact]
    public void Takes_a_recipient_named_by_key_identifier_with_or_without_date()
    {
        var identifier = Tlv.Octets(TestIdentity.P256.Certificate.SubjectKeyIdentifier!.Value.ToArray());

        Assert.Equal(SampleContent, Envelope.Open((Sample with { RecipientIdentifier = Tlv.Context(0, identifier) }).Build(), _ours).Value);
        Assert.Equal(SampleContent, Envelope.Open((Sample with { RecipientIdentifier = Tlv.Context(0, identifier, Tlv.GeneralizedTime("20260601120000Z")) }).Build(), _ours).Value);
        Refused(RefusalCode.EnvelopeNotForUs, "none of the recipients", (Sample with { RecipientIdentifier = Tlv.Context(0, Tlv.Octets(new byte[20])) }).Build(), _ours);
    }

    [Theory]
    [InlineData("1.3.133.16.840.63.0.2", "dhSinglePass-stdDH-sha1kdf-scheme")]
    [InlineData("1.3.132.1.11.0", "key agreement 1.3.132.1.11.0")]
    [InlineData("1.3.132.1.11.2", "key agreement 1.3.132.1.11.2")]
    [InlineData("1.3.132.1.14.1", "key agreement 1.3.132.1.14.1")]
    public void Refuses_other_key_agreements_by_name(string scheme, string detail)
        => Refused(RefusalCode.EnvelopeSuite, detail, (Sample with { Scheme = Tlv.Algorithm(scheme, Tlv.Algorithm(Aes256WrapOid)) }).Build(), _ours);

    [Fact]
    public void Refuses_other_key_wraps()
    {
        foreach (var scheme in (byte[][])
        [
            Tlv.Algorithm(Sha256KdfOid, Tlv.Algorithm("2.16.840.1.101.3.4.1.5")),
            Tlv.Algorithm(Sha256KdfOid, Tlv.Algorithm(Aes256WrapOid, Tlv.Null())),
            Tlv.Algorithm(Sha256KdfOid, Tlv.Algorithm(Aes256WrapOid), Tlv.Null()),
            Tlv.Algorithm(Sha256KdfOid),
        ])
            Refused(RefusalCode.EnvelopeSuite, "key wrap", (Sample with { Scheme = scheme }).Build(), _ours);
    }

    [Fact]
    public void A_refused_entry_for_us_does_not_hide_an_acceptable_one()
    {
        byte[]? weak = null;
        _ = (Sample with { Scheme = Tlv.Algorithm("1.3.133.16.840.63.0.2", Tlv.Algorithm(Aes256WrapOid)), Recipients = recipient => [weak = recipient] }).Build();

        Assert.Equal(SampleContent, Envelope.Open((Sample with { Recipients = recipient => Tlv.Sorted([weak!, recipient]) }).Build(), _ours).Value);
        Unreadable((Sample with { WrappedKey = _ => new byte[40], Recipients = recipient => Tlv.Sorted([weak!, recipient]) }).Build());
    }

    [Fact]
    public void Passes_over_kinds_of_recipients_it_does_not_know()
    {
        byte[][] unknown = [Tlv.Sequence(Tlv.Integer(0), Tlv.Null()), Tlv.Context(2, Tlv.Null()), Tlv.Context(3, Tlv.Null()), Tlv.Context(4, Tlv.Oid("1.2.840.113549.1.9.16.13.3"), Tlv.Null())];

        Assert.Equal(SampleContent, Envelope.Open((Sample with { Recipients = recipient => Tlv.Sorted([.. unknown, recipient]) }).Build(), _ours).Value);
        Refused(RefusalCode.EnvelopeNotForUs, "none of the recipients", (Sample with { Recipients = _ => Tlv.Sorted(unknown) }).Build(), _ours);
    }

    [Fact]
    public void Refuses_recipients_out_of_order_or_over_the_limit()
    {
        Refused(RefusalCode.EnvelopeNotDer, "the recipients are not in the order of DER",
            (Sample with { Recipients = recipient => [.. Tlv.Sorted([Tlv.Sequence(Tlv.Null()), recipient]).Reverse()] }).Build(), _ours);
        Refused(RefusalCode.EnvelopeLimit, "more than 32 recipients",
            (Sample with { Recipients = recipient => [.. Enumerable.Repeat(Tlv.Sequence(Tlv.Null()), 32), recipient] }).Build(), _ours);
    }

    [Theory]
    [InlineData(P256Oid, true)]
    [InlineData(P384Oid, false)]
    public void The_curve_named_with_the_ephemeral_key_must_be_ours(string curve, bool opens)
    {
        var envelope = (Sample with { Originator = point => OriginatorKey(point, Tlv.Algorithm(EcPublicKeyOid, Tlv.Oid(curve))) }).Build();

        Assert.Equal(opens ? null : RefusalCode.EnvelopeUnreadable, Envelope.Open(envelope, _ours).Refusal?.Code);
    }

    [Fact]
    public void Takes_null_parameters_of_the_ephemeral_key()
        => Assert.Equal(SampleContent, Envelope.Open((Sample with { Originator = point => OriginatorKey(point, Tlv.Algorithm(EcPublicKeyOid, Tlv.Null())) }).Build(), _ours).Value);

    [Fact]
    public void A_point_off_the_curve_compressed_or_of_another_curve_is_unreadable()
    {
        static byte[] Moved(byte[] point) => [.. point[..^1], (byte)(point[^1] ^ 1)];
        using var p384 = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP384);
        var q = p384.ExportParameters(false).Q;
        foreach (var change in (Func<byte[], byte[]>[])
        [
            Moved,
            point => [0],
            point => [],
            point => [(byte)(2 + (point[^1] & 1)), .. point[1..33]],
            point => [.. point, 0],
            point => [4, .. new byte[64]],
            point => [4, .. Enumerable.Repeat((byte)0xff, 64)],
            point => [4, .. q.X!, .. q.Y!],
        ])
            Unreadable((Sample with { Originator = point => OriginatorKey(change(point), Tlv.Algorithm(EcPublicKeyOid)) }).Build());
    }

    [Fact]
    public void A_static_originator_or_another_kind_of_key_is_unreadable()
    {
        Unreadable((Sample with { Originator = _ => SignedDataSample.IssuerAndSerial(TestIdentity.Other.Certificate) }).Build());
        Unreadable((Sample with { Originator = _ => Tlv.Of(0x80, new byte[20]) }).Build());
        Unreadable((Sample with { Originator = point => OriginatorKey(point, Tlv.Algorithm("1.3.101.110")) }).Build());
        Unreadable((Sample with { Originator = point => OriginatorKey(point, Tlv.Algorithm(EcPublicKeyOid, Tlv.Sequence(Tlv.Integer(1)))) }).Build());
    }

    [Fact]
    public void A_changed_key_content_or_tag_is_unreadable_and_nothing_more_is_said()
    {
        Unreadable((Sample with { WrappedKey = wrapped => [.. wrapped[..^1], (byte)(wrapped[^1] ^ 1)] }).Build());
        Unreadable((Sample with { WrappedKey = wrapped => wrapped[..^8] }).Build());
        Unreadable((Sample with { WrappedKey = _ => [] }).Build());
        Unreadable((Sample with { EncryptedContent = encrypted => Tlv.Of(0x80, encrypted[1..]) }).Build());
        Unreadable((Sample with { Tag = tag => [.. tag[..^1], (byte)(tag[^1] ^ 1)] }).Build());
    }

    [Fact]
    public void User_keying_material_goes_into_the_key()
    {
        var sample = Sample with { Ukm = [1, 2, 3] };
        var envelope = sample.Build();
        Assert.Equal(SampleContent, Envelope.Open(envelope, _ours).Value);

        envelope[envelope.AsSpan().IndexOf((byte[])[4, 3, 1, 2, 3]) + 2] = 9;
        Unreadable(envelope);
        Assert.Equal(SampleContent, Envelope.Open((Sample with { Ukm = [] }).Build(), _ours).Value);
        Refused(RefusalCode.EnvelopeLimit, "user keying material", (Sample with { Ukm = new byte[1025] }).Build(), _ours);
    }

    [Fact]
    public void A_rewrapped_envelope_opens_only_for_whom_it_is_wrapped()
    {
        // What a recipient can do: open, and encrypt the sealed cover anew to a third. The seal inside names sender and recipient, the envelope does not.
        var content = Envelope.Open(Sample.Build(), _ours).Value;
        var again = Envelope.Encrypt(content, TestIdentity.Other.Certificate);

        Refused(RefusalCode.EnvelopeNotForUs, "none of the recipients", again, _ours);
        Assert.Equal(SampleContent, Envelope.Open(again, _other).Value);
    }

    [Fact]
    public void Authenticated_attributes_are_authenticated()
    {
        var attributes = Tlv.Sorted([Tlv.Attribute("1.2.840.113549.1.9.3", Tlv.Oid(SignedDataSample.DataOid)), Tlv.Attribute("1.2.3", Tlv.Integer(5))]);
        var with = Sample with { AuthenticatedAttributes = attributes };

        Assert.Equal(SampleContent, Envelope.Open(with.Build(), _ours).Value);
        Unreadable((with with { AuthenticatedAttributesSent = _ => [] }).Build());
        Unreadable((with with { AuthenticatedAttributesSent = set => [.. set[..^1], 6] }).Build());
        Unreadable((Sample with { AuthenticatedAttributesSent = _ => Tlv.Set(attributes) }).Build());
        Refused(RefusalCode.EnvelopeNotDer, "authenticated attributes", (Sample with { AuthenticatedAttributes = [.. attributes.Reverse()] }).Build(), _ours);
        Refused(RefusalCode.EnvelopeNotDer, "authenticated attributes", (Sample with { AuthenticatedAttributes = [] }).Build(), _ours);
    }

    [Fact]
    public void Refuses_what_nothing_protects()
    {
        Refused(RefusalCode.EnvelopeStructure, "unauthenticated attributes", (Sample with { AfterTag = Tlv.Context(2, Tlv.Attribute("1.2.3", Tlv.Null())) }).Build(), _ours);
        Refused(RefusalCode.EnvelopeStructure, "certificates of the originator", (Sample with { OriginatorInfo = Tlv.Context(0, Tlv.Null()) }).Build(), _ours);
        Refused(RefusalCode.EnvelopeStructure, "too many", (Sample with { AfterTag = Tlv.Null() }).Build(), _ours);
        Refused(RefusalCode.EnvelopeNotDer, "1 bytes after the end", [.. Sample.Build(), 0], _ours);
    }

    [Theory]
    [InlineData("1.2.840.113549.1.7.3", RefusalCode.EnvelopeSuite)]
    [InlineData("1.2.840.113549.1.7.2", RefusalCode.EnvelopeStructure)]
    public void Refuses_other_objects(string type, RefusalCode code)
        => Assert.Equal(code, Envelope.Open((Sample with { ObjectType = type }).Build(), _ours).Refusal?.Code);

    [Theory]
    [InlineData("2.16.840.1.101.3.4.1.6")]
    [InlineData("2.16.840.1.101.3.4.1.26")]
    [InlineData("2.16.840.1.101.3.4.1.47")]
    [InlineData("1.2.840.113549.1.9.16.3.18")]
    public void Refuses_other_content_encryption(string cipher)
        => Refused(RefusalCode.EnvelopeSuite, "AES-256-GCM is needed", (Sample with { Cipher = cipher }).Build(), _ours);

    [Fact]
    public void Refuses_short_tags_and_other_nonces()
    {
        Refused(RefusalCode.EnvelopeSuite, "tag of 12 bytes is announced", (Sample with { AnnouncedTagBytes = 12, TagBytes = 12 }).Build(), _ours);
        Refused(RefusalCode.EnvelopeSuite, "tag of 12 bytes is announced", (Sample with { AnnouncedTagBytes = null, TagBytes = 12 }).Build(), _ours);
        Refused(RefusalCode.EnvelopeSuite, "tag of 12 bytes; 16", (Sample with { TagBytes = 12 }).Build(), _ours);
        Refused(RefusalCode.EnvelopeSuite, "nonce of 16 bytes", (Sample with { NonceBytes = 16 }).Build(), _ours);
        Refused(RefusalCode.EnvelopeSuite, "nonce of 0 bytes", (Sample with { NonceBytes = 0 }).Build(), _ours);
    }

    [Fact]
    public void Refuses_versions_types_and_content_that_do_not_fit()
    {
        Refused(RefusalCode.EnvelopeStructure, "not version 0", (Sample with { Version = 2 }).Build(), _ours);
        Refused(RefusalCode.EnvelopeStructure, "not of version 3", (Sample with { RecipientVersion = 2 }).Build(), _ours);
        Refused(RefusalCode.EnvelopeStructure, "not id-data", (Sample with { ContentType = "1.2.840.113549.1.7.2" }).Build(), _ours);
        Refused(RefusalCode.EnvelopeStructure, "detached", (Sample with { EncryptedContent = _ => [] }).Build(), _ours);
        Refused(RefusalCode.EnvelopeStructure, "", (Sample with { EncryptedContent = encrypted => Tlv.Of(0xa0, Tlv.Octets(encrypted)) }).Build(), _ours);
    }

    [Fact]
    public void Refuses_an_object_over_the_size_limit()
        => Refused(RefusalCode.EnvelopeLimit, "at most", new byte[Envelope.MaxBytes + 1], _ours);

    [Fact]
    public void Encrypts_empty_and_large_content_and_never_twice_the_same()
    {
        foreach (var length in (int[])[0, 1, 65535, 12 * 1024 * 1024])
            Assert.Equal(length, Envelope.Open(Envelope.Encrypt(new byte[length], TestIdentity.P256.Certificate), _ours).Value.Length);
        Assert.NotEqual(Envelope.Encrypt([1], TestIdentity.P256.Certificate), Envelope.Encrypt([1], TestIdentity.P256.Certificate));
        Assert.Throws<ArgumentException>(() => Envelope.Encrypt([1]));
        Assert.Throws<ArgumentException>(() => Envelope.Encrypt([1], [.. Enumerable.Repeat(TestIdentity.P256.Certificate, 33)]));
    }

    private void Unreadable(byte[] envelope)
        => Assert.Equal(new Refusal(RefusalCode.EnvelopeUnreadable, "the envelope does not open with our key"), Envelope.Open(envelope, _ours).Refusal);

    private static void Refused(RefusalCode code, string detail, byte[] der, params Decryptor[] keys)
    {
        var refusal = Envelope.Open(der, keys).Refusal;
        Assert.NotNull(refusal);
        Assert.Equal(code, refusal.Code);
        Assert.Contains(detail, refusal.Detail, StringComparison.Ordinal);
    }
}
