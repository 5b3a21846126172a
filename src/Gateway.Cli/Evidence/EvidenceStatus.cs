using System.CommandLine;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Evidence;

internal static class EvidenceStatus
{
    public static Command Create()
    {
        var item = new Argument<string>("item") { Description = "Id of the item" };
        return new Command("status", "Where one item stands: attached, released, sent, complete, handed over") { item }.Runs(async run =>
        {
            var view = await FindAsync(run, run.Value(item), "") ?? throw StopException.No($"there is no item {run.Value(item)}");
            run.Terminal.Facts(
                ("item", view.Item), ("case", view.CaseId), ("direction", view.Direction), ("exhibit", view.Exhibit), ("derivation", Derived(view)), ("root exhibit", view.RootExhibit), ("file", view.FileName),
                ("bytes", $"{view.SizeBytes}"), ("chunks", $"{view.ChunksStored} of {view.Chunks}"), ("state", view.State), ("receipt number", view.Receipt), ("damaged", view.Damaged),
                ("sha256", view.Sha256), ("approved by", string.Join(", ", view.Approvers)), ("conditions", view.Conditions), ("duty judge", view.DutyJudge), ("shipped", view.Shipment), ("lost", view.Lost), ("review due", view.ReviewDue));
            run.Terminal.Write(view);
            return ExitCode.Good;
        });
    }

    /// <summary>How an item was made, and from which other one, by its exhibit number where that is known here.</summary>
    public static string Derived(ItemView view) => view.ParentItem.Length == 0 ? view.Derivation
        : $"{view.Derivation} of {(view.ParentExhibit.Length > 0 ? $"{view.ParentExhibit}, item {view.ParentItem}" : $"item {view.ParentItem}, which is not here")}";

    public static async Task<ItemView?> FindAsync(Invocation run, string item, string caseId)
        => (await run.Gateway.ListItemsAsync(new ListItemsRequest { CaseId = caseId, Item = item }, cancellationToken: run.Cancel)).Items.FirstOrDefault(i => i.Item == item);
}
