using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Peers;

internal static class PeerApprove
{
    public static Command Create()
    {
        var state = new Argument<string>("state") { Description = "Code of the State: XB" };
        return new Command("approve", "Approves a proposed peer, as the second person, with the fingerprint heard by voice") { state, PeerAdd.Fingerprint }.Runs(async run =>
        {
            var request = new ApprovePeerRequest { State = run.Value(state), Fingerprint = run.Value(PeerAdd.Fingerprint)! };
            PeerList.ShowOne(run.Terminal, await run.Gateway.ApprovePeerAsync(request, cancellationToken: run.Cancel));
            return ExitCode.Good;
        });
    }
}
