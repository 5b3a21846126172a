using System.Buffers.Binary;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.Evidence;

/// <summary>Runs alone: it measures what the whole process allocates.</summary>
[Collection(nameof(ItemMemoryTests))]
public sealed class LargeTreeTests
{
    private const int Leaves = 10_000_000;

    [Fact]
    public async Task A_tree_of_ten_million_leaves_is_made_and_checked_in_memory_that_does_not_grow()
    {
        var tree = new TreeBuilder();
        for (var i = 0; i < Leaves; i++)
            tree.Add(LeafList.At(i));
        var manifest = Samples.Manifest(new EncryptedItem(Leaves * (long)Chunk.PlainBytes, Leaves, tree.Root, Digest.Of([2]), [new(DigestSet.Sha256, Digest.Of([3]).ToString())]));
        Assert.Null(Manifest.Read(manifest.Write()).Refusal);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Assert.Null(await ChunkCheck.LeavesAsync(manifest, new LeafList(Leaves)));
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 16 << 20);
        // A list that is too long is not read to its end; one of the ten million changed is found.
        Assert.Equal(RefusalCode.TreeMismatch, (await ChunkCheck.LeavesAsync(manifest with { Chunks = 5000 }, new LeafList(Leaves)))?.Code);
        Assert.Equal(RefusalCode.TreeMismatch, (await ChunkCheck.LeavesAsync(manifest, new LeafList(Leaves) { Changed = 7_654_321 }))?.Code);
    }

    [Fact]
    public void A_range_of_ten_million_leaves_is_proved_in_memory_that_does_not_grow()
    {
        const int First = 7_654_321;
        const int Count = 4096;
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var nodes = new RangeNodes();
        for (var i = 0; i < Leaves; i++)
        {
            if (i == First)
                nodes.Mark(Count);
            nodes.Add(LeafList.At(i));
        }
        var root = nodes.Root;
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 16 << 20);
        foreach (var index in (int[])[First, First + 1, First + (Count / 2), First + Count - 1])
            Assert.True(InclusionProof.Verify(LeafList.At(index), (ulong)index, Leaves, nodes.Prove(index), root));
    }

    // Leaves that are computed, not kept.
    private sealed class LeafList(long leaves) : MemoryStream
    {
        private long _position;

        public long Changed { get; init; } = -1;

        public static Digest At(long index)
        {
            Span<byte> leaf = stackalloc byte[Digest.Length];
            BinaryPrimitives.WriteInt64BigEndian(leaf, index);
            return new Digest(leaf);
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = (int)Math.Min(buffer.Length / Digest.Length, leaves - _position);
            for (var i = 0; i < count; i++, _position++)
                At(_position == Changed ? -1 : _position).CopyTo(buffer.Span.Slice(i * Digest.Length, Digest.Length));
            return ValueTask.FromResult(count * Digest.Length);
        }
    }
}
