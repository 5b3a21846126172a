using Gateway.Evidence;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>While an emergency is under way no path by which evidence comes writes a chunk, and none flushes beside another.</summary>
public sealed class RightOfWayTests
{
    private const int Size = (4 * Chunk.PlainBytes) + 77;

    // The most that a chunk waits for an emergency; with timers of this length mute it waits until the emergency is over.
    private static readonly TimeSpan s_most = TimeSpan.FromMilliseconds(200);

    // Long enough for a chunk that did not wait to be written and acknowledged.
    private static readonly TimeSpan s_while = TimeSpan.FromSeconds(2);

    private readonly TestClock _clock = new();

    [Fact]
    public async Task The_reading_of_a_disk_gives_way()
    {
        await using var flow = await EvidenceFlow.Start(clock: _clock);
        var item = await flow.Attached(Size);
        await ShipmentTests.Shipped(flow, item);
        var manifest = SignedDocument.Open(await ShipmentTests.Fetched(flow, item)).Value.Sha256;
        using var call = flow.States.Asking.Client(flow.States.Lawyer).ImportEvidence();
        var found = new FoundOnArrival { SealNumber = "B-004711", SealIntact = true, SignedBy = "R. Receiver" };
        await call.RequestStream.WriteAsync(new AttachFrame { Begin = new AttachBegin { Item = item.Id, CaseId = flow.Sent.CaseId, ManifestSha256 = ByteString.CopyFrom(manifest.ToArray()), Arrival = found } });
        Assert.True(await call.ResponseStream.MoveNext(default));
        Assert.True(call.ResponseStream.Current.LeavesComplete);
        await GivesWay(flow.States.Asking, call, item, 0);
        for (var i = 1; i < item.Chunks.Count; i++)
            await call.RequestStream.WriteAsync(Frame(item, i));
        while (call.ResponseStream.Current.Committed is null)
            Assert.True(await call.ResponseStream.MoveNext(default));
        Assert.Equal("COMPLETE", call.ResponseStream.Current.Committed.State);
    }

    [Fact]
    public async Task The_laboratory_that_brings_damaged_chunks_again_gives_way_and_flushes_in_its_turn()
    {
        await using var flow = await EvidenceFlow.Start(clock: _clock);
        var item = await flow.Attached(Size);
        ScrubTests.Harm(flow.States.Asked, item, "two chunks swapped");
        await ScrubTests.Scrub(flow.States.Asked, item);
        using var call = flow.States.Asked.Client(flow.Technician).AttachEvidence();
        await call.RequestStream.WriteAsync(new AttachFrame { Begin = new AttachBegin { Item = item.Id, CaseId = flow.Sent.CaseId } });
        Assert.True(await call.ResponseStream.MoveNext(default));
        await GivesWay(flow.States.Asked, call, item, 1);

        using var gate = new ManualResetEventSlim();
        var other = flow.States.Asked.Get<FlushTurns>().Run(gate.Wait);
        var acknowledged = await Waits(call, item, 2);
        gate.Set();
        await other;
        Assert.True(await acknowledged);
        Assert.False(flow.States.Asked.Get<Database>().Read(s => ItemDamage.Any(s, item.Id)));
    }

    [Fact]
    public async Task A_transfer_that_mends_gives_way()
    {
        await using var flow = await EvidenceFlow.Start(clock: _clock);
        var item = await flow.Attached(Size);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asked, flow.First, item, "CONSIGNED");
        ScrubTests.Harm(flow.States.Asking, item, "a byte flipped");
        var (sender, receiver) = (flow.States.Asked.Get<Database>(), flow.States.Asking.Get<Database>());
        _clock.Mute = s_most;
        using (flow.States.Asking.Get<RightOfWay>().Take(emergency: true))
        {
            await ScrubTests.Scrub(flow.States.Asking, item);
            await Eventually.Holds(() => sender.Read(s => s.Number("SELECT count(*) FROM item_transfers WHERE item = $1 AND state = 'SENDING'", item.Id)) == 1);
            await Task.Delay(s_while);
            Assert.True(receiver.Read(s => ItemDamage.Any(s, item.Id)));
        }
        await Eventually.Holds(() => !receiver.Read(s => ItemDamage.Any(s, item.Id)));
    }

    private async Task GivesWay(TestState state, AsyncDuplexStreamingCall<AttachFrame, AttachAck> call, TestItem item, int chunk)
    {
        _clock.Mute = s_most;
        Task<bool> acknowledged;
        using (state.Get<RightOfWay>().Take(emergency: true))
            acknowledged = await Waits(call, item, chunk);
        Assert.True(await acknowledged);
        _clock.Mute = null;
    }

    private static async Task<Task<bool>> Waits(AsyncDuplexStreamingCall<AttachFrame, AttachAck> call, TestItem item, int chunk)
    {
        await call.RequestStream.WriteAsync(Frame(item, chunk));
        var acknowledged = call.ResponseStream.MoveNext(default);
        await Task.WhenAny(acknowledged, Task.Delay(s_while));
        Assert.False(acknowledged.IsCompleted);
        return acknowledged;
    }

    private static AttachFrame Frame(TestItem item, int index) => new() { Chunk = new EvidenceData { Index = (ulong)index, Data = ByteString.CopyFrom(item.Chunks[index]) } };
}
