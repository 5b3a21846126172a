using System.Buffers;
using System.IO.Compression;

namespace Gateway.Rpc.Framing;

/// <summary>gzip, the one message encoding beside identity.</summary>
internal static class MessageCompression
{
    public const string Identity = "identity";
    public const string Gzip = "gzip";

    /// <summary>What grpc-accept-encoding says.</summary>
    public const string Accepted = "identity,gzip";

    public static bool IsKnown(string encoding) => encoding is Identity or Gzip;

    public static void Compress(ReadOnlySpan<byte> message, PooledBuffer target, CompressionLevel level)
    {
        using var sink = new BufferStream(target);
        using var gzip = new GZipStream(sink, level);
        gzip.Write(message);
    }

    /// <summary>Decompresses until the end or the limit: what a message claims and what it holds are never trusted to agree.</summary>
    public static PooledBuffer Decompress(ReadOnlySequence<byte> message, int limit)
    {
        var output = new PooledBuffer(limit, RpcErrors.Received);
        try
        {
            using var gzip = new GZipStream(new SequenceStream(message), CompressionMode.Decompress);
            while (true)
            {
                var count = gzip.Read(output.GetSpan(4096));
                if (count == 0) return output;
                output.Advance(count);
            }
        }
        catch (InvalidDataException e)
        {
            output.Dispose();
            throw RpcErrors.Internal("Received message is not valid gzip.", e);
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    private sealed class BufferStream(PooledBuffer target) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => target.Write(buffer);

        public override void Write(byte[] buffer, int offset, int count) => target.Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
