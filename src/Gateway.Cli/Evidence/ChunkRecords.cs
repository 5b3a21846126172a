using System.Buffers.Binary;
using System.Collections;
using Gateway.Cli.Connection;
using Gateway.Protocol.Documents;

namespace Gateway.Cli.Evidence;

/// <summary>
/// A file with one record per chunk, written before the chunk is sent: its leaf in the tree, the SHA-256 of its plaintext, and eight
/// bytes that show a record torn by a power failure. Memory does not grow with it.
/// </summary>
internal sealed class ChunkRecords : IDisposable
{
    private const int CheckBytes = 8;
    private const int RecordBytes = (2 * Digest.Length) + CheckBytes;

    private readonly FileStream _file;

    /// <summary>Opens or creates; another process that attaches the same item is shut out.</summary>
    public ChunkRecords(string path)
    {
        if (File.Exists(path))
            OwnerOnly.RequirePrivate(path);
        _file = OwnerOnly.OpenOrCreate(path);
        Count = WholeRecords();
    }

    /// <summary>Records that are whole, from the first on.</summary>
    public long Count { get; private set; }

    public void Append(long index, Digest leaf, Digest plain)
    {
        if (index != Count)
            throw new InvalidOperationException($"chunk {index} was made after {Count} chunks");
        Span<byte> record = stackalloc byte[RecordBytes];
        Fill(record, index, leaf, plain);
        _file.Position = index * RecordBytes;
        _file.Write(record);
        _file.Flush();
        Count++;
    }

    /// <summary>Forgets what comes after the first so many: those chunks are made anew.</summary>
    public void Keep(long count)
    {
        Count = Math.Min(Count, count);
        _file.SetLength(Count * RecordBytes);
    }

    public Digest Plain(long index) => Read(index).Plain;

    /// <summary>The leaves of the first so many chunks.</summary>
    public IReadOnlyList<Digest> Leaves(long count) => new LeafList(this, checked((int)count));

    public void Dispose() => _file.Dispose();

    private (Digest Leaf, Digest Plain) Read(long index)
    {
        Span<byte> record = stackalloc byte[RecordBytes];
        _file.Position = index * RecordBytes;
        _file.ReadExactly(record);
        return (new Digest(record[..Digest.Length]), new Digest(record.Slice(Digest.Length, Digest.Length)));
    }

    private long WholeRecords()
    {
        Span<byte> record = stackalloc byte[RecordBytes];
        Span<byte> expected = stackalloc byte[RecordBytes];
        var file = new BufferedStream(_file, 1 << 16); // not disposed: the file stays open
        for (long index = 0; ; index++)
        {
            if (file.ReadAtLeast(record, RecordBytes, throwOnEndOfStream: false) < RecordBytes)
                return index;
            Fill(expected, index, new Digest(record[..Digest.Length]), new Digest(record.Slice(Digest.Length, Digest.Length)));
            if (!record.SequenceEqual(expected))
                return index;
        }
    }

    private static void Fill(Span<byte> record, long index, Digest leaf, Digest plain)
    {
        Span<byte> place = stackalloc byte[sizeof(long) + (2 * Digest.Length)];
        BinaryPrimitives.WriteInt64BigEndian(place, index);
        leaf.CopyTo(place[sizeof(long)..]);
        plain.CopyTo(place[(sizeof(long) + Digest.Length)..]);
        place[sizeof(long)..].CopyTo(record);
        Digest.Of(place).ToArray().AsSpan(0, CheckBytes).CopyTo(record[(2 * Digest.Length)..]);
    }

    private sealed class LeafList(ChunkRecords records, int count) : IReadOnlyList<Digest>
    {
        public int Count => count;

        public Digest this[int index] => records.Read(index).Leaf;

        public IEnumerator<Digest> GetEnumerator()
        {
            for (var i = 0; i < count; i++)
                yield return this[i];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
