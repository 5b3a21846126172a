using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Rpc.Tests;

/// <summary>HTTP/2 frames by hand (RFC 9113), as client or as server, for what no library would send. Header blocks are literals without indexing (RFC 7541 §6.2.2).</summary>
internal sealed class RawHttp2(TcpClient socket) : IDisposable
{
    public const byte Data = 0x0;
    public const byte HeadersFrame = 0x1;
    public const byte RstStream = 0x3;
    public const byte Settings = 0x4;
    public const byte Ping = 0x6;
    public const byte GoAway = 0x7;
    public const byte EndStream = 0x1;
    public const byte EndHeaders = 0x4;

    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();
    private readonly NetworkStream stream = socket.GetStream();

    public static async Task<RawHttp2> ConnectAsync(Uri address)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, address.Port);
        var peer = new RawHttp2(socket);
        await peer.stream.WriteAsync(Preface);
        await peer.WriteFrameAsync(Settings, 0, 0, []);
        return peer;
    }

    /// <summary>The server's side of the handshake.</summary>
    public static async Task<RawHttp2> AcceptAsync(TcpListener listener, CancellationToken stop)
    {
        var peer = new RawHttp2(await listener.AcceptTcpClientAsync(stop));
        await peer.stream.ReadExactlyAsync(new byte[Preface.Length], stop);
        await peer.WriteFrameAsync(Settings, 0, 0, []);
        return peer;
    }

    /// <summary>Reads until the headers of a call have arrived; its stream.</summary>
    public async Task<int> ReadCallAsync()
    {
        while (true)
        {
            var (type, _, streamId, _) = await ReadFrameAsync() ?? throw new EndOfStreamException();
            if (type == HeadersFrame) return streamId;
        }
    }

    public Task StartCallAsync(int streamId, string path) => WriteFrameAsync(HeadersFrame, EndHeaders, streamId, Block(
        (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "localhost"), ("te", "trailers"), ("content-type", "application/grpc")));

    public Task WriteHeadersAsync(int streamId, bool end, params (string Name, string Value)[] headers) =>
        WriteFrameAsync(HeadersFrame, (byte)(EndHeaders | (end ? EndStream : 0)), streamId, Block(headers));

    public Task ResetAsync(int streamId, uint code) => WriteFrameAsync(RstStream, 0, streamId, Number(code));

    public Task GoAwayAsync(int lastStreamId, uint code) => WriteFrameAsync(GoAway, 0, 0, [.. Number((uint)lastStreamId), .. Number(code)]);

    public async Task WriteFrameAsync(byte type, byte flags, int streamId, byte[] payload)
    {
        byte[] frame = [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, .. Number((uint)streamId), .. payload];
        await stream.WriteAsync(frame);
    }

    public Task WriteRawAsync(byte[] bytes) => stream.WriteAsync(bytes).AsTask();

    public async Task<(byte Type, byte Flags, int StreamId, byte[] Payload)?> ReadFrameAsync()
    {
        var header = new byte[9];
        using var timeout = new CancellationTokenSource(Wait.Long);
        if (await stream.ReadAtLeastAsync(header, 9, throwOnEndOfStream: false, timeout.Token) < 9) return null;
        var payload = new byte[header[0] << 16 | header[1] << 8 | header[2]];
        await stream.ReadExactlyAsync(payload, timeout.Token);
        return (header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload);
    }

    public async Task<List<byte>> ReadFrameTypesToEndAsync()
    {
        var types = new List<byte>();
        try
        {
            while (await ReadFrameAsync() is { } frame) types.Add(frame.Type);
        }
        catch (IOException) when (types.Count > 0)
        {
            // A reset after the last frame is an end as good as any.
        }
        return types;
    }

    public void Dispose() => socket.Dispose();

    private static byte[] Number(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Block(params (string Name, string Value)[] headers) =>
        [.. headers.SelectMany(h => (byte[])[0, (byte)h.Name.Length, .. Encoding.ASCII.GetBytes(h.Name), (byte)h.Value.Length, .. Encoding.ASCII.GetBytes(h.Value)])];
}
