using System.Security.Cryptography;
using System.Text;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.MerkleLog;

public sealed class SignedNoteTests
{
    // The example of the C2SP specification.
    private const string ExampleKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    private static readonly NoteSigner s_log = new("gateway-log/XA/2026", NoteAlgorithm.Ed25519);
    private static readonly NoteSigner s_witness = new("gateway-witness/XC", NoteAlgorithm.Cosignature);
    private static readonly byte[] s_text = Encoding.UTF8.GetBytes("one\n\ntwo é\n");
    private static readonly DateTimeOffset s_time = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);

    [Fact]
    public void A_key_reads_back_and_has_the_identifier_of_the_specification()
    {
        var key = NoteKey.Read(ExampleKey).Value;
        Assert.Equal(("example.com/foo", NoteAlgorithm.Ed25519, 0x530d903au), (key.Name, key.Algorithm, key.Id));
        Assert.Equal(ExampleKey, key.ToString());
        Assert.Equal(s_witness.Key, NoteKey.Read(s_witness.Key.ToString()).Value);
        Assert.NotEqual(s_witness.Key, NoteKey.Of("other", NoteAlgorithm.Cosignature, s_witness.PublicKey).Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("example.com/foo")]
    [InlineData("example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    [InlineData("example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    [InlineData("example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    [InlineData("+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    [InlineData("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2")]
    [InlineData("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2l")]
    [InlineData("example.com/foo+530d903a+CekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    [InlineData("example.com/f o+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    public void Text_that_is_not_exactly_a_key_is_refused(string text)
        => Assert.Equal(RefusalCode.NoteMalformed, NoteKey.Read(text).Refusal?.Code);

    [Fact]
    public void A_note_is_signed_by_several_and_keeps_its_bytes()
    {
        var note = SignedNote.Compose(s_text, [s_log.Line(s_text)]);
        var cosigned = note.With([s_witness.Line(s_text, s_time)]).Value;
        Assert.True(cosigned.Bytes.Span.StartsWith(note.Bytes.Span));
        Assert.Equal(s_text, cosigned.Text.ToArray());
        var verified = cosigned.Verify([s_witness.Key, s_log.Key]).Value;
        Assert.Equal([(s_log.Key, null), (s_witness.Key, (DateTimeOffset?)s_time)], verified.Select(v => (v.Key, v.Time)));
        Assert.Equal([s_log.Key], cosigned.Verify([s_log.Key]).Value.Select(v => v.Key));
        Assert.Equal([s_log.Key], cosigned.With([s_log.Line(s_text)]).Value.Verify([s_log.Key]).Value.Select(v => v.Key));
    }

    [Fact]
    public void The_line_of_an_unknown_key_is_passed_over_and_a_false_one_of_a_known_key_refuses_the_note()
    {
        var stranger = new NoteSigner("stranger", NoteAlgorithm.Ed25519);
        var note = SignedNote.Compose(s_text, [NoteSignature.By(stranger.Key, new byte[64]), s_log.Line(s_text)]);
        Assert.Single(note.Verify([s_log.Key]).Value);
        Assert.Equal(RefusalCode.NoteSignature, note.Verify([s_log.Key, stranger.Key]).Refusal?.Code);
        Assert.Equal(RefusalCode.NoteSignature, note.Verify([s_witness.Key]).Refusal?.Code);
        Assert.Equal(RefusalCode.NoteSignature, note.Verify([]).Refusal?.Code);
        // A good line does not excuse a false one of the same key.
        var both = note.With([NoteSignature.By(s_log.Key, new byte[64])]).Value;
        Assert.Equal(RefusalCode.NoteSignature, both.Verify([s_log.Key]).Refusal?.Code);
    }

    [Fact]
    public void A_signature_over_the_text_is_no_cosignature_and_the_other_way_round()
    {
        var twin = NoteKey.Of(s_log.Key.Name, NoteAlgorithm.Cosignature, s_log.PublicKey).Value;
        var plain = NoteSignature.By(twin, Cosignature.Compose(s_time, s_log.Sign(s_text)));
        Assert.Equal(RefusalCode.NoteSignature, SignedNote.Compose(s_text, [plain]).Verify([twin]).Refusal?.Code);
        var cosigned = NoteSignature.By(s_log.Key, s_log.Sign(Cosignature.Message(s_time, s_text)));
        Assert.Equal(RefusalCode.NoteSignature, SignedNote.Compose(s_text, [cosigned]).Verify([s_log.Key]).Refusal?.Code);
    }

    [Fact]
    public void The_time_of_a_cosignature_is_signed()
    {
        var line = s_witness.Line(s_text, s_time);
        Assert.Equal($"cosignature/v1\ntime 1790000000\n{Encoding.UTF8.GetString(s_text)}", Encoding.UTF8.GetString(Cosignature.Message(s_time, s_text)));
        Assert.Equal(72, line.Bytes.Length);
        var later = line.Bytes.ToArray();
        later[7]++;
        Assert.Equal(RefusalCode.NoteSignature, SignedNote.Compose(s_text, [line with { Bytes = later }]).Verify([s_witness.Key]).Refusal?.Code);
        byte[] zero = [.. new byte[8], .. s_witness.Sign(Cosignature.Message(DateTimeOffset.UnixEpoch, s_text))];
        Assert.Equal(RefusalCode.NoteSignature, SignedNote.Compose(s_text, [line with { Bytes = zero }]).Verify([s_witness.Key]).Refusal?.Code);
        Assert.Throws<ArgumentOutOfRangeException>(() => Cosignature.Compose(DateTimeOffset.UnixEpoch, new byte[64]));
    }

    [Fact]
    public void An_ecdsa_key_off_its_curve_or_of_another_spelling_is_refused()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var spki = ecdsa.ExportSubjectPublicKeyInfo();
        for (var i = 0; i < spki.Length; i++)
        {
            var changed = spki.ToArray();
            changed[i] ^= 1;
            Assert.Equal(RefusalCode.NoteMalformed, NoteKey.Of("a", NoteAlgorithm.EcdsaP256, changed).Refusal?.Code);
        }
        Assert.Equal(RefusalCode.NoteMalformed, NoteKey.Of("a", NoteAlgorithm.EcdsaP256, (byte[])[.. spki, 0]).Refusal?.Code);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Equal(RefusalCode.NoteMalformed, NoteKey.Of("a", NoteAlgorithm.EcdsaP256, other.ExportSubjectPublicKeyInfo()).Refusal?.Code);
    }

    [Fact]
    public void An_ecdsa_line_verifies_and_its_identifier_does_not_depend_on_the_name()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var spki = ecdsa.ExportSubjectPublicKeyInfo();
        var key = NoteKey.Of("a", NoteAlgorithm.EcdsaP256, spki).Value;
        Assert.Equal(key.Id, NoteKey.Of("b", NoteAlgorithm.EcdsaP256, spki).Value.Id);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(spki))[..8], key.Id.ToString("x8", System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(key, NoteKey.Read(key.ToString()).Value);
        var der = ecdsa.SignData(s_text, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        Assert.Single(SignedNote.Compose(s_text, [NoteSignature.By(key, der)]).Verify([key]).Value);
        der[^1] ^= 1;
        Assert.Equal(RefusalCode.NoteSignature, SignedNote.Compose(s_text, [NoteSignature.By(key, der)]).Verify([key]).Refusal?.Code);
        Assert.Equal(RefusalCode.NoteSignature, SignedNote.Compose(s_text, [NoteSignature.By(key, ecdsa.SignData(s_text, HashAlgorithmName.SHA256))]).Verify([key]).Refusal?.Code);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Equal(RefusalCode.NoteMalformed, NoteKey.Of("a", NoteAlgorithm.EcdsaP256, other.ExportSubjectPublicKeyInfo()).Refusal?.Code);
        Assert.Equal(RefusalCode.NoteMalformed, NoteKey.Of("a", NoteAlgorithm.EcdsaP256, (byte[])[.. spki, 0]).Refusal?.Code);
    }

    [Fact]
    public void A_note_that_is_not_exactly_one_is_refused()
    {
        var good = Encoding.UTF8.GetString(SignedNote.Compose(s_text, [s_log.Line(s_text)]).Bytes.Span);
        string[] bad =
        [
            "", "\n", "\n\n", "text\n", "text\n\n", good[..^1], good + "\n", good + "more\n", good.Replace("—", "-", StringComparison.Ordinal), good.Replace("— ", "—  ", StringComparison.Ordinal),
            good.Replace("\n— ", "\n\n— ", StringComparison.Ordinal)[1..] + "x", good.Replace("two", "t\rwo", StringComparison.Ordinal), good.Replace("two", "t\0wo", StringComparison.Ordinal),
            good + "— a\n", good + "— a AAAA\n", good + "— a AAAAA\n", good + "— a+b AAAAAAA=\n", good + "—  AAAAAAA=\n", good + "— a AAAAAAB=\n", good + "— a AAA AAAA=\n",
            good + string.Concat(Enumerable.Repeat("— a AAAAAAA=\n", 100)), new string('a', SignedNote.MaxBytes) + good,
        ];
        Assert.All(bad, note => Assert.Equal(RefusalCode.NoteMalformed, SignedNote.Read(Encoding.UTF8.GetBytes(note)).Refusal?.Code));
        Assert.Equal(RefusalCode.NoteMalformed, SignedNote.Read((byte[])[0xff, .. Encoding.UTF8.GetBytes(good)]).Refusal?.Code);
        Assert.True(SignedNote.Read(Encoding.UTF8.GetBytes(good + string.Concat(Enumerable.Repeat("— a AAAAAAA=\n", 99)))).Succeeded);
        Assert.Throws<ArgumentException>(() => SignedNote.Compose("no line feed"u8.ToArray(), [s_log.Line(s_text)]));
    }

    [Fact]
    public void No_changed_bit_of_a_note_keeps_its_signature()
    {
        var note = SignedNote.Compose(s_text, [s_log.Line(s_text)]).Bytes.ToArray();
        for (var bit = 0; bit < note.Length * 8; bit++)
        {
            note[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(SignedNote.Read((byte[])note.Clone()).Then(n => n.Verify([s_log.Key])).Succeeded, $"bit {bit}");
            note[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Lines_from_a_witness_are_lines_and_nothing_else()
    {
        var line = s_witness.Line(s_text, s_time).ToString();
        Assert.Equal(2, NoteSignature.ReadLines(Encoding.UTF8.GetBytes(line + line)).Value.Count);
        Assert.All(["", "\n", line + "\n", "x" + line, line[..^1]], text => Assert.Equal(RefusalCode.NoteMalformed, NoteSignature.ReadLines(Encoding.UTF8.GetBytes(text)).Refusal?.Code));
    }
}
