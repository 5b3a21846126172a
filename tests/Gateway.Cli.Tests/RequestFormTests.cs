using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Output;
using Gateway.Cli.Records;
using Gateway.Cli.Requests;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Wording;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class RequestFormTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_pdf_needs_a_file_and_a_file_can_only_be_a_form()
    {
        Assert.Equal(2, (await GatewayCtl.RunAsync(_folder["contexts.json"], "request", "print", Sample("preserve-data"), "--form")).Exit);
        Assert.Equal(2, (await GatewayCtl.RunAsync(_folder["contexts.json"], "request", "print", Sample("preserve-data"), "--cover-sheet", "--out", _folder["x.pdf"])).Exit);
        Assert.Equal(2, (await GatewayCtl.RunAsync(_folder["contexts.json"], "request", "print", Sample("preserve-data"), "--form", "--lang", "xx", "--out", _folder["x.pdf"])).Exit);
        File.WriteAllText(_folder["there.pdf"], "mine");
        Assert.NotEqual(0, (await GatewayCtl.RunAsync(_folder["contexts.json"], "request", "print", Sample("preserve-data"), "--form", "--out", _folder["there.pdf"])).Exit);
        Assert.Equal("mine", File.ReadAllText(_folder["there.pdf"]));
    }

    [Theory]
    [InlineData("en", "preserve data (PRESERVE_DATA)", "days of preservation")]
    [InlineData("fr", "conserver des données (PRESERVE_DATA)", "durée de conservation, jours")]
    [InlineData("ru", "сохран", "срок сохранения, дней")]
    public async Task A_form_names_members_and_codes_in_the_language_and_leaves_the_text_as_it_is(string lang, string kind, string label)
    {
        var text = Text(Labels.Of(lang), "preserve-data", draft: false);
        Assert.Contains(kind, text, StringComparison.Ordinal);
        Assert.Contains(label, text, StringComparison.Ordinal);
        Assert.Contains("Snapshot of the disk and memory", text, StringComparison.Ordinal);
        Assert.Contains("198.51.100.20", text, StringComparison.Ordinal);
        var made = await GatewayCtl.RunAsync(_folder["contexts.json"], "request", "print", Sample("preserve-data"), "--form", "--lang", lang, "--out", _folder["form.pdf"]);
        Assert.True(made.Exit == 0, made.Error);
        Assert.Equal("%PDF-"u8.ToArray(), File.ReadAllBytes(_folder["form.pdf"])[..5]);
    }

    [Fact]
    public void A_draft_shows_what_is_still_to_be_filled_in_and_a_signed_request_only_what_it_says()
    {
        var labels = Labels.Of("en");
        var draft = Text(labels, "preserve-data-incomplete", draft: true);
        Assert.Contains(labels["form.notFilled"], draft, StringComparison.Ordinal);
        Assert.DoesNotContain(labels["form.notFilled"], Text(labels, "preserve-data-incomplete", draft: false), StringComparison.Ordinal);
        // Nor does a file that is no request at all break it.
        using var nothing = JsonDocument.Parse("""{"kind":7,"persons":"x","offence":[1],"handling":[]}""");
        Assert.NotEmpty(RequestForm.Sections(labels, nothing.RootElement, draft: true));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_sample_prints_whole_and_the_same_bytes_each_time(string sample)
    {
        foreach (var language in Labels.Languages)
        {
            var bytes = Encoding.UTF8.GetBytes(FieldsFile.Read(Sample(sample)).ToJsonString());
            var paper = RequestForm.Pdf(Labels.Of(language), bytes, []);
            Assert.Equal(paper.Pdf, RequestForm.Pdf(Labels.Of(language), bytes, []).Pdf);
            Assert.Empty(paper.Missing);
            var text = Text(Labels.Of(language), sample, draft: false);
            Assert.All(Leaves(JsonNode.Parse(bytes)!), value => Assert.Contains(value, text, StringComparison.Ordinal));
        }
    }

    public static TheoryData<string> Samples => ["preserve-data", "preserve-extension", "disclose-preserved-traffic", "subscriber-info", "stored-traffic-data", "stored-content-data", "search-seize",
        "realtime-traffic", "intercept-content", "covert-measure", "emergency-disclosure", "video-hearing", "serve-documents", "extradition", "legal-information", "spontaneous-information", "further-use-consent", "law-enforcement-info"];

    [Fact]
    public void A_provision_that_no_lawyer_approved_stands_on_the_form_as_unconfirmed()
    {
        var labels = Labels.Of("en");
        using var document = JsonDocument.Parse(FieldsFile.Read(Sample("preserve-data")).ToJsonString());
        string Article(params string[] approved) => RequestForm.Sections(labels, document.RootElement, draft: false, approved.ToHashSet()).SelectMany(s => s.Rows).Single(r => r.Label == labels.Word("field", "article")).Value;
        Assert.Equal($"42 ({labels["letter.unconfirmed"]})", Article());
        Assert.Equal($"42 ({labels["letter.unconfirmed"]})", Article("UNCC 41"));
        Assert.Equal("42", Article("UNCC 42"));
    }

    [Fact]
    public void An_authority_stands_on_the_form_with_its_name_in_the_language_where_it_is_known()
    {
        var labels = Labels.Of("fr");
        using var document = JsonDocument.Parse(FieldsFile.Read(Sample("preserve-data")).ToJsonString());
        string Asked(Dictionary<string, string>? names) => RequestForm.Sections(labels, document.RootElement, draft: false, names: names).SelectMany(s => s.Rows).Single(r => r.Label == labels.Word("field", "requestedAuthority")).Value;
        var id = document.RootElement.GetProperty("requestedAuthority").GetString()!;
        Assert.Equal($"{id} Autorité centrale de XB", Asked(new() { [id] = "Autorité centrale de XB" }));
        Assert.Equal(Asked(null), Asked(new() { ["XC-CA"] = "Autorité centrale de XC" }));
        Assert.DoesNotContain("Autorité", Asked(null), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cover_sheet_names_the_parcel_and_nobody_and_of_a_covert_measure_not_even_its_kind()
    {
        var pki = new TestPki(_folder["pki"]).Marks("seal");
        using var signer = pki.Signer("seal");
        foreach (var (kind, hidden) in new[] { ("PRESERVE_DATA", false), ("COVERT_MEASURE", true) })
        {
            var request = SignedDocument.Sign(Encoding.UTF8.GetBytes("{\"v\":1,\"type\":\"request\",\"reference\":\"RQ-XA-2026-000417\",\"factsSummary\":\"secret facts\"}\n"), signer, DateTimeOffset.UnixEpoch);
            var cover = new Cover(Ids.New(), Ids.NewCase("XA"), "PAPER", DateTimeOffset.UnixEpoch, Party.Of("XA-CA"), Party.Of("XC-CA"), CoverAbout.REQUEST, null, [Part.Of(PartRole.request, "request.cms", "application/pkcs7-mime", request)]);
            var opened = new OpenMessageReply
            {
                Message = new MessageView { Message = cover.Message, CaseId = cover.Case, Kind = kind, Urgency = "URGENT", About = "REQUEST", Sender = "XA-CA", Recipient = "XC-CA", Time = "2026-03-01T00:00:00.000Z" },
                SealedCover = ByteString.CopyFrom(SignedDocument.Sign(cover.Write(), signer, DateTimeOffset.UnixEpoch)),
            };
            opened.Parts.Add(new PartView { Role = "request", Name = "request.cms", Content = ByteString.CopyFrom(request) });
            opened.Conditions.AddRange(["NO_ONWARD_TRANSFER", "OTHER: not to be shown to the secret witness", "CONSENT: CIVIL_PROCEEDINGS: secret"]);
            var labels = Labels.Of("fr");
            var sections = CoverSheet.Sections(labels, opened, SignedDocument.Open(opened.SealedCover.Memory).Value, "Autorité de XA", "Ministère de XC", [("request.p7m", "file"u8.ToArray())]);
            var text = string.Join('\n', sections.SelectMany(s => s.Rows.Select(r => $"{r.Label}: {r.Value}")));
            Assert.Contains(Digest.Of("file"u8).ToString(), text, StringComparison.Ordinal);
            Assert.Contains(Digest.Of(opened.SealedCover.Span).ToString(), text, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
            Assert.Equal(!hidden, text.Contains($"{labels["sheet.conditions"]}: NO_ONWARD_TRANSFER, OTHER\n", StringComparison.Ordinal));
            Assert.Equal(!hidden, text.Contains("RQ-XA-2026-000417", StringComparison.Ordinal));
            Assert.Equal(!hidden, text.Contains(labels.Word("kind", kind), StringComparison.Ordinal));
            Assert.Equal("%PDF-"u8.ToArray(), CoverSheet.Pdf(labels, opened, "a", "b", []).Pdf[..5]);
        }
    }

    [Theory]
    [InlineData("plain text (1)", false, "plain text (1)")]
    [InlineData("שלום", false, "םולש")]
    [InlineData("see שלום 12 now", false, "see םולש 12 now")]
    [InlineData("(שלום)", true, "(םולש)")]
    [InlineData("שלום 198.51.100.20 עולם", true, "םלוע 198.51.100.20 םולש")]
    // Beginning, ligature of lam and alef, end: each in the form of its place.
    [InlineData("سلام", false, "\ufee1\ufefc\ufeb3")]
    [InlineData("بيت", true, "\ufe96\ufef4\ufe91")]
    [InlineData("دار", true, "\ufead\ufe8d\ufea9")]
    public void What_runs_to_the_left_is_drawn_so_and_numbers_are_not_turned(string text, bool line, string drawn) => Assert.Equal(drawn, RightToLeft.Visual(text, line));

    private static string Text(Labels labels, string sample, bool draft)
    {
        using var document = JsonDocument.Parse(FieldsFile.Read(Sample(sample)).ToJsonString());
        return string.Join('\n', RequestForm.Sections(labels, document.RootElement, draft).SelectMany(s => s.Rows.Select(r => $"{r.Label}: {r.Value}").Prepend(s.Heading)));
    }

    // Every text of the request; of codes, the code.
    private static IEnumerable<string> Leaves(JsonNode node) => node switch
    {
        JsonObject o => o.Where(m => m.Key is not "urgency").SelectMany(m => m.Value is null ? [] : Leaves(m.Value)),
        JsonArray a => a.SelectMany(e => e is null ? [] : Leaves(e)),
        _ => node.GetValueKind() is JsonValueKind.String or JsonValueKind.Number ? [node.ToString()] : [],
    };

    private static string Sample(string name)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Gateway.sln")))
            folder = folder.Parent!;
        return Path.Combine(folder.FullName, "deploy", "samples", $"{name}.json");
    }
}
