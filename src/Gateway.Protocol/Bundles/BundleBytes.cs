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
    // Below the size at which arrays are collected with the oldest only.
    private const int StepBytes = 1 << 16;

    private byte[] _buffer = [];
    private int _at;
    private int _filled;
    private long _next = start;

    public bool AtEnd => _at == _filled && _next == end;

    /// <summary>The next bytes, until the next call; false when there are fewer.</summary>
    public bool TryRead(int count, out ReadOnlySpan<byte> read)
    {
        read = default;
        var rest = _filled - _at;
        if (rest < count)
        {
            if (end - _next < count - rest)
                return false;
            var buffer = _buffer.Length >= Math.Max(StepBytes, count) ? _buffer : new byte[Math.Max(StepBytes, count)];
            _buffer.AsSpan(_at, rest).CopyTo(buffer);
            var more = (int)Math.Min(buffer.Length - rest, end - _next);
            bytes.Read(_next, buffer.AsSpan(rest, more));
            (_buffer, _at, _filled, _next) = (buffer, 0, rest + more, _next + more);
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
