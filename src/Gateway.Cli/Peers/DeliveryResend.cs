using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Peers;

internal static class DeliveryResend
{
    public static Command Create()
    {
        var message = new Argument<string>("message") { Description = "Id of the message" };
        return new Command("resend", "Tries a given-up delivery again; the message stays the same") { message }.Runs(async run =>
        {
            var reply = await run.Gateway.ResendDeliveryAsync(new ResendDeliveryRequest { Message = run.Value(message) }, cancellationToken: run.Cancel);
            DeliveryList.ShowOne(run.Terminal, reply);
            return ExitCode.Good;
        });
    }
}
