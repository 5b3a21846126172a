using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Cli.Output;
using Gateway.Cli.Records;
using Gateway.Cli.Requests;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Wording;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>What the fonts of the machine lack is told, never printed as a box without a word; and a font of any name may bring it.</summary>
[Collection(nameof(InThisProcess))]
public sealed partial class PrintedCharactersTests : IDisposable
{
    private const string Chinese = "\u4e2d\u6587";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Latin, \u00e9t\u00e9, \u0141\u00f3d\u017a")]
    [InlineData("\u0421\u043d\u0438\u043c\u043e\u043a \u0434\u0438\u0441\u043a\u0430")]
    [InlineData("\u0633\u0644\u0627\u0645 198.51.100.20")]
    public async Task A_form_whose_characters_are_all_there_is_whole(string facts)
    {
        var said = await PrintAsync(facts);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal("", said.Error);
    }

    [Fact]
    public async Task A_form_with_characters_that_no_font_has_is_written_and_ends_incomplete_with_their_names()
    {
        var said = await PrintAsync($"{Chinese}{Chinese} A \U0002070e");
        Assert.Equal(3, said.Exit);
        Assert.Contains("5 characters", said.Error, StringComparison.Ordinal);
        Assert.Contains("U+4E2D \u4e2d, U+6587 \u6587, U+2070E", said.Error, StringComparison.Ordinal);
        Assert.Contains("GATEWAYCTL_FONTS", said.Error, StringComparison.Ordinal);
        Assert.Equal("%PDF-"u8.ToArray(), File.ReadAllBytes(_folder["form.pdf"])[..5]);
    }

    [Fact]
    public async Task Few_are_named_of_many()
    {
        var said = await PrintAsync(string.Concat(Enumerable.Range(0x4e00, 300).Select(char.ConvertFromUtf32)));
        Assert.Equal(3, said.Exit);
        Assert.Contains("300 characters", said.Error, StringComparison.Ordinal);
        Assert.Contains("U+4E07", said.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("U+4E08", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_with_characters_that_no_font_has_is_signed_and_printed_and_ends_incomplete()
    {
        var pki = new TestPki(_folder["pki"]).Marks("C. Custodian");
        File.WriteAllText(_folder["certificate.yaml"], RecordCommandTests.Form.Replace("place: Birk", $"place: {Chinese}", StringComparison.Ordinal));
        Assert.Equal(0, (await Run("evidence", "record", "make", "custodianCertificate", "--form", _folder["certificate.yaml"], "--to", _folder["records"])).Exit);
        var record = Assert.Single(Directory.GetFiles(_folder["records"]));
        var signed = await Run("evidence", "record", "sign", record, "--sign-cert", pki.Certificate("C. Custodian"), "--sign-key", pki.Key("C. Custodian"));
        Assert.Equal(3, signed.Exit);
        Assert.Contains("U+4E2D", signed.Error, StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(_folder["records"]).Length);
        var shown = await Run("evidence", "record", "show", record, "--pdf", _folder["record.pdf"], "--json");
        Assert.Equal(3, shown.Exit);
        Assert.Contains("U+4E2D", shown.Error, StringComparison.Ordinal);
        Assert.Single(JsonNode.Parse(shown.Output)!["signatures"]!.AsArray());
        Assert.Equal(0, (await Run("evidence", "record", "show", record)).Exit);
    }

    [Fact]
    public async Task A_form_and_a_cover_sheet_of_a_message_with_characters_that_no_font_has_end_incomplete()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        using var signer = gateway.Pki.Signer("signing");
        var now = TimeProvider.System.GetUtcNow();
        gateway.Service.Opened = new OpenMessageReply
        {
            Message = new MessageView { Message = LoopbackOperator.RequestMessage, CaseId = LoopbackOperator.CaseId, Kind = "PRESERVE_DATA", Urgency = "URGENT", About = "REQUEST", Sender = "XA-CA", Recipient = "XB-CA", Time = "2026-03-01T00:00:00.000Z" },
            SealedCover = ByteString.CopyFrom(SignedDocument.Sign("{}"u8, signer, now)),
            Parts = { new PartView { Role = "request", Name = "request.cms", Content = ByteString.CopyFrom(SignedDocument.Sign(Encoding.UTF8.GetBytes($$"""{"kind":"PRESERVE_DATA","factsSummary":"{{Chinese}}{{Chinese}}"}"""), signer, now)) } },
        };
        var form = InThisProcess.Run(gateway, "request", "print", LoopbackOperator.RequestMessage, "--purpose", "the order", "--form", "--out", _folder["form.pdf"]);
        Assert.Equal(3, form.Exit);
        Assert.Contains("4 characters", form.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["form.pdf"]));
        File.WriteAllText(_folder[$"{Chinese}.p7m"], "parcel");
        Said Cover(string file, string to) => InThisProcess.Run(gateway, "request", "print", LoopbackOperator.RequestMessage, "--purpose", "the order", "--cover-sheet", "--file", file, "--out", _folder[to]);
        var said = Cover(_folder[$"{Chinese}.p7m"], "cover.pdf");
        Assert.Equal(3, said.Exit);
        Assert.Contains("2 characters", said.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["cover.pdf"]));
        File.WriteAllText(_folder["parcel.p7m"], "parcel");
        Assert.Equal(0, Cover(_folder["parcel.p7m"], "good.pdf").Exit);
    }

    [Theory]
    [InlineData("\u5b8b\u4f53.ttf")]
    [InlineData("any name.TTF")]
    public async Task A_font_of_any_name_brings_what_the_others_lack(string name)
    {
        File.WriteAllBytes(_folder[name], Chars(0x4e2d, 1));
        File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(_folder["more"]).FullName, "other"), Chars(0x6587, 1));
        // One of two, then both, as files and as a folder.
        Assert.Contains("1 character in it", (await PrintAsync(Chinese, _folder[name])).Error, StringComparison.Ordinal);
        var said = await PrintAsync(Chinese, $"{_folder[name]}{Path.PathSeparator}{_folder["more/other"]}");
        Assert.True(said.Exit == 0, said.Error);
        File.Move(_folder["more/other"], _folder["more/other.ttf"]);
        File.Move(_folder[name], _folder[$"more/{name}"]);
        said = await PrintAsync(Chinese, _folder["more"]);
        Assert.True(said.Exit == 0, said.Error);
    }

    [Fact]
    public void Where_no_free_family_is_the_named_fonts_are_all_there_is_by_what_their_names_say()
    {
        foreach (var name in (string[])["A-Bold.ttf", "A-BoldItalic.ttf", "A-Italic.ttf", "A-Regular.ttf", "AMono-Bold.ttf", "AMono.ttf"])
            File.WriteAllBytes(_folder[name], Chars('a', 1));
        Assert.Equal(["ARegular", "ABold", "AMono"], FontFiles.Open(_folder.Path, []).Take(3).Select(font => font.Name));
        var alone = FontFiles.Open(_folder["A-Italic.ttf"], []);
        Assert.Equal(["AItalic", "AItalic", "AItalic"], alone.Take(3).Select(font => font.Name));
        var pdf = new PdfWriter(alone);
        pdf.AddPage();
        pdf.Text(0, FontFiles.Bold, 9, 0, 0, "ab");
        Assert.Equal(["b"], pdf.Missing.Select(rune => rune.ToString()));
        Assert.Single(Encoding.Latin1.GetString(pdf.Write("t")).Split("/FontFile2").Skip(1));
        Assert.Throws<StopException>(() => FontFiles.Open("", []));
        Assert.Throws<StopException>(() => FontFiles.Open(_folder["absent"], []));
    }

    [Theory]
    [InlineData("CFF")]
    [InlineData("TTC")]
    [InlineData("no TrueType font")]
    [InlineData("'glyf'")]
    [InlineData("damaged")]
    [InlineData("embedded in part")]
    public async Task A_font_that_cannot_be_carried_is_refused_by_name_and_nothing_is_printed(string why)
    {
        var font = Chars(0x4e2d, 1);
        switch (why)
        {
            case "CFF": "OTTO"u8.CopyTo(font); break;
            case "TTC": "ttcf"u8.CopyTo(font); break;
            case "no TrueType font": font = "%PDF"u8.ToArray(); break;
            case "'glyf'": "gone"u8.CopyTo(font.AsSpan(Entry(font, "glyf"))); break;
            case "damaged": font = font[..(font.Length / 2)]; break;
            default: font[Table(font, "OS/2") + 9] = 2; break;
        }
        File.WriteAllBytes(_folder["odd.ttf"], font);
        var said = await PrintAsync("Latin", _folder["odd.ttf"]);
        Assert.Equal(3, said.Exit);
        Assert.Contains(_folder["odd.ttf"], said.Error, StringComparison.Ordinal);
        Assert.Contains(why, said.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["form.pdf"]));
    }

    [Fact]
    public void A_damaged_font_ends_in_a_sentence_wherever_it_is_damaged_and_soon()
    {
        // More characters than there are: it would be read for hours.
        File.WriteAllBytes(_folder["x.ttf"], Chars(0, uint.MaxValue));
        Assert.Throws<StopException>(() => new TrueTypeFont(_folder["x.ttf"]));
        var (good, random) = (Chars('A', 26), new Random(20260301));
        var places = new[] { 0, Table(good, "head"), Table(good, "hhea"), Table(good, "maxp"), Table(good, "cmap"), Table(good, "loca"), Table(good, "glyf") };
        for (var i = 0; i < 300; i++)
        {
            var bad = (byte[])good.Clone();
            for (var n = 0; n < 4; n++)
                bad[places[i % places.Length] + random.Next(200) % (places[i % places.Length] == 0 ? 200 : 32)] = (byte)random.Next(256);
            File.WriteAllBytes(_folder["x.ttf"], bad);
            try
            {
                var pdf = new PdfWriter(FontFiles.Open(_folder["x.ttf"], []));
                pdf.AddPage();
                pdf.Text(0, 0, 9, 0, 0, "ABCXYZ");
                Assert.NotEmpty(pdf.Write("t"));
            }
            catch (StopException e)
            {
                Assert.Contains("x.ttf", e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void A_word_of_thousands_of_characters_is_cut_into_lines_and_none_is_lost()
    {
        File.WriteAllBytes(_folder["han.ttf"], Chars(0x4e00, 2000));
        var text = string.Concat(Enumerable.Range(0x4e00, 2000).Select(char.ConvertFromUtf32));
        var before = Environment.GetEnvironmentVariable("GATEWAYCTL_FONTS");
        Environment.SetEnvironmentVariable("GATEWAYCTL_FONTS", _folder["han.ttf"]);
        try
        {
            var paper = RequestForm.Pdf(Labels.Of("en"), Encoding.UTF8.GetBytes(new JsonObject { ["kind"] = "PRESERVE_DATA", ["factsSummary"] = text }.ToJsonString()), []);
            Assert.Empty(paper.Missing);
            // The fourth font; four digits for each.
            Assert.Equal(2000, Pages(paper.Pdf).SelectMany(page => FourthFont().Matches(page)).Sum(run => run.Groups[1].Length / 4));
        }
        finally
        {
            Environment.SetEnvironmentVariable("GATEWAYCTL_FONTS", before);
        }
    }

    [Fact]
    public void Every_page_of_a_paper_that_is_not_whole_says_so()
    {
        static List<string> Of(string facts) => Pages(RequestForm.Pdf(Labels.Of("fr"), Encoding.UTF8.GetBytes(new JsonObject { ["kind"] = "PRESERVE_DATA", ["factsSummary"] = facts }.ToJsonString()), []).Pdf);
        var lines = string.Concat(Enumerable.Repeat("line\n", 100));
        var (whole, not) = (Of(lines), Of(lines + Chinese));
        Assert.True(not.Count > 1);
        Assert.All(not, page => Assert.Contains(" 20 Td", page, StringComparison.Ordinal));
        Assert.All(whole, page => Assert.DoesNotContain(" 20 Td", page, StringComparison.Ordinal));
    }

    private static List<string> Pages(byte[] pdf)
    {
        var (text, pages) = (Encoding.Latin1.GetString(pdf), new List<string>());
        for (var at = text.IndexOf("stream\n", StringComparison.Ordinal); at >= 0; at = text.IndexOf("\nstream\n", at + 1, StringComparison.Ordinal))
        {
            using var packed = new MemoryStream(pdf, text.IndexOf("stream\n", at, StringComparison.Ordinal) + 7, pdf.Length - at - 8);
            using var zlib = new ZLibStream(packed, CompressionMode.Decompress);
            using var content = new MemoryStream();
            zlib.CopyTo(content);
            if (content.ToArray() is var bytes && bytes.AsSpan().StartsWith("BT "u8))
                pages.Add(Encoding.ASCII.GetString(bytes));
        }
        return pages;
    }

    [GeneratedRegex("/F3 9 Tf <([0-9A-F]+)>")]
    private static partial Regex FourthFont();

    // A font of this machine whose characters are others: so many from a first one on, drawn by the glyphs from 36 on.
    private static byte[] Chars(uint first, uint count)
    {
        byte[] font = File.ReadAllBytes(Installed());
        var cmap = new byte[40];
        void U16(int at, ushort value) => BinaryPrimitives.WriteUInt16BigEndian(cmap.AsSpan(at), value);
        void U32(int at, uint value) => BinaryPrimitives.WriteUInt32BigEndian(cmap.AsSpan(at), value);
        U16(2, 1);
        U16(4, 3);
        U16(6, 10);
        U32(8, 12);
        U16(12, 12);
        U32(16, 28);
        U32(24, 1);
        U32(28, first);
        U32(32, unchecked(first + count - 1));
        U32(36, 36);
        var entry = Entry(font, "cmap");
        BinaryPrimitives.WriteUInt32BigEndian(font.AsSpan(entry + 8), (uint)font.Length);
        BinaryPrimitives.WriteUInt32BigEndian(font.AsSpan(entry + 12), (uint)cmap.Length);
        return [.. font, .. cmap];
    }

    private static string Installed() => FontFiles.Folders.SelectMany(folder => new[] { "DejaVuSans.ttf", "LiberationSans-Regular.ttf" }.Select(name => Path.Combine(folder, name))).First(File.Exists);

    private static int Entry(byte[] font, string table) => Enumerable.Range(0, BinaryPrimitives.ReadUInt16BigEndian(font.AsSpan(4))).Select(i => 12 + (16 * i)).First(at => Encoding.ASCII.GetString(font, at, 4) == table);

    private static int Table(byte[] font, string table) => (int)BinaryPrimitives.ReadUInt32BigEndian(font.AsSpan(Entry(font, table) + 8));

    private async Task<Said> PrintAsync(string facts, string? fonts = null)
    {
        File.WriteAllText(_folder["draft.json"], new JsonObject { ["kind"] = "PRESERVE_DATA", ["factsSummary"] = facts }.ToJsonString());
        File.Delete(_folder["form.pdf"]);
        return await GatewayCtl.RunWithAsync(_folder["contexts.json"], ("GATEWAYCTL_FONTS", fonts ?? ""), "request", "print", _folder["draft.json"], "--form", "--out", _folder["form.pdf"]);
    }

    private Task<Said> Run(params string[] arguments) => GatewayCtl.RunAsync(_folder["contexts.json"], arguments);
}
