namespace Gateway.Protocol.Bundles;

/// <summary>The bytes of the bundle by position, for several threads.</summary>
internal sealed class BundleBytes(Stream stream)
{
    private readonly Lock _lock = new();

    public long Length { get; } = stream.Length;

    public byte[] Read(long offset, int count)
    {
        var bytes = new byte[count];
        Read(offset, bytes);
        return bytes;
    }

    public void Read(long offset, Span<byte> destination)
    {
        // Every file is read until nothing comes: that is not to be asked of the disk.
        if (destination.IsEmpty)
            return;
        lock (_lock)
        {
            stream.Position = offset;
            stream.ReadExactly(destination);
        }
    }
}

/// <summary>Reads a part of the bundle from front to back in large steps.</summary>
internal sealed class BundleWindow(BundleBytes bytes, long start, long end)
{
    private byte[] _buffer = [];
    private int _at;
    private long _next = start;

    public bool AtEnd => _at == _buffer.Length && _next == end;

    public bool TryRead(int count, out ReadOnlySpan<byte> read)
    {
        read = default;
        var rest = _buffer.Length - _at;
        if (rest < count)
        {
            if (end - _next < count - rest)
                return false;
            var more = (int)Math.Min(Math.Max(1 << 18, count), end - _next);
            var buffer = new byte[rest + more];
            _buffer.AsSpan(_at).CopyTo(buffer);
            bytes.Read(_next, buffer.AsSpan(rest));
            (_buffer, _at, _next) = (buffer, 0, _next + more);
        }
        read = _buffer.AsSpan(_at, count);
        _at += count;
        return true;
    }
}

/// <summary>A read-only stream over a part of the bundle.</summary>
internal sealed class BundleSlice(BundleBytes bytes, long start, long length) : Stream
{
    private long _at;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => length;
    public override long Position { get => _at; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        var count = (int)Math.Min(buffer.Length, length - _at);
        bytes.Read(start + _at, buffer[..count]);
        _at += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    public override void Flush() => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
