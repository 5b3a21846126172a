using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Cases;

/// <summary>That the signed original of a request of ours was handed over.</summary>
internal static class CaseOriginal
{
    public static Command Create()
    {
        var @case = new Argument<string>("case") { Description = "Id of the case" };
        var day = new Option<string>("--handed-over") { Description = "The day on which a carrier or the other side took it (2026-12-31)", Required = true, HelpName = "DAY" };
        return new Command("original", "Records that the signed original of a request of ours was handed over; nothing is sent") { @case, day }.Runs(async run =>
        {
            var view = await run.Gateway.RecordOriginalSentAsync(new RecordOriginalSentRequest { CaseId = run.Value(@case), Day = run.Value(day)! }, cancellationToken: run.Cancel);
            run.Terminal.Facts(("case", view.CaseId), ("state", view.State), ("original", $"handed over on {run.Value(day)}"));
            run.Terminal.Write(view);
            return ExitCode.Good;
        });
    }
}
