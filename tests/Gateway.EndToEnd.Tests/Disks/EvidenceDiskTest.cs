using Gateway.EndToEnd.Tests.Processes;
using Gateway.Protocol.Evidence;
using Gateway.V1;
using Xunit;
using Xunit.Abstractions;

namespace Gateway.EndToEnd.Tests.Disks;

/// <summary>The disk of the receiver is full when nine tenths of an item are there: it waits, says why, and goes on where it was.</summary>
[Collection(GatewayPair.OneAtATime)]
public sealed class EvidenceDiskTest(ITestOutputHelper output)
{
    private const int Chunks = 40;

    [MountFact]
    public async Task A_disk_full_at_nine_tenths_of_an_item_costs_nothing_but_time()
    {
        using var volume = Volume.Small(megabytes: 128);
        CountingProxy? proxy = null;
        await using var pair = await GatewayPair.Start(askingData: volume.DataFolder, before: p =>
        {
            proxy = new CountingProxy(p.Asking.ExchangePort);
            p.Asking.AnnouncePort(proxy.Port);
        });
        using var counting = proxy!;
        var sent = await pair.SendPreserve();
        await pair.Settle();
        var item = await pair.AttachNew(sent.CaseId, Chunks * Chunk.PlainBytes);
        await pair.Settle();
        counting.Expect(Chunks * (long)Chunk.StoredBytes * 9 / 10, () =>
        {
            volume.Fill();
            return Task.CompletedTask;
        });
        await pair.Release(item, sent.CaseId);
        await counting.Happened.WaitAsync(TimeSpan.FromMinutes(2));
        for (var i = 0; i < 1200 && !pair.Asked.Log.Contains("T602", StringComparison.Ordinal); i++)
            await Task.Delay(50);
        Assert.Contains("T602", pair.Asked.Log, StringComparison.Ordinal);
        Assert.False(pair.Asking.HasEnded, pair.Asking.Tail());
        volume.Free();
        Assert.Equal((ulong)Chunks, (await pair.Received(item)).ChunksStored);
        output.WriteLine($"{counting.Counted / (double)Chunk.StoredBytes:0.0} chunks crossed the socket for {Chunks}");
        await pair.Settle();
    }
}
