using Gateway.Erasures;
using Gateway.Evidence;
using Gateway.Integrity;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Storage;
using Gateway.Tests.Evidence;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Erasures;

/// <summary>A case is erased while its evidence still comes: the stream ends, and nothing of the item grows behind the erasure.</summary>
public sealed class ErasedWhileItComesTests
{
    private const int PerSegment = 1024;

    [Fact]
    public async Task An_upload_that_crosses_into_its_next_file_is_ended_and_leaves_nothing()
    {
        await using var flow = await EvidenceFlow.Start();
        var (asked, item) = (flow.States.Asked, await TestItem.Make((2 * Chunk.PlainBytes) + 5));
        await Refused.By(() => flow.Attach(item, 0, 1, manifest: null), "T708");
        // As if all of the first file but its last chunk had come: holes where nobody looks again.
        var folder = Path.Combine(asked.DataFolder, "items", item.Id[..2], item.Id);
        Lengthen(Path.Combine(folder, "000000.chunks"), (PerSegment - 1L) * Chunk.StoredBytes);
        Lengthen(Path.Combine(folder, "leaves"), (PerSegment - 1L) * 32);
        await asked.Get<Database>().Write(Lane.Bulk, s => ItemRow.Record(s, item.Id, PerSegment - 1));
        using var call = asked.Client(flow.Technician).AttachEvidence();
        await call.RequestStream.WriteAsync(new AttachFrame { Begin = new AttachBegin { Item = item.Id, CaseId = flow.Sent.CaseId } });
        Assert.True(await call.ResponseStream.MoveNext(default));
        Assert.Equal(PerSegment - 1, (long)Assert.Single(call.ResponseStream.Current.Stored).To);
        await call.RequestStream.WriteAsync(Frame(PerSegment - 1));
        Assert.True(await call.ResponseStream.MoveNext(default));

        await ErasureFlowTests.Erased(flow.States, flow.Sent.CaseId);
        Assert.False(Directory.Exists(folder));
        await Refused.By(async () =>
        {
            await Sent(() => call.RequestStream.WriteAsync(Frame(PerSegment)));
            await Sent(() => call.RequestStream.CompleteAsync());
            while (await call.ResponseStream.MoveNext(default))
            {
            }
        }, "V048");
        await Refused.By(() => flow.Attach(item, 0, 1, manifest: null), "V048");
        Assert.False(Directory.Exists(folder));
        Assert.Equal(0, asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM item_ranges WHERE item = $1", item.Id)));
        var report = CheckLedger.Run(asked.DataFolder, chunks: true);
        Assert.True(report.Good, string.Join('\n', report.Findings));

        AttachFrame Frame(int index) => new() { Chunk = new EvidenceData { Index = (ulong)index, Data = ByteString.CopyFrom(item.Chunks[0]) } };
    }

    [Fact]
    public async Task The_reading_of_a_disk_says_that_the_case_was_erased()
    {
        await using var flow = await EvidenceFlow.Start();
        var (asking, item) = (flow.States.Asking, await flow.Attached((2 * Chunk.PlainBytes) + 5));
        await ShipmentTests.Shipped(flow, item);
        using var call = asking.Client(flow.States.Lawyer).ImportEvidence();
        await call.RequestStream.WriteAsync(new AttachFrame
        {
            Begin = new AttachBegin { Item = item.Id, CaseId = flow.Sent.CaseId, ManifestSha256 = ByteString.CopyFrom(SignedDocument.Open(await ShipmentTests.Fetched(flow, item)).Value.Sha256.ToArray()), Arrival = ShipmentTests.Found },
        });
        Assert.True(await call.ResponseStream.MoveNext(default));
        // Between the transaction of an erasure and the removal of the chunks.
        await asking.Get<Database>().Write(Lane.Ordinary, s => EraseRecords.Run(s, flow.Sent.CaseId));
        await Refused.By(async () =>
        {
            await Sent(() => call.RequestStream.WriteAsync(new AttachFrame { Chunk = new EvidenceData { Index = 0, Data = ByteString.CopyFrom(item.Chunks[0]) } }));
            while (await call.ResponseStream.MoveNext(default))
            {
            }
        }, "V048");
        Assert.Equal(0, asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM item_ranges WHERE item = $1", item.Id)));
        // A leaf list was there: what a stop leaves of it goes with the next look.
        Assert.True(asking.Get<ChunkStore>().Exists(item.Id));
        await asking.Get<ExpireItems>().Run(default);
        Assert.False(asking.Get<ChunkStore>().Exists(item.Id));
    }

    // Refused before the frame was sent: the answer says why.
    private static async Task Sent(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException)
        {
        }
    }

    private static void Lengthen(string path, long length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.SetLength(length);
    }
}
