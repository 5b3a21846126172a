using System.Diagnostics;
using System.Threading.Channels;
using Gateway.Benchmarks.Harness;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;

namespace Gateway.Benchmarks.Evidence;

/// <summary>
/// An item of any size through the chunk pipeline, none of it on a disk: generated, encrypted as a laboratory does it, each chunk decrypted and compared with what
/// was generated. At the end size and number must agree; memory is looked at all the way.
/// </summary>
internal static class PipelineBenchmark
{
    private const double AllowedGrowth = 256;
    private const int Between = 8;

    public static async Task<int> Run(Arguments arguments)
    {
        var bytes = arguments.Number("size-gb", 1000) * 1_000_000_000L;
        var (id, key) = (Ids.New(), ItemKey.New());
        using var encryptor = new ItemEncryptor(key, id, DigestSet.Create([]).Value);
        await using var source = new GeneratedStream(bytes);
        var began = Stopwatch.GetTimestamp();
        await using var sampler = new MemorySampler(() => [("pipeline", Environment.ProcessId)]);
        // The sink has a thread of its own, as the other end of a line has; a few chunks are between the two.
        var line = Channel.CreateBounded<EncryptedChunk>(new BoundedChannelOptions(Between) { SingleReader = true, SingleWriter = true });
        var sink = Task.Run(async () =>
        {
            try
            {
                return await Check(line.Reader, key, id, bytes, began);
            }
            finally
            {
                // Whoever still makes chunks hears that nobody takes them.
                line.Writer.TryComplete();
            }
        });
        await foreach (var chunk in encryptor.EncryptAsync(source))
        {
            if (!await line.Writer.WaitToWriteAsync() || !line.Writer.TryWrite(chunk))
                break;
        }
        line.Writer.TryComplete();
        var (count, idle) = await sink;
        var item = encryptor.Complete();
        var elapsed = Stopwatch.GetElapsedTime(began);
        var peak = ProcessFigures.PeakMegabytes(Environment.ProcessId);
        var agrees = item.SizeBytes == bytes && item.Chunks == count;
        var report = new Report("pipeline");
        report.Row("generated, encrypted, decrypted, compared", $"{bytes / 1e9:#,0} GB", $"{item.Chunks:#,0} chunks, every byte {(agrees ? "as generated" : "compared, but their number differs")}");
        report.Row("rate", bytes / 1e6 / elapsed.TotalSeconds, "MB/s", "mb_per_second", "generator twice, encryption, tree, SHA-256, decryption and comparison in one process");
        report.Row("resident, after 1 GB → peak", $"{Report.Text(idle)} → {Report.Text(peak)} MB");
        report.Figure("size_gb", bytes / 1_000_000_000);
        report.Figure("agrees", agrees);
        report.Figure("growth_mb", Report.Round(peak - idle));
        report.Print();
        return agrees && peak - idle < AllowedGrowth ? 0 : 1;
    }

    // Opens every chunk and compares every byte; hashes one of sixteen again, as each hop does with all.
    private static async Task<(long Chunks, double Idle)> Check(ChannelReader<EncryptedChunk> line, ItemKey key, string id, long bytes, long began)
    {
        var (plain, wanted) = (new byte[Chunk.PlainBytes], new byte[Chunk.PlainBytes]);
        var (count, idle) = (0L, 0.0);
        await foreach (var chunk in line.ReadAllAsync())
        {
            using (chunk)
            {
                var length = (int)Math.Min(Chunk.PlainBytes, bytes - (chunk.Index * Chunk.PlainBytes));
                var opened = Chunk.Decrypt(key, id, chunk.Index, chunk.Last, chunk.Bytes.Span, plain);
                GeneratedStream.Fill(wanted.AsSpan(0, length), chunk.Index * Chunk.PlainBytes);
                if (chunk.Index != count || !opened.Succeeded || opened.Value != length || !plain.AsSpan(0, length).SequenceEqual(wanted.AsSpan(0, length))
                    || (chunk.Index % 16 == 0 && TreeHash.Leaf(chunk.Bytes.Span) != chunk.Leaf))
                    throw new MeasurementFailedException($"chunk {chunk.Index} does not hold what was generated");
                count++;
            }
            // After the first gigabyte, or in the middle of less, everything that is needed has been taken.
            if (count == Math.Min(1000, (bytes / Chunk.PlainBytes / 2) + 1))
                idle = ProcessFigures.ResidentMegabytes(Environment.ProcessId);
            if (count % 20_000 == 0)
                Report.Step($"{count >> 10} GiB, {ProcessFigures.ResidentMegabytes(Environment.ProcessId):0} MB resident, {count * 1.048576 / Stopwatch.GetElapsedTime(began).TotalSeconds:0} MB/s");
        }
        return (count, idle);
    }
}

/// <summary>Bytes that follow from their place, so that nothing needs to be kept to compare with.</summary>
internal sealed class GeneratedStream(long length) : Stream
{
    private const ulong Odd = 0x9E3779B97F4A7C15;

    private long _position;

    public static void Fill(Span<byte> destination, long position)
    {
        // Eight bytes from each multiple of eight; chunks begin at one.
        var words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(destination);
        var word = (ulong)position >> 3;
        for (var i = 0; i < words.Length; i++)
        {
            var x = (word + (ulong)i) * Odd;
            words[i] = x ^ (x >> 29);
        }
        for (var i = words.Length * 8; i < destination.Length; i++)
            destination[i] = (byte)(position + i);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = (int)Math.Min(buffer.Length, length - _position);
        // Whole words, so that the place of the next read is a multiple of eight.
        if (count < length - _position)
            count &= ~7;
        Fill(buffer.Span[..count], _position);
        _position += count;
        return ValueTask.FromResult(count);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
