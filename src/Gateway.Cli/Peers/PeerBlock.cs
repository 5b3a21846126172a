using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Peers;

internal static class PeerBlock
{
    public static readonly Option<string> Reason = new("--reason") { Description = "Why; it is logged", Required = true, HelpName = "TEXT" };

    public static Command Create()
    {
        var state = new Argument<string>("state") { Description = "Code of the State: XB" };
        return new Command("block", "Refuses a peer at once, on open connections too") { state, Reason }.Runs(async run =>
        {
            var request = new BlockPeerRequest { State = run.Value(state), Reason = run.Value(Reason)! };
            PeerList.ShowOne(run.Terminal, await run.Gateway.BlockPeerAsync(request, cancellationToken: run.Cancel));
            return ExitCode.Good;
        });
    }
}
