using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>An emergency is looked at afterwards: was it one?</summary>
internal static class RequestReview
{
    public static Command Create()
    {
        var caseId = new Argument<string>("case") { Description = "Id of the case; 'gatewayctl deadlines --rule POST_REVIEW' lists those to be reviewed" };
        var result = new Option<string>("--result") { Description = "What it was", HelpName = "WORD", Required = true };
        result.AcceptOnlyFromAmong("CONFIRMED", "NOT_AN_EMERGENCY", "ABUSED");
        var note = new Option<string>("--note") { Description = "What was found; kept encrypted with the case", HelpName = "TEXT", Required = true };
        return new Command("review", "Records the review of an emergency after it is over") { caseId, result, note }.Runs(async run =>
        {
            var reply = await run.Gateway.ReviewEmergencyAsync(new ReviewEmergencyRequest { CaseId = run.Value(caseId), Result = run.Value(result), Note = run.Value(note) }, cancellationToken: run.Cancel);
            run.Terminal.Facts(("case", reply.CaseId), ("review", reply.Result));
            run.Terminal.Write(reply);
            return ExitCode.Good;
        });
    }
}
