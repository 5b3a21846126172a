using System.Globalization;
using System.Text;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Records;
using PdfSharp.Drawing;
using PdfSharp.Fonts;
using PdfSharp.Pdf;

namespace Gateway.Cli.Records;

/// <summary>A person's electronic signature over the record, as it is printed.</summary>
/// <param name="Name">Of the certificate.</param>
/// <param name="Time">When it was signed.</param>
/// <param name="Sha256">Of the signature's file.</param>
internal sealed record PrintedSignature(string Name, DateTimeOffset Time, Digest Sha256);

/// <summary>Draws a record for paper, A4: labels left, values right, a line for each signature, the digest of the signed bytes on every page.</summary>
internal sealed class RecordPdf : IDisposable
{
    private const double Left = 56;
    private const double Right = 539;
    private const double Top = 60;
    private const double Bottom = 770;
    private const double ValueAt = 205;
    private const double Line = 13;

    private readonly XFont _title = new(FontFiles.Sans, 14, XFontStyleEx.Bold);
    private readonly XFont _heading = new(FontFiles.Sans, 10.5, XFontStyleEx.Bold);
    private readonly XFont _label = new(FontFiles.Sans, 9, XFontStyleEx.Bold);
    private readonly XFont _text = new(FontFiles.Sans, 9, XFontStyleEx.Regular);
    private readonly XFont _mono = new(FontFiles.Mono, 7.5, XFontStyleEx.Regular);
    private readonly XFont _small = new(FontFiles.Sans, 7.5, XFontStyleEx.Regular);
    private readonly PdfDocument _pdf = new();
    private readonly List<XGraphics> _pages = [];
    private double _y;

    private RecordPdf()
    {
    }

    private XGraphics Page => _pages[^1];

    /// <summary>The PDF of a record. It is made for people; what counts is the signed document whose digest it bears.</summary>
    public static byte[] Draw(RecordDocument record, Digest document, IReadOnlyList<PrintedSignature> signatures)
    {
        if (GlobalFontSettings.FontResolver is not FontFiles)
            GlobalFontSettings.FontResolver = FontFiles.Find();
        var (title, sections) = RecordPages.Of(record);
        using var drawing = new RecordPdf();
        drawing._pdf.Info.Title = title;
        drawing.NewPage();
        drawing.Paragraph(title, drawing._title, Left, 18);
        drawing._y += 6;
        foreach (var section in sections)
            drawing.Section(section);
        drawing.Signatures(signatures);
        drawing.Footers($"{record.Form.Type}, SHA-256 of the signed document {document}");
        using var output = new MemoryStream();
        drawing._pdf.Save(output, closeStream: false);
        return output.ToArray();
    }

    public void Dispose() => _pdf.Dispose();

    private void Section(RecordSection section)
    {
        // A heading does not stand alone at the end of a page.
        Room(section.Heading.Length > 0 ? 3.5 * Line : Line);
        if (section.Heading.Length > 0)
        {
            _y += 7;
            Paragraph(section.Heading, _heading, Left, 14);
            Page.DrawLine(XPens.Gray, Left, _y - 8, Right, _y - 8);
            _y += 3;
        }
        foreach (var (label, value) in section.Rows)
            Row(label, value);
        if (section.SignedBy is { } name)
            SignatureLine(name);
    }

    private void Row(string label, string value)
    {
        var isDigest = value.Length >= 32 && value.All(char.IsAsciiHexDigit);
        var font = isDigest ? _mono : _text;
        var lines = Wrap(value, font, Right - (label.Length > 0 ? ValueAt : Left));
        var names = Wrap(label, _label, ValueAt - Left - 8);
        for (var i = 0; i < Math.Max(lines.Count, names.Count); i++)
        {
            Room(Line);
            if (label.Length > 0 && i < names.Count)
                Page.DrawString(names[i], _label, XBrushes.Black, new XPoint(Left, _y));
            if (i < lines.Count)
                Page.DrawString(lines[i], font, XBrushes.Black, new XPoint(label.Length > 0 ? ValueAt : Left, _y));
            _y += Line;
        }
    }

    private void SignatureLine(string name)
    {
        Room(4 * Line);
        _y += 2.2 * Line;
        Page.DrawLine(XPens.Black, ValueAt, _y, Right - 60, _y);
        _y += Line;
        Page.DrawString("Signature", _label, XBrushes.Black, new XPoint(Left, _y - Line));
        Page.DrawString(SafeText.Line(name), _text, XBrushes.Black, new XPoint(ValueAt, _y));
        _y += 1.4 * Line;
    }

    private void Signatures(IReadOnlyList<PrintedSignature> signatures)
    {
        Room(4 * Line);
        _y += 7;
        Paragraph("Electronic signatures", _heading, Left, 14);
        if (signatures.Count == 0)
            Paragraph("None: this is a draft.", _text, Left, Line);
        foreach (var signature in signatures)
        {
            Row("Signed by", $"{signature.Name}, {signature.Time.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)}");
            Row("SHA-256 of the signature", signature.Sha256.ToString());
        }
    }

    private void Footers(string text)
    {
        for (var i = 0; i < _pages.Count; i++)
        {
            _pages[i].DrawLine(XPens.LightGray, Left, 788, Right, 788);
            _pages[i].DrawString(text, _small, XBrushes.DimGray, new XPoint(Left, 800));
            _pages[i].DrawString($"page {i + 1} of {_pages.Count}", _small, XBrushes.DimGray, new XPoint(Left, 811));
        }
    }

    private void Paragraph(string text, XFont font, double left, double advance)
    {
        foreach (var line in Wrap(text, font, Right - left))
        {
            Room(advance);
            Page.DrawString(line, font, XBrushes.Black, new XPoint(left, _y));
            _y += advance;
        }
    }

    private void Room(double height)
    {
        if (_y + height > Bottom)
            NewPage();
    }

    private void NewPage()
    {
        var page = _pdf.AddPage();
        page.Size = PdfSharp.PageSize.A4;
        _pages.Add(XGraphics.FromPdfPage(page));
        _y = Top;
    }

    // At spaces; a word that is wider than the column is cut, never lost. Text of others is made harmless first.
    private List<string> Wrap(string text, XFont font, double width)
    {
        var lines = new List<string>();
        foreach (var paragraph in SafeText.Block(text).Split('\n'))
        {
            var line = new StringBuilder();
            foreach (var word in paragraph.Split(' '))
            {
                if (line.Length > 0 && Width(font, $"{line} {word}") > width)
                    Flush(line, lines);
                if (line.Length > 0)
                    line.Append(' ');
                line.Append(word);
                while (line.Length > 1 && Width(font, line.ToString()) > width)
                {
                    var fits = line.Length - 1;
                    while (fits > 1 && Width(font, line.ToString(0, fits)) > width)
                        fits--;
                    lines.Add(line.ToString(0, fits));
                    line.Remove(0, fits);
                }
            }
            Flush(line, lines);
        }
        return lines;
    }

    private double Width(XFont font, string text) => Page.MeasureString(text, font).Width;

    private static void Flush(StringBuilder line, List<string> lines)
    {
        lines.Add(line.ToString());
        line.Clear();
    }
}
