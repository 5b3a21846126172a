using Gateway.EndToEnd.Tests.Processes;
using Gateway.Protocol.Evidence;
using Xunit;
using Xunit.Abstractions;

namespace Gateway.EndToEnd.Tests.Kills;

/// <summary>The receiver of evidence is killed when nine tenths have crossed the socket; what crosses it again is counted there.</summary>
[Collection(GatewayPair.OneAtATime)]
public sealed class EvidenceKillTest(ITestOutputHelper output)
{
    private const int Chunks = 64;
    private const int MostSentAgain = 2;
    // TLS records and HTTP/2 frames: some 40 bytes per 16 KiB; handshakes, receipts and the list of leaves.
    private const double Framing = 1.003;
    private const int Talk = 200_000;

    [Fact]
    public async Task Killed_at_nine_tenths_of_a_transfer_at_most_two_chunks_are_sent_again()
    {
        CountingProxy? proxy = null;
        await using var pair = await GatewayPair.Start(before: p =>
        {
            proxy = new CountingProxy(p.Asking.ExchangePort);
            p.Asking.AnnouncePort(proxy.Port);
        });
        using var counting = proxy!;
        var sent = await pair.SendPreserve();
        await pair.Settle();
        var item = await pair.AttachNew(sent.CaseId, Chunks * Chunk.PlainBytes);
        await pair.Settle();

        counting.Expect(Chunks * (long)Chunk.StoredBytes * 9 / 10, async () =>
        {
            await pair.Asking.Kill();
            await pair.Asking.Start();
        });
        await pair.Release(item, sent.CaseId);
        var received = await pair.Received(item);
        await counting.Happened.WaitAsync(TimeSpan.FromMinutes(2));

        Assert.Equal((ulong)Chunks, received.ChunksStored);
        Counted(counting);
        await pair.Settle();
    }

    [Fact]
    public async Task Both_gateways_killed_in_turn_on_the_way_cost_two_chunks_each_time_and_the_item_arrives_once()
    {
        CountingProxy? proxy = null;
        await using var pair = await GatewayPair.Start(before: p =>
        {
            proxy = new CountingProxy(p.Asking.ExchangePort);
            p.Asking.AnnouncePort(proxy.Port);
        });
        using var counting = proxy!;
        var sent = await pair.SendPreserve();
        await pair.Settle();
        var item = await pair.AttachNew(sent.CaseId, Chunks * Chunk.PlainBytes);
        await pair.Settle();
        var release = await pair.PrepareRelease(item, sent.CaseId);
        var crossed = 0.0;
        foreach (var (gateway, first) in new[] { (pair.Asking, true), (pair.Asked, false), (pair.Asking, false), (pair.Asked, false) })
        {
            counting.Expect(Chunks * (long)Chunk.StoredBytes / 5, async () =>
            {
                await gateway.Kill();
                await gateway.Start();
            });
            if (first)
                await release();
            await counting.Happened.WaitAsync(TimeSpan.FromMinutes(3));
            crossed += counting.Counted;
        }
        counting.Expect(long.MaxValue, () => Task.CompletedTask);
        Assert.Equal((ulong)Chunks, (await pair.Received(item)).ChunksStored);
        crossed += counting.Counted;
        var again = (crossed / Chunk.StoredBytes) - Chunks;
        output.WriteLine($"{again:0.00} chunks more than the item has");
        Assert.True(again <= (4 * MostSentAgain) + 1, $"{again:0.00} chunks were sent again for four kills");
        await pair.Settle();
    }

    [Fact]
    public async Task Killed_at_nine_tenths_of_an_upload_at_most_two_chunks_are_sent_again()
    {
        await using var pair = await GatewayPair.Start();
        using var counting = new CountingProxy(pair.Asked.OperatorPort);
        var sent = await pair.SendPreserve();
        await pair.Settle();
        counting.Expect(Chunks * (long)Chunk.StoredBytes * 9 / 10, async () =>
        {
            await pair.Asked.Kill();
            await pair.Asked.Start();
        });
        var item = await pair.AttachNew(sent.CaseId, Chunks * Chunk.PlainBytes, counting.Port);
        await counting.Happened.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal((ulong)Chunks, item.ChunksStored);
        Counted(counting);
    }

    private void Counted(CountingProxy counting)
    {
        const double once = Chunks * (double)Chunk.StoredBytes;
        var again = (counting.Counted - once) / Chunk.StoredBytes;
        output.WriteLine($"{counting.Counted} bytes crossed the socket for {once} of chunks: {again:0.00} chunks more");
        Assert.True(counting.Counted > once, "the item did not cross the socket that was counted");
        Assert.True(counting.Counted <= ((once + (MostSentAgain * (double)Chunk.StoredBytes)) * Framing) + Talk, $"{again:0.00} chunks were sent again");
    }
}
