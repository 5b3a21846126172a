using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>An officer decides about a message that waits because its marks could not be decided.</summary>
internal static class RequestDecide
{
    public static Command Create()
    {
        var message = new Argument<string>("message") { Description = "Id of the message (gatewayctl inbox)" };
        var accept = new Option<bool>("--accept") { Description = "Take the message although its marks could not be decided" };
        var refuse = new Option<bool>("--refuse") { Description = "Refuse it; the sender is told by a receipt" };
        var reason = new Option<string>("--reason") { Description = "Why; recorded with your name", Required = true, HelpName = "TEXT" };
        return new Command("decide", "Decides about a message whose signature, seal or stamp could not be decided") { message, accept, refuse, reason }.Runs(async run =>
        {
            if (run.Value(accept) == run.Value(refuse))
                throw StopException.Usage("say either --accept or --refuse");
            var reply = await run.Gateway.DecideMarksAsync(new DecideMarksRequest { Message = run.Value(message), Accept = run.Value(accept), Reason = run.Value(reason)! }, cancellationToken: run.Cancel);
            run.Terminal.Facts(("message", reply.Message), ("case", reply.CaseId), ("state", reply.State));
            run.Terminal.Write(reply);
            return ExitCode.Good;
        });
    }
}
