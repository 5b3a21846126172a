using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Pipelines;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Rpc.Framing;
using Grpc.Core;
using Xunit;

namespace Gateway.Rpc.Tests;

public sealed class FramingTests
{
    [Fact]
    public void Any_split_of_the_bytes_reads_the_same_messages()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[][]>(), ArbMap.Default.ArbFor<PositiveInt[]>(), (messages, cuts) =>
        {
            var wire = messages.SelectMany((m, i) => Frame(m, compressed: i % 3 == 1)).ToArray();
            var read = ReadAllAsync(wire, cuts.Select(c => c.Get), "gzip").GetAwaiter().GetResult();
            return messages.Length == read.Count && messages.Zip(read).All(p => p.First.SequenceEqual(p.Second));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_truncation_within_a_message_is_refused()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<NonNegativeInt>(), (message, at) =>
        {
            var wire = Frame(message, compressed: false);
            var cut = 1 + at.Get % (wire.Length - 1);
            return StatusOf(wire[..cut]) == StatusCode.Internal;
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(255)]
    public void A_flag_that_is_neither_0_nor_1_is_refused(byte flag) => Assert.Equal(StatusCode.Internal, StatusOf([flag, 0, 0, 0, 0]));

    [Fact]
    public void A_compressed_message_without_an_encoding_is_refused() =>
        Assert.Equal(StatusCode.Internal, StatusOf(Frame([1, 2, 3], compressed: true), encoding: "identity"));

    [Fact]
    public void A_compressed_message_that_is_not_gzip_is_refused() => Assert.Equal(StatusCode.Internal, StatusOf([1, 0, 0, 0, 3, 1, 2, 3]));

    [Theory]
    [InlineData(11)]
    [InlineData(int.MaxValue)]
    [InlineData(uint.MaxValue)]
    public void A_message_over_the_limit_is_refused_by_its_header_alone(uint length)
    {
        var header = new byte[5];
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(1), length);
        Assert.Equal(StatusCode.ResourceExhausted, StatusOf(header, limit: 10));
    }

    [Fact]
    public void A_message_of_exactly_the_limit_is_read() => Assert.Null(StatusOf(Frame(new byte[10], compressed: false), limit: 10));

    [Fact]
    public void A_message_that_grows_beyond_the_limit_when_unpacked_is_refused()
    {
        var bomb = Frame(new byte[64 * 1024 * 1024], compressed: true);
        Assert.InRange(bomb.Length, 1, 1024 * 1024);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(StatusCode.ResourceExhausted, StatusOf(bomb, limit: 1024 * 1024));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 * 1024 * 1024);
    }

    [Fact]
    public void What_one_side_frames_the_other_reads()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<bool>(), (message, gzip) =>
        {
            using var frame = MessageFrame.Create(message, (m, context) => context.Complete(m), null, gzip ? "gzip" : "identity");
            var read = ReadAllAsync(frame.Bytes.ToArray(), [], "gzip").GetAwaiter().GetResult();
            return read.Count == 1 && read[0].SequenceEqual(message);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_message_over_the_send_limit_is_refused_before_it_is_written()
    {
        var written = false;
        var failure = Assert.Throws<RpcException>(() => MessageFrame.Create("", (_, context) =>
        {
            context.SetPayloadLength(11);
            written = true;
        }, 10, "identity"));
        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
        Assert.False(written);
    }

    [Fact]
    public void A_serializer_that_writes_more_than_the_limit_is_stopped()
    {
        var failure = Assert.Throws<RpcException>(() => MessageFrame.Create("", (_, context) =>
        {
            context.GetBufferWriter().Write(new byte[11]);
            context.Complete();
        }, 10, "identity"));
        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
    }

    private static StatusCode? StatusOf(byte[] wire, int? limit = null, string encoding = "gzip")
    {
        try
        {
            ReadAllAsync(wire, [], encoding, limit).GetAwaiter().GetResult();
            return null;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    private static async Task<List<byte[]>> ReadAllAsync(byte[] wire, IEnumerable<int> cuts, string encoding, int? limit = null)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var feeding = FeedAsync(pipe.Writer, wire, cuts);
        var reader = new MessageReader(pipe.Reader, limit, encoding);
        var messages = new List<byte[]>();
        while (await reader.ReadAsync(context => context.PayloadAsNewBuffer(), CancellationToken.None) is { } message) messages.Add(message);
        await feeding;
        return messages;
    }

    private static async Task FeedAsync(PipeWriter writer, byte[] wire, IEnumerable<int> cuts)
    {
        var at = 0;
        foreach (var cut in cuts)
        {
            var next = Math.Min(at + cut, wire.Length);
            await writer.WriteAsync(wire.AsMemory(at, next - at));
            await Task.Yield();
            at = next;
        }
        await writer.WriteAsync(wire.AsMemory(at));
        await writer.CompleteAsync();
    }

    private static byte[] Frame(byte[] message, bool compressed)
    {
        var body = message;
        if (compressed)
        {
            using var target = new MemoryStream();
            using (var gzip = new GZipStream(target, CompressionLevel.Optimal)) gzip.Write(message);
            body = target.ToArray();
        }
        var frame = new byte[5 + body.Length];
        frame[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)body.Length);
        body.CopyTo(frame, 5);
        return frame;
    }
}
