using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Records;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.EndToEnd.Tests;

/// <summary>docs/protocol.md is normative: its tables are those of the code, its examples open, and no member is left out.</summary>
[Collection("pages")]
public sealed class ProtocolPageTests
{
    private const string Page = "docs/protocol.md";

    // Optional in the form that people fill, there in every manifest.
    private static readonly string[] s_filledByTheForm = ["rootExhibitNumber", "mediaType", "fileName", "custody"];

    private static readonly string s_page = File.ReadAllText(Repository.PathOf(Page));

    [Fact]
    public void Names_every_member_of_every_document()
    {
        var missing = from schema in Repository.Files.Where(f => f.StartsWith("docs/schemas/", StringComparison.Ordinal))
                      from member in Members(JsonDocument.Parse(File.ReadAllBytes(Repository.PathOf(schema))).RootElement).Distinct()
                      where !Regex.IsMatch(s_page, $@"[`.]{member}(\[\])?`", RegexOptions.CultureInvariant)
                      select $"{Path.GetFileName(schema)}: {member}";
        Assert.Empty(missing);
    }

    [Fact]
    public void Lists_every_receipt_event()
        => Assert.All(Enum.GetNames<ReceiptEvent>(), name => Assert.Contains($"| `{name}` |", s_page, StringComparison.Ordinal));

    [Fact]
    public void Lists_where_each_receipt_leads_a_message() => GeneratedText.Keep(Page, "delivery track", "| receipt | from | to | only |\n|---|---|---|---|\n" + string.Concat(DeliveryTrack.All.Select(row =>
    {
        string[] only = [.. row.Needs is { } needs ? [$"behind `{needs}`"] : Array.Empty<string>(), .. row.Unless is { } unless ? [$"not behind `{unless}`"] : Array.Empty<string>()];
        return $"| `{row.Event}` | {(row.From.Count == 0 ? "nothing" : string.Join(", ", row.From))} | {row.To?.ToString() ?? "where it was"} | {string.Join(", ", only)} |\n";
    })));

    [Fact]
    public void Lists_the_members_of_a_request()
    {
        var rows = RequestKinds.All;
        var common = rows[0].AllFields.Count - rows[0].Fields.Count;
        var text = new StringBuilder("Common members:\n\n| member | value | | note |\n|---|---|---|---|\n| `v`, `type` | `1`, `\"request\"` | must | |\n");
        for (var i = 0; i < common; i++)
            Write(text, "", rows.Select(r => r.AllFields[i]).ToList(), rows);
        foreach (var row in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nThen, for `{row.Kind}`:\n\n| member | value | | note |\n|---|---|---|---|\n");
            foreach (var field in row.Fields)
                Write(text, "", [field]);
            foreach (var group in row.AnyOf)
                text.Append("\nOne of ").AppendJoin(", ", group.Select(n => $"`{n}`")).Append(" is needed (a flag counts when it is true).\n");
            foreach (var when in row.When)
                text.Append(CultureInfo.InvariantCulture, $"\n`{when.Needed}` is needed when `{when.Member}` is {(when.Value is null ? "there" : $"`{when.Value}`")}.\n");
            foreach (var flag in row.Raised)
                text.Append(CultureInfo.InvariantCulture, $"\n`{flag}` must be `true`.\n");
            if (row.RequiredRelation is { } relation)
                text.Append(CultureInfo.InvariantCulture, $"\nA link with relation `{relation}` is needed.\n");
        }
        GeneratedText.Keep(Page, "request members", text.ToString());
    }

    [Fact]
    public void Lists_who_may_send_a_request_and_until_when_it_is_answered()
    {
        var text = new StringBuilder("| kind | sent by | addressed to | judicial authorisation | longest window | first decision: emergency, urgent, ordinary | basis of the deadline | source |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var row in RequestKinds.All)
        {
            var police = row.PoliceByProfile ? ", by profile `LAW_ENFORCEMENT`" : "";
            var authorisation = row.Authorisation switch { Authorisation.NONE => "no", Authorisation.BY_PROFILE => "by profile", Authorisation.JUDICIAL => "yes" };
            text.Append(CultureInfo.InvariantCulture, $"| `{row.Kind}` | {Words(row.Senders)}{police} | {Words(row.Recipients)}{police} | {authorisation} | {row.MaxWindowDays} days | {Span(row.Decision.Emergency)}, {Span(row.Decision.Urgent)}, {Span(row.Decision.Ordinary)} | {Treaties.DeadlineBasis(row)} | ")
                .AppendJoin("; ", row.Articles.Select(article => Treaties.Cite(article))).Append(" |\n");
        }
        GeneratedText.Keep(Page, "request kinds", text.ToString());
    }

    [Fact]
    public void Lists_the_members_of_an_act() => GeneratedText.Keep(Page, "act members", Members("act", ActFields.All));

    [Fact]
    public void Lists_the_members_of_a_manifest() => GeneratedText.Keep(Page, "manifest members", Members("manifest",
        ManifestFields.All.Select(field => s_filledByTheForm.Contains(field.Name) ? field with { Need = Need.Required } : field)));

    [Fact]
    public void Lists_the_members_of_a_custody_event()
        => GeneratedText.Keep(Page, "custody members", Members("custodyEvent", [.. CustodyFields.Before, .. CustodyFields.Behind]));

    [Fact]
    public void Lists_the_members_of_the_records()
        => GeneratedText.Keep(Page, "records", string.Join('\n', RecordForms.All.Select(form => $"Type `{form.Type}`:\n\n{Members(form.Type, form.Fields)}")));

    [Fact]
    public void Lists_the_kinds_of_custody_events()
    {
        var text = new StringBuilder("| kind | members, in this order | also needs | signed by | a gateway records it | travels | must come before |\n|---|---|---|---|---|---|---|\n");
        foreach (var rule in CustodyRules.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{rule.Kind}` | {string.Join("; ", rule.Fields.Select(field => Member(field)))} | {Words(rule.Needs)} | {(rule.OnlyGateway ? "no person" : Words(rule.Signers))} | {(rule.Recorded ? "yes" : "")} | {(rule.Travels ? "yes" : "")} | ")
                .Append(string.Join(" or ", rule.After.Select(kind => $"`{kind}`"))).Append(" |\n");
        }
        GeneratedText.Keep(Page, "custody kinds", text.ToString());
    }

    [Fact]
    public void Lists_the_grounds()
        => GeneratedText.Keep(Page, "grounds", "| ground | what it says | source |\n|---|---|---|\n" + string.Concat(Grounds.All.Select(row => $"| `{row.Code}` | {row.Text} | {Treaties.Cite(row.Source)} |\n")));

    [Fact]
    public void Lists_the_transitions_of_a_case()
    {
        var text = new StringBuilder("| from | act | by | to | the act needs | only |\n|---|---|---|---|---|---|\n");
        foreach (var row in Transitions.All)
        {
            string?[] only =
            [
                row.NeedsConsultation ? "after a consultation, or with `consultationWaivedReason` (V042)" : null,
                row.WhileConsulting switch { true => "while a consultation is open", false => "while none is open", null => null },
                row.Kinds.Count > 0 ? $"for {Words(row.Kinds)}" : null,
                row.TrackFrom.Count > 0 ? $"with {Words(row.TrackFrom)}" : null,
                row.TrackTo is { } track ? $"leads to `{track}`" : null,
            ];
            text.Append(CultureInfo.InvariantCulture, $"| {Words(row.From)} | {(row.Act is { } act ? $"`{act}`" : "by the gateway")} | the {(row.By == CaseSide.Requesting ? "requesting" : "requested")} side | ")
                .Append(row.Back ? "the state before" : row.To is { } to ? $"`{to}`" : "no change")
                .Append(CultureInfo.InvariantCulture, $" | {string.Join(", ", row.Needs.Select(n => $"`{n}`"))} | {string.Join("; ", only.OfType<string>())} |\n");
        }
        GeneratedText.Keep(Page, "transitions", text.ToString());
    }

    [Theory]
    [InlineData("request")]
    [InlineData("stamp")]
    [InlineData("cover")]
    [InlineData("receipt-1")]
    public void Examples_are_marks_with_the_digest_that_the_page_states(string name)
    {
        var mark = Vector(name);
        Assert.Contains($"`{name}.cms` has SHA-256 `{mark.Sha256}`", s_page, StringComparison.Ordinal);
        if (name != "cover")
            Assert.Contains($"```json\n{Encoding.UTF8.GetString(mark.Content.Span)}```", s_page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_is_a_message_that_a_gateway_accepts()
    {
        var cover = Cover.Read(Vector("cover").Content).Value;
        var request = Request.Read(SignedDocument.Open(cover.In(PartRole.request).Single().Content).Value.Content).Value;
        var stamp = Stamp.Read(SignedDocument.Open(cover.In(PartRole.stamp).Single().Content).Value.Content).Value;
        var receipt = Receipt.Read(Vector("receipt-1").Content).Value;
        string[] contactPoint = [nameof(Role.CONTACT_POINT_24_7)];

        Assert.Equal(CoverAbout.REQUEST, cover.About);
        Assert.Equal(Vector("request").Sha256, stamp.RequestSha256);
        Assert.Empty(RequestRules.Check(request, new RequestContext(request.Created, contactPoint, contactPoint, null) { Arrived = true }));
        Assert.Null(ReceiptChain.Follows(receipt, ChainHead.Empty));
        Assert.Equal((ReceiptEvent.SubmissionAcceptance, cover.Message, Vector("cover").Sha256), (receipt.Event, receipt.Subject.Message, receipt.Subject.CoverSha256!.Value));
    }

    [Fact]
    public void The_example_of_a_chunk_opens()
    {
        const string item = "00112233445566778899aabbccddeeff";
        using var key = ItemKey.From([.. Enumerable.Range(0, ItemKey.Length).Select(i => (byte)i)]);
        var chunk = Convert.FromHexString(Line("chunk"));
        var plain = new byte[16];

        Assert.Equal(5, Chunk.Decrypt(key, item, 0, last: true, chunk, plain).Value);
        Assert.Equal("hello"u8, plain.AsSpan(0, 5));
        Assert.Equal(Line("chunkKey"), Convert.ToHexStringLower(key.ChunkKey(item, 0, last: true)));
        Assert.Equal(Line("leaf, root"), TreeHash.Leaf(chunk).ToString());
        Assert.Contains($"`{key.Commitment(item)}`", s_page, StringComparison.Ordinal);
    }

    private static SignedDocument Vector(string name) => SignedDocument.Open(File.ReadAllBytes(Repository.PathOf($"tests/vectors/protocol/{name}.cms"))).Value;

    private static string Line(string name)
        => s_page.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal) && line.Split(' ')[^1].All(char.IsAsciiHexDigitLower)).Split(' ')[^1];

    private static IEnumerable<string> Members(JsonElement schema) => schema.ValueKind switch
    {
        JsonValueKind.Object => schema.EnumerateObject().SelectMany(m => m.Name == "properties" ? m.Value.EnumerateObject().Select(p => p.Name).Concat(Members(m.Value)) : Members(m.Value)),
        JsonValueKind.Array => schema.EnumerateArray().SelectMany(Members),
        _ => [],
    };

    private static string Members(string type, IEnumerable<Field> fields)
    {
        var text = new StringBuilder($"| member | value | | note |\n|---|---|---|---|\n| `v`, `type` | `1`, `\"{type}\"` | must | |\n");
        foreach (var field in fields)
            Write(text, "", [field]);
        return text.ToString();
    }

    // One row per member; kinds that need it more or less than most are named. Members of objects follow their object.
    private static void Write(StringBuilder text, string path, IReadOnlyList<Field> kinds, IReadOnlyList<RequestRow>? rows = null)
    {
        var field = kinds[0];
        var here = path + field.Name + (field.Shape == Shape.Objects ? "[]" : "");
        var groups = kinds.Select((kind, index) => (kind.Need, Kind: rows?[index].Kind)).GroupBy(k => k.Need, k => k.Kind).OrderByDescending(group => group.Count()).ToList();
        var note = groups.Skip(1).Select(group => $"{Word(group.Key)} in {Words(group)}").ToList();
        if (kinds.Any(f => f.Need == Need.Required) && field.Missing != RefusalCode.RequiredFieldEmpty)
            note.Add($"absent: {field.Missing.Text()}");
        if (field.Content is { } content && content != field.Missing)
            note.Add($"{(field.Shape == Shape.Word ? "not in the list" : "too short")}: {content.Text()}");
        if (field.AnyOf.Count > 0)
            note.Add($"at least one of {string.Join(", ", field.AnyOf)}");
        if (field.Hint is { } hint)
            note.Add(hint.Replace("<", "&lt;", StringComparison.Ordinal));
        if (field.Source is { } source)
            note.Add(Treaties.Cite(source));
        text.Append(CultureInfo.InvariantCulture, $"| `{here}` | {Value(field)} | {Word(groups[0].Key)} | {string.Join("; ", note)} |\n");
        for (var i = 0; i < field.Fields.Count; i++)
            Write(text, here + ".", kinds.Select(f => f.Fields[i]).ToList(), rows);
    }

    // One member on one line: its name, its value, the members inside.
    private static string Member(Field field)
        => $"`{field.Name}{(field.Shape == Shape.Objects ? "[]" : "")}` ({(field.Need == Need.Optional ? "optional, " : "")}{Value(field)}{(field.Fields.Count > 0 ? $": {string.Join(", ", field.Fields.Select(Member))}" : "")})";

    private static string Word(Need need) => need switch { Need.Always => "must", Need.Required => "required", Need.Optional => "optional" };

    private static string Value(Field field) => field.Shape switch
    {
        Shape.Text => field.Max == 0 ? "text" : $"text of {field.Min} to {field.Max}",
        Shape.Word => Words(field.Words),
        Shape.Integer => field.Max == 0 ? "whole number" : $"whole number, {field.Min} to {field.Max}",
        Shape.Flag => "true or false",
        Shape.LocalTime => "local time",
        Shape.UtcTime => "UTC time",
        Shape.Day => "day",
        Shape.Digest => "digest",
        Shape.Id => "id",
        Shape.Case => "case",
        Shape.Authority => "authority",
        Shape.Country => "State",
        Shape.Language => "language",
        Shape.Reference => "reference",
        Shape.Object => "object",
        Shape.Objects => field.Max == 0 ? "list of objects" : $"list of {field.Min} to {field.Max} objects",
        Shape.Texts => $"list of {field.Min} to {field.Max} texts of 1 to 500",
        Shape.Words => $"list of {field.Min} to {field.Max} different words: {Words(field.Words)}",
        Shape.Languages => $"list of {field.Min} to {field.Max} languages",
    };

    private static string Words<T>(IEnumerable<T> words) => string.Join(", ", words.Select(word => $"`{word}`"));

    private static string Span(TimeSpan span) => span.TotalHours <= 48 ? $"{span.TotalHours} h" : $"{span.TotalDays} days";
}
