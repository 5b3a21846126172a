using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Wording;
using Gateway.V1;
using Grpc.Core;

namespace Gateway.Cli.Requests;

/// <summary>What surrounds a request that is read: its case, what is due, the sender as the directory names it. Null where it is not open to the reader.</summary>
internal sealed record Surroundings(CaseView? Case, IReadOnlyList<DeadlineView>? Deadlines, AuthorityView? Sender, IReadOnlyList<MessageView>? Changes, IReadOnlySet<string>? ApprovedProvisions = null)
{
    public static async Task<Surroundings> OfAsync(Invocation run, MessageView message, string asker) => new(
        await OpenAsync(() => run.Gateway.ShowCaseAsync(new ShowCaseRequest { CaseId = message.CaseId }, cancellationToken: run.Cancel).ResponseAsync),
        (await OpenAsync(() => run.Gateway.ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = message.CaseId }, cancellationToken: run.Cancel).ResponseAsync))?.Deadlines,
        await OpenAsync(() => AuthorityDirectory.FindAsync(run, asker)),
        await OpenAsync(() => LaterChanges.OfAsync(run, message.CaseId)),
        await OpenAsync(() => LegalBasis.ApprovedAsync(run)));

    // Whoever may read the message may not always read what stands around it; the message is shown all the same.
    private static async Task<T?> OpenAsync<T>(Func<Task<T>> ask) where T : class?
    {
        try
        {
            return await ask();
        }
        catch (RpcException e) when (e.StatusCode != StatusCode.Cancelled)
        {
            return null;
        }
    }
}

/// <summary>The one screen from which a request is understood: what is asked, why, until when, by whom, on what basis, whether it is to be believed, what to do next.</summary>
internal static class RequestPage
{
    private const int Width = 118;
    private const int LabelWidth = 22;
    private const int LongestText = 700;
    private const int MostItems = 4;
    private const string OnPaper = "PAPER";

    private static readonly string[] Holders = ["provider", "custodian", "system", "systemLocation"];

    public static string Text(Labels labels, TimeZoneInfo zone, JsonElement request, OpenMessageReply opened, Surroundings around, DateTimeOffset now)
    {
        var page = new StringBuilder();
        var message = opened.Message ?? new MessageView();
        void Row(string key, string? value)
        {
            if (string.IsNullOrWhiteSpace(value))
                return;
            var label = labels[$"page.{key}"].PadRight(LabelWidth);
            foreach (var (line, first) in value.Trim().Split('\n').Select((line, i) => (line, i == 0)))
            {
                foreach (var part in WrappedText.Lines($"{(first ? label : new string(' ', LabelWidth))}  {SafeText.Line(line)}", Width, new string(' ', LabelWidth + 2)))
                    page.Append(part).Append('\n');
            }
        }
        string Of(string name) => TextOf(request, name);
        string Long(string name) => Cut(labels, Of(name));

        page.Append(labels.Format("page.head", ("urgency", labels.Coded("urgency", Of("urgency"))), ("kind", labels.Coded("kind", Of("kind"))),
            ("from", $"{Asker(message, request)} {AuthorityDirectory.NameIn(labels, around.Sender)}".Trim()))).Append("\n\n");
        Row("asked", Long("assistanceSought"));
        Row("identifiers", Identifiers(labels, zone, List(request, "itemsAccounts")));
        Row("changed", around.Changes is { } changes ? LaterChanges.Lines(labels, changes, time => Language.Both(time, zone)) : labels["page.notOpen"]);
        Row("data", Data(labels, zone, request));
        Row("why", Of("emergencyFacts").Length > 0 ? $"{labels.Coded("word", Of("emergencyCategory"))}: {Long("emergencyFacts")}\n{Long("emergencyLink")}" : Long("factsSummary"));
        Row("until", Until(labels, around, now));
        Row("wished", string.Join(". ", new[] { Language.Both(Of("deadlineRequested"), zone), Of("deadlineReason") }.Where(t => t.Length > 0)));
        Row("by", string.Join("; ", new[] { Of("requestedAuthority"), around.Case?.Desks.FirstOrDefault(d => d.Part == "DESK")?.Authority }.OfType<string>().Distinct()));
        Row("basis", string.Join("; ", List(request, "legalBasis").Select(basis => $"{labels.Coded("word", TextOf(basis, "instrument"))} {LegalBasis.Article(labels, basis, around.ApprovedProvisions)} {TextOf(basis, "title")}".Trim())));
        Row("purpose", $"{labels.Coded("word", Of("purposeCode"))}: {Long("purposeText")}");
        Row("conditions", string.Join("; ", opened.Conditions.Select(condition => Condition(labels, condition))));
        Row("confidentiality", $"{labels.Coded("word", Of("confidentiality"))} {Of("confidentialityEnds")}");
        Row("trust", string.Join('\n', opened.Marks.Select(mark => $"{labels.Coded("mark", mark.Mark)}: {labels.Coded("judged", mark.Verdict)}. {mark.Text}")));
        Row("designated", Designated(labels, around.Sender));
        Row("state", around.Case is { } view ? $"{labels.Coded("state", view.State)} · {view.Reference} · {view.CaseId}" : $"{message.CaseId} ({labels["page.notOpen"]})");
        if (message.Direction == "IN" || message.About == OnPaper)
            Row("callback", around.Sender?.CallBackPhone is { Length: > 0 } phone ? labels.Format("page.callbackDirectory", ("phone", phone)) : labels["page.callbackNone"]);
        Row("next", Next(labels, opened, around));
        return page.ToString();
    }

    /// <summary>Who asks: of a request that came in on paper not the officer who entered it.</summary>
    public static string Asker(MessageView message, JsonElement request) => message.About == OnPaper ? TextOf(request, "requestingAuthority") : message.Sender;

    // As its State's card has it: whether a stranger writes is the first question at night.
    private static string? Designated(Labels labels, AuthorityView? sender)
    {
        if (sender is not { Roles.Count: > 0 })
            return null;
        var roles = string.Join(", ", sender.Roles.Select(role => labels.Coded("role", role)));
        var since = sender.ValidFrom.Length > 0 ? labels.Format("page.designatedSince", ("roles", roles), ("day", sender.ValidFrom)) : labels.Format("page.designatedAs", ("roles", roles));
        return string.Join("; ", new[] { since, sender.ValidTo.Length > 0 ? labels.Format("page.designatedUntil", ("day", sender.ValidTo)) : "", Cut(labels, sender.Designation) }.Where(t => t.Length > 0));
    }

    private static string Next(Labels labels, OpenMessageReply opened, Surroundings around)
    {
        if (opened.Held.Length > 0)
            return $"{labels["page.decide"]}: gatewayctl request decide {opened.Message.Message} --accept|--refuse --reason TEXT";
        return around.Case is null ? "" : string.Join('\n', NextSteps.Of(labels, around.Case));
    }

    // Alone on its line, to be copied; below it the exact second on both clocks: who had an address is a question of the second.
    private static string Identifiers(Labels labels, TimeZoneInfo zone, JsonElement[] items)
    {
        var lines = items.Take(MostItems).SelectMany(item => new[]
        {
            TextOf(item, "value"),
            "  " + string.Join("  ", new[]
            {
                labels.Coded("word", TextOf(item, "type")), TextOf(item, "at") is { Length: > 0 } at ? $"{labels["sheet.at"]} {Language.Both(at, zone)}" : "", TextOf(item, "provider"), TextOf(item, "country"),
            }.Where(t => t.Length > 0)),
        }.Select(line => SafeText.Line(line).TrimEnd())).ToList();
        if (items.Length > MostItems)
            lines.Add(labels.Format("page.moreItems", ("count", (items.Length - MostItems).ToString(CultureInfo.InvariantCulture))));
        return string.Join('\n', lines);
    }

    private static string Data(Labels labels, TimeZoneInfo zone, JsonElement request)
    {
        var window = request.TryGetProperty("dataWindow", out var given) ? $"{Language.Both(TextOf(given, "from"), zone)} –\n{Language.Both(TextOf(given, "to"), zone)}" : "";
        var provider = Holders.Select(name => TextOf(request, name)).FirstOrDefault(text => text.Length > 0) ?? "";
        var categories = string.Join(", ", List(request, "dataCategories").Select(category => labels.Coded("word", category.ToString())));
        return string.Join('\n', new[] { Cut(labels, TextOf(request, "dataDescription")), provider, categories, window }.Where(t => t.Length > 0));
    }

    // What runs, the next one first.
    private static string Until(Labels labels, Surroundings around, DateTimeOffset now)
    {
        if (around.Deadlines is null)
            return labels["page.notOpen"];
        var running = around.Deadlines.Where(d => d.State is "RUNNING" or "MISSED" && d.Met.Length == 0).OrderBy(d => d.Due, StringComparer.Ordinal).Take(3).ToList();
        return running.Count == 0 ? labels["page.noDeadline"] : string.Join('\n', running.Select(d
            => $"{d.DueHere} {d.ZoneHere} = {d.DueThere} {d.ZoneThere} ({labels.Left(Time(d.Due) - now)}): {labels.Coded("rule", d.Rule)}, {d.ByAuthority}"));
    }

    // CODE, or CODE: text.
    private static string Condition(Labels labels, string condition)
    {
        var at = condition.IndexOf(':', StringComparison.Ordinal);
        return at < 0 ? labels.Coded("word", condition) : labels.Coded("word", condition[..at]) + condition[at..];
    }

    private static string Cut(Labels labels, string text)
        => text.Length <= LongestText ? text : $"{text[..LongestText]} {labels.Format("page.more", ("count", (text.Length - LongestText).ToString(CultureInfo.InvariantCulture)))}";

    private static DateTimeOffset Time(string text) => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : default;

    private static JsonElement[] List(JsonElement parent, string name) => parent.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];

    private static string TextOf(JsonElement parent, string name) => parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
