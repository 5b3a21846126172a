using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Cli.Peers;

internal static class PeerAdd
{
    public static readonly Option<string> Fingerprint = new("--fingerprint") { Description = "The fingerprint as you heard it by voice; never copied from the card", Required = true, HelpName = "TEXT" };

    public static Command Create()
    {
        var card = new Argument<string>("card") { Description = "The peer's card, a file" };
        return new Command("add", "Proposes a peer: its card, with the fingerprint heard by voice. A second person approves it") { card, Fingerprint }.Runs(async run =>
        {
            var request = new AddPeerRequest { Card = ByteString.CopyFrom(InputFile.Read(run.Value(card))), Fingerprint = run.Value(Fingerprint)! };
            PeerList.ShowOne(run.Terminal, await run.Gateway.AddPeerAsync(request, cancellationToken: run.Cancel));
            return ExitCode.Good;
        });
    }
}
