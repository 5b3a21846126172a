using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Evidence;

/// <summary>What waits for an officer: proposals that need a second person, releases by one person that need a review.</summary>
internal static class ReleaseList
{
    public static Command Create() => new Command("list", "Items that wait for a second officer: proposals, and releases by one person that must be reviewed").Runs(async run =>
    {
        var reply = await run.Gateway.ListItemsAsync(new ListItemsRequest(), cancellationToken: run.Cancel);
        var waiting = reply.Items.Where(i => i.State == "PROPOSED" || i.ReviewDue.Length > 0).ToList();
        run.Terminal.Table("nothing waits for a second officer", ["item", "exhibit", "waits for", "due", "decided by", "case"], waiting.Select(i => new[]
        {
            i.Item, i.Exhibit, i.ReviewDue.Length > 0 ? "review" : "approval", i.ReviewDue, string.Join(", ", i.Approvers), i.CaseId,
        }));
        run.Terminal.Write(json => ProtoJson.WriteList(json, waiting));
        return ExitCode.Good;
    });
}
