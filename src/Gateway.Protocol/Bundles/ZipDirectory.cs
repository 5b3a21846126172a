using System.Buffers.Binary;
using System.Text;

namespace Gateway.Protocol.Bundles;

/// <summary>
/// Reads the headers of a ZIP that a stranger may have made. Every byte of the file must belong to exactly one header or one file, and the two
/// headers of a file must agree; so nothing overlaps, nothing hides between, and no other tool sees other files than we do.
/// </summary>
internal sealed class ZipDirectory
{
    private const int MaxCentralBytesPerEntry = 46 + BundleLayout.MaxNameLength + 512;
    private const int MaxForeignCentralBytesPerEntry = 46 + ForeignNames.MaxBytes + 4096;

    private const int UsualHeader = 512;

    private readonly BundleBytes _bytes;
    private readonly BundleLimits _limits;
    private readonly Findings _findings;
    private readonly bool _foreign;
    private readonly List<BundleEntry> _all = [];
    private bool _canonical;

    private ZipDirectory(BundleBytes bytes, BundleLimits limits, Findings findings, bool foreign)
    {
        _foreign = foreign;
        _bytes = bytes;
        _limits = limits;
        _findings = findings;
    }

    /// <summary>The files that may be read, in the order of the archive. Everything else became a finding.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="findings">Where problems go.</param>
    /// <param name="foreign">Not a bundle: names, comments and sizes are the strangers' own, within <see cref="ForeignNames"/> and the limits.</param>
    public static IReadOnlyList<BundleEntry> Read(BundleBytes bytes, BundleLimits limits, Findings findings, bool foreign = false)
    {
        var directory = new ZipDirectory(bytes, limits, findings, foreign);
        if ((foreign ? directory.FindForeignEnd() : directory.FindEnd()) is not { } end)
            return [];
        if (!directory.ReadCentral(end) || !directory.ReadLocals(end.Start))
            return [];
        if (!directory._canonical && !foreign)
            findings.Add(FindingCode.Repacked, "the ZIP was not written by a gateway; the files in it are judged all the same");
        return directory.Accept();
    }

    private sealed record End(long Count, long Start, long Length, long RecordAt);

    private End? FindEnd()
    {
        // The comment may hold 65,535 bytes; ours or none is accepted, so the end record has one of two places.
        foreach (var comment in (int[])[ZipFormat.Comment.Length, 0])
        {
            var at = _bytes.Length - ZipFormat.EndRecordBytes - comment;
            if (at < 0)
                continue;
            var b = _bytes.Read(at, ZipFormat.EndRecordBytes + comment);
            if (U32(b, 0) != ZipFormat.EndRecord || U16(b, 20) != comment || (comment > 0 && !b.AsSpan(ZipFormat.EndRecordBytes).SequenceEqual(ZipFormat.Comment)))
                continue;
            _canonical = comment > 0;
            return ReadEnd(b, at);
        }
        _findings.Add(FindingCode.NotABundle, "the file is not a ZIP, was cut short, or has bytes behind its end");
        return null;
    }

    // A comment may hold bytes that look like an end record, and programs differ in which one they take: only a file in which there is one is read.
    private End? FindForeignEnd()
    {
        var length = (int)Math.Min(_bytes.Length, ZipFormat.EndRecordBytes + ushort.MaxValue);
        var tail = _bytes.Read(_bytes.Length - length, length);
        var found = -1;
        for (var at = length - ZipFormat.EndRecordBytes; at >= 0; at--)
        {
            if (U32(tail, at) != ZipFormat.EndRecord || U16(tail, at + 20) != length - ZipFormat.EndRecordBytes - at)
                continue;
            if (found >= 0)
                return Damaged("the file has two ends");
            found = at;
        }
        if (found >= 0)
            return ReadEnd(tail[found..], _bytes.Length - length + found);
        _findings.Add(FindingCode.NotABundle, "the file is not a ZIP, was cut short, or has bytes behind its end");
        return null;
    }

    private End? ReadEnd(byte[] b, long at)
    {
        long count = U16(b, 10), length = U32(b, 12), start = U32(b, 16);
        var recordAt = at;
        if (U16(b, 4) != 0 || U16(b, 6) != 0 || U16(b, 8) != count)
            return Damaged("the end record speaks of several disks");
        if (count == ushort.MaxValue || length == uint.MaxValue || start == uint.MaxValue)
        {
            recordAt = at - ZipFormat.End64LocatorBytes - ZipFormat.End64RecordBytes;
            if (recordAt < 0)
                return Damaged("the 64-bit end record is missing");
            var r = _bytes.Read(recordAt, ZipFormat.End64RecordBytes + ZipFormat.End64LocatorBytes);
            if (U32(r, 0) != ZipFormat.End64Record || U64(r, 4) != ZipFormat.End64RecordBytes - 12 || U32(r, 16) != 0 || U32(r, 20) != 0 || U64(r, 24) != U64(r, 32)
                || U32(r, 56) != ZipFormat.End64Locator || U32(r, 60) != 0 || U64(r, 64) != (ulong)recordAt || U32(r, 72) != 1
                || U64(r, 32) > int.MaxValue || U64(r, 40) > long.MaxValue || U64(r, 48) > long.MaxValue)
                return Damaged("the 64-bit end record is damaged");
            (count, length, start) = ((long)U64(r, 32), (long)U64(r, 40), (long)U64(r, 48));
        }
        if (count > _limits.MaxEntries)
        {
            _findings.Add(FindingCode.LimitExceeded, $"the ZIP has {count} entries; the limit is {_limits.MaxEntries}");
            return null;
        }
        if (start > recordAt || length != recordAt - start || length > count * (_foreign ? MaxForeignCentralBytesPerEntry : MaxCentralBytesPerEntry))
            return Damaged("the directory is not where the end record says");
        if (_canonical && !ZipHeaders.End(count, start, length).AsSpan().SequenceEqual(_bytes.Read(recordAt, (int)(_bytes.Length - recordAt))))
            return Damaged("the end record was changed after a gateway wrote it");
        return new End(count, start, length, recordAt);
    }

    private End? Damaged(string text)
    {
        _findings.Add(FindingCode.ContainerDamaged, text);
        return null;
    }

    private bool ReadCentral(End end)
    {
        var window = new BundleWindow(_bytes, end.Start, end.RecordAt);
        for (var i = 0L; i < end.Count; i++)
        {
            if (ReadCentralHeader(window) is not { } entry)
                return Damaged($"entry {i + 1} of the directory is damaged") is not null;
            _all.Add(entry);
        }
        return window.AtEnd || Damaged("there are bytes between the directory and the end record") is not null;
    }

    private BundleEntry? ReadCentralHeader(BundleWindow window)
    {
        if (!window.TryRead(ZipFormat.CentralHeaderBytes, out var h) || U32(h, 0) != ZipFormat.CentralHeader)
            return null;
        Span<byte> header = stackalloc byte[ZipFormat.CentralHeaderBytes];
        h.CopyTo(header);
        int nameLength = U16(header, 28), extraLength = U16(header, 30), commentLength = U16(header, 32);
        if (!window.TryRead(nameLength + extraLength + commentLength, out var rest) || (commentLength != 0 && !_foreign) || U16(header, 34) != 0)
            return null;
        rest = rest[..(nameLength + extraLength)];
        var name = _foreign ? ForeignNames.Decode(rest[..nameLength]) : Encoding.Latin1.GetString(rest[..nameLength]);
        long compressed = U32(header, 20), size = U32(header, 24), offset = U32(header, 42);
        if (!Extras.Read(rest[nameLength..], ref size, ref compressed, ref offset) || offset >= _bytes.Length || compressed > _bytes.Length)
            return null;
        var entry = new BundleEntry(name, _foreign ? BundlePlace.Unknown : BundleLayout.PlaceOf(name), size)
        {
            RawName = _foreign ? rest[..nameLength].ToArray() : null,
            Header = U64(header, 8),
            Compressed = compressed,
            Offset = offset,
            Crc = U32(header, 16),
            Attributes = U32(header, 38),
        };
        if (_canonical)
        {
            Span<byte> expected = ZipHeaders.Room(name) <= UsualHeader ? stackalloc byte[UsualHeader] : new byte[ZipHeaders.Room(name)];
            expected = expected[..ZipHeaders.Central(new ZipRecord(name, entry.Crc, size, offset, (entry.Flags & ZipFormat.SizesFollow) != 0), expected)];
            if (!expected[..ZipFormat.CentralHeaderBytes].SequenceEqual(header) || !expected[ZipFormat.CentralHeaderBytes..].SequenceEqual(rest))
                return null;
        }
        return entry;
    }

    // Local headers in the order of the file: each must begin where the one before ended.
    private bool ReadLocals(long directoryStart)
    {
        var expected = 0L;
        foreach (var entry in _all.OrderBy(e => e.Offset))
        {
            if (entry.Offset != expected)
                return Damaged($"before '{entry.Name}' there are bytes that belong to no file, or files overlap") is not null;
            if (ReadLocal(entry, directoryStart) is not { } next)
                return Damaged($"the header beside '{entry.Name}' is damaged or contradicts the directory") is not null;
            expected = next;
        }
        return expected == directoryStart || Damaged("before the directory there are bytes that belong to no file") is not null;
    }

    private long? ReadLocal(BundleEntry entry, long directoryStart)
    {
        // Of our own names a character is a byte.
        var fixedPart = ZipFormat.LocalHeaderBytes + (entry.RawName?.Length ?? entry.Name.Length);
        if (directoryStart - entry.Offset < fixedPart)
            return null;
        Span<byte> h = fixedPart <= UsualHeader ? stackalloc byte[UsualHeader] : new byte[fixedPart];
        h = h[..fixedPart];
        _bytes.Read(entry.Offset, h);
        int nameLength = U16(h, 26), extraLength = U16(h, 28);
        var name = h[ZipFormat.LocalHeaderBytes..];
        if (U32(h, 0) != ZipFormat.LocalHeader || nameLength != name.Length || !(entry.RawName is { } raw ? name.SequenceEqual(raw) : IsLatin1(name, entry.Name))
            || directoryStart - entry.Offset - fixedPart < extraLength)
            return null;
        var extra = extraLength == 0 ? [] : _bytes.Read(entry.Offset + fixedPart, extraLength);
        long compressed = U32(h, 18), size = U32(h, 22), none = 0;
        // Version needed may differ between the two headers (some tools raise it in one); flags, method, time and date may not.
        if (U64(h, 6) != entry.Header || !Extras.Read(extra, ref size, ref compressed, ref none))
            return null;
        entry.DataOffset = entry.Offset + fixedPart + extraLength;
        if (directoryStart - entry.DataOffset < entry.Compressed)
            return null;
        var follow = (entry.Flags & ZipFormat.SizesFollow) != 0;
        var stated = U32(h, 14) == entry.Crc && compressed == entry.Compressed && size == entry.Size;
        if (!stated && !(follow && U32(h, 14) == 0 && compressed is 0 or uint.MaxValue && size is 0 or uint.MaxValue))
            return null;
        if (_canonical)
        {
            Span<byte> expected = ZipHeaders.Room(entry.Name) <= UsualHeader ? stackalloc byte[UsualHeader] : new byte[ZipHeaders.Room(entry.Name)];
            expected = expected[..ZipHeaders.Local(new ZipRecord(entry.Name, entry.Crc, entry.Size, entry.Offset, follow), expected)];
            if (expected.Length != h.Length + extra.Length || !expected.StartsWith(h) || !expected.EndsWith(extra))
                return null;
        }
        var end = entry.DataOffset + entry.Compressed;
        return follow ? ReadDescriptor(entry, end, directoryStart) : end;
    }

    // APPNOTE 4.3.9: the signature is optional, the sizes have 4 or 8 bytes.
    private long? ReadDescriptor(BundleEntry entry, long at, long directoryStart)
    {
        var b = _bytes.Read(at, (int)Math.Min(24, directoryStart - at));
        foreach (var (signed, wide) in ((bool, bool)[])[(true, false), (true, true), (false, false), (false, true)])
        {
            var skip = signed ? 4 : 0;
            var length = skip + 4 + (wide ? 16 : 8);
            if (b.Length < length || (signed && U32(b, 0) != ZipFormat.DataDescriptor) || U32(b, skip) != entry.Crc)
                continue;
            var (compressed, size) = wide ? (U64(b, skip + 4), U64(b, skip + 12)) : (U32(b, skip + 4), U32(b, skip + 8));
            if (compressed == (ulong)entry.Compressed && size == (ulong)entry.Size && (!_canonical || (signed && wide == entry.Size >= uint.MaxValue)))
                return at + length;
        }
        return null;
    }

    private static bool IsLatin1(ReadOnlySpan<byte> bytes, string text)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != text[i])
                return false;
        }
        return bytes.Length == text.Length;
    }

    private List<BundleEntry> Accept()
    {
        var accepted = new List<BundleEntry>(_all.Count);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var total = 0L;
        foreach (var entry in _all)
        {
            var name = entry.Name.EndsWith('/') && entry.Size == 0 && !_canonical ? entry.Name[..^1] : entry.Name;
            if ((_foreign ? ForeignNames.Problem(name) : BundleLayout.Problem(name)) is { } problem)
                _findings.Add(FindingCode.NameRefused, problem, entry.Name);
            else if (!names.Add(name))
                _findings.Add(FindingCode.NameTwice, "two files bear this name (upper and lower case count as the same)", entry.Name);
            else if (name.Length != entry.Name.Length)
                continue; // a folder entry of another tool: it holds nothing
            else if ((entry.Attributes >> 28) is not (0 or 8) || (entry.Attributes & 0x10) != 0)
                _findings.Add(FindingCode.NotAFile, "the entry is a link, a folder or a device", entry.Name);
            else if ((entry.Flags & ~(ZipFormat.SizesFollow | 0x0806)) != 0 || entry.Method is not (ZipFormat.Stored or ZipFormat.Deflated))
                _findings.Add(FindingCode.EncodingRefused, "the entry is encrypted or compressed in a way other than 'deflate'", entry.Name);
            else if (entry.Method == ZipFormat.Stored && entry.Compressed != entry.Size)
                _findings.Add(FindingCode.FileDamaged, "the entry is stored, but its two sizes differ", entry.Name);
            else if (!_foreign && entry.Size > BundleLimits.MaxBytes(entry.Place))
                _findings.Add(FindingCode.LimitExceeded, $"the file has {entry.Size} bytes; the limit at this place is {BundleLimits.MaxBytes(entry.Place)}", entry.Name);
            else if (_foreign && entry.Size > 1 << 20 && entry.Size / _limits.MaxRatio > entry.Compressed)
                _findings.Add(FindingCode.LimitExceeded, $"the file inflates to more than {_limits.MaxRatio} times its size", entry.Name);
            else if (entry.Place != BundlePlace.EvidenceContent && (total += entry.Size) > _limits.MaxTotalBytes)
                _findings.Add(FindingCode.LimitExceeded, $"the files before this one have {_limits.MaxTotalBytes} bytes; this and later ones are not read", entry.Name);
            else
                accepted.Add(entry);
        }
        return accepted;
    }

    private static ushort U16(ReadOnlySpan<byte> b, int at) => BinaryPrimitives.ReadUInt16LittleEndian(b[at..]);

    private static uint U32(ReadOnlySpan<byte> b, int at) => BinaryPrimitives.ReadUInt32LittleEndian(b[at..]);

    private static ulong U64(ReadOnlySpan<byte> b, int at) => BinaryPrimitives.ReadUInt64LittleEndian(b[at..]);

    private static class Extras
    {
        // APPNOTE 4.5.3: the 64-bit values stand in this order, each only when its field in the header is all ones.
        public static bool Read(ReadOnlySpan<byte> extra, ref long size, ref long compressed, ref long offset)
        {
            while (extra.Length >= 4)
            {
                int id = U16(extra, 0), length = U16(extra, 2);
                if (extra.Length < 4 + length)
                    return false;
                var field = extra.Slice(4, length);
                if (id == ZipFormat.Zip64Extra && !(Take(ref field, ref size) && Take(ref field, ref compressed) && Take(ref field, ref offset)))
                    return false;
                extra = extra[(4 + length)..];
            }
            return extra.Length == 0;
        }

        private static bool Take(ref ReadOnlySpan<byte> field, ref long value)
        {
            if (value != uint.MaxValue)
                return true;
            if (field.Length < 8 || U64(field, 0) > long.MaxValue)
                return false;
            value = (long)U64(field, 0);
            field = field[8..];
            return true;
        }
    }
}
