using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Cases;

/// <summary>Whether received personal data are still needed.</summary>
internal static class CaseReview
{
    public static Command Create()
    {
        var @case = new Argument<string>("case") { Description = "Id of the case" };
        var reason = new Option<string>("--reason") { Description = "Why they are, or are not; kept under the key of the case", Required = true, HelpName = "TEXT" };
        var eraseOn = new Option<string?>("--erase-on") { Description = "They are not needed from this day on (2031-12-31); left out: they are, until the next review", HelpName = "DAY" };
        return new Command("review", "Records whether received personal data are still needed, and from when on they are to be erased") { @case, reason, eraseOn }.Runs(async run =>
        {
            var view = await run.Gateway.ReviewRetentionAsync(new ReviewRetentionRequest { CaseId = run.Value(@case), Reason = run.Value(reason)!, EraseOn = run.Value(eraseOn) ?? "" }, cancellationToken: run.Cancel);
            run.Terminal.Facts(("case", view.CaseId), ("state", view.State), ("held by", view.Hold.Length > 0 ? view.Hold : "nobody"), ("", "gatewayctl deadlines --rule RETENTION lists what is to be erased"));
            run.Terminal.Write(view);
            return ExitCode.Good;
        });
    }
}
