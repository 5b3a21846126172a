using System.Buffers;
using System.IO.Compression;
using Grpc.Core;

namespace Gateway.Rpc.Framing;

/// <summary>One message with its header in a pooled buffer, ready to be sent.</summary>
internal sealed class MessageFrame : SerializationContext, IDisposable
{
    private readonly int limit;
    private PooledBuffer buffer;
    private bool completed;

    private MessageFrame(int? maxMessageSize)
    {
        limit = maxMessageSize ?? Array.MaxLength - FrameHeader.Size;
        buffer = NewBuffer();
    }

    public ReadOnlyMemory<byte> Bytes => buffer.Written;

    public static MessageFrame Create<T>(T message, Action<T, SerializationContext> serializer, int? maxMessageSize, string encoding, CompressionLevel level = CompressionLevel.Fastest)
    {
        var frame = new MessageFrame(maxMessageSize);
        try
        {
            serializer(message, frame);
            if (!frame.completed) throw new InvalidOperationException("Serialization did not return a payload.");
            frame.Close(encoding, level);
            return frame;
        }
        catch
        {
            frame.Dispose();
            throw;
        }
    }

    public override void SetPayloadLength(int payloadLength)
    {
        if (payloadLength > limit) throw RpcErrors.TooLarge(RpcErrors.Sending, payloadLength, limit);
        buffer.Reserve(payloadLength);
    }

    public override IBufferWriter<byte> GetBufferWriter() => buffer;

    public override void Complete(byte[] payload)
    {
        SetPayloadLength(payload.Length);
        buffer.Write(payload);
        completed = true;
    }

    public override void Complete() => completed = true;

    public void Dispose() => buffer.Dispose();

    private PooledBuffer NewBuffer()
    {
        var fresh = new PooledBuffer((int)Math.Min((long)limit + FrameHeader.Size, Array.MaxLength), RpcErrors.Sending);
        fresh.Reserve(FrameHeader.Size);
        fresh.Advance(FrameHeader.Size);
        return fresh;
    }

    private void Close(string encoding, CompressionLevel level)
    {
        var compress = encoding == MessageCompression.Gzip;
        if (compress)
        {
            var plain = buffer;
            buffer = NewBuffer();
            using (plain) MessageCompression.Compress(plain.WrittenSpan[FrameHeader.Size..], buffer, level);
        }
        new FrameHeader(compress, (uint)(buffer.Count - FrameHeader.Size)).Write(buffer.WrittenSpan);
    }
}
