using System.Text.Json.Nodes;
using Gateway.Evidence;
using Gateway.Protocol.Evidence;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>The item that answers an emergency does not queue behind disks that take days.</summary>
public sealed class EmergencyEvidenceTests
{
    private const int DiskChunks = 12;

    [Fact]
    public async Task The_item_of_an_emergency_is_complete_before_disks_that_took_every_place_and_they_go_on_behind_it()
    {
        await using var flow = await EvidenceFlow.Start(configuration => configuration["Evidence"] = new JsonObject { ["ParallelPerPeer"] = 2, ["OpenPerPeer"] = 2, ["PeerMiBPerSecond"] = 1 });
        var urgent = flow.InCase(await TwoStates.Submit(flow.States.Asking, flow.States.DutyOfficer, "request", TwoStates.Fields("emergency-disclosure.json")));
        await flow.States.Arrived(urgent.Sent.CaseId);
        var wanted = await urgent.Attached(2 * Chunk.PlainBytes);
        await urgent.Decide(flow.First, wanted, "PROPOSE");
        TestItem[] disks = [await flow.Attached(DiskChunks * Chunk.PlainBytes), await flow.Attached(DiskChunks * Chunk.PlainBytes)];
        foreach (var disk in disks)
        {
            await flow.Decide(flow.First, disk, "PROPOSE");
            await flow.Decide(flow.Second, disk, "APPROVE");
        }
        foreach (var disk in disks)
            await flow.Reaches(flow.States.Asked, flow.Technician, disk, "SENT");

        await urgent.Decide(flow.Second, wanted, "APPROVE");
        var receiver = flow.States.Asking.Get<Database>();
        long Complete(params TestItem[] items) => items.Sum(item => receiver.Read(s => s.Number("SELECT count(*) FROM items WHERE id = $1 AND state = 'COMPLETE'", item.Id)));
        await Eventually.Holds(() => Complete(wanted) == 1);
        Assert.Equal(0, Complete(disks));
        await Eventually.Holds(() => Complete(disks) == 2);
    }

    // However long it takes: a disk can be an emergency, too.
    [Fact]
    public async Task An_emergency_that_takes_long_leaves_one_place_to_the_rest()
    {
        await using var flow = await EvidenceFlow.Start(configuration => configuration["Evidence"] = new JsonObject { ["ParallelPerPeer"] = 2, ["OpenPerPeer"] = 4, ["PeerMiBPerSecond"] = 1 });
        var urgent = flow.InCase(await TwoStates.Submit(flow.States.Asking, flow.States.DutyOfficer, "request", TwoStates.Fields("emergency-disclosure.json")));
        await flow.States.Arrived(urgent.Sent.CaseId);
        var (wanted, small) = (await urgent.Attached(DiskChunks * Chunk.PlainBytes), await flow.Attached(1000));
        foreach (var (at, item) in new[] { (urgent, wanted), (flow, small) })
        {
            await at.Decide(flow.First, item, "PROPOSE");
            await at.Decide(flow.Second, item, "APPROVE");
        }
        var receiver = flow.States.Asking.Get<Database>();
        long Complete(TestItem item) => receiver.Read(s => s.Number("SELECT count(*) FROM items WHERE id = $1 AND state = 'COMPLETE'", item.Id));
        await Eventually.Holds(() => Complete(small) == 1);
        Assert.Equal(0, Complete(wanted));
        await Eventually.Holds(() => Complete(wanted) == 1);
    }

    [Fact]
    public async Task An_item_that_this_disk_cannot_read_waits_longer_each_time_and_its_chunks_are_looked_at()
    {
        await using var flow = await EvidenceFlow.Start();
        var (asked, item) = (flow.States.Asked, await flow.Attached(1000));
        var database = asked.Get<Database>();
        // The disk answers with a fault, not with other bytes.
        var segment = Path.Combine(asked.DataFolder, "items", item.Id[..2], item.Id, "000000.chunks");
        File.Delete(segment);
        File.CreateSymbolicLink(segment, segment);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await Eventually.Holds(() => database.Read(s => s.Number("SELECT count(*) FROM item_transfers WHERE item = $1 AND attempts > 1 AND last_error IS NOT NULL", item.Id)) == 1);
        Assert.Equal(1, database.Read(s => s.Number("SELECT count(*) FROM item_scrubs WHERE item = $1", item.Id)));
    }

    [Fact]
    public async Task Of_what_is_due_the_emergency_is_first_however_many_wait_before_it()
    {
        await using var flow = await EvidenceFlow.Start();
        var urgent = flow.InCase(await TwoStates.Submit(flow.States.Asking, flow.States.DutyOfficer, "request", TwoStates.Fields("emergency-disclosure.json")));
        await flow.States.Arrived(urgent.Sent.CaseId);
        await flow.States.Asking.Stop();
        var (early, late) = (await flow.Attached(1000), await urgent.Attached(1000));
        foreach (var (at, item) in new[] { (flow, early), (urgent, late) })
        {
            await at.Decide(flow.First, item, "PROPOSE");
            await at.Decide(flow.Second, item, "APPROVE");
        }
        var database = flow.States.Asked.Get<Database>();
        // As if the announcements had been taken before the other side went away.
        await database.Write(Lane.Bulk, s => s.Run("UPDATE messages SET state = 'DELIVERED' WHERE id IN (SELECT message FROM items)"));
        List<string> Due(int perPeer) => database.Read(s => TransferRow.Due(s, flow.States.Asked.Clock.GetUtcNow().AddHours(1), perPeer)).ConvertAll(row => row.Item);
        Assert.Equal([late.Id, early.Id], Due(10));
        Assert.Equal([late.Id], Due(1));
    }
}
