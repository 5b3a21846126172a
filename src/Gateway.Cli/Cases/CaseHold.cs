using System.CommandLine;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Cases;

/// <summary>Legal holds keep a case from being erased, each by itself.</summary>
internal static class CaseHold
{
    public static Command Hold()
    {
        var until = new Option<string?>("--until") { Description = "The day on which it is expected to end (2031-12-31); it ends when a person lifts it, not by itself", HelpName = "DAY" };
        return Of("hold", "Keeps a case from being erased until this hold is lifted, beside every other one", until,
            (run, request) => run.Gateway.HoldCaseAsync(new HoldCaseRequest(request) { Until = run.Value(until) ?? "" }, cancellationToken: run.Cancel).ResponseAsync);
    }

    public static Command Unhold()
    {
        var number = new Option<uint>("--number") { Description = "Which hold, as 'case show' numbers them; not needed where there is one only, and you set it", HelpName = "N" };
        return Of("unhold", "Lifts one legal hold; the others stand", number,
            (run, request) => run.Gateway.UnholdCaseAsync(new HoldCaseRequest(request) { Number = run.Value(number) }, cancellationToken: run.Cancel).ResponseAsync);
    }

    /// <summary>Each hold in a line: which, who, why, since when, and until when it is expected to stand.</summary>
    public static IEnumerable<(string Label, string? Text)> Lines(string label, IEnumerable<HoldView> holds)
        => holds.Select(hold => ($"{label} {hold.Number}", (string?)$"{hold.By}: {hold.Reason}; since {hold.Since}{(hold.Until.Length > 0 ? $", until {hold.Until}" : "")}"));

    private static Command Of(string name, string description, Option option, Func<Invocation, HoldCaseRequest, Task<CaseView>> call)
    {
        var @case = new Argument<string>("case") { Description = "Id of the case" };
        var reason = new Option<string>("--reason") { Description = "Why; it is recorded under your name", Required = true, HelpName = "TEXT" };
        return new Command(name, description) { @case, reason, option }.Runs(async run =>
        {
            var view = await call(run, new HoldCaseRequest { CaseId = run.Value(@case), Reason = run.Value(reason)! });
            run.Terminal.Facts([("case", view.CaseId), ("state", view.State), ("held by", view.Holds.Count > 0 ? null : "nobody"), .. Lines("hold", view.Holds)]);
            run.Terminal.Write(view);
            return ExitCode.Good;
        });
    }
}
