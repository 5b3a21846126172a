using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleTree;
using Xunit;

namespace Gateway.Protocol.Tests.MerkleTree;

public sealed class TreeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(65)]
    public void Kept_levels_give_the_same_proofs_as_leaves(int count)
    {
        var leaves = Enumerable.Range(0, count).Select(i => Digest.Of([(byte)i])).ToList();
        for (var i = 0; i < count; i++)
            Assert.Equal(InclusionProof.Build(i, count, TreeNodes.Of(leaves)), InclusionProof.Build(i, count, TreeNodes.Levels(leaves)));
    }

    [Fact]
    public void A_tree_of_ten_million_leaves_is_built_in_memory_that_does_not_grow()
    {
        var tree = new TreeBuilder();
        tree.Add(Digest.Of([1]));
        var before = GC.GetAllocatedBytesForCurrentThread();
        while (tree.Count < 10_000_000)
            tree.Add(tree.Subtrees[^1]);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
        Assert.True(tree.Subtrees.Length <= 24);
        Assert.Equal(tree.Root, new TreeBuilder(tree.Count, tree.Subtrees).Root);
    }

    [Fact]
    public void The_constants_are_those_of_the_standard()
    {
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", TreeHash.Empty.ToString());
        Assert.Equal("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", TreeHash.Leaf([]).ToString());
        Assert.Equal(TreeHash.Empty, new TreeBuilder().Root);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1022)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(5000)]
    public void A_leaf_is_hashed_with_its_prefix_whatever_its_length(int length)
        => Assert.Equal(Digest.Of([0, .. Bytes(length)]), TreeHash.Leaf(Bytes(length)));

    [Fact]
    public void Every_root_is_that_of_the_recursive_definition()
    {
        var builder = new TreeBuilder();
        var leaves = Leaves(600);
        for (var n = 0; n < leaves.Length; n++)
        {
            Assert.Equal(n, builder.Count);
            Assert.Equal(Naive(leaves.AsSpan(0, n)), builder.Root);
            if (n % 37 == 0)
                builder = new TreeBuilder(builder.Count, builder.Subtrees);
            builder.Add(leaves[n]);
        }
        Assert.Throws<ArgumentException>(() => new TreeBuilder(3, [TreeHash.Empty]));
    }

    [Fact]
    public void Proofs_of_any_tree_verify_and_no_changed_one_does()
        => Prop.ForAll(Gen.Choose(1, 300).SelectMany(size => Gen.Choose(0, size - 1).SelectMany(index => Gen.Choose(0, 255).Select(bit => (size, index, bit)))).ToArbitrary(), sample =>
        {
            var (size, index, bit) = sample;
            var leaves = Leaves(size);
            var root = Naive(leaves);
            var proof = InclusionProof.Build(index, size, TreeNodes.Of(leaves));
            Assert.Equal(root, TreeNodes.Root(size, TreeNodes.Of(leaves)));
            Assert.True(InclusionProof.Verify(leaves[index], (ulong)index, (ulong)size, proof, root));
            Assert.False(InclusionProof.Verify(Flip(leaves[index], bit), (ulong)index, (ulong)size, proof, root));
            Assert.False(InclusionProof.Verify(leaves[index], (ulong)index, (ulong)size, proof, Flip(root, bit)));
            for (var i = 0; i < proof.Count; i++)
                Assert.False(InclusionProof.Verify(leaves[index], (ulong)index, (ulong)size, [.. proof.Take(i), Flip(proof[i], bit), .. proof.Skip(i + 1)], root));
            Assert.False(InclusionProof.Verify(leaves[index], (ulong)index, (ulong)size, [.. proof, root], root));
            for (var other = 0; other < size; other++)
                Assert.Equal(other == index, InclusionProof.Verify(leaves[index], (ulong)other, (ulong)size, proof, root));
            Assert.False(InclusionProof.Verify(leaves[index], (ulong)size, (ulong)size, proof, root));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_tree_is_consistent_with_each_of_its_beginnings_and_with_no_other()
        => Prop.ForAll(Gen.Choose(1, 300).SelectMany(size2 => Gen.Choose(1, size2).SelectMany(size1 => Gen.Choose(0, 255).Select(bit => (size1, size2, bit)))).ToArbitrary(), sample =>
        {
            var (size1, size2, bit) = sample;
            var leaves = Leaves(size2);
            var (root1, root2) = (Naive(leaves.AsSpan(0, size1)), Naive(leaves));
            var proof = ConsistencyProof.Build(size1, size2, TreeNodes.Of(leaves));
            Assert.True(ConsistencyProof.Verify((ulong)size1, (ulong)size2, root1, root2, proof));
            Assert.False(ConsistencyProof.Verify((ulong)size1, (ulong)size2, Flip(root1, bit), root2, proof));
            Assert.False(ConsistencyProof.Verify((ulong)size1, (ulong)size2, root1, Flip(root2, bit), proof));
            Assert.False(ConsistencyProof.Verify((ulong)size1, (ulong)size2, root1, root2, [.. proof, root1]));
            for (var i = 0; i < proof.Count; i++)
                Assert.False(ConsistencyProof.Verify((ulong)size1, (ulong)size2, root1, root2, [.. proof.Take(i), Flip(proof[i], bit), .. proof.Skip(i + 1)]));
            if (size1 < size2)
                Assert.False(ConsistencyProof.Verify((ulong)size2, (ulong)size1, root2, root1, proof));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_proof_of_every_size_to_600_verifies_against_the_recursive_definition()
    {
        var all = Leaves(600);
        var nodes = TreeNodes.Levels(all);
        var roots = Enumerable.Range(0, all.Length + 1).Select(size => Naive(all.AsSpan(0, size))).ToList();
        for (var size = 1; size <= all.Length; size++)
        {
            for (var at = 0; at < size; at++)
            {
                Assert.True(InclusionProof.Verify(all[at], (ulong)at, (ulong)size, InclusionProof.Build(at, size, nodes), roots[size]));
                Assert.True(ConsistencyProof.Verify((ulong)at + 1, (ulong)size, roots[at + 1], roots[size], ConsistencyProof.Build(at + 1, size, nodes)));
                // The root of another size, and the place beside: whatever the shape of the tree.
                Assert.False(InclusionProof.Verify(all[at], (ulong)at, (ulong)size, InclusionProof.Build(at, size, nodes), roots[size - 1]));
            }
        }
    }

    [Fact]
    public void Proofs_of_large_trees_of_random_sizes_verify_and_no_changed_one_does()
        => Prop.ForAll(Gen.Choose(20, 61).SelectMany(bits => Numbers.SelectMany(a => Numbers.SelectMany(b => Gen.Choose(0, 255).Select(bit => (bits, a, b, bit))))).ToArbitrary(), sample =>
        {
            var size = (1L << sample.bits) + (sample.a % (1L << sample.bits));
            var index = sample.b % size;
            // A tree that nobody could store: every leaf is the same, so that every whole subtree of a height is, too.
            var subtrees = new List<Digest> { TreeHash.Leaf("the same"u8) };
            while (subtrees.Count < 63)
                subtrees.Add(TreeHash.Node(subtrees[^1], subtrees[^1]));
            Digest Node(int level, long at) => subtrees[level];
            var root = TreeNodes.Root(size, Node);
            var proof = InclusionProof.Build(index, size, Node);
            Assert.True(InclusionProof.Verify(subtrees[0], (ulong)index, (ulong)size, proof, root));
            Assert.False(InclusionProof.Verify(Flip(subtrees[0], sample.bit), (ulong)index, (ulong)size, proof, root));
            Assert.False(InclusionProof.Verify(subtrees[0], (ulong)index, (ulong)size, [.. proof.Skip(1)], root));
            for (var i = 0; i < proof.Count; i++)
                Assert.False(InclusionProof.Verify(subtrees[0], (ulong)index, (ulong)size, [.. proof.Take(i), Flip(proof[i], sample.bit), .. proof.Skip(i + 1)], root));
            var (old, before) = (index + 1, TreeNodes.Root(index + 1, Node));
            var growth = ConsistencyProof.Build(old, size, Node);
            Assert.True(ConsistencyProof.Verify((ulong)old, (ulong)size, before, root, growth));
            Assert.False(ConsistencyProof.Verify((ulong)old, (ulong)size, Flip(before, sample.bit), root, growth));
            for (var i = 0; i < growth.Count; i++)
                Assert.False(ConsistencyProof.Verify((ulong)old, (ulong)size, before, root, [.. growth.Take(i), Flip(growth[i], sample.bit), .. growth.Skip(i + 1)]));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_empty_tree_proves_nothing_but_itself()
    {
        var root = Naive(Leaves(3));
        Assert.True(ConsistencyProof.Verify(0, 0, TreeHash.Empty, TreeHash.Empty, []));
        Assert.False(ConsistencyProof.Verify(0, 0, root, root, []));
        Assert.False(ConsistencyProof.Verify(0, 3, TreeHash.Empty, root, []));
        Assert.False(InclusionProof.Verify(root, 0, 0, [], root));
        Assert.False(InclusionProof.Verify(root, 0, ulong.MaxValue, [.. Enumerable.Repeat(root, 64)], root));
    }

    private static Gen<long> Numbers => Gen.Choose(0, int.MaxValue).SelectMany(high => Gen.Choose(0, int.MaxValue).Select(low => ((long)high << 31) | (uint)low));

    internal static Digest[] Leaves(int count) => [.. Enumerable.Range(0, count).Select(i => TreeHash.Leaf(Encoding.ASCII.GetBytes($"leaf {i}")))];

    // MTH as RFC 6962 §2.1 states it.
    internal static Digest Naive(ReadOnlySpan<Digest> leaves)
    {
        if (leaves.Length == 0)
            return Digest.Of([]);
        if (leaves.Length == 1)
            return leaves[0];
        var k = 1;
        while (k * 2 < leaves.Length)
            k *= 2;
        return Digest.Of([1, .. Naive(leaves[..k]).ToArray(), .. Naive(leaves[k..]).ToArray()]);
    }

    private static Digest Flip(Digest digest, int bit)
    {
        var bytes = digest.ToArray();
        bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        return new Digest(bytes);
    }

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 31))];
}
