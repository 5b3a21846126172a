using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Gateway.Cli.Output;

namespace Gateway.Cli.Records;

/// <summary>
/// What a PDF needs of a TrueType font (ISO/IEC 14496-22): which glyph stands for a character, how wide it is, and the font cut down to the glyphs that were
/// used. The files are fonts of this machine, not a stranger's; one of another kind, one that is damaged and one that may not be embedded is refused by its name.
/// </summary>
internal sealed class TrueTypeFont
{
    private const long MaxFile = 64 * 1024 * 1024;
    private const int MaxCharacter = 0x10ffff;

    private static readonly string[] s_needed = ["cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp"];
    private static readonly string[] s_embedded = ["cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep"];

    private readonly string _path;
    private readonly byte[] _file;
    private readonly Dictionary<string, (int At, int Length)> _tables = new(StringComparer.Ordinal);
    private readonly Dictionary<int, int> _glyphs = [];
    private readonly SortedDictionary<int, int> _used = [];
    private readonly int _unitsPerEm;
    private readonly int _metrics;
    private readonly int _count;

    public TrueTypeFont(string path)
    {
        _path = path;
        if (new FileInfo(path).Length > MaxFile)
            throw Refused($"is larger than {MaxFile / 1024 / 1024} MiB");
        _file = File.ReadAllBytes(path);
        Name = new string([.. Path.GetFileNameWithoutExtension(path).Where(char.IsAsciiLetterOrDigit)]);
        (_unitsPerEm, _metrics, _count) = Sound(() =>
        {
            if (Encoding.Latin1.GetString(_file, 0, 4) is not ("\0\u0001\0\0" or "true") and var tag)
                throw Refused(tag is "OTTO" ? "has CFF outlines (OpenType/CFF)" : tag is "ttcf" ? "is a collection of several fonts (TTC)" : "is no TrueType font");
            for (var i = 0; i < U16(4); i++)
                _tables[Encoding.ASCII.GetString(_file, 12 + (16 * i), 4)] = ((int)U32(12 + (16 * i) + 8), (int)U32(12 + (16 * i) + 12));
            if (s_needed.FirstOrDefault(name => !_tables.ContainsKey(name)) is { } lacking)
                throw Refused($"has no table '{lacking}'");
            if (_tables.Values.Any(table => table.At < 0 || table.Length < 0 || table.Length > _file.Length - table.At) || _tables["head"].Length < 54)
                throw Refused("is damaged");
            // OS/2 fsType: 2, a restricted licence; 0x100, no part of it; 0x200, bitmaps only.
            if (_tables.TryGetValue("OS/2", out var os2) && U16(os2.At + 8) is var licence && ((licence & 0xf) == 2 || (licence & 0x300) != 0))
                throw Refused("may not be embedded in part, by its own licence bits");
            var read = (Units: U16(_tables["head"].At + 18), Metrics: U16(_tables["hhea"].At + 34), Count: U16(_tables["maxp"].At + 4));
            return read.Units > 0 && read.Metrics > 0 && _tables["hmtx"].Length >= 4 * read.Metrics ? read : throw Refused("is damaged");
        });
        Sound(ReadCharacters);
    }

    /// <summary>For the PDF.</summary>
    public string Name { get; }

    /// <summary>Glyphs that were asked for, each with the first character that it stands for.</summary>
    public IReadOnlyDictionary<int, int> Used => _used;

    public string Box => string.Join(' ', Enumerable.Range(0, 4).Select(i => Scaled(I16(_tables["head"].At + 36 + (2 * i)))));

    public int Ascent => Scaled(I16(_tables["hhea"].At + 4));

    public int Descent => Scaled(I16(_tables["hhea"].At + 6));

    /// <summary>Whether there is a glyph for a character.</summary>
    public bool Has(Rune character) => _glyphs.ContainsKey(character.Value);

    /// <summary>The glyph of a character as hexadecimal digits; of one that the font lacks, its own sign for "missing".</summary>
    public string Glyph(Rune character)
    {
        var glyph = _glyphs.GetValueOrDefault(character.Value);
        // Who copies the sign for "missing" gets that, not one of the characters for which it stands.
        _used.TryAdd(glyph, glyph == 0 ? Rune.ReplacementChar.Value : character.Value);
        return glyph.ToString("X4", CultureInfo.InvariantCulture);
    }

    /// <summary>Width of a character in thousandths of the size.</summary>
    public int Width(Rune character) => WidthOf(_glyphs.GetValueOrDefault(character.Value));

    /// <summary>Width of a glyph in thousandths of the size; the last metric stands for all behind it.</summary>
    public int WidthOf(int glyph) => Scaled(U16(_tables["hmtx"].At + (4 * Math.Min(glyph, _metrics - 1))));

    /// <summary>The font with the outlines of the used glyphs only; numbers of glyphs stay.</summary>
    public byte[] Subset() => Sound(() =>
    {
        var (glyf, loca) = (_tables["glyf"].At, _tables["loca"].At);
        var wide = I16(_tables["head"].At + 50) == 1;
        int Offset(int glyph) => wide ? (int)U32(loca + (4 * glyph)) : 2 * U16(loca + (2 * glyph));
        var keep = new HashSet<int>();
        var open = new Stack<int>(_used.Keys.Append(0));
        while (open.TryPop(out var glyph))
        {
            if (glyph >= _count || !keep.Add(glyph) || Offset(glyph + 1) == Offset(glyph) || I16(glyf + Offset(glyph)) >= 0)
                continue;
            // A glyph made of others brings them along.
            for (int at = glyf + Offset(glyph) + 10, flags = 0x20; (flags & 0x20) != 0;)
            {
                (flags, var part) = (U16(at), U16(at + 2));
                open.Push(part);
                at += 4 + ((flags & 1) != 0 ? 4 : 2) + ((flags & 8) != 0 ? 2 : (flags & 0x40) != 0 ? 4 : (flags & 0x80) != 0 ? 8 : 0);
            }
        }
        using var outlines = new MemoryStream();
        var places = new byte[4 * (_count + 1)];
        for (var glyph = 0; glyph < _count; glyph++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(places.AsSpan(4 * glyph), (uint)outlines.Length);
            if (keep.Contains(glyph))
                outlines.Write(_file, glyf + Offset(glyph), Offset(glyph + 1) - Offset(glyph));
            while (outlines.Length % 4 != 0)
                outlines.WriteByte(0);
            // Outlines that overlap; four bytes are added to each at most.
            if (outlines.Length > _file.Length + (4L * _count))
                throw Refused("is damaged");
        }
        BinaryPrimitives.WriteUInt32BigEndian(places.AsSpan(4 * _count), (uint)outlines.Length);
        return Assemble(outlines.ToArray(), places);
    });

    private byte[] Assemble(byte[] glyf, byte[] loca)
    {
        var tables = s_embedded.Where(_tables.ContainsKey).Select(name => (Name: name, Content: name switch
        {
            "glyf" => glyf,
            "loca" => loca,
            _ => _file[_tables[name].At..(_tables[name].At + _tables[name].Length)],
        })).ToList();
        // The places are 32 bits wide now.
        BinaryPrimitives.WriteInt16BigEndian(tables.First(t => t.Name == "head").Content.AsSpan(50), 1);
        using var font = new MemoryStream();
        var header = new byte[12 + (16 * tables.Count)];
        BinaryPrimitives.WriteUInt32BigEndian(header, 0x00010000);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)tables.Count);
        var at = header.Length;
        for (var i = 0; i < tables.Count; i++)
        {
            var entry = header.AsSpan(12 + (16 * i), 16);
            Encoding.ASCII.GetBytes(tables[i].Name, entry);
            BinaryPrimitives.WriteUInt32BigEndian(entry[8..], (uint)at);
            BinaryPrimitives.WriteUInt32BigEndian(entry[12..], (uint)tables[i].Content.Length);
            at += (tables[i].Content.Length + 3) & ~3;
        }
        font.Write(header);
        foreach (var (_, content) in tables)
        {
            font.Write(content);
            while (font.Length % 4 != 0)
                font.WriteByte(0);
        }
        return font.ToArray();
    }

    // cmap formats 12 (all of Unicode) and 4 (the first 65,536 characters), the latter first; not those for the character sets of before Unicode.
    private void ReadCharacters()
    {
        var cmap = _tables["cmap"].At;
        var unicode = Enumerable.Range(0, U16(cmap + 2)).Select(i => cmap + 4 + (8 * i)).Where(at => U16(at) == 0 || (U16(at) == 3 && U16(at + 2) is 1 or 10));
        // Each character a few times over; a file that says more of them would be read for hours.
        var left = 4 * MaxCharacter;
        foreach (var table in unicode.Select(at => cmap + (int)U32(at + 4)).Distinct().OrderBy(at => U16(at)))
        {
            if (U16(table) == 12)
            {
                for (var g = 0; g < U32(table + 12); g++)
                {
                    var group = table + 16 + (12 * g);
                    var (start, end) = (U32(group), U32(group + 4));
                    if (end > MaxCharacter || start > end || (left -= (int)(end - start) + 1) < 0)
                        throw Refused("is damaged");
                    for (var c = start; c <= end; c++)
                        Map((int)c, U32(group + 8) + c - start);
                }
            }
            else if (U16(table) == 4)
                ReadSegments(table, U16(table + 6) / 2, ref left);
        }
    }

    private void ReadSegments(int table, int segments, ref int left)
    {
        for (var i = 0; i < segments; i++)
        {
            var (end, start) = (U16(table + 14 + (2 * i)), U16(table + 16 + (2 * segments) + (2 * i)));
            var delta = I16(table + 16 + (4 * segments) + (2 * i));
            var rangeAt = table + 16 + (6 * segments) + (2 * i);
            if ((left -= Math.Max(0, end - start + 1)) < 0)
                throw Refused("is damaged");
            for (var c = start; c <= end && c != 0xffff; c++)
            {
                var glyph = U16(rangeAt) == 0 ? (c + delta) & 0xffff : U16(rangeAt + U16(rangeAt) + (2 * (c - start)));
                if (U16(rangeAt) != 0 && glyph != 0)
                    glyph = (glyph + delta) & 0xffff;
                Map(c, (uint)glyph);
            }
        }
    }

    private void Map(int character, uint glyph)
    {
        if (glyph != 0 && glyph < _count)
            _glyphs[character] = (int)glyph;
    }

    private void Sound(Action read) => Sound(() =>
    {
        read();
        return true;
    });

    // Whatever a damaged file points at, it is outside of the file.
    private T Sound<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            throw Refused("is damaged");
        }
    }

    private StopException Refused(string why) => StopException.Incomplete($"the font {_path} {why}; a PDF takes fonts with TrueType outlines, one in a file, that may be embedded (.ttf): name such files or their folder in GATEWAYCTL_FONTS");

    private int Scaled(int units) => units * 1000 / _unitsPerEm;

    private int U16(int at) => BinaryPrimitives.ReadUInt16BigEndian(_file.AsSpan(at));

    private int I16(int at) => BinaryPrimitives.ReadInt16BigEndian(_file.AsSpan(at));

    private uint U32(int at) => BinaryPrimitives.ReadUInt32BigEndian(_file.AsSpan(at));
}
