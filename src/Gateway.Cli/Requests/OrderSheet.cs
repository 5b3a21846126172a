using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Wording;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>The order sheet as plain text. Labels are translated, what the other State wrote is not; an identifier stands alone on its line, byte for byte but for signs that cannot be printed.</summary>
internal static class OrderSheet
{
    private const int Wide = 30;

    // They have rows of their own.
    private static readonly string[] Shown = ["dataDescription", "dataCategories"];
    private static readonly string[] Holders = ["provider", "custodian", "system", "systemLocation"];

    public static string Text(Labels labels, ReadOnlyMemory<byte> request, OpenMessageReply opened, AuthorityView? sender, DeadlineView? due, DateTimeOffset? preserveUntil, IReadOnlyList<MessageView> changes, TimeZoneInfo? here = null)
    {
        var zone = here ?? TimeZoneInfo.Local;
        using var document = JsonDocument.Parse(request);
        var fields = document.RootElement;
        var sheet = new StringBuilder();
        void Row(string key, string? value)
        {
            if (value is { Length: > 0 })
                sheet.Append(labels[$"sheet.{key}"].PadRight(Wide)).Append("  ").Append(labels.Set(SafeText.Block(value).Trim()).Replace("\n", "\n" + new string(' ', Wide + 2), StringComparison.Ordinal)).Append('\n');
        }
        void Rule() => sheet.Append('-', 100).Append('\n');
        string? Text(string name) => fields.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

        sheet.Append(labels[preserveUntil is null ? "sheet.title" : "sheet.preserveTitle"]).Append('\n');
        Rule();
        Row("reference", Text("reference"));
        Row("case", opened.Message.CaseId);
        Row("from", $"{RequestPage.Asker(opened.Message, fields)} {AuthorityDirectory.NameIn(labels, sender)}".TrimEnd());
        Row("callback", sender?.CallBackPhone is { Length: > 0 } phone ? phone : labels["sheet.none"]);
        Row("kind", $"{labels.Word("kind", Text("kind") ?? "")} ({Text("kind")})");
        Row("urgency", labels.Coded("urgency", Text("urgency") ?? ""));
        Row("received", CameAt(opened));
        Row("due", due is null ? null : $"{due.DueHere} {due.ZoneHere} = {due.DueThere} {due.ZoneThere}");
        Row("until", preserveUntil is { } until ? DocumentWriter.FormatLocalTime(until.ToLocalTime()) : null);
        Row("marks", string.Join("; ", opened.Marks.Select(m => $"{labels.Coded("mark", m.Mark)}: {labels.Coded("judged", m.Verdict)}. {m.Text}")));
        Row("changed", LaterChanges.Lines(labels, changes, time => time));
        Rule();
        sheet.Append(labels["sheet.identifiers"]).Append('\n');
        foreach (var item in List(fields, "itemsAccounts"))
            Identifier(sheet, labels, zone, item);
        Rule();
        var holder = Array.Find(Holders, name => Text(name) is { Length: > 0 });
        Row("provider", holder is null ? null : Text(holder));
        Row("data", Text("dataDescription"));
        Row("categories", string.Join(", ", List(fields, "dataCategories").Select(c => labels.Coded("word", c.ToString()))));
        Row("window", fields.TryGetProperty("dataWindow", out var window) ? $"{Language.Both(Of(window, "from"), zone)} –\n{Language.Both(Of(window, "to"), zone)}" : null);
        Row("sought", Text("assistanceSought"));
        Row("procedure", Text("requestedProcedure"));
        Row("confidentiality", string.Join(" ", new[] { labels.Coded("word", Text("confidentiality") ?? ""), Text("confidentialityEnds") }.OfType<string>()));
        Row("authorisation", fields.TryGetProperty("judicialAuthorisation", out var order) ? $"{Of(order, "body")}, {Of(order, "number")}, {Of(order, "date")}" : null);
        Rule();
        if (DocumentText.OnlyOf(labels, zone, fields, Particular(Text("kind"), holder)) is { Length: > 0 } particular)
        {
            sheet.Append(labels["sheet.ofKind"]).Append('\n').Append(particular);
            Rule();
        }
        Row("emergencyFacts", Text("emergencyFacts"));
        Row("emergencyLink", Text("emergencyLink"));
        Row("offence", string.Join("; ", List(fields, "offence").Select(o => Of(o, "title"))));
        Row("facts", Text("factsSummary"));
        Row("purpose", $"{labels.Coded("word", Text("purposeCode") ?? "")}: {Text("purposeText")}");
        Row("conditions", fields.TryGetProperty("handling", out var handling) ? string.Join("; ", List(handling, "conditions").Select(c => $"{labels.Coded("word", Of(c, "code"))} {Of(c, "until")} {Of(c, "text")}".Trim())) : null);
        Rule();
        sheet.Append(labels["sheet.translation"]).Append("\n\n").Append(labels["sheet.signature"]).Append(": ").Append('_', 50).Append('\n');
        return sheet.ToString();
    }

    // Who is concerned, and every member that sets the kind apart: whoever executes it has nothing else before him.
    private static IEnumerable<Field> Particular(string? kind, string? holder)
        => RequestFields.Shared.Where(field => field.Name == "persons")
            .Concat(Enum.TryParse<RequestKind>(kind, out var known) && Enum.IsDefined(known) ? RequestKinds.Of(known).Fields.Where(field => !Shown.Contains(field.Name) && field.Name != holder) : []);

    // By wire when it arrived; on paper when the letter came, which the officer who registered it signed: the message is of the day on which it was entered.
    private static string CameAt(OpenMessageReply opened)
        => opened.Parts.FirstOrDefault(p => p.Role == "paper") is { } part && SignedDocument.Open(part.Content.Memory).TryGet(out var signed, out _) && PaperRequest.Read(signed.Content).TryGet(out var paper, out _)
            ? DocumentWriter.FormatTime(paper.At)
            : opened.Message.Time;

    // Whoever types it copies it from here: no label before it, nothing after it.
    private static void Identifier(StringBuilder sheet, Labels labels, TimeZoneInfo zone, JsonElement item)
    {
        sheet.Append(CultureInfo.InvariantCulture, $"  {labels.Coded("word", Of(item, "type"))}");
        foreach (var more in new[] { Of(item, "at") is { Length: > 0 } at ? $"{labels["sheet.at"]} {Language.Both(at, zone)}" : "", Of(item, "provider"), Of(item, "country"), Of(item, "location") }.Where(t => t.Length > 0))
            sheet.Append("  ").Append(labels.Set(SafeText.Line(more)));
        sheet.Append('\n').Append("      ").Append(SafeText.Line(Of(item, "value"))).Append('\n');
    }

    private static JsonElement[] List(JsonElement parent, string name) => parent.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];

    private static string Of(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
