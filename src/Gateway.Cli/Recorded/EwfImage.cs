using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.Cli.Recorded;

/// <summary>
/// An image in the Expert Witness format (E01) as far as its tables tell: what the imaging tool wrote down, the digests that it stored,
/// and the medium inside. Written by others: every length is bounded before it is believed, and what does not fit ends in
/// <see cref="InvalidDataException"/>.
/// </summary>
internal sealed partial class EwfImage : IDisposable
{
    private const int MaxSegments = 2000;
    private const int MaxHeaderBytes = 1 << 20;
    private const int MaxChunkBytes = 1 << 24;

    private readonly List<EwfSegment> _segments = [];
    private readonly List<string> _files = [];
    private int _sectorsPerChunk;
    private int _bytesPerSector;

    private EwfImage()
    {
    }

    /// <summary>Bytes of the medium.</summary>
    public long MediumBytes { get; private set; }

    /// <summary>Values of the header sections by their identifier: <c>c</c> case number, <c>n</c> evidence number, <c>a</c> description, <c>e</c> examiner, <c>t</c> notes, <c>m</c> acquired …</summary>
    public Dictionary<string, string> Header { get; } = new(StringComparer.Ordinal);

    /// <summary>Stored digests of the medium, lower-case hexadecimal.</summary>
    public Dictionary<string, string> Stored { get; } = new(StringComparer.Ordinal);

    /// <summary>Sectors that the imaging tool could not read.</summary>
    public long BadSectors { get; private set; }

    /// <summary>The files that it lies in, in order.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>Whether a file begins as such an image does.</summary>
    public static bool IsAt(string path)
    {
        Span<byte> start = stackalloc byte[EwfSegment.Signature.Length];
        using var file = File.OpenRead(path);
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual(EwfSegment.Signature);
    }

    /// <summary>
    /// Whether a file is one of several segments over which an image is divided: alone it holds a part of the medium, while the digests
    /// that the imaging tool stored are of all of it. False for what cannot be read far enough to tell.
    /// </summary>
    public static bool IsOneOfSeveral(string path)
    {
        try
        {
            using var segment = EwfSegment.Open(path, null);
            return segment.Number > 1 || !segment.IsLast;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return false;
        }
    }

    /// <summary>Whether a name is that of a first segment.</summary>
    public static bool IsFirstName(string path) => Path.GetExtension(path) is ['.', var letter, '0', '1'] && char.IsAsciiLetter(letter);

    /// <summary>Reads the sections of all segments; <c>disk.E01</c> is followed by <c>disk.E02</c> … <c>disk.E99</c>, <c>disk.EAA</c> ….</summary>
    public static EwfImage Open(string path)
    {
        var image = new EwfImage();
        try
        {
            for (var number = 1; number <= MaxSegments; number++)
            {
                var name = number == 1 ? path : SegmentName(path, number);
                if (!File.Exists(name))
                    throw new InvalidDataException($"segment {number} ({Path.GetFileName(name)}) is not there");
                var segment = EwfSegment.Open(name, number);
                image._segments.Add(segment);
                image._files.Add(name);
                foreach (var section in segment.Sections)
                    image.Take(segment, section);
                if (segment.IsLast)
                    break;
            }
            if (image.MediumBytes == 0)
                throw new InvalidDataException("it does not say how large its medium is");
            return image;
        }
        catch (ArgumentException e)
        {
            image.Dispose();
            throw new InvalidDataException("a section is shorter than what stands in it", e);
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>The medium, chunk by chunk; a buffer is valid until the next one.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Medium()
    {
        var chunkBytes = checked(_sectorsPerChunk * _bytesPerSector);
        var (plain, stored) = (new byte[chunkBytes], new byte[(2 * chunkBytes) + 1024]);
        var left = MediumBytes;
        foreach (var segment in _segments)
        {
            foreach (var (offset, length, compressed) in segment.Chunks())
            {
                if (left == 0)
                    throw new InvalidDataException("it holds more chunks than its medium has");
                var expected = (int)Math.Min(chunkBytes, left);
                if (length > stored.Length)
                    throw new InvalidDataException("a chunk is longer than a chunk can be");
                segment.Read(offset, stored.AsSpan(0, length));
                Unpack(stored, length, compressed, plain, expected);
                yield return plain.AsMemory(0, expected);
                left -= expected;
            }
        }
        if (left > 0)
            throw new InvalidDataException($"{left} bytes of the medium are not in it");
    }

    public void Dispose()
    {
        foreach (var segment in _segments)
            segment.Dispose();
    }

    private static void Unpack(byte[] stored, int length, bool compressed, byte[] plain, int expected)
    {
        if (compressed)
        {
            using var inflate = new ZLibStream(new MemoryStream(stored, 0, length, writable: false), CompressionMode.Decompress);
            if (inflate.ReadAtLeast(plain.AsSpan(0, expected), expected, throwOnEndOfStream: false) < expected)
                throw new InvalidDataException("a chunk does not unpack to its length");
        }
        else if (length < expected + 4 || EwfSegment.Adler32(stored.AsSpan(0, length - 4)) != BinaryPrimitives.ReadUInt32LittleEndian(stored.AsSpan(length - 4)))
            throw new InvalidDataException("a chunk does not have its checksum");
        else
            stored.AsSpan(0, expected).CopyTo(plain);
    }

    private void Take(EwfSegment segment, EwfSection section)
    {
        switch (section.Type)
        {
            case "header" or "header2":
                TakeHeader(Inflate(segment.Body(section, MaxHeaderBytes)), section.Type == "header2");
                break;
            case "volume" or "disk" or "data":
                TakeVolume(segment.Body(section, 4096));
                break;
            case "hash":
                Store("MD5", segment.Body(section, 4096).AsSpan(0, 16));
                break;
            case "digest":
                var digests = segment.Body(section, 4096);
                Store("MD5", digests.AsSpan(0, 16));
                Store("SHA1", digests.AsSpan(16, 20));
                break;
            case "xhash":
                // Newer tools write them as XML, SHA-256 too.
                foreach (Match digest in ExtendedHash().Matches(Encoding.UTF8.GetString(Inflate(segment.Body(section, MaxHeaderBytes)))))
                    Store(digest.Groups["name"].Value.ToUpperInvariant(), Convert.FromHexString(digest.Groups["value"].Value));
                break;
            case "error2":
                var errors = segment.Body(section, 1 << 24);
                var count = Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(errors), (uint)(errors.Length - 4) / 8);
                // A list of pairs: first sector, number of sectors; it begins behind a header of 520 bytes.
                for (var i = 0; i < count && 520 + (8 * i) + 8 <= errors.Length; i++)
                    BadSectors += BinaryPrimitives.ReadUInt32LittleEndian(errors.AsSpan(520 + (8 * i) + 4));
                break;
            default:
                break;
        }
    }

    private void TakeVolume(byte[] body)
    {
        if (body.Length < 24 || MediumBytes != 0)
            return;
        _sectorsPerChunk = BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(8));
        _bytesPerSector = BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(12));
        var sectors = BinaryPrimitives.ReadInt64LittleEndian(body.AsSpan(16));
        if (_sectorsPerChunk <= 0 || _bytesPerSector <= 0 || (long)_sectorsPerChunk * _bytesPerSector > MaxChunkBytes || sectors <= 0 || sectors > long.MaxValue / _bytesPerSector)
            throw new InvalidDataException("its sizes make no sense");
        MediumBytes = sectors * _bytesPerSector;
    }

    private void TakeHeader(byte[] bytes, bool wide)
    {
        var lines = (wide ? Encoding.Unicode : Encoding.Latin1).GetString(bytes).TrimStart('\ufeff').ReplaceLineEndings("\n").Split('\n');
        var main = Array.IndexOf(lines, "main");
        if (main < 0 || main + 2 >= lines.Length)
            return;
        var (names, values) = (lines[main + 1].Split('\t'), lines[main + 2].Split('\t'));
        foreach (var (name, value) in names.Zip(values))
        {
            // The wide header says the same with more letters.
            if (value.Length > 0 && (wide || !Header.ContainsKey(name)))
                Header[name] = value;
        }
    }

    private void Store(string algorithm, ReadOnlySpan<byte> value)
    {
        // Zeros: it was not computed.
        if (!value.ContainsAnyExcept((byte)0))
            return;
        var text = Convert.ToHexStringLower(value);
        if (!Stored.TryAdd(algorithm, text) && Stored[algorithm] != text)
            throw new InvalidDataException($"it records two different digests by {algorithm}");
    }

    [GeneratedRegex("<(?:(?<name>MD5)>(?<value>[0-9a-f]{32})|(?<name>SHA1)>(?<value>[0-9a-f]{40})|(?<name>SHA256)>(?<value>[0-9a-f]{64}))</", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ExtendedHash();

    private static byte[] Inflate(byte[] packed)
    {
        using var inflate = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress);
        var plain = new byte[MaxHeaderBytes];
        return plain[..inflate.ReadAtLeast(plain, plain.Length, throwOnEndOfStream: false)];
    }

    // .E01 to .E99, then .EAA to .EZZ, .FAA to .ZZZ; in small letters when the first is.
    private static string SegmentName(string first, int number)
    {
        var extension = Path.GetExtension(first);
        var letter = extension.Length > 1 ? extension[1] : 'E';
        if (number < 100)
            return Path.ChangeExtension(first, $"{letter}{number:00}");
        var a = char.IsLower(letter) ? 'a' : 'A';
        var n = number - 100;
        return Path.ChangeExtension(first, new string([(char)(letter + (n / 676)), (char)(a + (n / 26 % 26)), (char)(a + (n % 26))]));
    }
}
