using System.Globalization;
using Gateway.Evidence;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>The leaf list of a large item on a slow line: it takes hours, breaks off, and goes on.</summary>
public sealed class LeafListTests
{
    [Fact]
    public async Task A_list_that_broke_off_goes_on_behind_what_is_there_and_a_spoilt_part_is_dropped()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached((6 * Chunk.PlainBytes) + 50);
        await TransferTests.Hold(flow, item);
        await flow.Decide(flow.First, item, "PROPOSE");
        var message = (await flow.Decide(flow.Second, item, "APPROVE")).Message;
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "RECEIVING");
        var client = flow.States.Asking.ExchangeClient(flow.States.Asked.Tls);
        var list = item.LeafList;

        // A sender that does not go on: nothing is kept for it, and its whole list is taken.
        Assert.Equal((0, false), await Begin(client, item.Id, message, false, list[..64]));
        Assert.Equal((0, false), await Begin(client, item.Id, message, false, list[..64]));
        Assert.Equal((2, false), await Begin(client, item.Id, message, true, list[64..128], list[128..160]));
        Assert.Equal((5, false), await Begin(client, item.Id, message, true));
        // What a loss of power left of it makes another root: said once, and the list comes from its beginning.
        await Spoil(flow, item);
        await Refused.By(() => Begin(client, item.Id, message, true, list[160..]), "T708");
        Assert.Equal((0, false), await Begin(client, item.Id, message, true, list[..96]));
        // Longer than the item is: whose fault it is nobody need ask.
        await Refused.By(() => Begin(client, item.Id, message, true, list), "T701");
        Assert.Equal((0, false), await Begin(client, item.Id, message, true, list[..96]));
        Assert.Equal((3, true), await Begin(client, item.Id, message, true, list[96..]));
        await TransferTests.LetGo(flow);
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        Assert.Equal(item.Content, (await flow.Download(flow.States.Lawyer, item)).Content);
    }

    [Fact]
    public async Task A_gateway_goes_on_with_the_list_that_it_had_begun()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached((6 * Chunk.PlainBytes) + 50);
        await TransferTests.Hold(flow, item);
        await flow.Decide(flow.First, item, "PROPOSE");
        var message = (await flow.Decide(flow.Second, item, "APPROVE")).Message;
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "RECEIVING");
        await Begin(flow.States.Asking.ExchangeClient(flow.States.Asked.Tls), item.Id, message, true, item.LeafList[..96]);
        await TransferTests.LetGo(flow);
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
    }

    [Fact]
    public async Task Only_the_rest_of_a_list_is_sent_and_each_frame_that_the_line_takes_is_progress()
    {
        const int Leaves = 3 * 8192;
        var list = new byte[Leaves * Digest.Length];
        Random.Shared.NextBytes(list);
        var (stream, moved) = (new Taken(), 0);
        await SendLeaves.Run(stream, new MemoryStream(list), 100, Leaves, () =>
        {
            moved++;
            Assert.Equal(moved, stream.Frames.Count);
        }, default);
        Assert.Equal(3, moved);
        Assert.Equal(list[(100 * Digest.Length)..], stream.Frames.SelectMany(f => f).ToArray());
        await SendLeaves.Run(stream, new MemoryStream(list), Leaves, Leaves, () => moved++, default);
        Assert.Equal(3, moved);
    }

    // What the kernel counts of this thread: no clock, and nobody else's reading.
    [Fact]
    public async Task Who_begins_again_and_again_makes_nobody_read_what_was_kept_until_all_of_it_is_here()
    {
        const int Leaves = 1 << 16;
        var folder = Directory.CreateTempSubdirectory("gateway-leaves-").FullName;
        var tree = new TreeBuilder();
        for (var i = 0; i < Leaves; i++)
            tree.Add(Leaf(i));
        var manifest = (await TestItem.Make(10)).Manifest(Ids.NewCase("XA"), Ids.New()) with { SizeBytes = (long)Leaves * Chunk.PlainBytes, Chunks = Leaves, TreeRoot = tree.Root };
        using var files = new ItemFiles(folder);
        using (var first = new LeafIntake(files, manifest))
            Assert.Null(first.Take(Enumerable.Range(0, Leaves - 1).SelectMany(i => Leaf(i).ToArray()).ToArray()));

        var before = BytesRead();
        for (var i = 0; i < 10; i++)
        {
            using var again = new LeafIntake(files, manifest, resumes: true);
            Assert.Equal(Leaves - 1, again.Count);
        }
        Assert.InRange(BytesRead() - before, 0, Leaves * Digest.Length / 4);

        // The last leaf: now all of it is read, and what makes another root is found, as often as it was paid for with a whole list.
        using (var spoilt = new LeafIntake(files, manifest, resumes: true))
            Assert.Equal(RefusalCode.ItemIncomplete, spoilt.Take(Leaf(0).ToArray())?.Code);
        using (var empty = new LeafIntake(files, manifest, resumes: true))
        {
            Assert.Equal(0, empty.Count);
            Assert.Null(empty.Take(Leaf(0).ToArray()));
        }
        using var last = new LeafIntake(files, manifest, resumes: true);
        Assert.Equal(1, last.Count);
        Assert.Null(last.Take(Enumerable.Range(1, Leaves - 1).SelectMany(i => Leaf(i).ToArray()).ToArray()));
        Assert.True(last.Complete);
        Directory.Delete(folder, recursive: true);

        static Digest Leaf(int i) => Digest.Of(BitConverter.GetBytes(i));
        static long BytesRead() => long.Parse(File.ReadLines("/proc/thread-self/io").First()["rchar: ".Length..], CultureInfo.InvariantCulture);
    }

    // What the receiver said that it has before the frames, and whether it has all behind them.
    private static async Task<(int Kept, bool Complete)> Begin(Exchange.ExchangeClient client, string item, string message, bool resumes, params byte[][] frames)
    {
        using var call = client.SendEvidence();
        await call.RequestStream.WriteAsync(new EvidenceFrame { Begin = new BeginTransfer { Item = item, Message = message, Grant = ByteString.CopyFrom("opened by nobody here"u8), ResumesLeaves = resumes } });
        Assert.True(await call.ResponseStream.MoveNext(default));
        var kept = (int)call.ResponseStream.Current.Leaves;
        foreach (var frame in frames)
            await call.RequestStream.WriteAsync(new EvidenceFrame { Leaves = ByteString.CopyFrom(frame) });
        await call.RequestStream.CompleteAsync();
        var complete = false;
        try
        {
            while (await call.ResponseStream.MoveNext(default))
                complete = call.ResponseStream.Current.LeavesComplete;
        }
        catch (RpcException e) when (V1.Refusal.Parser.ParseFrom(e.Trailers.GetValueBytes("gateway-refusal-bin")).Detail.StartsWith("the stream ended", StringComparison.Ordinal))
        {
            // Before the item was complete, as it was to.
        }
        return (kept, complete);
    }

    private static async Task Spoil(EvidenceFlow flow, TestItem item)
    {
        var part = Path.Combine(flow.States.Asking.DataFolder, "items", item.Id[..2], item.Id, "leaves.part");
        await Eventually.Holds(() => new FileInfo(part).Length == 5 * Digest.Length);
        var bytes = await File.ReadAllBytesAsync(part);
        bytes[40] ^= 1;
        await File.WriteAllBytesAsync(part, bytes);
    }

    private sealed class Taken : IClientStreamWriter<EvidenceFrame>
    {
        public List<byte[]> Frames { get; } = [];

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(EvidenceFrame message)
        {
            Frames.Add(message.Leaves.ToByteArray());
            return Task.CompletedTask;
        }

        public Task WriteAsync(EvidenceFrame message, CancellationToken cancellationToken) => WriteAsync(message);

        public Task CompleteAsync() => Task.CompletedTask;
    }
}
