using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Gateway.Cli.Records;

/// <summary>
/// Text and lines on pages of A4 as PDF 1.7 (ISO 32000-1), with the used part of each font inside and its characters named, so that text can be searched and
/// copied. The same input gives the same bytes: no dates, no random names. A character that the font lacks is drawn by the first other one that has it. Characters stand one after the other as they are given; <see cref="RightToLeft"/> puts them into that order.
/// </summary>
/// <param name="fonts">Those that are asked for by their number, and behind them others for what those lack.</param>
internal sealed class PdfWriter(IReadOnlyList<TrueTypeFont> fonts)
{
    private const int Width = 595;
    private const int Height = 842;

    private readonly List<StringBuilder> _pages = [];
    private readonly List<long> _places = [];
    private readonly List<TrueTypeFont> _fonts = [.. fonts.Distinct()];
    private readonly List<Rune> _missing = [];

    public int Pages => _pages.Count;

    public void AddPage() => _pages.Add(new StringBuilder());

    /// <summary>Every character that was drawn as the sign for "missing", as often as it was.</summary>
    public IReadOnlyList<Rune> Missing => _missing;

    /// <summary>Width of a text in points.</summary>
    public double Measure(int font, double size, string text) => text.EnumerateRunes().Sum(rune => FontOf(font, rune).Width(rune)) * size / 1000;

    /// <summary>Writes a text with its base line at y, counted from the top of the page.</summary>
    public void Text(int page, int font, double size, double x, double y, string text)
    {
        var content = _pages[page].Append(CultureInfo.InvariantCulture, $"BT {x:0.##} {Height - y:0.##} Td");
        TrueTypeFont? last = null;
        foreach (var rune in text.EnumerateRunes())
        {
            var of = FontOf(font, rune);
            if (!of.Has(rune))
                _missing.Add(rune);
            if (of != last)
                content.Append(last is null ? "" : "> Tj").Append(CultureInfo.InvariantCulture, $" /F{_fonts.IndexOf(of)} {size:0.##} Tf <");
            content.Append(of.Glyph(rune));
            last = of;
        }
        content.Append(last is null ? " ET\n" : "> Tj ET\n");
    }

    /// <summary>Draws a thin line; grey from 0, black, to 1, white.</summary>
    public void Line(int page, double x, double y, double toX, double grey)
        => _pages[page].Append(CultureInfo.InvariantCulture, $"{grey:0.##} G 0.6 w {x:0.##} {Height - y:0.##} m {toX:0.##} {Height - y:0.##} l S\n");

    public byte[] Write(string title)
    {
        using var output = new MemoryStream();
        Raw(output, "%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n");
        _places.Clear();
        // 1 catalogue, 2 pages, 3 title; five objects for each font, two for each page.
        var used = _fonts.Where(font => font.Used.Count > 0).ToList();
        var firstPage = 4 + (5 * used.Count);
        Object(output, "<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /DisplayDocTitle true >> >>");
        Object(output, $"<< /Type /Pages /Count {_pages.Count} /Kids [{string.Join(' ', Enumerable.Range(0, _pages.Count).Select(i => $"{firstPage + (2 * i)} 0 R"))}] >>");
        Object(output, $"<< /Title <FEFF{Convert.ToHexString(Encoding.BigEndianUnicode.GetBytes(title))}> >>");
        for (var i = 0; i < used.Count; i++)
            Font(output, used[i], 4 + (5 * i));
        var resources = string.Join(' ', used.Select((font, i) => $"/F{_fonts.IndexOf(font)} {4 + (5 * i)} 0 R"));
        for (var i = 0; i < _pages.Count; i++)
        {
            Object(output, $"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {Width} {Height}] /Resources << /Font << {resources} >> >> /Contents {firstPage + (2 * i) + 1} 0 R >>");
            Stream(output, "", Encoding.ASCII.GetBytes(_pages[i].ToString()));
        }
        var xref = output.Length;
        Raw(output, $"xref\n0 {_places.Count + 1}\n0000000000 65535 f \n{string.Concat(_places.Select(place => $"{place:0000000000} 00000 n \n"))}");
        Raw(output, $"trailer\n<< /Size {_places.Count + 1} /Root 1 0 R /Info 3 0 R >>\nstartxref\n{xref}\n%%EOF\n");
        return output.ToArray();
    }

    private TrueTypeFont FontOf(int font, Rune character)
        => fonts[font].Has(character) ? fonts[font] : _fonts.Find(other => other.Has(character)) ?? fonts[font];

    private void Font(MemoryStream output, TrueTypeFont font, int number)
    {
        // Two files may bear one name, or one without a Latin letter.
        var name = $"GATEWY+F{_fonts.IndexOf(font)}{font.Name}";
        Object(output, $"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H /DescendantFonts [{number + 1} 0 R] /ToUnicode {number + 4} 0 R >>");
        Object(output, $"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor {number + 2} 0 R /CIDToGIDMap /Identity "
            + $"/W [{string.Join(' ', font.Used.Keys.Select(glyph => $"{glyph} [{font.WidthOf(glyph)}]"))}] >>");
        Object(output, $"<< /Type /FontDescriptor /FontName /{name} /Flags 4 /FontBBox [{font.Box}] /ItalicAngle 0 /Ascent {font.Ascent} /Descent {font.Descent} /CapHeight {font.Ascent} /StemV 80 /FontFile2 {number + 3} 0 R >>");
        var file = font.Subset();
        Stream(output, $" /Length1 {file.Length}", file);
        Stream(output, "", Encoding.ASCII.GetBytes(ToUnicode(font)));
    }

    private static string ToUnicode(TrueTypeFont font)
    {
        var map = new StringBuilder("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n");
        foreach (var part in font.Used.Chunk(100))
        {
            map.Append(CultureInfo.InvariantCulture, $"{part.Length} beginbfchar\n");
            foreach (var (glyph, character) in part)
                map.Append(CultureInfo.InvariantCulture, $"<{glyph:X4}> <{Convert.ToHexString(Encoding.BigEndianUnicode.GetBytes(char.ConvertFromUtf32(character)))}>\n");
            map.Append("endbfchar\n");
        }
        return map.Append("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n").ToString();
    }

    private void Object(MemoryStream output, string content)
    {
        _places.Add(output.Length);
        Raw(output, $"{_places.Count} 0 obj\n{content}\nendobj\n");
    }

    private void Stream(MemoryStream output, string members, byte[] content)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            zlib.Write(content);
        _places.Add(output.Length);
        Raw(output, $"{_places.Count} 0 obj\n<< /Length {packed.Length} /Filter /FlateDecode{members} >>\nstream\n");
        packed.WriteTo(output);
        Raw(output, "\nendstream\nendobj\n");
    }

    private static void Raw(MemoryStream output, string text) => output.Write(Encoding.Latin1.GetBytes(text));
}
