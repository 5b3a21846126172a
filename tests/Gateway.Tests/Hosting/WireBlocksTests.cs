using Gateway.Hosting;
using Xunit;

namespace Gateway.Tests.Hosting;

public sealed class WireBlocksTests
{
    [Fact]
    public void A_block_larger_than_the_pool_has_is_refused()
    {
        using var pool = new WireBlocks().Create();
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(pool.MaxBufferSize + 1));
        using var largest = pool.Rent(pool.MaxBufferSize);
        Assert.Equal(pool.MaxBufferSize, largest.Memory.Length);
    }

    [Fact]
    public void Two_holders_never_have_the_same_block()
    {
        using var pool = new WireBlocks().Create();
        using var first = pool.Rent();
        using var second = pool.Rent();
        Assert.False(first.Memory.Span.Overlaps(second.Memory.Span));
    }

    [Fact]
    public void What_comes_back_is_used_again_and_no_more_is_kept_than_the_bound()
    {
        using var pool = (WireBlocks.Pool)new WireBlocks().Create();
        var blocks = Enumerable.Range(0, WireBlocks.Pool.Kept + 3).Select(_ => pool.Rent()).ToList();
        blocks.ForEach(block => block.Dispose());
        Assert.Equal(WireBlocks.Pool.Kept, pool.Free);
        Assert.Contains(pool.Rent(), blocks);
        Assert.Equal(WireBlocks.Pool.Kept - 1, pool.Free);
    }
}
