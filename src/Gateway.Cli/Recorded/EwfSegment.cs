using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Cli.Recorded;

/// <summary>A section of a segment: its type, where its body begins and how long it is.</summary>
internal sealed record EwfSection(string Type, long Start, long Length);

/// <summary>One file of an image in the Expert Witness format: a chain of sections, each behind a descriptor of 76 bytes with an Adler-32.</summary>
internal sealed class EwfSegment : IDisposable
{
    private const int DescriptorBytes = 76;
    private const int TableHeaderBytes = 24;
    private const int MaxSections = 100_000;
    private const uint CompressedMark = 0x8000_0000;

    private readonly SafeFileHandle _file;
    private readonly long _length;

    private EwfSegment(SafeFileHandle file) => (_file, _length) = (file, RandomAccess.GetLength(file));

    public static ReadOnlySpan<byte> Signature => [0x45, 0x56, 0x46, 0x09, 0x0d, 0x0a, 0xff, 0x00];

    public List<EwfSection> Sections { get; } = [];

    /// <summary>Whether the image ends here rather than goes on in another segment.</summary>
    public bool IsLast { get; private set; }

    /// <summary>Its place in the image, from 1.</summary>
    public int Number { get; private set; }

    /// <param name="path">The file.</param>
    /// <param name="number">The place that it must have; null: whichever.</param>
    public static EwfSegment Open(string path, int? number)
    {
        var segment = new EwfSegment(File.OpenHandle(path));
        try
        {
            Span<byte> header = stackalloc byte[13];
            segment.Read(0, header);
            segment.Number = BinaryPrimitives.ReadUInt16LittleEndian(header[9..]);
            if (!header[..8].SequenceEqual(Signature) || (number is not null && segment.Number != number))
                throw new InvalidDataException($"{Path.GetFileName(path)} is not {(number is null ? "a segment" : $"segment {number}")} of an image");
            segment.ReadSections(header.Length);
            return segment;
        }
        catch
        {
            segment.Dispose();
            throw;
        }
    }

    /// <summary>The whole body of a small section.</summary>
    public byte[] Body(EwfSection section, int most)
    {
        if (section.Length > most)
            throw new InvalidDataException($"its section '{section.Type}' has {section.Length} bytes");
        var body = new byte[section.Length];
        Read(section.Start, body);
        return body;
    }

    /// <summary>Where the chunks of the medium lie, in order: place, stored length, whether they are packed.</summary>
    public IEnumerable<(long Offset, int Length, bool Compressed)> Chunks()
    {
        EwfSection? sectors = null;
        foreach (var section in Sections)
        {
            if (section.Type == "sectors")
                sectors = section;
            else if (section.Type == "table" && sectors is not null)
            {
                foreach (var chunk in Table(section, sectors.Start + sectors.Length))
                    yield return chunk;
            }
        }
    }

    public void Read(long offset, Span<byte> destination)
    {
        for (var done = 0; done < destination.Length;)
        {
            var read = RandomAccess.Read(_file, destination[done..], offset + done);
            if (read == 0)
                throw new InvalidDataException("it ends within a section");
            done += read;
        }
    }

    public static uint Adler32(ReadOnlySpan<byte> bytes)
    {
        const uint Modulus = 65521;
        uint a = 1, b = 0;
        while (bytes.Length > 0)
        {
            // As many additions as fit without an overflow.
            var run = Math.Min(bytes.Length, 5552);
            foreach (var x in bytes[..run])
                b += a += x;
            (a, b) = (a % Modulus, b % Modulus);
            bytes = bytes[run..];
        }
        return (b << 16) | a;
    }

    public void Dispose() => _file.Dispose();

    private void ReadSections(long at)
    {
        var descriptor = new byte[DescriptorBytes];
        while (true)
        {
            Read(at, descriptor);
            if (Adler32(descriptor.AsSpan(0, DescriptorBytes - 4)) != BinaryPrimitives.ReadUInt32LittleEndian(descriptor.AsSpan(DescriptorBytes - 4)))
                throw new InvalidDataException($"the section at byte {at} does not have its checksum");
            var type = Encoding.ASCII.GetString(descriptor, 0, 16).TrimEnd('\0');
            var next = BinaryPrimitives.ReadInt64LittleEndian(descriptor.AsSpan(16));
            if (type is "done" or "next")
            {
                IsLast = type == "done";
                return;
            }
            if (next <= at + DescriptorBytes - 1 || next > _length || Sections.Count == MaxSections)
                throw new InvalidDataException($"the section '{type}' at byte {at} leads nowhere");
            Sections.Add(new EwfSection(type, at + DescriptorBytes, next - at - DescriptorBytes));
            at = next;
        }
    }

    private IEnumerable<(long Offset, int Length, bool Compressed)> Table(EwfSection section, long end)
    {
        var header = new byte[TableHeaderBytes];
        Read(section.Start, header);
        var count = BinaryPrimitives.ReadUInt32LittleEndian(header);
        var origin = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(8));
        if (TableHeaderBytes + (4L * count) > section.Length || origin < 0 || origin > _length)
            throw new InvalidDataException("a table is longer than its section");
        var entries = new byte[4 * 4096];
        uint? open = null;
        for (long done = 0; done < count;)
        {
            var batch = (int)Math.Min(4096, count - done);
            Read(section.Start + TableHeaderBytes + (4 * done), entries.AsSpan(0, 4 * batch));
            for (var i = 0; i < batch; i++)
            {
                var entry = BinaryPrimitives.ReadUInt32LittleEndian(entries.AsSpan(4 * i));
                if (open is { } before)
                    yield return Chunk(origin, before, origin + (entry & ~CompressedMark));
                open = entry;
            }
            done += batch;
        }
        if (open is { } last)
            yield return Chunk(origin, last, end);
    }

    private static (long Offset, int Length, bool Compressed) Chunk(long origin, uint entry, long end)
    {
        var offset = origin + (entry & ~CompressedMark);
        return end > offset && end - offset <= int.MaxValue ? (offset, (int)(end - offset), (entry & CompressedMark) != 0) : throw new InvalidDataException("its chunks are not in order");
    }
}
