using System.Text.Json.Nodes;
using Gateway.Protocol.Evidence;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>An item that is larger than the other State takes by wire is refused before its first byte, with the way out; by a carrier it goes.</summary>
public sealed class LargestItemTests
{
    private const int TooMuch = (3 * Chunk.PlainBytes) + 5;

    [Fact]
    public async Task It_is_refused_before_its_first_byte_and_one_that_fits_is_not()
    {
        await using var flow = await EvidenceFlow.Start(AtMostTwo);
        var item = await TestItem.Make(TooMuch);
        var refused = await Refused.By(() => flow.Attach(item, 0, item.Chunks.Count, flow.SignedManifest(item), begin: b => b.SizeBytes = TooMuch), "T749");
        Assert.Equal("the item has 3145733 bytes (4 MiB); XA takes at most 2 MiB by wire, larger ones on a disk by a carrier", refused.Detail);
        Assert.Contains("gatewayctl evidence ship", refused.Remedy, StringComparison.Ordinal);
        Assert.Empty((await flow.States.Asked.Client(flow.Technician).ListItemsAsync(new ListItemsRequest { CaseId = flow.Sent.CaseId })).Items);

        var fits = await TestItem.Make(2 * Chunk.PlainBytes);
        await flow.Attach(fits, 0, fits.Chunks.Count, flow.SignedManifest(fits), begin: b => b.SizeBytes = 2 * Chunk.PlainBytes);
        await flow.Decide(flow.First, fits, "PROPOSE");
        await flow.Decide(flow.Second, fits, "APPROVE");
        await flow.Reaches(flow.States.Asked, flow.First, fits, "CONSIGNED");
    }

    [Fact]
    public async Task One_whose_size_was_not_said_is_not_released()
    {
        await using var flow = await EvidenceFlow.Start(AtMostTwo);
        var item = await flow.Attached(TooMuch);
        Assert.Equal(["T749"], await flow.Problems(flow.First, item, "PROPOSE"));
        // Said now, by whoever attached it.
        await flow.Attach(item, 0, 0, null, begin: b => b.ByCarrier = true);
        Assert.Empty(await flow.Problems(flow.First, item, "PROPOSE"));
    }

    [Fact]
    public async Task By_a_carrier_it_is_attached_released_and_never_sent_by_wire()
    {
        await using var flow = await EvidenceFlow.Start(AtMostTwo);
        var item = await TestItem.Make(TooMuch);
        await flow.Attach(item, 0, item.Chunks.Count, flow.SignedManifest(item), begin: b => (b.SizeBytes, b.ByCarrier) = (TooMuch, true));
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "RECEIVING");
        await Waits(flow, item, "%waits for the notice of the shipment%");
        await Eventually.Holds(() => Stored(flow, item) == 0 && Leaves(flow, item));

        await TwoStates.Submit(flow.States.Asked, flow.Technician, "shipment", await ShipmentTests.Fields(flow, item));
        await ShipmentTests.Import(flow, item, await ShipmentTests.Fetched(flow, item));
        await flow.Reaches(flow.States.Asked, flow.First, item, "CONSIGNED");
        Assert.Equal(item.Content, (await flow.Download(flow.States.Lawyer, item)).Content);
    }

    [Fact]
    public async Task What_two_officers_released_goes_the_way_that_they_released()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(40);
        await TransferTests.Hold(flow, item);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Attach(item, 0, 0, null, begin: b => b.ByCarrier = true);
        await TransferTests.LetGo(flow);
        await flow.Reaches(flow.States.Asked, flow.First, item, "CONSIGNED");
    }

    [Fact]
    public async Task Sent_by_wire_all_the_same_it_is_refused_there_before_its_first_chunk()
    {
        await using var flow = await EvidenceFlow.Start(AtMostTwo);
        var item = await TestItem.Make(TooMuch);
        await flow.Attach(item, 0, item.Chunks.Count, flow.SignedManifest(item), begin: b => b.ByCarrier = true);
        await TransferTests.Hold(flow, item);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "RECEIVING");
        // As a gateway that never read the card would.
        await flow.States.Asked.Get<Database>().Write(Lane.Ordinary, s => s.RunOne("UPDATE items SET by_carrier = 0 WHERE id = $1", item.Id));
        await TransferTests.LetGo(flow);
        await Waits(flow, item, "T749%");
        Assert.Equal(0, Stored(flow, item));
    }

    private static void AtMostTwo(JsonObject configuration) => configuration["Profile"] = new JsonObject { ["MaxItemMiB"] = 2 };

    private static Task Waits(EvidenceFlow flow, TestItem item, string why)
        => Eventually.Holds(() => flow.States.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM item_transfers WHERE item = $1 AND state = 'WAITING' AND last_error LIKE $2", item.Id, why)) == 1);

    private static long Stored(EvidenceFlow flow, TestItem item) => flow.States.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM item_ranges WHERE item = $1", item.Id));

    private static bool Leaves(EvidenceFlow flow, TestItem item)
        => flow.States.Asking.ExchangeClient(flow.States.Asked.Tls).TransferProgress(new TransferProgressRequest { Item = item.Id }).LeavesComplete;
}
