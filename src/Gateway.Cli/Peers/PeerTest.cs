using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Peers;

internal static class PeerTest
{
    public static Command Create()
    {
        var state = new Argument<string>("state") { Description = "Code of the State: XB" };
        return new Command("test", "Connects to a peer and compares cards; sends no message") { state }.Runs(async run =>
        {
            var reply = await run.Gateway.TestPeerAsync(new TestPeerRequest { State = run.Value(state) }, cancellationToken: run.Cancel);
            run.Terminal.Facts(
                ("reachable", reply.Reachable ? "yes" : "no"),
                ("what", reply.Text),
                ("card there", reply.CardVersionThere == 0 ? "" : $"version {reply.CardVersionThere}"));
            run.Terminal.Write(reply);
            return reply.Reachable ? ExitCode.Good : ExitCode.No;
        });
    }
}
