using Gateway.Evidence;
using Gateway.Protocol.Evidence;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;
using static Gateway.Tests.Evidence.ItemFilesTests;

namespace Gateway.Tests.Evidence;

/// <summary>Evidence leaves the database its room, whatever writes it: what does not fit is refused between two chunks and goes on when there is room.</summary>
public sealed class SmallVolumeTests
{
    // As the test gateway is configured.
    private const long Kept = 1 << 20;

    [TmpfsFact]
    public async Task Of_two_disks_of_which_one_fits_the_other_waits_for_room_and_goes_on()
    {
        await using var flow = await EvidenceFlow.Start();
        TestItem[] items = [await flow.Attached(4 * Chunk.PlainBytes), await flow.Attached(4 * Chunk.PlainBytes)];
        foreach (var item in items)
            await ShipmentTests.Shipped(flow, item);
        await using var volume = Volume.Mount(flow.States.Asking, megabytes: 8);
        var manifests = new[] { await ShipmentTests.Fetched(flow, items[0]), await ShipmentTests.Fetched(flow, items[1]) };

        // Both are begun, and each alone would fit.
        using var second = flow.States.Asking.Client(flow.States.Lawyer).ImportEvidence();
        await second.RequestStream.WriteAsync(new AttachFrame
        {
            Begin = new AttachBegin { Item = items[1].Id, CaseId = flow.Sent.CaseId, ManifestSha256 = ByteString.CopyFrom(Protocol.Marks.SignedDocument.Open(manifests[1]).Value.Sha256.ToArray()), Arrival = ShipmentTests.Found },
        });
        Assert.True(await second.ResponseStream.MoveNext(default));
        Assert.Equal("COMPLETE", (await ShipmentTests.Import(flow, items[0], manifests[0], from: -1))[^1].Committed.State);
        var stored = 0L;
        await Refused.By(async () =>
        {
            for (var i = 0; i < items[1].Chunks.Count; i++)
            {
                await second.RequestStream.WriteAsync(new AttachFrame { Chunk = new EvidenceData { Index = (ulong)i, Data = ByteString.CopyFrom(items[1].Chunks[i]) } });
                Assert.True(await second.ResponseStream.MoveNext(default));
                stored = (long)Assert.Single(second.ResponseStream.Current.Stored).To;
            }
        }, "T602");
        Assert.True(volume.Free >= Kept, $"{volume.Free} bytes are left");
        Assert.InRange(stored, 1, items[1].Chunks.Count - 1);
        Assert.Equal(stored, flow.States.Asking.Get<Database>().Read(s => ItemRow.Stored(s, items[1].Id)));

        volume.Grow(megabytes: 24);
        var acks = await ShipmentTests.Import(flow, items[1], manifests[1], from: -1);
        Assert.Equal((ulong)stored, acks[0].Stored[0].To);
        Assert.Equal("COMPLETE", acks[^1].Committed.State);
    }

    [TmpfsFact]
    public async Task An_item_that_is_wholly_missing_is_brought_again_as_far_as_there_is_room()
    {
        await using var flow = await EvidenceFlow.Start();
        var asked = flow.States.Asked;
        await using var volume = Volume.Mount(asked, megabytes: 16);
        var item = await flow.Attached(4 * Chunk.PlainBytes);
        var manifest = await ShipmentTests.Fetched(flow, item);
        ScrubTests.Harm(asked, item, "the file gone");
        await ScrubTests.Scrub(asked, item);
        Assert.Equal(4, asked.Get<Database>().Read(s => ItemDamage.Of(s, item.Id)).Count);
        File.WriteAllBytes(volume.File("other"), new byte[volume.Free - Kept - (5 * Chunk.StoredBytes / 2)]);

        using (var call = asked.Client(flow.Technician).AttachEvidence())
        {
            await call.RequestStream.WriteAsync(new AttachFrame { Begin = new AttachBegin { Item = item.Id, CaseId = flow.Sent.CaseId } });
            Assert.True(await call.ResponseStream.MoveNext(default));
            await Refused.By(async () =>
            {
                for (var i = 0; i < item.Chunks.Count; i++)
                {
                    await call.RequestStream.WriteAsync(new AttachFrame { Chunk = new EvidenceData { Index = (ulong)i, Data = ByteString.CopyFrom(item.Chunks[i]) } });
                    Assert.True(await call.ResponseStream.MoveNext(default));
                }
            }, "T602");
        }
        Assert.True(volume.Free >= Kept, $"{volume.Free} bytes are left");
        Assert.Equal([2L, 3], asked.Get<Database>().Read(s => ItemDamage.Of(s, item.Id)).Select(d => d.Chunk));

        File.Delete(volume.File("other"));
        var acks = await flow.Attach(item, 2, item.Chunks.Count, manifest);
        Assert.Equal(2UL, acks[0].Stored[0].To);
        Assert.Equal("", acks[^1].Committed.Damaged);
    }

    // What was altered stands where it stood: a disk that is all but full is no reason to leave it so.
    [TmpfsFact]
    public async Task An_altered_chunk_is_mended_where_nothing_more_fits()
    {
        await using var flow = await EvidenceFlow.Start();
        var asked = flow.States.Asked;
        await using var volume = Volume.Mount(asked, megabytes: 16);
        var item = await flow.Attached(4 * Chunk.PlainBytes);
        ScrubTests.Harm(asked, item, "a byte flipped");
        await ScrubTests.Scrub(asked, item);
        File.WriteAllBytes(volume.File("other"), new byte[volume.Free - (Kept / 2)]);
        var acks = await flow.Attach(item, 2, item.Chunks.Count, await ShipmentTests.Fetched(flow, item));
        Assert.Equal("", acks[^1].Committed.Damaged);
    }

    /// <summary>A small file system in the place of the evidence of a gateway; what was there is copied into it.</summary>
    private sealed class Volume : IAsyncDisposable
    {
        private readonly string _folder;

        private Volume(string folder) => _folder = folder;

        public long Free => new DriveInfo(_folder).AvailableFreeSpace;

        public static Volume Mount(TestState state, int megabytes)
        {
            var items = Directory.CreateDirectory(Path.Combine(state.DataFolder, "items")).FullName;
            var before = Path.Combine(state.Folder, "items-before");
            Directory.Move(items, before);
            Directory.CreateDirectory(items);
            Assert.True(TmpfsFactAttribute.Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", items));
            Assert.True(TmpfsFactAttribute.Run("cp", "-a", $"{before}/.", items));
            return new Volume(items);
        }

        public void Grow(int megabytes) => Assert.True(TmpfsFactAttribute.Run("mount", "-o", $"remount,size={megabytes}m", _folder));

        public string File(string name) => Path.Combine(_folder, name);

        // Lazily: the gateway still has files open when a test has failed.
        public ValueTask DisposeAsync()
        {
            TmpfsFactAttribute.Run("umount", "-l", _folder);
            return ValueTask.CompletedTask;
        }
    }
}
