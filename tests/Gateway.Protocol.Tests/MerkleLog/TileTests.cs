using System.Security.Cryptography;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Tests.MerkleTree;
using Xunit;

namespace Gateway.Protocol.Tests.MerkleLog;

public sealed class TileTests
{
    [Theory]
    [InlineData(0, 0, 256, "tile/0/000")]
    [InlineData(0, 1_234_067, 256, "tile/0/x001/x234/067")]
    [InlineData(1, 1000, 256, "tile/1/x001/000")]
    [InlineData(2, 0, 1, "tile/2/000.p/1")]
    [InlineData(TilePath.Entries, 999, 255, "tile/entries/999.p/255")]
    [InlineData(7, 9_223_372_036_854_774_999, 256, "tile/7/x009/x223/x372/x036/x854/x774/999")]
    public void A_path_has_one_spelling(int level, long index, int width, string text)
    {
        Assert.Equal(text, new TilePath(level, index, width).ToString());
        Assert.Equal(new TilePath(level, index, width), TilePath.Read(text).Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("tile")]
    [InlineData("tile/0")]
    [InlineData("tile/0/")]
    [InlineData("tile/00/000")]
    [InlineData("tile/8/000")]
    [InlineData("tile/64/000")]
    [InlineData("tile/-1/000")]
    [InlineData("tile/0/0")]
    [InlineData("tile/0/0000")]
    [InlineData("tile/0/x000")]
    [InlineData("tile/0/x000/000")]
    [InlineData("tile/0/001/000")]
    [InlineData("tile/0/x001/x000")]
    [InlineData("tile/0/000.p/0")]
    [InlineData("tile/0/000.p/256")]
    [InlineData("tile/0/000.p/01")]
    [InlineData("tile/0/000.p")]
    [InlineData("tile/0/000/1")]
    [InlineData("tile/0/000.p/1/2")]
    [InlineData("tile/entry/000")]
    [InlineData("tile/0/x001/x234/067/")]
    [InlineData("tile/0/ 00")]
    [InlineData("tile/0/x999/x999/x999/x999/x999/x999/x999/999")]
    public void Another_path_is_refused(string path) => Assert.Equal(RefusalCode.LogEntryMalformed, TilePath.Read(path).Refusal?.Code);

    [Fact]
    public void The_tiles_of_seventy_thousand_leaves_are_those_of_the_specification()
    {
        Assert.Equal((274, new TilePath(0, 273, 112)), (TilePath.Of(0, 70_000).Count(), TilePath.Of(0, 70_000).Last()));
        Assert.Equal([new TilePath(1, 0, 256), new TilePath(1, 1, 17)], TilePath.Of(1, 70_000));
        Assert.Equal([new TilePath(2, 0, 1)], TilePath.Of(2, 70_000));
        Assert.Empty(TilePath.Of(3, 70_000));
        Assert.Equal([new TilePath(0, 0, 256)], TilePath.Of(0, 256));
        Assert.Equal([new TilePath(1, 0, 1)], TilePath.Of(1, 256));
        Assert.Empty(TilePath.Of(1, 255));
        foreach (var level in new[] { TilePath.Entries, 0, 1, 2 })
        {
            Assert.All(TilePath.Of(level, 70_000), tile =>
            {
                Assert.True(tile.ExistsIn(70_000));
                Assert.False(tile.ExistsIn(((tile.Index * 256) + tile.Width << (8 * Math.Max(level, 0))) - 1));
            });
        }
        Assert.False(new TilePath(0, 273, 113).ExistsIn(70_000));
        Assert.False(new TilePath(0, 274, 1).ExistsIn(70_000));
        Assert.False(new TilePath(0, long.MaxValue, 256).ExistsIn(70_000));
        Assert.True(new TilePath(0, 273, 5).ExistsIn(70_000));
    }

    [Fact]
    public void For_every_size_proofs_from_tiles_alone_verify_and_tiles_only_grow()
    {
        var leaves = TreeTests.Leaves(600);
        var nodes = TreeNodes.Of(leaves);
        var before = new Dictionary<(int, long), byte[]>();
        for (var size = 1; size <= leaves.Length; size++)
        {
            var tiles = new Dictionary<TilePath, IReadOnlyList<Digest>>();
            for (var level = 0; level < 3; level++)
            {
                foreach (var path in TilePath.Of(level, size).Where(p => !p.IsFull || size % 256 == 0 || p.Index >= (size >> (8 * (level + 1))) - 3))
                {
                    var bytes = Tile.Write(path, nodes);
                    if (before.TryGetValue((level, path.Index), out var older))
                        Assert.True(bytes.AsSpan().StartsWith(older));
                    before[(level, path.Index)] = bytes;
                    tiles[path] = Tile.Read(path, bytes).Value;
                }
            }
            var fromTiles = Tile.Nodes(size, path => tiles[path]);
            var root = TreeTests.Naive(leaves.AsSpan(0, size));
            Assert.Equal(root, TreeNodes.Root(size, fromTiles));
            foreach (var index in new[] { 0, size / 2, size - 1, RandomNumberGenerator.GetInt32(size) })
                Assert.True(InclusionProof.Verify(leaves[index], (ulong)index, (ulong)size, InclusionProof.Build(index, size, fromTiles), root));
            var old = RandomNumberGenerator.GetInt32(size) + 1;
            Assert.True(ConsistencyProof.Verify((ulong)old, (ulong)size, TreeTests.Naive(leaves.AsSpan(0, old)), root, ConsistencyProof.Build(old, size, fromTiles)));
        }
    }

    [Fact]
    public void Proofs_of_large_trees_verify()
    {
        // A node reader for a tree whose leaves are their numbers, with complete subtrees remembered.
        var known = new Dictionary<(int, long), Digest>();
        Digest Node(int level, long index)
        {
            if (known.TryGetValue((level, index), out var hash))
                return hash;
            hash = level == 0 ? TreeHash.Leaf(BitConverter.GetBytes(index)) : TreeHash.Node(Node(level - 1, 2 * index), Node(level - 1, (2 * index) + 1));
            if (level >= 4)
                known[(level, index)] = hash;
            return hash;
        }
        for (var i = 0; i < 20; i++)
        {
            var size = RandomNumberGenerator.GetInt32(1, 200_000);
            var (index, old) = (RandomNumberGenerator.GetInt32(size), RandomNumberGenerator.GetInt32(size) + 1);
            var (root, oldRoot) = (TreeNodes.Root(size, Node), TreeNodes.Root(old, Node));
            var proof = InclusionProof.Build(index, size, Node);
            Assert.True(InclusionProof.Verify(Node(0, index), (ulong)index, (ulong)size, proof, root));
            Assert.False(InclusionProof.Verify(Node(0, index), (ulong)index ^ 1, (ulong)size, proof, root));
            Assert.True(ConsistencyProof.Verify((ulong)old, (ulong)size, oldRoot, root, ConsistencyProof.Build(old, size, Node)));
        }
    }

    [Fact]
    public void A_bundle_reads_back_and_a_cut_one_is_refused()
    {
        ReadOnlyMemory<byte>[] entries = [new byte[] { 1, 2, 3 }, Array.Empty<byte>(), new byte[65_535]];
        var path = new TilePath(TilePath.Entries, 0, 3);
        var bytes = EntryBundle.Write(entries);
        Assert.Equal([0, 3, 1, 2, 3, 0, 0, 255, 255], bytes[..9]);
        Assert.Equal(entries.Select(e => e.ToArray()), EntryBundle.Read(path, bytes).Value.Select(e => e.ToArray()));
        Assert.All([0, 1, 4, 6, bytes.Length - 1], length => Assert.False(EntryBundle.Read(path, bytes.AsMemory(0, length)).Succeeded));
        Assert.False(EntryBundle.Read(path, (byte[])[.. bytes, 0, 0]).Succeeded);
        Assert.False(EntryBundle.Read(path with { Width = 4 }, bytes).Succeeded);
        Assert.Throws<OverflowException>(() => EntryBundle.Write([new byte[65_536]]));
        Assert.False(Tile.Read(new TilePath(0, 0, 2), new byte[63]).Succeeded);
        Assert.False(Tile.Read(path, new byte[96]).Succeeded);
    }

    [SharedData("tessera-log")]
    public void The_log_of_another_implementation_verifies_entirely()
    {
        var key = NoteKey.Read("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx").Value;
        var folder = SharedDataAttribute.PathOf("tessera-log");
        Checkpoint? before = null;
        for (var n = 0; n <= 15; n++)
        {
            if (!VerifiedCheckpoint.Open(File.ReadAllBytes(Path.Combine(folder, $"checkpoint.{n}")), [key]).TryGet(out var verified, out var refusal))
            {
                Assert.Fail($"checkpoint.{n}: {refusal}");
                return;
            }
            var checkpoint = verified.Checkpoint;
            Assert.Equal(n, checkpoint.Size);
            if (n > 0)
            {
                Digest[] Hashes(TilePath path) => [.. Tile.Read(path, File.ReadAllBytes(Path.Combine(folder, path.ToString()))).Value];
                var nodes = Tile.Nodes(n, Hashes);
                Assert.Equal(checkpoint.Root, TreeNodes.Root(n, nodes));
                var bundle = new TilePath(TilePath.Entries, 0, n);
                var entries = EntryBundle.Read(bundle, File.ReadAllBytes(Path.Combine(folder, bundle.ToString()))).Value;
                Assert.Equal(Hashes(new TilePath(0, 0, n)), entries.Select(e => TreeHash.Leaf(e.Span)));
                if (before is { Size: > 0 })
                    Assert.True(ConsistencyProof.Verify((ulong)before.Size, (ulong)n, before.Root, checkpoint.Root, ConsistencyProof.Build(before.Size, n, nodes)));
            }
            before = checkpoint;
        }
    }
}
