using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.Documents;

public class DocumentReaderTests
{
    private enum Colour
    {
        RED,
        GREEN,
    }

    private sealed record Inner(string Name, long Count);

    private sealed record Probe(
        string Text, string? Maybe, string? Absent, long Number, bool Flag, DateTimeOffset Time, DateTimeOffset Local, Digest Digest, Digest? NoDigest,
        byte[] Bytes, Colour Colour, Inner Object, IReadOnlyList<Inner> Objects, IReadOnlyList<string> Texts, string Id);

    private static readonly Probe Sample = new(
        "text", null, null, 5, true, new DateTimeOffset(2026, 3, 1, 2, 15, 0, 123, TimeSpan.Zero), new DateTimeOffset(2026, 3, 1, 2, 15, 0, TimeSpan.FromMinutes(330)),
        Digest.Of("x"u8), null, [1, 2, 3], Colour.GREEN, new Inner("n", 1), [new Inner("a", 2), new Inner("b", 3)], ["p", "q"], "XA-CA");

    private static readonly string Written = Encoding.UTF8.GetString(Write(Sample));

    [Fact]
    public void What_was_written_is_read_back()
    {
        var read = Read(Write(Sample)).Value;
        Assert.Equal(Write(Sample), Write(read));
        Assert.Equal(Sample with { Bytes = read.Bytes, Objects = read.Objects, Texts = read.Texts }, read);
    }

    [Fact]
    public void Any_text_and_number_survive_the_round_trip()
        => Prop.ForAll<string, long, byte[]>((text, number, bytes) =>
        {
            if (!IsDocumentText(text))
                return true;
            var probe = Sample with { Text = text, Number = Math.Abs(number % 1_000_000), Bytes = bytes ?? [], Time = DateTimeOffset.UnixEpoch.AddMilliseconds(Math.Abs(number % 4_000_000_000_000)) };
            var read = Read(Write(probe));
            return read.Succeeded && read.Value.Text == probe.Text && read.Value.Number == probe.Number && read.Value.Bytes.AsSpan().SequenceEqual(probe.Bytes) && read.Value.Time == probe.Time;
        }).QuickCheckThrowOnFailure();

    public static TheoryData<string, string, string, string> Violations => new()
    {
        { "\"text\":\"text\"", "\"text\":\"\"", "T110", "text" },
        { "\"text\":\"text\"", "\"text\":7", "T110", "text" },
        { "\"text\":\"text\"", "\"text\":null", "T110", "text" },
        { "\"text\":\"text\",", "", "T106", "text" },
        { "\"text\":\"text\",\"maybe\":null", "\"maybe\":null,\"text\":\"text\"", "T104", "text" },
        { "\"maybe\":null", "\"maybe\":\"\"", "T110", "maybe" },
        { "\"maybe\":null,", "", "T106", "maybe" },
        { "\"number\":5", "\"number\":1000001", "T110", "number" },
        { "\"number\":5", "\"number\":-1", "T110", "number" },
        { "\"number\":5", "\"number\":\"5\"", "T110", "number" },
        { "\"number\":5", "\"number\":5.0", "T107", "" },
        { "\"flag\":true", "\"flag\":1", "T110", "flag" },
        { "\"time\":\"2026-03-01T02:15:00.123Z\"", "\"time\":\"2026-03-01T02:15:00.123+00:00\"", "T110", "time" },
        { "\"time\":\"2026-03-01T02:15:00.123Z\"", "\"time\":\"2026-02-30T02:15:00.123Z\"", "T110", "time" },
        { "\"time\":\"2026-03-01T02:15:00.123Z\"", "\"time\":\"2026-03-01 02:15:00Z\"", "T110", "time" },
        { "\"time\":\"2026-03-01T02:15:00.123Z\"", "\"time\":\"2026-03-01T02:15:60Z\"", "T110", "time" },
        { "\"local\":\"2026-03-01T02:15:00+05:30\"", "\"local\":\"2026-03-01T02:15:00\"", "V013", "local" },
        { "\"local\":\"2026-03-01T02:15:00+05:30\"", "\"local\":\"2026-03-01T02:15:00Z\"", "V013", "local" },
        { "\"local\":\"2026-03-01T02:15:00+05:30\"", "\"local\":\"2026-03-01T02:15:00+5:30\"", "V013", "local" },
        { "\"local\":\"2026-03-01T02:15:00+05:30\"", "\"local\":\"2026-03-01T02:15:00+15:00\"", "V013", "local" },
        { "\"digest\":\"2d71", "\"digest\":\"2D71", "T110", "digest" },
        { "\"digest\":\"2d71", "\"digest\":\"2d7", "T110", "digest" },
        { "\"noDigest\":null", "\"noDigest\":\"\"", "T110", "noDigest" },
        { "\"bytes\":\"AQID\"", "\"bytes\":\"AQI\"", "T110", "bytes" },
        { "\"bytes\":\"AQID\"", "\"bytes\":\"AQ==AQ==\"", "T110", "bytes" },
        { "\"bytes\":\"AQID\"", "\"bytes\":\"AR==\"", "T110", "bytes" },
        { "\"bytes\":\"AQID\"", "\"bytes\":\"AQ ID\"", "T110", "bytes" },
        { "\"bytes\":\"AQID\"", "\"bytes\":\"AQ\\nID\"", "T110", "bytes" },
        { "\"colour\":\"GREEN\"", "\"colour\":\"green\"", "T110", "colour" },
        { "\"colour\":\"GREEN\"", "\"colour\":\"1\"", "T110", "colour" },
        { "\"colour\":\"GREEN\"", "\"colour\":\"RED, GREEN\"", "T110", "colour" },
        { "\"object\":{\"name\":\"n\"", "\"object\":{\"name\":\"\"", "T110", "object.name" },
        { "\"object\":{\"name\":\"n\",\"count\":1}", "\"object\":{\"name\":\"n\",\"count\":1,\"extensions\":{}}", "T105", "object.extensions" },
        { "\"object\":{\"name\":\"n\",\"count\":1}", "\"object\":{\"name\":\"n\"}", "T106", "object.count" },
        { "\"object\":{\"name\":\"n\",\"count\":1}", "\"object\":[]", "T110", "object" },
        { "\"name\":\"b\",\"count\":3", "\"count\":3,\"name\":\"b\"", "T104", "objects[1].name" },
        { "\"objects\":[{", "\"objects\":[1,{", "T110", "objects[0]" },
        { "\"objects\":[{", "\"objects\":[{\"name\":\"a\",\"count\":2},{\"name\":\"a\",\"count\":2},{", "T110", "objects" },
        { "\"texts\":[\"p\"", "\"texts\":[\"\"", "T110", "texts[0]" },
        { "\"texts\":[\"p\",\"q\"]", "\"texts\":{}", "T110", "texts" },
        { "\"id\":\"XA-CA\"", "\"id\":\"XA_CA\"", "T110", "id" },
        { "\"id\":\"XA-CA\"", "\"id\":\"XA-CA\",\"more\":1", "T105", "more" },
        { "\"id\":\"XA-CA\"", "\"id\":\"XA-CA\",\"Robin Example called\":1", "T105", "…" },
        { "\"id\":\"XA-CA\"", "\"id\":\"XA-CA\",\"extensions\":1", "T110", "extensions" },
        { "\"id\":\"XA-CA\"", "\"id\":\"XA-CA\",\"extensions\":{},\"more\":1", "T105", "more" },
        { "\"v\":1", "\"v\":0", "T110", "v" },
        { "\"v\":1", "\"v\":3", "T112", "v" },
        { "\"type\":\"probe\"", "\"type\":\"prob\"", "T111", "type" },
        { "\"v\":1,\"type\":\"probe\"", "\"type\":\"probe\",\"v\":1", "T104", "v" },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public void Refuses_each_violation_with_its_code_and_path(string original, string changed, string code, string path)
    {
        Assert.Contains(original, Written, StringComparison.Ordinal);
        var refusal = Read(Encoding.UTF8.GetBytes(Written.Replace(original, changed, StringComparison.Ordinal))).Refusal;
        Assert.Equal((code, path), (refusal?.Code.Text(), refusal?.Path ?? ""));
    }

    [Fact]
    public void Extensions_at_the_end_are_ignored_and_every_known_version_is_read()
    {
        Assert.True(Read(Encoding.UTF8.GetBytes(Written.Replace("\"id\":\"XA-CA\"", "\"id\":\"XA-CA\",\"extensions\":{\"xa\":[1]}", StringComparison.Ordinal))).Succeeded);
        Assert.True(Read(Encoding.UTF8.GetBytes(Written.Replace("\"v\":1", "\"v\":2", StringComparison.Ordinal))).Succeeded);
    }

    [Fact]
    public void Members_in_any_other_order_are_refused()
    {
        using var json = JsonDocument.Parse(Written);
        var members = json.RootElement.EnumerateObject().Select(m => $"\"{m.Name}\":{m.Value.GetRawText()}").ToArray();
        for (var first = 0; first < members.Length - 1; first++)
        {
            for (var second = first + 1; second < members.Length; second++)
            {
                var swapped = (string[])members.Clone();
                (swapped[first], swapped[second]) = (swapped[second], swapped[first]);
                Assert.Equal(RefusalCode.DocumentMemberOrder, Read(Encoding.UTF8.GetBytes("{" + string.Join(",", swapped) + "}\n")).Refusal?.Code);
            }
        }
    }

    [Fact]
    public void Never_throws_and_never_takes_a_changed_document_for_the_original()
    {
        var bytes = Write(Sample);
        for (var at = 0; at < bytes.Length; at++)
        {
            foreach (var value in "\"\\{}[],:0aZ\n\x7f".Select(c => (byte)c).Where(v => v != bytes[at]))
            {
                var changed = (byte[])bytes.Clone();
                changed[at] = value;
                var read = Read(changed);
                if (read.Succeeded)
                    Assert.NotEqual(bytes, Write(read.Value));
            }
        }
    }

    [Theory]
    [InlineData("{\"v\":1,\"type\":\"x\"}\n", "x")]
    [InlineData("{\"a\":{\"type\":\"inner\"},\"type\":\"x\"}\n", "x")]
    [InlineData("{\"type\":7}\n", null)]
    [InlineData("{\"v\":1}\n", null)]
    [InlineData("[\"type\",\"x\"]\n", null)]
    [InlineData("", null)]
    [InlineData("nonsense", null)]
    [InlineData("{\"type\":\"\\ud800\"}\n", null)]
    [InlineData("{\"\\ud800\":1,\"type\":\"x\"}\n", null)]
    public void The_type_is_known_before_the_rest_is_judged(string text, string? type) => Assert.Equal(type, DocumentReader.TypeOf(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Asking_the_type_never_throws() => Prop.ForAll<byte[]>(bytes => Record.Exception(() => DocumentReader.TypeOf(bytes)) is null).QuickCheckThrowOnFailure();

    private static bool IsDocumentText(string? text)
        => text is { Length: > 0 and <= 1000 } && !text.Contains('\0', StringComparison.Ordinal) && !text.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar);

    private static Outcome<Probe> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, "probe", 2, r => new Probe(
        r.Text("text", 1000), r.TextOrNull("maybe", 10), r.OptionalText("absent", 10), r.Integer("number", 0, 1_000_000), r.Flag("flag"), r.Time("time"),
        r.LocalTime("local"), r.Digest("digest"), r.DigestOrNull("noDigest"), r.Base64("bytes", 1000), r.Word<Colour>("colour"),
        r.Object("object", ReadInner)!, r.Objects("objects", 3, ReadInner), r.Texts("texts", 2, 10), r.Id("id", Ids.IsAuthority)));

    private static Inner ReadInner(DocumentReader r) => new(r.Text("name", 10), r.Integer("count", 0, 10));

    private static byte[] Write(Probe probe) => DocumentWriter.Write("probe", 1, w => w
        .Text("text", probe.Text).TextOrNull("maybe", probe.Maybe).OptionalText("absent", probe.Absent).Integer("number", probe.Number).Flag("flag", probe.Flag)
        .Time("time", probe.Time).LocalTime("local", probe.Local).Digest("digest", probe.Digest).DigestOrNull("noDigest", probe.NoDigest).Base64("bytes", probe.Bytes)
        .Word("colour", probe.Colour).Object("object", o => o.Text("name", probe.Object.Name).Integer("count", probe.Object.Count))
        .Objects("objects", probe.Objects, (o, i) => o.Text("name", i.Name).Integer("count", i.Count)).Texts("texts", probe.Texts).Text("id", probe.Id));
}

public class IdsTests
{
    [Fact]
    public void New_ids_have_their_shape_and_differ()
    {
        Assert.True(Ids.IsId(Ids.New()));
        Assert.True(Ids.IsCase(Ids.NewCase("XA")));
        Assert.NotEqual(Ids.New(), Ids.New());
        Assert.Equal("XA", Ids.StateOf(Ids.NewCase("XA")));
    }

    [Theory]
    [InlineData("XA-CA", true)]
    [InlineData("XB-CP", true)]
    [InlineData("XA-", false)]
    [InlineData("XA", false)]
    [InlineData("", false)]
    [InlineData("X1-CA", false)]
    [InlineData("xa-CA", false)]
    [InlineData("XA-ca", false)]
    [InlineData("XA_CA", false)]
    [InlineData("XA-CA ", false)]
    public void Authorities_have_one_shape(string text, bool known) => Assert.Equal(known, Ids.IsAuthority(text));

    [Theory]
    [InlineData("XA-0123456789abcdef0123456789abcdef", true)]
    [InlineData("XA-0123456789ABCDEF0123456789abcdef", false)]
    [InlineData("XA0123456789abcdef0123456789abcdef0", false)]
    [InlineData("0123456789abcdef0123456789abcdef", false)]
    public void Cases_have_one_shape(string text, bool known) => Assert.Equal(known, Ids.IsCase(text));

    [Fact]
    public void A_digest_is_its_32_bytes()
    {
        var digest = Digest.Of("abc"u8);
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", digest.ToString());
        Assert.True(Digest.TryParse(digest.ToString(), out var parsed));
        Assert.Equal(digest, parsed);
        Assert.Equal(digest, new Digest(digest.ToArray()));
        Assert.NotEqual(digest, Digest.Of("abd"u8));
        Assert.False(Digest.TryParse(digest.ToString().ToUpper(CultureInfo.InvariantCulture), out _));
        Assert.False(Digest.TryParse(null, out _));
        Assert.Throws<ArgumentException>(() => new Digest(new byte[31]));
    }
}
