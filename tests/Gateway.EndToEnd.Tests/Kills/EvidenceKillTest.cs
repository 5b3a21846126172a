using System.Security.Cryptography;
using Gateway.EndToEnd.Tests.Processes;
using Gateway.Protocol.Evidence;
using Gateway.V1;
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
        var item = await Attached(pair, sent.CaseId);
        await pair.Settle();

        counting.Expect(Chunks * (long)Chunk.StoredBytes * 9 / 10, async () =>
        {
            await pair.Asking.Kill();
            await pair.Asking.Start();
        });
        await pair.Release(item, sent.CaseId);
        var received = await Complete(pair, sent.CaseId);
        await counting.Happened.WaitAsync(TimeSpan.FromMinutes(2));

        const double once = Chunks * (double)Chunk.StoredBytes;
        var again = (counting.Counted - once) / Chunk.StoredBytes;
        output.WriteLine($"{counting.Counted} bytes crossed the socket for {once} of chunks: {again:0.00} chunks more");
        Assert.Equal((ulong)Chunks, received.ChunksStored);
        Assert.True(counting.Counted > once, "the item did not cross the socket that was counted");
        Assert.True(counting.Counted <= ((once + (MostSentAgain * (double)Chunk.StoredBytes)) * Framing) + Talk, $"{again:0.00} chunks were sent again");
        await pair.Settle();
    }

    private static async Task<ItemView> Attached(GatewayPair pair, string caseId)
    {
        var file = Path.Combine(pair.Folder, "disk.img");
        await File.WriteAllBytesAsync(file, RandomNumberGenerator.GetBytes(Chunks * Chunk.PlainBytes));
        await pair.Attach(file, caseId);
        return Assert.Single((await pair.AskedLawyer.Client.ListItemsAsync(new ListItemsRequest { CaseId = caseId })).Items);
    }

    private static async Task<ItemView> Complete(GatewayPair pair, string caseId)
    {
        for (var i = 0; i < 1200; i++, await Task.Delay(100))
        {
            try
            {
                var items = (await pair.DutyOfficer.Client.ListItemsAsync(new ListItemsRequest { CaseId = caseId })).Items;
                if (items is [{ State: "COMPLETE" } item])
                    return item;
            }
            catch (Grpc.Core.RpcException)
            {
                // It is killed, or starts.
            }
        }
        throw new Xunit.Sdk.XunitException($"the item did not arrive\n{pair.Asking.Tail()}\n{pair.Asked.Tail()}");
    }
}
