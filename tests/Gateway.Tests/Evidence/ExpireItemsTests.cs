using Gateway.Evidence;
using Gateway.Integrity;
using Gateway.Storage;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>What nobody goes on with gives its space back; what moves does not.</summary>
public sealed class ExpireItemsTests
{
    [Fact]
    public async Task An_upload_that_nobody_goes_on_with_is_forgotten_and_a_younger_one_is_not()
    {
        await using var flow = await EvidenceFlow.Start();
        var state = flow.States.Asked;
        var (old, attached) = (await TestItem.Make((1 << 20) + 5), await flow.Attached(40));
        await Infrastructure.Refused.By(() => flow.Attach(old, 0, 1, manifest: null), "T708");
        var expire = state.Get<ExpireItems>();
        await expire.Run(default);
        Assert.Equal("ATTACHING", (await View(flow, old))?.State);

        // The rows are old now; the chunks are young: it still moves.
        state.Clock.Offset = TimeSpan.FromDays(20);
        await state.Get<Database>().Write(Lane.Ordinary, s => s.Run("UPDATE items SET created = '2020-01-01T00:00:00.000Z'"));
        await expire.Run(default);
        Assert.NotNull(await View(flow, old));

        state.Clock.Offset = TimeSpan.FromDays(31);
        await expire.Run(default);
        Assert.Null(await View(flow, old));
        Assert.False(state.Get<ChunkStore>().Exists(old.Id));
        Assert.Equal("ATTACHED", (await View(flow, attached))?.State);
        Assert.True(state.Get<ChunkStore>().Exists(attached.Id));
        Assert.Equal(1, state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act = 'item.expired' AND case_id = $1", flow.Sent.CaseId)));
        var report = CheckLedger.Run(state.DataFolder, chunks: true);
        Assert.True(report.Good, string.Join('\n', report.Findings));
    }

    private static async Task<ItemView?> View(EvidenceFlow flow, TestItem item)
        => (await flow.States.Asked.Client(flow.Technician).ListItemsAsync(new ListItemsRequest { CaseId = flow.Sent.CaseId })).Items.FirstOrDefault(v => v.Item == item.Id);
}
