using System.Buffers;
using System.IO.Pipelines;
using Gateway.Rpc.Framing;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Rpc.Server;

/// <summary>Serializes straight into the response: no buffer of our own between the message and the server's output.</summary>
internal sealed class DirectFrame(PipeWriter output, int? maxMessageSize) : SerializationContext, IBufferWriter<byte>
{
    private const int InternalError = 0x2;
    private long left;
    private bool started;
    private bool completed;

    public static void Write<T>(HttpContext http, T message, Action<T, SerializationContext> serializer, int? maxMessageSize)
    {
        var frame = new DirectFrame(http.Response.BodyWriter, maxMessageSize);
        try
        {
            serializer(message, frame);
            if (!frame.completed || frame.left != 0) throw new InvalidOperationException("Serialization did not write the payload it announced.");
        }
        catch when (frame.started && frame.left != 0)
        {
            // Part of a message is in the output and cannot be taken back: only a reset tells the peer so.
            http.Features.Get<IHttpResetFeature>()?.Reset(InternalError);
            throw;
        }
    }

    public override void SetPayloadLength(int payloadLength)
    {
        if (payloadLength > (maxMessageSize ?? int.MaxValue)) throw RpcErrors.TooLarge(RpcErrors.Sending, payloadLength, maxMessageSize!.Value);
        left = payloadLength;
        started = true;
        new FrameHeader(false, (uint)payloadLength).Write(output.GetSpan(FrameHeader.Size));
        output.Advance(FrameHeader.Size);
    }

    public override IBufferWriter<byte> GetBufferWriter() => started ? this : throw new InvalidOperationException("The payload length must be set before the message is written.");

    public override void Complete(byte[] payload)
    {
        SetPayloadLength(payload.Length);
        output.Write(payload);
        left = 0;
        completed = true;
    }

    public override void Complete() => completed = true;

    public void Advance(int count)
    {
        left -= count;
        output.Advance(count);
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => output.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => output.GetSpan(sizeHint);
}
