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
        var again = new Option<bool>("--again") { Description = "Only the parcel is lost: the item goes by wire at once, or in another parcel (evidence ship); larger than the other State takes by wire, in another parcel only" };
        var forGood = new Option<bool>("--for-good") { Description = "The item is given up: it is sent no more, the other State is told not to wait, and the case can end without it" };
        return new Command("lost", "Decides that a parcel (--again), or the released item itself (--for-good), does not arrive") { item, reason, again, forGood }.Runs(async run =>
        {
            if (run.Value(again) == run.Value(forGood))
                throw StopException.Usage("say either --again (only the parcel is lost, the item is sent once more) or --for-good (the item is given up)");
            var manifest = await SignedManifest.FetchAsync(run, run.Value(item));
            manifest.Show(run.Terminal);
            run.Terminal.Line();
            run.Terminal.Line(run.Value(again)
                ? "Only the parcel is lost: the item goes by wire at once, or in another parcel (evidence ship); larger than the other State takes by wire, in another parcel only."
                : "The item is GIVEN UP: it is sent no more, the other State is told not to wait for it, and the case can end without it.");
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
