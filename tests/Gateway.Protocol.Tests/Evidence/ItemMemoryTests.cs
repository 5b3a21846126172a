using Gateway.Protocol.Evidence;
using Xunit;

namespace Gateway.Protocol.Tests.Evidence;

/// <summary>Runs alone: it measures what the whole process allocates.</summary>
[CollectionDefinition(nameof(ItemMemoryTests), DisableParallelization = true)]
[Collection(nameof(ItemMemoryTests))]
public sealed class ItemMemoryTests
{
    [Fact]
    public async Task Memory_does_not_grow_with_the_item()
    {
        using var key = ItemKey.New();
        using var encryptor = new ItemEncryptor(key, Samples.ItemId, DigestSet.Create().Value);
        long first = 0;
        long count = 0;
        await foreach (var chunk in encryptor.EncryptAsync(new Zeros(64L * Chunk.PlainBytes)))
        {
            chunk.Dispose();
            if (++count == 8)
                first = GC.GetTotalAllocatedBytes(precise: true);
        }
        var each = (GC.GetTotalAllocatedBytes(precise: true) - first) / (count - 8);
        Assert.Equal(64, count);
        // A buffer that is not pooled would be a million bytes for every chunk; the pool itself may be trimmed now and then.
        Assert.InRange(each, 1, 512 * 1024);
    }

    private sealed class Zeros(long length) : MemoryStream
    {
        private long _left = length;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = (int)Math.Min(buffer.Length, _left);
            buffer.Span[..count].Clear();
            _left -= count;
            return ValueTask.FromResult(count);
        }
    }
}
