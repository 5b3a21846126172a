using System.Buffers;
using System.Buffers.Binary;

namespace Gateway.Rpc.Framing;

/// <summary>The five bytes before each message: a flag (compressed or not) and the length, big-endian.</summary>
internal readonly record struct FrameHeader(bool Compressed, uint Length)
{
    public const int Size = 5;

    public static bool TryRead(in ReadOnlySequence<byte> buffer, out FrameHeader header)
    {
        header = default;
        if (buffer.Length < Size) return false;
        Span<byte> bytes = stackalloc byte[Size];
        buffer.Slice(0, Size).CopyTo(bytes);
        if (bytes[0] > 1) throw RpcErrors.Internal("Unexpected compressed flag value in message header.");
        header = new FrameHeader(bytes[0] == 1, BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]));
        return true;
    }

    public void Write(Span<byte> target)
    {
        target[0] = Compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(target[1..], Length);
    }
}
