using System.Buffers.Binary;
using System.Net.Http.Headers;

namespace Gateway.Rpc.Interop;

/// <summary>Looks at the message headers that pass by on the wire: whether a message came compressed is nothing that a gRPC library tells.</summary>
public sealed class TapStream(Stream inner) : Stream
{
    private readonly byte[] header = new byte[5];
    private readonly List<bool> compressed = [];
    private int headerFill;
    private uint bodyLeft;

    /// <summary>The flag of each message so far.</summary>
    public IReadOnlyList<bool> Compressed
    {
        get
        {
            lock (compressed) return [.. compressed];
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        Look(buffer.Span[..count]);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        Look(buffer.AsSpan(offset, read));
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private void Look(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (bodyLeft > 0)
            {
                var skip = (int)Math.Min(bodyLeft, (uint)bytes.Length);
                bodyLeft -= (uint)skip;
                bytes = bytes[skip..];
                continue;
            }
            header[headerFill++] = bytes[0];
            bytes = bytes[1..];
            if (headerFill < header.Length) continue;
            headerFill = 0;
            bodyLeft = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(1));
            lock (compressed) compressed.Add(header[0] == 1);
        }
    }
}

/// <summary>Puts a tap on every response of a client.</summary>
public sealed class WireTapHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>The tap of the last response.</summary>
    public TapStream? Last { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        Last = new TapStream(await response.Content.ReadAsStreamAsync(cancellationToken));
        var tapped = new StreamContent(Last);
        foreach (var (name, values) in response.Content.Headers.NonValidated) tapped.Headers.TryAddWithoutValidation(name, values.ToString());
        response.Content = tapped;
        return response;
    }
}
