using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Evidence;

internal static class EvidenceList
{
    public static Command Create()
    {
        var @case = new Option<string?>("--case") { Description = "Only of this case", HelpName = "CASE" };
        var lang = Language.Option();
        return new Command("list", "Evidence items and where they stand, under the word that your State has for them") { @case, lang }.Runs(async run =>
        {
            var reply = await run.Gateway.ListItemsAsync(new ListItemsRequest { CaseId = run.Value(@case) ?? "", Language = run.Value(lang) ?? "" }, cancellationToken: run.Cancel);
            if (reply.Term.Length > 0)
                run.Terminal.Line($"{reply.Term}:");
            run.Terminal.Table("no items", ["item", "", "exhibit", "derived from", "root exhibit", "file", "size", "chunks", "state", "approved by", "case"], reply.Items.Select(i => new[]
            {
                i.Item, i.Direction, i.Exhibit, i.ParentItem.Length == 0 ? "" : i.ParentExhibit.Length > 0 ? i.ParentExhibit : i.ParentItem, i.RootExhibit == i.Exhibit ? "" : i.RootExhibit, i.FileName, ByteProgress.Size((long)i.SizeBytes), $"{i.ChunksStored}/{i.Chunks}", i.Damaged.Length > 0 ? $"{i.State}, damaged" : i.State, string.Join(", ", i.Approvers), i.CaseId,
            }));
            run.Terminal.Write(json => ProtoJson.WriteList(json, reply.Items));
            return ExitCode.Good;
        });
    }
}
