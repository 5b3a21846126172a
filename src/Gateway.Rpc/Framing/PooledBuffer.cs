using System.Buffers;

namespace Gateway.Rpc.Framing;

/// <summary>A growing buffer out of the shared pool; refuses to grow beyond its limit.</summary>
internal sealed class PooledBuffer(int limit, string tooLarge) : IBufferWriter<byte>, IDisposable
{
    private byte[] array = [];

    public int Count { get; private set; }

    public ReadOnlyMemory<byte> Written => array.AsMemory(0, Count);

    public Span<byte> WrittenSpan => array.AsSpan(0, Count);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(array.Length - Count), nameof(count));
        Count += count;
        if (Count > limit) throw RpcErrors.TooLarge(tooLarge, Count, limit);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return array.AsMemory(Count);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return array.AsSpan(Count);
    }

    public void Reserve(int count)
    {
        if (array.Length - Count >= count) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(Count + count), (int)Math.Min(array.Length * 2L, Array.MaxLength)));
        array.AsSpan(0, Count).CopyTo(larger);
        Return();
        array = larger;
    }

    public void Dispose()
    {
        Return();
        array = [];
        Count = 0;
    }

    private void Return()
    {
        if (array.Length > 0) ArrayPool<byte>.Shared.Return(array);
    }
}
