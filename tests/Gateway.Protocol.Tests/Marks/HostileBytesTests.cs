using FsCheck;
using FsCheck.Fluent;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Tests.Envelopes;
using Xunit;

namespace Gateway.Protocol.Tests.Marks;

/// <summary>Whatever the bytes: a refusal by name, never an exception, never an acceptance of what was not signed or encrypted.</summary>
public sealed class HostileBytesTests : IDisposable
{
    private static readonly DateTimeOffset Time = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Signer _signer = TestIdentity.P256.Signer();
    private readonly Decryptor _decryptor = TestIdentity.P256.Decryptor();

    public void Dispose()
    {
        _signer.Dispose();
        _decryptor.Dispose();
    }

    [Fact]
    public void A_signed_document_with_any_byte_changed_is_refused()
        => EveryChangeIsRefused(SignedDocument.Sign(SignedDataSample.SampleContent, _signer, Time), der => SignedDocument.Open(der).Refusal);

    [Fact]
    public void A_signed_document_with_every_option_used_and_any_byte_changed_is_refused()
    {
        var other = TestIdentity.Other.Certificate;
        var der = (new SignedDataSample
        {
            DigestAlgorithm = Tlv.Algorithm(SignedDataSample.Sha256Oid, Tlv.Null()),
            SigningCertificate = SignedDataSample.SigningCertificateOf(SignedDataSample.Reference(TestIdentity.P256.Certificate), SignedDataSample.Reference(other)),
            Certificates = Tlv.Sorted([TestIdentity.P256.Certificate.Der.ToArray(), other.Der.ToArray()]),
            SignerIdentifier = Tlv.Of(0x80, TestIdentity.P256.Certificate.SubjectKeyIdentifier!.Value.ToArray()),
            Version = 3,
            SignerVersion = 3,
            Attributes = all => Tlv.Sorted([.. all, Tlv.Attribute("1.2.3", Tlv.Integer(1))]),
        }).Build();
        Assert.True(SignedDocument.Open(der).Succeeded);

        EveryChangeIsRefused(der, bytes => SignedDocument.Open(bytes).Refusal);
    }

    [Fact]
    public void An_envelope_with_any_byte_changed_is_refused()
        => EveryChangeIsRefused(Envelope.Encrypt(SignedDataSample.SampleContent, TestIdentity.P256.Certificate), der => Envelope.Open(der, _decryptor).Refusal);

    [Fact]
    public void A_document_cut_at_any_length_is_refused()
    {
        var signed = SignedDocument.Sign(SignedDataSample.SampleContent, _signer, Time);
        for (var length = 0; length < signed.Length; length++)
            Assert.Equal(RefusalCode.MarkNotDer, SignedDocument.Open(signed.AsMemory(0, length)).Refusal?.Code);
        var envelope = Envelope.Encrypt(SignedDataSample.SampleContent, TestIdentity.P256.Certificate);
        for (var length = 0; length < envelope.Length; length++)
            Assert.Equal(RefusalCode.EnvelopeNotDer, Envelope.Open(envelope.AsMemory(0, length), _decryptor).Refusal?.Code);
    }

    [Fact]
    public void Any_element_left_out_doubled_or_moved_is_refused()
    {
        var signed = SignedDocument.Sign(SignedDataSample.SampleContent, _signer, Time);
        Assert.Empty(Rearranged(signed).Where(changed => SignedDocument.Open(changed).Succeeded).Select(Convert.ToHexStringLower));
        var envelope = Envelope.Encrypt(SignedDataSample.SampleContent, TestIdentity.P256.Certificate);
        // Recipient entries are not authenticated (RFC 5083): doubling one changes neither content nor who can open it.
        Assert.Equal(2, Rearranged(envelope).Count(changed => Envelope.Open(changed, _decryptor).Succeeded));
    }

    [Fact]
    public void Random_bytes_are_refused_and_never_throw()
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
            !SignedDocument.Open(bytes).Succeeded && !Envelope.Open(bytes, _decryptor).Succeeded && !Certificate.Read(bytes).Succeeded && !AttributeConfusion.IsPossible([0x31, .. bytes])));

    [Fact]
    public void Well_formed_but_random_der_is_refused_and_never_throws()
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(Element(5).ToArbitrary(), der =>
            !SignedDocument.Open(der).Succeeded && !Envelope.Open(der, _decryptor).Succeeded && !Certificate.Read(der).Succeeded));

    [Fact]
    public void Several_random_changes_are_refused_and_never_throw()
    {
        var signed = SignedDocument.Sign(SignedDataSample.SampleContent, _signer, Time);
        var envelope = Envelope.Encrypt(SignedDataSample.SampleContent, TestIdentity.P256.Certificate);
        var changes = Gen.Choose(0, int.MaxValue - 1).Zip(Gen.Choose(1, 255)).NonEmptyListOf();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(changes.ToArbitrary(), list =>
            (Changed(signed, list) is var one && (one.AsSpan().SequenceEqual(signed) || !SignedDocument.Open(one).Succeeded))
            && (Changed(envelope, list) is var two && (two.AsSpan().SequenceEqual(envelope) || !Envelope.Open(two, _decryptor).Succeeded))));
    }

    [SignatureMaterialFact]
    public void Of_all_foreign_signatures_only_the_one_that_is_a_strict_cades_b_is_taken()
    {
        var accepted = new List<string>();
        foreach (var folder in (string[])["scenarios/cms", "scenarios/national", "cades", "bc-test-data", "tst", "crl", "national-independent"])
        {
            foreach (var file in Directory.EnumerateFiles(SharedMaterial.Path(folder)))
            {
                if (SignedDocument.Open(File.ReadAllBytes(file)).Succeeded)
                    accepted.Add(Path.GetFileName(file));
            }
        }

        // The others embed certificates that they do not name, use other algorithms, carry time-stamps, or are wrong. This one is right in form; trust is judged elsewhere.
        Assert.Equal(["i03-self-signed.p7m"], accepted);
    }

    private static void EveryChangeIsRefused(byte[] der, Func<byte[], Refusal?> open)
    {
        Assert.Null(open(der));
        for (var i = 0; i < der.Length; i++)
        {
            // Every bit, and the changes that turn one tag, version or algorithm into another.
            foreach (var change in (byte[])[1, 2, 4, 8, 16, 32, 64, 128, 0xff, 3])
            {
                der[i] ^= change;
                Assert.True(open(der) is not null, $"byte {i} changed by {change:x2} and still accepted");
                der[i] ^= change;
            }
        }
    }

    private static byte[] Changed(byte[] der, IEnumerable<(int Position, int Change)> changes)
    {
        var changed = der.ToArray();
        foreach (var (position, change) in changes)
            changed[position % changed.Length] ^= (byte)change;
        return changed;
    }

    /// <summary>Every object that differs from this one by one element left out, doubled, or exchanged with its neighbour, with all lengths put right.</summary>
    private static IEnumerable<byte[]> Rearranged(byte[] element)
    {
        if ((element[0] & 0x20) == 0)
            yield break;
        var children = Children(element);
        for (var i = 0; i < children.Count; i++)
        {
            yield return Tlv.Of(element[0], [.. children[..i], .. children[(i + 1)..]]);
            yield return Tlv.Of(element[0], [.. children[..i], children[i], children[i], .. children[(i + 1)..]]);
            if (i > 0 && !children[i - 1].AsSpan().SequenceEqual(children[i]))
                yield return Tlv.Of(element[0], [.. children[..(i - 1)], children[i], children[i - 1], .. children[(i + 1)..]]);
            foreach (var child in Rearranged(children[i]))
                yield return Tlv.Of(element[0], [.. children[..i], child, .. children[(i + 1)..]]);
        }
    }

    private static List<byte[]> Children(byte[] element)
    {
        var children = new List<byte[]>();
        var reader = new DerReader(element);
        System.Formats.Asn1.AsnDecoder.ReadEncodedValue(element, System.Formats.Asn1.AsnEncodingRules.DER, out var offset, out var length, out _);
        reader = new DerReader(element.AsSpan(offset, length));
        while (!reader.IsEmpty)
            children.Add(reader.Element().ToArray());
        return children;
    }

    private static Gen<byte[]> Element(int depth)
    {
        var primitive = Gen.OneOf(
            Gen.Constant(Tlv.Null()),
            Gen.Choose(0, 127).Select(Tlv.Integer),
            ArbMap.Default.GeneratorFor<byte[]>().Select(bytes => Tlv.Octets(bytes)),
            Gen.Elements("1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.23", "2.5.4.3", SignedDataSample.Sha256Oid).Select(Tlv.Oid));
        if (depth == 0)
            return primitive;
        var constructed = from tag in Gen.Elements<byte>(0x30, 0x31, 0xa0, 0xa1, 0xa3)
                          from count in Gen.Choose(0, 5)
                          from parts in Element(depth - 1).ArrayOf(count)
                          select Tlv.Of(tag, parts);
        return Gen.OneOf(primitive, constructed, constructed);
    }
}
