using System.CommandLine;
using System.Globalization;
using System.Text;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Wording;
using Gateway.V1;

namespace Gateway.Cli.Deadlines;

/// <summary>What is due: in how long, by which rule, in both time zones.</summary>
internal static class DeadlineList
{
    public static Command Create()
    {
        var caseId = new Argument<string?>("case") { Description = "Only of this case, past ones too", Arity = ArgumentArity.ZeroOrOne };
        var missed = new Option<bool>("--missed") { Description = "Only what has passed" };
        var own = new Option<bool>("--own") { Description = "Only what is ours to do" };
        var rule = new Option<string?>("--rule") { Description = "Only this rule: DECIDE, PRESERVATION_ENDS, POST_REVIEW …", HelpName = "WORD" };
        var limit = new Option<uint>("--limit") { Description = "At most so many", DefaultValueFactory = _ => 1000, HelpName = "N" };
        var after = new Option<string?>("--after") { Description = "Go on where an earlier list ended", HelpName = "PLACE" };
        var lang = Language.Option();
        var drafts = new Option<string?>("--drafts") { Description = "Write the acts prepared for what has passed into this folder; complete one and send it with 'request act --fields'", HelpName = "DIR" };
        return new Command("deadlines", "What is due, by whom, by which rule, in both time zones") { caseId, missed, own, rule, limit, after, lang, drafts }.Runs(async run =>
        {
            var reply = await run.Gateway.ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = run.OptionalValue(caseId) ?? "", MissedOnly = run.Value(missed), OwnOnly = run.Value(own), Rule = run.Value(rule) ?? "", Limit = run.Value(limit), After = run.Value(after) ?? "" }, cancellationToken: run.Cancel);
            foreach (var warning in reply.Warnings)
                run.Terminal.Note($"warning: {warning}");
            Show(run.Terminal, reply, Language.Of(run, lang));
            if (reply.Next.Length > 0)
                run.Terminal.Line($"later ones: --after '{reply.Next}'");
            if (run.Value(drafts) is { } folder)
                Save(run.Terminal, folder, reply);
            run.Terminal.Write(reply);
            return ExitCode.Good;
        });
    }

    private static void Show(Terminal terminal, ListDeadlinesReply reply, Labels labels)
    {
        var now = Time(reply.Now);
        terminal.Table(labels["head.nothingDue"], [.. Column(labels, "dueIn", "what", "by", "kind", "case", "here", "there", "state", "rule")], reply.Deadlines.Select(d => new[]
        {
            d.State is "MET" or "VOID" ? "" : labels.Left(Time(d.Due) - now),
            labels.Word("rule", d.Rule) + (d.Number > 1 ? $" {d.Number.ToString(CultureInfo.InvariantCulture)}" : ""),
            d.ByAuthority,
            $"{labels.Word("urgency", d.Urgency)} {labels.Word("kind", d.Kind)}",
            d.CaseId,
            $"{d.DueHere} {d.ZoneHere}{(d.WorkUntil.Length > 0 ? $" ({labels.Format("head.workUntil", ("until", d.WorkUntil))})" : "")}",
            $"{d.DueThere} {d.ZoneThere}",
            labels.Word("deadline", d.State),
            d.Basis,
        }));
        foreach (var d in reply.Deadlines.Where(d => d.NextStep.Length > 0))
            terminal.Line($"{labels.Word("rule", d.Rule)}: {d.NextStep}");
    }

    /// <summary>The headings of columns, by the last part of their key.</summary>
    public static IEnumerable<string> Column(Labels labels, params IEnumerable<string> names) => names.Select(name => labels[$"head.{name}"]);

    private static void Save(Terminal terminal, string folder, ListDeadlinesReply reply)
    {
        Directory.CreateDirectory(folder);
        foreach (var d in reply.Deadlines.Where(d => d.DraftJson.Length > 0))
        {
            var file = Path.Combine(folder, SafeText.FileName($"{d.CaseId}-{d.Rule}-{d.Number}.json"));
            NewFile.Write(file, Encoding.UTF8.GetBytes(d.DraftJson + "\n"));
            terminal.Line($"draft: {file}; complete it, then: gatewayctl request act {d.CaseId} {(d.Own ? "DELAY_NOTICE" : "REMINDER")} --fields {file}");
        }
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : default;
}
