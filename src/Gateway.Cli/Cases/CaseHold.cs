using System.CommandLine;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Cases;

/// <summary>A legal hold keeps a case from being erased.</summary>
internal static class CaseHold
{
    public static Command Hold() => Of("hold", "Keeps a case from being erased until the hold is lifted", (run, request) => run.Gateway.HoldCaseAsync(request, cancellationToken: run.Cancel).ResponseAsync);

    public static Command Unhold() => Of("unhold", "Lifts a legal hold", (run, request) => run.Gateway.UnholdCaseAsync(request, cancellationToken: run.Cancel).ResponseAsync);

    private static Command Of(string name, string description, Func<Invocation, HoldCaseRequest, Task<CaseView>> call)
    {
        var @case = new Argument<string>("case") { Description = "Id of the case" };
        var reason = new Option<string>("--reason") { Description = "Why; it is recorded under your name", Required = true, HelpName = "TEXT" };
        return new Command(name, description) { @case, reason }.Runs(async run =>
        {
            var view = await call(run, new HoldCaseRequest { CaseId = run.Value(@case), Reason = run.Value(reason)! });
            run.Terminal.Facts(("case", view.CaseId), ("state", view.State), ("held by", view.Hold.Length > 0 ? view.Hold : "nobody"));
            run.Terminal.Write(view);
            return ExitCode.Good;
        });
    }
}
