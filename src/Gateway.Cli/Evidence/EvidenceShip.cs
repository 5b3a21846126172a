using System.CommandLine;
using System.Text.Json.Nodes;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;

namespace Gateway.Cli.Evidence;

internal static class EvidenceShip
{
    public static Command Create()
    {
        var item = new Argument<string>("item") { Description = "Id of the item, released and packed onto a disk" };
        var carrier = new Option<string>("--carrier") { Description = "Who brings it", Required = true, HelpName = "TEXT" };
        var seal = new Option<string>("--seal") { Description = "Number on the physical seal of the bag", Required = true, HelpName = "NUMBER" };
        var media = new Option<string>("--media") { Description = "What is in it: kind, make and serial number", Required = true, HelpName = "TEXT" };
        var tracking = new Option<string?>("--tracking") { Description = "The carrier's number", HelpName = "NUMBER" };
        var expected = new Option<string?>("--expected") { Description = "The day on which it is to arrive there; both gateways raise an alarm when it is over", HelpName = "YYYY-MM-DD" };
        return new Command("ship", "Says that a released item goes by a carrier; digests and key go ahead by wire") { item, carrier, seal, media, tracking, expected }.Runs(async run =>
        {
            var manifest = await SignedManifest.FetchAsync(run, run.Value(item));
            manifest.Show(run.Terminal);
            run.Terminal.Line();
            var fields = new JsonObject
            {
                ["itemId"] = manifest.Manifest.ItemId,
                ["manifestSha256"] = manifest.Sha256.ToString(),
                ["case"] = manifest.Manifest.Case,
                ["carrier"] = run.Value(carrier),
                ["sealNumber"] = run.Value(seal),
                ["media"] = run.Value(media),
            };
            if (run.Value(tracking) is { } number)
                fields["tracking"] = number;
            if (run.Value(expected) is { } day)
                fields["expected"] = day;
            SignAndSubmit.Show(run.Terminal, await SignAndSubmit.ComposeSignSubmitAsync(run, "shipment", fields));
            return ExitCode.Good;
        });
    }
}
