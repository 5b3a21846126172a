using System.CommandLine;
using System.Globalization;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Wording;
using Gateway.V1;

namespace Gateway.Cli.Deadlines;

/// <summary>What a shift hands over to the next one.</summary>
internal static class ShiftReport
{
    public static Command Create()
    {
        var from = new Option<string?>("--from") { Description = "UTC time; otherwise the shift that runs, or the last twelve hours", HelpName = "TIME" };
        var to = new Option<string?>("--to") { Description = "UTC time; otherwise now", HelpName = "TIME" };
        var lang = Language.Option();
        return new Command("report", "What happened in the shift, and what is left to the next one") { from, to, lang }.Runs(async run =>
        {
            var labels = Language.Of(run, lang);
            var report = await run.Gateway.ShiftReportAsync(new ShiftReportRequest { From = run.Value(from) ?? "", To = run.Value(to) ?? "" }, cancellationToken: run.Cancel);
            var due = await AllAsync(run);
            var terminal = run.Terminal;
            terminal.Line($"{labels["shift.title"]} {report.Shift}  {string.Join(", ", report.OnDuty)}");
            terminal.Line($"{labels["shift.period"]}: {report.From} – {report.To}");
            foreach (var (trouble, i) in report.Troubles.Select((t, i) => (t, i)))
            {
                if (i == 0)
                    terminal.Line($"\n{labels["shift.troubles"]}");
                terminal.Line($"  {trouble.Since}  {TroubleBoard.Words(labels, trouble, report.OnDuty.FirstOrDefault() ?? "")}");
            }
            Alerts(terminal, labels, "shift.alarms", report.Alerts.Where(a => !a.Test));
            Alerts(terminal, labels, "shift.open", report.Alerts.Where(a => !a.Test && a.Ended.Length == 0));
            terminal.Line();
            terminal.Line(labels["shift.held"]);
            terminal.Table($"  {labels["shift.none"]}", [.. DeadlineList.Column(labels, "sinceWhen", "urgency", "kind", "from", "message", "case", "why")], report.Held.Select(h => new[]
            {
                h.Since, labels.Word("urgency", h.Urgency), labels.Word("kind", h.Kind), h.FromAuthority, h.Message, h.CaseId, h.Why,
            }));
            terminal.Line();
            terminal.Line(labels["shift.acts"]);
            terminal.Table($"  {labels["shift.none"]}", ["came", "urgency", "act", "kind", "from", "message", "case", "opened"], report.Acts.Select(a => new[]
            {
                a.Came, labels.Word("urgency", a.Urgency), labels.Word("act", a.Act), labels.Word("kind", a.Kind), a.FromAuthority, a.Message, a.CaseId, a.Opened,
            }));
            terminal.Line();
            terminal.Line(labels["shift.rejected"]);
            terminal.Table($"  {labels["shift.none"]}", ["at", "urgency", "kind", "act", "by", "message", "case", "why"], report.Rejected.Select(r => new[]
            {
                r.At, labels.Word("urgency", r.Urgency), labels.Word("kind", r.Kind), r.Act.Length > 0 ? labels.Word("act", r.Act) : "", r.ByAuthority, r.Message, r.CaseId, r.Why,
            }));
            Alerts(terminal, labels, "shift.failures", report.Alerts.Where(a => a.Failed.Length > 0));
            Alerts(terminal, labels, "shift.tests", report.Alerts.Where(a => a.Test));
            var soon = Time(due.Now).AddHours(24);
            Due(terminal, labels, "shift.deadlines", due, d => d.Own && d.State is "RUNNING" or "MISSED" && Time(d.Due) <= soon && d.Rule is not "CALL_BACK" and not "POST_REVIEW");
            Due(terminal, labels, "shift.callbacks", due, d => d.Rule == "CALL_BACK" && d.Own && d.Met.Length == 0);
            Due(terminal, labels, "shift.reviews", due, d => d.Rule == "POST_REVIEW" && d.Own && d.Met.Length == 0);
            Due(terminal, labels, "shift.followups", due, d => d.Rule == "FORMAL_REQUEST");
            terminal.Write(report);
            return ExitCode.Good;
        });
    }

    // Nothing is forgotten because there is much: page after page, each with its own bound.
    private static async Task<ListDeadlinesReply> AllAsync(Invocation run)
    {
        var all = await run.Gateway.ListDeadlinesAsync(new ListDeadlinesRequest(), cancellationToken: run.Cancel);
        while (all.Next.Length > 0)
        {
            var page = await run.Gateway.ListDeadlinesAsync(new ListDeadlinesRequest { After = all.Next }, cancellationToken: run.Cancel);
            all.Deadlines.AddRange(page.Deadlines);
            all.Next = page.Next;
        }
        return all;
    }

    private static void Alerts(Terminal terminal, Labels labels, string title, IEnumerable<AlertView> alerts)
    {
        terminal.Line();
        terminal.Line(labels[title]);
        terminal.Table($"  {labels["shift.none"]}", [.. DeadlineList.Column(labels, "raised", "urgency", "kind", "from", "case", "heard", "acknowledged", "level")], alerts.Select(a => new[]
        {
            a.Raised, labels.Word("urgency", a.Urgency), labels.Word("kind", a.Kind), a.FromAuthority, a.CaseId, a.Confirmed.Length > 0 ? $"{a.Confirmed} {a.Device}" : a.Failed.Length > 0 ? labels.Format("head.notHeard", ("why", a.Failed)) : "", a.Ended,
            a.Level.ToString(CultureInfo.InvariantCulture),
        }));
    }

    private static void Due(Terminal terminal, Labels labels, string title, ListDeadlinesReply due, Func<DeadlineView, bool> which)
    {
        terminal.Line();
        terminal.Line(labels[title]);
        terminal.Table($"  {labels["shift.none"]}", [.. DeadlineList.Column(labels, "dueIn", "what", "by", "kind", "case")], due.Deadlines.Where(which).Select(d => new[]
        {
            labels.Left(Time(d.Due) - Time(due.Now)), labels.Word("rule", d.Rule), d.ByAuthority, $"{labels.Word("urgency", d.Urgency)} {labels.Word("kind", d.Kind)}", d.CaseId,
        }));
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : default;
}
