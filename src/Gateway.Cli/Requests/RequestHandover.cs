using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>Between the authorities of one State: who holds a case, who has a task in it, who reads.</summary>
internal static class RequestHandover
{
    public static Command Create()
    {
        var @case = new Argument<string>("case") { Description = "Id of the case" };
        var to = new Option<string>("--to") { Description = "The authority of your State; a central authority names itself to take a case over", Required = true, HelpName = "AUTHORITY" };
        var reason = new Option<string>("--reason") { Description = "Why; recorded with your name", Required = true, HelpName = "TEXT" };
        var part = new Option<string>("--as") { Description = "DESK: it holds the case from now on. TASK: it works on it beside you. COPY: it reads. NONE: takes a task or copy back", HelpName = "PART", DefaultValueFactory = _ => "DESK" };
        part.AcceptOnlyFromAmong("DESK", "TASK", "COPY", "NONE");
        return new Command("handover", "Hands a case over to another authority of your State, or gives it a task or a copy") { @case, to, reason, part }.Runs(async run =>
        {
            var view = await run.Gateway.HandOverCaseAsync(new HandOverCaseRequest { CaseId = run.Value(@case), To = run.Value(to)!, Reason = run.Value(reason)!, Part = run.Value(part)! }, cancellationToken: run.Cancel);
            run.Terminal.Facts(view.Desks.Select(d => (d.Part.ToLowerInvariant(), (string?)$"{d.Authority}, since {d.Since}, by {d.By}")));
            run.Terminal.Write(view);
            return ExitCode.Good;
        });
    }
}
