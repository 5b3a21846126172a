using System.Buffers;
using System.IO.Pipelines;
using Grpc.Core;

namespace Gateway.Rpc.Framing;

/// <summary>Reads length-prefixed messages. Nothing is allocated on the word of a peer: the pipe holds what has arrived, up to the limit.</summary>
internal sealed class MessageReader(PipeReader pipe, int? maxMessageSize, string encoding) : DeserializationContext
{
    private readonly int limit = maxMessageSize ?? int.MaxValue;
    private ReadOnlySequence<byte> payload;

    public override int PayloadLength => (int)payload.Length;

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => payload;

    public override byte[] PayloadAsNewBuffer() => payload.ToArray();

    /// <summary>The next message, or null at the end of the stream.</summary>
    public async ValueTask<T?> ReadAsync<T>(Func<DeserializationContext, T> deserializer, CancellationToken cancellationToken)
        where T : class
    {
        while (true)
        {
            var result = await pipe.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            if (result.IsCanceled)
            {
                // The read must end for the pipe too, or nobody can read from it again.
                pipe.AdvanceTo(buffer.Start);
                throw new OperationCanceledException();
            }
            if (FrameHeader.TryRead(buffer, out var header))
            {
                Check(header);
                if (buffer.Length - FrameHeader.Size >= header.Length)
                {
                    var body = buffer.Slice(FrameHeader.Size, header.Length);
                    var message = Deserialize(body, header.Compressed, deserializer);
                    pipe.AdvanceTo(body.End);
                    return message;
                }
            }
            if (result.IsCompleted)
            {
                if (buffer.IsEmpty)
                {
                    pipe.AdvanceTo(buffer.End);
                    return null;
                }
                throw RpcErrors.Internal("Incomplete message.");
            }
            pipe.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>The one message of a stream that may carry exactly one.</summary>
    public async ValueTask<T> ReadSingleAsync<T>(Func<DeserializationContext, T> deserializer, CancellationToken cancellationToken)
        where T : class
    {
        var message = await ReadAsync(deserializer, cancellationToken) ?? throw RpcErrors.Internal("Incomplete message.");
        var result = await pipe.ReadAsync(cancellationToken);
        var atEnd = result.IsCompleted && result.Buffer.IsEmpty;
        pipe.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        return atEnd ? message : throw RpcErrors.Internal("Additional data after the message received.");
    }

    private void Check(FrameHeader header)
    {
        if (header.Length > (uint)limit) throw RpcErrors.TooLarge(RpcErrors.Received, header.Length, limit);
        if (header.Compressed && encoding == MessageCompression.Identity)
        {
            throw RpcErrors.Internal("Compressed message without grpc-encoding.");
        }
    }

    private T Deserialize<T>(ReadOnlySequence<byte> body, bool compressed, Func<DeserializationContext, T> deserializer)
    {
        using var decompressed = compressed ? MessageCompression.Decompress(body, limit) : null;
        payload = decompressed is null ? body : new ReadOnlySequence<byte>(decompressed.Written);
        try
        {
            return deserializer(this);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw RpcErrors.Internal("Received message could not be read.", e);
        }
        finally
        {
            payload = default;
        }
    }
}
