using System.CommandLine;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary><c>request list</c>, and <c>inbox</c>, which is the same for what came in.</summary>
internal static class RequestList
{
    private static readonly Option<string?> Case = new("--case") { Description = "Only of this case", HelpName = "CASE" };
    private static readonly Option<uint> Limit = new("--limit") { Description = "At most so many", DefaultValueFactory = _ => 50, HelpName = "N" };
    private static readonly Option<ulong> Before = new("--before") { Description = "Older than this position", HelpName = "N" };

    private static readonly Option<string?> Lang = Language.Option();

    public static Command Create()
    {
        var incoming = new Option<bool>("--in") { Description = "Only received" };
        var outgoing = new Option<bool>("--out") { Description = "Only sent" };
        return new Command("list", "Messages, newest first") { incoming, outgoing, Case, Limit, Before, Lang }
            .Runs(run => ShowAsync(run, run.Value(incoming) == run.Value(outgoing) ? "" : run.Value(incoming) ? "IN" : "OUT"));
    }

    public static Command CreateInbox() => new Command("inbox", "What came in, newest first") { Case, Limit, Before, Lang }.Runs(run => ShowAsync(run, "IN"));

    private static async Task<ExitCode> ShowAsync(Invocation run, string direction)
    {
        var request = new ListMessagesRequest { Direction = direction, CaseId = run.Value(Case) ?? "", Limit = run.Value(Limit), Before = run.Value(Before) };
        var reply = await run.Gateway.ListMessagesAsync(request, cancellationToken: run.Cancel);
        var (labels, zone) = (Language.Of(run, Lang), run.Clock.LocalTimeZone);
        run.Terminal.Table("no messages", ["no.", "time", "", "urgency", "what", "from", "to", "state", "message", "case"], reply.Messages.Select(m => new[]
        {
            $"{m.Position}", Language.Both(m.Time, zone), labels.Coded("direction", m.Direction), labels.Coded("urgency", m.Urgency), m.Kind.Length > 0 ? labels.Coded(m.About == "ACT" ? "act" : "kind", m.Kind) : labels.Coded("about", m.About),
            m.Sender, m.Recipient, labels.Coded("message", m.State), m.Message, m.CaseId,
        }));
        foreach (var refused in reply.Messages.Where(m => m.Refusal is { Code.Length: > 0 }))
            run.Terminal.Line($"{refused.Message}: {Terminal.Refused(refused.Refusal, "refused")}");
        if (reply.NextBefore > 0)
            run.Terminal.Line($"older ones: --before {reply.NextBefore}");
        run.Terminal.Write(reply);
        return ExitCode.Good;
    }
}
