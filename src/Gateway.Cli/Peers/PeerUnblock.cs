using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Peers;

internal static class PeerUnblock
{
    public static Command Create()
    {
        var state = new Argument<string>("state") { Description = "Code of the State: XB" };
        return new Command("unblock", "Lifts a block") { state, PeerBlock.Reason }.Runs(async run =>
        {
            var request = new BlockPeerRequest { State = run.Value(state), Reason = run.Value(PeerBlock.Reason)! };
            PeerList.ShowOne(run.Terminal, await run.Gateway.UnblockPeerAsync(request, cancellationToken: run.Cancel));
            return ExitCode.Good;
        });
    }
}
