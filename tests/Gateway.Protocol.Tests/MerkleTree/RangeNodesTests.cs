using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleTree;
using Xunit;

namespace Gateway.Protocol.Tests.MerkleTree;

public sealed class RangeNodesTests
{
    [Fact]
    public void Only_what_was_marked_is_proved_and_only_one_range_is_marked()
    {
        var nodes = new RangeNodes();
        Assert.Equal(TreeHash.Empty, nodes.Root);
        Assert.Throws<ArgumentOutOfRangeException>(() => nodes.Mark(0));
        nodes.Add(Leaf(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => nodes.Prove(0));
        nodes.Mark(1);
        Assert.Throws<InvalidOperationException>(() => nodes.Mark(1));
        nodes.Add(Leaf(1));
        nodes.Add(Leaf(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => nodes.Prove(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => nodes.Prove(2));
        Assert.True(InclusionProof.Verify(Leaf(1), 1, 3, nodes.Prove(1), nodes.Root));
    }

    [Fact]
    public void Every_range_of_every_tree_is_proved_as_from_all_leaves()
    {
        for (var size = 1; size <= 40; size++)
        {
            var leaves = Enumerable.Range(0, size).Select(Leaf).ToList();
            var all = TreeNodes.Levels(leaves);
            for (var first = 0; first < size; first++)
            {
                for (var count = 1; first + count <= size; count++)
                {
                    var nodes = new RangeNodes();
                    for (var i = 0; i < size; i++)
                    {
                        if (i == first)
                            nodes.Mark(count);
                        nodes.Add(leaves[i]);
                    }
                    Assert.Equal(TreeNodes.Root(size, all), nodes.Root);
                    for (var i = first; i < first + count; i++)
                        Assert.Equal(InclusionProof.Build(i, size, all), nodes.Prove(i));
                }
            }
        }
    }

    private static Digest Leaf(int index) => TreeHash.Leaf([(byte)index]);
}
