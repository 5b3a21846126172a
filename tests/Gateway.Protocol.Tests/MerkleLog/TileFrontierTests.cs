using System.Security.Cryptography;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Tests.MerkleTree;
using Xunit;

namespace Gateway.Protocol.Tests.MerkleLog;

public sealed class TileFrontierTests
{
    [Fact]
    public void It_gives_the_root_of_every_size_and_continues_from_what_was_kept()
    {
        var leaves = TreeTests.Leaves(600);
        var kept = new Dictionary<(int, long), Digest>();
        var nodes = TreeNodes.Of(leaves);
        var (frontier, builder) = (new TileFrontier(), new TreeBuilder());
        for (var size = 0; size < leaves.Length; size++)
        {
            Assert.Equal((size, builder.Root), (frontier.Size, frontier.Root));
            if (RandomNumberGenerator.GetInt32(20) == 0)
                frontier = new TileFrontier(size, (level, index) => level == 0 ? leaves[index] : kept[(level / 8, index)]);
            frontier.Add(leaves[size], hash => kept.Add((hash.Level, hash.Index), hash.Hash));
            builder.Add(leaves[size]);
        }
        Assert.Equal(2, kept.Count);
        Assert.All(kept, k => Assert.Equal(nodes(8 * k.Key.Item1, k.Key.Item2), k.Value));
    }

    [Fact]
    public void Large_logs_keep_one_hash_for_each_full_tile()
    {
        const int Size = 70_000;
        var kept = new Dictionary<(int, long), Digest>();
        var (frontier, builder) = (new TileFrontier(), new TreeBuilder());
        for (var i = 0; i < Size; i++)
        {
            var leaf = TreeHash.Leaf(BitConverter.GetBytes(i));
            frontier.Add(leaf, hash => kept.Add((hash.Level, hash.Index), hash.Hash));
            builder.Add(leaf);
        }
        Assert.Equal(builder.Root, frontier.Root);
        Assert.Equal(273 + 1, kept.Count);
        Assert.Equal(builder.Root, new TileFrontier(Size, (level, index) => level == 0 ? TreeHash.Leaf(BitConverter.GetBytes((int)index)) : kept[(level / 8, index)]).Root);
    }
}
