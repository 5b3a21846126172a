using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.V1;

namespace Gateway.Cli.Peers;

internal static class PeerCard
{
    public static Command Create()
    {
        var file = new Option<string?>("--out") { Description = "Write the card to this file, to be handed to the peer", HelpName = "FILE" };
        return new Command("card", "This gateway's own card, and the fingerprint to read aloud") { file }.Runs(async run =>
        {
            var card = await run.Gateway.OwnCardAsync(new OwnCardRequest(), cancellationToken: run.Cancel);
            if (run.Value(file) is { } path)
                NewFile.Write(path, card.Card.Span);
            run.Terminal.Facts(
                ("fingerprint", card.Fingerprint),
                ("card SHA-256", Digest.Of(card.Card.Span).ToString()),
                ("written to", run.Value(file)));
            run.Terminal.Write(card);
            return ExitCode.Good;
        });
    }
}
