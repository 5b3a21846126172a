using Gateway.Evidence;
using Gateway.Integrity;
using Gateway.Protocol.Evidence;
using Gateway.Storage;
using Gateway.Tests.Backups;
using Gateway.Tests.Evidence;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Recovery;

/// <summary>Items that were derived from each other, and are lost with the database of the State that had received them: the other side brings them again, and what was taken once is taken again.</summary>
public sealed class ReturnedItemTests
{
    [Fact]
    public async Task A_child_and_its_parent_come_back_with_their_lineage_in_whatever_order()
    {
        await using var flow = await EvidenceFlow.Start();
        var (parent, child) = (await flow.Attached(1000), await TestItem.Make(Chunk.PlainBytes + 5));
        await flow.Attach(child, 0, 2, flow.SignedManifest(child, m => Derived(m, parent.Id)));
        // The extract goes first, as in an emergency.
        await LostAndReturned(flow, child, parent);
        var view = await View(flow, child);
        Assert.Equal((parent.Id, "EX-2026-17/3", "EXTRACT", "EX-2026-17"), (view.ParentItem, view.ParentExhibit, view.Derivation, view.RootExhibit));
        Assert.Equal(("", "FORENSIC_IMAGE"), await View(flow, parent) is var whole ? (whole.ParentItem, whole.Derivation) : default);
        Assert.Equal(child.Content, (await flow.Download(flow.States.Lawyer, child)).Content);
    }

    // Two that are derived from each other are refused when they are new (T748). A build before that rule took them: its receipts stand, and they come back.
    [Fact]
    public async Task Two_items_derived_from_each_other_that_were_taken_once_are_not_refused_when_they_come_back()
    {
        await using var flow = await EvidenceFlow.Start();
        var (first, second) = (await TestItem.Make(500), await TestItem.Make(600));
        await flow.Attach(first, 0, 1, flow.SignedManifest(first, m => Derived(m, second.Id)));
        await AsBeforeTheRule(flow.States.Asked, first);
        await flow.Attach(second, 0, 1, flow.SignedManifest(second, m => Derived(m, first.Id)));
        await flow.States.Asked.Get<Database>().Write(Lane.Bulk, s => s.RunOne("UPDATE items SET parent_item = $2 WHERE id = $1", first.Id, second.Id));
        await LostAndReturned(flow, first, second, () => AsBeforeTheRule(flow.States.Asking, first));
        Assert.Equal((second.Id, first.Id), ((await View(flow, first)).ParentItem, (await View(flow, second)).ParentItem));
    }

    // The row does not say yet from what the item was derived.
    private static Task AsBeforeTheRule(TestState state, TestItem item)
        => state.Get<Database>().Write(Lane.Bulk, s => s.RunOne("UPDATE items SET parent_item = NULL WHERE id = $1", item.Id));

    // Both are released one after the other behind a backup of XA, which then loses its disk.
    private static async Task LostAndReturned(EvidenceFlow flow, TestItem first, TestItem second, Func<Task>? between = null)
    {
        var (asking, caseId) = (flow.States.Asking, flow.Sent.CaseId);
        using var recipient = RestoreTests.Recipient(asking);
        var file = Path.Combine(asking.Folder, "backup");
        Assert.Equal(0, (await RestoreTests.Run("backup", "--config", asking.ConfigurationFile, "--out", file)).Code);
        foreach (var item in new[] { first, second })
        {
            await flow.Decide(flow.First, item, "PROPOSE");
            await flow.Decide(flow.Second, item, "APPROVE");
            await flow.Reaches(asking, flow.States.Lawyer, item, "COMPLETE");
            await flow.Reaches(flow.States.Asked, flow.First, item, "CONSIGNED");
            if (item == first && between is not null)
                await between();
        }
        var receipts = Receipts(asking, caseId);
        await RestoreTests.Gone(asking);
        Assert.Equal(0, (await RestoreTests.Restore(asking, file)).Code);
        await asking.Start();

        foreach (var item in new[] { first, second })
        {
            await flow.Reaches(asking, flow.States.Lawyer, item, "COMPLETE");
            await flow.Reaches(flow.States.Asked, flow.First, item, "CONSIGNED");
        }
        await Eventually.Holds(() => Receipts(asking, caseId) == receipts && Receipts(flow.States.Asked, caseId) == receipts, () => $"{Receipts(asking, caseId)} of {receipts} receipts");
        foreach (var state in new[] { asking, flow.States.Asked })
        {
            Assert.Equal(0, state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM receipts WHERE event IN ('RelayRejection', 'SubmissionRejection')")));
            var ledger = CheckLedger.Run(state.DataFolder, chunks: true);
            Assert.True(ledger.Good, string.Join('\n', ledger.Findings));
        }
    }

    private static long Receipts(TestState state, string caseId) => state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM receipts WHERE chain = $1", caseId));

    private static Manifest Derived(Manifest m, string parent) => m with { ExhibitNumber = "EX-2026-17/4", ParentItem = parent, Derivation = Derivation.EXTRACT };

    private static async Task<ItemView> View(EvidenceFlow flow, TestItem item)
        => Assert.Single((await flow.States.Asking.Client(flow.States.Lawyer).ListItemsAsync(new ListItemsRequest { Item = item.Id })).Items);
}
