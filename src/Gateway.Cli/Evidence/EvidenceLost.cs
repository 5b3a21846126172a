using System.CommandLine;
using System.Text.Json.Nodes;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Protocol.Evidence;

namespace Gateway.Cli.Evidence;

internal static class EvidenceLost
{
    public static Command Create()
    {
        var item = new Argument<string>("item") { Description = "Id of the item, released and not arrived" };
        var reason = new Option<string>("--reason") { Description = "What happened, and what was done to find it", Required = true, HelpName = "TEXT" };
        var again = new Option<bool>("--again") { Description = "Only the parcel is lost: the item goes by wire, or in another parcel (evidence ship)" };
        return new Command("lost", "Decides that a released item does not arrive: it is given up, or, with --again, only its parcel") { item, reason, again }.Runs(async run =>
        {
            var manifest = await SignedManifest.FetchAsync(run, run.Value(item));
            manifest.Show(run.Terminal);
            run.Terminal.Line();
            var fields = new JsonObject
            {
                ["itemId"] = manifest.Manifest.ItemId,
                ["manifestSha256"] = manifest.Sha256.ToString(),
                ["case"] = manifest.Manifest.Case,
                ["what"] = (run.Value(again) ? LossWhat.PARCEL : LossWhat.ITEM).ToString(),
                ["reason"] = run.Value(reason),
            };
            SignAndSubmit.Show(run.Terminal, await SignAndSubmit.ComposeSignSubmitAsync(run, Loss.Type, fields));
            return ExitCode.Good;
        });
    }
}
