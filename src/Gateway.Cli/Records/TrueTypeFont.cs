using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Gateway.Cli.Records;

/// <summary>
/// What a PDF needs of a TrueType font (ISO/IEC 14496-22): which glyph stands for a character, how wide it is, and the font cut down to the glyphs that were
/// used. The files are fonts of this machine, not a stranger's; one that is damaged ends in an exception.
/// </summary>
internal sealed class TrueTypeFont
{
    private static readonly string[] s_embedded = ["cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep"];

    private readonly byte[] _file;
    private readonly Dictionary<string, (int At, int Length)> _tables = new(StringComparer.Ordinal);
    private readonly Dictionary<int, int> _glyphs = [];
    private readonly SortedDictionary<int, int> _used = [];
    private readonly int _unitsPerEm;
    private readonly int _metrics;

    public TrueTypeFont(string path)
    {
        _file = File.ReadAllBytes(path);
        Name = new string([.. Path.GetFileNameWithoutExtension(path).Where(char.IsAsciiLetterOrDigit)]);
        for (var i = 0; i < U16(4); i++)
            _tables[Encoding.ASCII.GetString(_file, 12 + (16 * i), 4)] = ((int)U32(12 + (16 * i) + 8), (int)U32(12 + (16 * i) + 12));
        _unitsPerEm = U16(_tables["head"].At + 18);
        _metrics = U16(_tables["hhea"].At + 34);
        ReadCharacters();
    }

    /// <summary>For the PDF.</summary>
    public string Name { get; }

    /// <summary>Glyphs that were asked for, each with the first character that it stands for.</summary>
    public IReadOnlyDictionary<int, int> Used => _used;

    public string Box => string.Join(' ', Enumerable.Range(0, 4).Select(i => Scaled(I16(_tables["head"].At + 36 + (2 * i)))));

    public int Ascent => Scaled(I16(_tables["hhea"].At + 4));

    public int Descent => Scaled(I16(_tables["hhea"].At + 6));

    /// <summary>The glyphs of a text as hexadecimal digits; a character that the font lacks is its own sign for "missing".</summary>
    public string Glyphs(string text)
    {
        var hex = new StringBuilder(4 * text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var glyph = _glyphs.GetValueOrDefault(rune.Value);
            _used.TryAdd(glyph, rune.Value);
            hex.Append(glyph.ToString("X4", CultureInfo.InvariantCulture));
        }
        return hex.ToString();
    }

    /// <summary>Width of a text in thousandths of the size.</summary>
    public int Width(string text) => text.EnumerateRunes().Sum(rune => WidthOf(_glyphs.GetValueOrDefault(rune.Value)));

    /// <summary>Width of a glyph in thousandths of the size; the last metric stands for all behind it.</summary>
    public int WidthOf(int glyph) => Scaled(U16(_tables["hmtx"].At + (4 * Math.Min(glyph, _metrics - 1))));

    /// <summary>The font with the outlines of the used glyphs only; numbers of glyphs stay.</summary>
    public byte[] Subset()
    {
        var (glyf, loca, count) = (_tables["glyf"].At, _tables["loca"].At, U16(_tables["maxp"].At + 4));
        var wide = I16(_tables["head"].At + 50) == 1;
        int Offset(int glyph) => wide ? (int)U32(loca + (4 * glyph)) : 2 * U16(loca + (2 * glyph));
        var keep = new HashSet<int>();
        var open = new Stack<int>(_used.Keys.Append(0));
        while (open.TryPop(out var glyph))
        {
            if (glyph >= count || !keep.Add(glyph) || Offset(glyph + 1) == Offset(glyph) || I16(glyf + Offset(glyph)) >= 0)
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
        var places = new byte[4 * (count + 1)];
        for (var glyph = 0; glyph < count; glyph++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(places.AsSpan(4 * glyph), (uint)outlines.Length);
            if (keep.Contains(glyph))
                outlines.Write(_file, glyf + Offset(glyph), Offset(glyph + 1) - Offset(glyph));
            while (outlines.Length % 4 != 0)
                outlines.WriteByte(0);
        }
        BinaryPrimitives.WriteUInt32BigEndian(places.AsSpan(4 * count), (uint)outlines.Length);
        return Assemble(outlines.ToArray(), places);
    }

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

    // cmap formats 12 (all of Unicode) and 4 (the first 65,536 characters).
    private void ReadCharacters()
    {
        var cmap = _tables["cmap"].At;
        foreach (var table in Enumerable.Range(0, U16(cmap + 2)).Select(i => cmap + (int)U32(cmap + 4 + (8 * i) + 4)).OrderBy(at => U16(at)))
        {
            if (U16(table) == 12)
            {
                for (var g = 0; g < U32(table + 12); g++)
                {
                    var group = table + 16 + (12 * g);
                    for (var c = U32(group); c <= U32(group + 4); c++)
                        _glyphs[(int)c] = (int)(U32(group + 8) + c - U32(group));
                }
            }
            else if (U16(table) == 4)
                ReadSegments(table, U16(table + 6) / 2);
        }
    }

    private void ReadSegments(int table, int segments)
    {
        for (var i = 0; i < segments; i++)
        {
            var (end, start) = (U16(table + 14 + (2 * i)), U16(table + 16 + (2 * segments) + (2 * i)));
            var delta = I16(table + 16 + (4 * segments) + (2 * i));
            var rangeAt = table + 16 + (6 * segments) + (2 * i);
            for (var c = start; c <= end && c != 0xffff; c++)
            {
                var glyph = U16(rangeAt) == 0 ? (c + delta) & 0xffff : U16(rangeAt + U16(rangeAt) + (2 * (c - start)));
                if (U16(rangeAt) != 0 && glyph != 0)
                    glyph = (glyph + delta) & 0xffff;
                if (glyph != 0)
                    _glyphs[c] = glyph;
            }
        }
    }

    private int Scaled(int units) => units * 1000 / _unitsPerEm;

    private int U16(int at) => BinaryPrimitives.ReadUInt16BigEndian(_file.AsSpan(at));

    private int I16(int at) => BinaryPrimitives.ReadInt16BigEndian(_file.AsSpan(at));

    private uint U32(int at) => BinaryPrimitives.ReadUInt32BigEndian(_file.AsSpan(at));
}
