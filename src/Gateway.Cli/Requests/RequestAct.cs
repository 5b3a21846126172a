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

    public static Command Acknowledge() => Of("acknowledge", "Tells the sender that the request is in hand", ActKind.ACKNOWLEDGED);

    public static Command Accept() => Of("accept", "Accepts the request for execution", ActKind.ACCEPTED);

    public static Command Start() => Of("start", "Says that execution has begun", ActKind.IN_EXECUTION);

    public static Command Answer() => Of("answer", "Answers: executed, with the outcome", ActKind.EXECUTED);

    public static Command Confirm() => Of("confirm", "Confirms that the answer is complete; closes the case", ActKind.COMPLETED);

    // What is needed is the gateway's to say (it names everything missing at once); the options offered follow the same table.
    private static Command Of(string name, string description, ActKind kind)
    {
        var command = new Command(name, description) { Case, Reference, Text };
        var needs = Transitions.Needs(kind);
        if (needs.Contains("dueAt"))
            command.Add(Due);
        if (needs.Contains("outcome"))
            command.Add(Outcome);
        return command.Runs(async run =>
        {
            var fields = new JsonObject { ["kind"] = kind.ToString(), ["case"] = run.Value(Case) };
            Set(fields, "reference", run.Value(Reference));
            Set(fields, "text", run.Value(Text));
            if (needs.Contains("outcome"))
                Set(fields, "outcome", run.Value(Outcome));
            if (needs.Contains("dueAt") && run.Value(Due) is { } due)
                fields["dueAt"] = Time(due);
            SignAndSubmit.Show(run.Terminal, await SignAndSubmit.ComposeSignSubmitAsync(run, "act", fields));
            return ExitCode.Good;
        });
    }

    private static Option<string?> MakeOutcome()
    {
        var outcome = new Option<string?>("--outcome") { Description = "How it ended", HelpName = "WORD" };
        return outcome.AcceptOnlyFromAmong(Enum.GetNames<ActOutcome>());
    }

    private static void Set(JsonObject fields, string name, string? value)
    {
        if (!string.IsNullOrWhiteSpace(value))
            fields[name] = value;
    }

    // A time without its offset would mean another hour to the other authority.
    private static string Time(string text)
    {
        var zoned = text.EndsWith('Z') || (text.Length > 6 && text[^3] == ':' && text[^6] is '+' or '-');
        if (!zoned || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            throw StopException.Usage($"'{text}' is not a time with its offset, such as 2026-03-01T02:15:00+05:30");
        return Protocol.Documents.DocumentWriter.FormatTime(time);
    }
}
