using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Cli.Output;
using Gateway.Protocol.Acts;

namespace Gateway.Cli.Requests;

/// <summary>The acts of a person on a case: each is composed by the gateway, signed here and sent to the other authority.</summary>
internal static class RequestAct
{
    private static readonly Argument<string> Case = new("case") { Description = "Id of the case" };
    private static readonly Option<string?> Reference = new("--reference") { Description = "Own file number", HelpName = "TEXT" };
    private static readonly Option<string?> Text = new("--text") { Description = "What to tell the other authority", HelpName = "TEXT" };

    private static readonly Option<string?> Due = new("--due") { Description = "When an answer may be expected: 2026-03-01T02:15:00+05:30", HelpName = "TIME" };
    private static readonly Option<string?> Outcome = MakeOutcome();
    private static readonly Option<string[]> Questions = new("--question") { Description = "What is missing: 'itemsAccounts[0].at=Which second?', or the question alone", HelpName = "TEXT" };
    private static readonly Option<string[]> Answers = new("--answer") { Description = "What was asked for: 'itemsAccounts[0].at=01:52:10 +01:00', or the answer alone", HelpName = "TEXT" };

    private static readonly Option<string[]> Conditions = new("--condition") { Description = "A condition: 'NO_OTHER_PURPOSE=Only for the proceedings named' (repeat for several)", HelpName = "CODE=TEXT" };

    internal static readonly Option<string?> OwnQualification = new("--own-qualification") { Description = "How the law of your State sees the offence", HelpName = "TEXT" };

    public static Command Consult() => Of("consult", "Opens a consultation, without which nothing is refused or postponed; --text says about what, --due by when an answer is expected", ActKind.CONSULTATION_OPENED);

    public static Command EndConsultation() => Of("consult-end", "Closes the consultation; --text says with what result", ActKind.CONSULTATION_CLOSED);

    public static Command Condition() => Of("condition", "Will execute the request under conditions, which the other side accepts or not", ActKind.CONDITIONS_PROPOSED);

    public static Command AcceptConditions() => Of("condition-accept", "Accepts the conditions; they bind", ActKind.CONDITIONS_ACCEPTED);

    public static Command Query() => Of("query", "Asks the other side how the request stands; --text says what", ActKind.STATUS_QUERY);

    public static Command Report() => Of("report", "Tells the other side how the request stands", ActKind.STATUS_REPORT);

    public static Command Acknowledge() => Of("acknowledge", "Tells the sender that the request is in hand", ActKind.ACKNOWLEDGED);

    public static Command Accept() => Of("accept", "Accepts the request for execution", ActKind.ACCEPTED);

    public static Command Start() => Of("start", "Says that execution has begun", ActKind.IN_EXECUTION);

    public static Command Confirm() => Of("confirm", "Confirms that the answer is complete; closes the case", ActKind.COMPLETED);

    public static Command Withdraw() => Of("withdraw", "Takes the own request back; --text says why. It is final", ActKind.WITHDRAWN);

    public static Command Return() => Of("return", "Sends a request back for what is missing: --question 'path=what is asked' (repeat for several)", ActKind.RETURNED_FOR_INFO);

    public static Command Supplement() => Of("supplement", "Answers what was asked: --answer 'path=the answer' (repeat for several)", ActKind.SUPPLEMENTED);

    /// <summary>Every other act of the life cycle, by its word.</summary>
    public static Command Any()
    {
        var kind = new Argument<string>("act") { Description = "The act: STATUS_QUERY, CONSULTATION_OPENED, PRESERVED …; 'gatewayctl case show' lists those possible now" };
        kind.AcceptOnlyFromAmong(Enum.GetNames<ActKind>());
        var file = new Option<string?>("--fields") { Description = "Further members of the act, JSON", HelpName = "FILE" };
        return new Command("act", "Any act on a case by its word, with its members from a file; one with grounds is shown as the letter that it becomes, and confirmed") { Case, kind, Reference, Text, Due, Outcome, file, RequestDecision.Lang, RequestDecision.Yes }.Sends(async run =>
        {
            var fields = run.Value(file) is { } path ? FieldsFile.Read(path) : [];
            fields["kind"] = run.Value(kind);
            fields["case"] = run.Value(Case);
            Set(fields, "reference", run.Value(Reference));
            Set(fields, "text", run.Value(Text));
            Set(fields, "outcome", run.Value(Outcome));
            if (run.Value(Due) is { } due)
                fields["dueAt"] = Time(due);
            return await RequestDecision.DecideAsync(run, Enum.Parse<ActKind>(run.Value(kind)), run.Value(Case), fields);
        });
    }

    // What is needed is the gateway's to say (it names everything missing at once); the options offered follow the same table.
    private static Command Of(string name, string description, ActKind kind)
    {
        var command = new Command(name, description) { Case, Reference, Text };
        var needs = Transitions.Needs(kind);
        var due = needs.Contains("dueAt") || kind == ActKind.CONSULTATION_OPENED;
        if (due)
            command.Add(Due);
        if (needs.Contains("questions"))
            command.Add(Questions);
        if (needs.Contains("answers"))
            command.Add(Answers);
        if (needs.Contains("conditions"))
            command.Add(Conditions);
        if (kind == ActKind.ACCEPTED)
        {
            command.Add(OwnQualification);
            command.Add(HearingSlot.Number);
            command.Add(HearingSlot.Purpose);
        }
        return command.Sends(async run =>
        {
            var fields = new JsonObject { ["kind"] = kind.ToString(), ["case"] = run.Value(Case) };
            if (needs.Contains("conditions"))
                SetConditions(fields, run.Value(Conditions) ?? []);
            Set(fields, "reference", run.Value(Reference));
            Set(fields, "text", run.Value(Text));
            if (needs.Contains("questions"))
                SetPairs(fields, "questions", "question", run.Value(Questions));
            if (needs.Contains("answers"))
                SetPairs(fields, "answers", "answer", run.Value(Answers));
            if (due && run.Value(Due) is { } day)
                fields["dueAt"] = Time(day);
            if (kind == ActKind.ACCEPTED)
            {
                Set(fields, "ownQualification", run.Value(OwnQualification));
                await HearingSlot.SetAsync(run, run.Value(Case), fields);
            }
            await SignAndSubmit.FinishActAsync(run, await SignAndSubmit.ComposeAsync(run, "act", fields));
            return ExitCode.Good;
        });
    }

    private static void SetConditions(JsonObject fields, string[] given)
    {
        if (given.Length == 0)
            return;
        fields["conditions"] = new JsonArray([.. given.Select(text => text.Split('=', 2)).Select(pair => pair.Length == 2 && pair[1].Length > 0
            ? (JsonNode)new JsonObject { ["code"] = pair[0].Trim(), ["text"] = pair[1].Trim() }
            : throw StopException.Usage($"'{string.Join('=', pair)}' is not CODE=TEXT"))]);
    }

    internal static Option<string?> MakeOutcome()
    {
        var outcome = new Option<string?>("--outcome") { Description = "How it ended", HelpName = "WORD" };
        return outcome.AcceptOnlyFromAmong(Enum.GetNames<ActOutcome>());
    }

    private static void Set(JsonObject fields, string name, string? value)
    {
        if (!string.IsNullOrWhiteSpace(value))
            fields[name] = value;
    }

    // What stands before the first sign names the member, when it looks like one.
    private static void SetPairs(JsonObject fields, string list, string member, string[]? given)
    {
        if (given is not { Length: > 0 })
            return;
        fields[list] = new JsonArray([.. given.Select(text =>
        {
            var at = text.IndexOf('=', StringComparison.Ordinal);
            var path = at > 0 && text.AsSpan(0, at).IndexOfAny(" \t") < 0 ? text[..at] : null;
            var pair = new JsonObject { [member] = path is null ? text : text[(at + 1)..] };
            return (JsonNode)(path is null ? pair : new JsonObject { ["path"] = path, [member] = pair[member]!.GetValue<string>() });
        })]);
    }

    // A time without its offset would mean another hour to the other authority.
    internal static string Time(string text)
    {
        var zoned = text.EndsWith('Z') || (text.Length > 6 && text[^3] == ':' && text[^6] is '+' or '-');
        if (!zoned || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            throw StopException.Usage($"'{text}' is not a time with its offset, such as 2026-03-01T02:15:00+05:30");
        return Protocol.Documents.DocumentWriter.FormatTime(time);
    }
}
