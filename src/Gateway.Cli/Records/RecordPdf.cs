using System.Globalization;
using System.Text;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Records;
using Gateway.Protocol.Wording;

namespace Gateway.Cli.Records;

/// <summary>A person's electronic signature over the record, as it is printed.</summary>
/// <param name="Name">Of the certificate.</param>
/// <param name="Time">When it was signed.</param>
/// <param name="Sha256">Of the signature's file.</param>
internal sealed record PrintedSignature(string Name, DateTimeOffset Time, Digest Sha256);

/// <summary>A font at a size.</summary>
internal readonly record struct TypeFace(int Font, double Size);

/// <summary>Draws a record for paper, A4: labels left, values right, a line for each signature, the digest of the signed bytes on every page.</summary>
internal sealed class RecordPdf
{
    private const double Left = 56;
    private const double Right = 539;
    private const double Top = 60;
    private const double Bottom = 770;
    private const double ValueAt = 205;
    private const double Advance = 13;

    private static readonly TypeFace s_title = new(FontFiles.Bold, 14);
    private static readonly TypeFace s_heading = new(FontFiles.Bold, 10.5);
    private static readonly TypeFace s_label = new(FontFiles.Bold, 9);
    private static readonly TypeFace s_text = new(FontFiles.Regular, 9);
    private static readonly TypeFace s_mono = new(FontFiles.Mono, 7.5);
    private static readonly TypeFace s_small = new(FontFiles.Regular, 7.5);

    private readonly PdfWriter _pdf = new(FontFiles.Open());
    private double _y;

    private readonly PageWords _words;

    private RecordPdf(PageWords words) => _words = words;

    private int Page => _pdf.Pages - 1;

    /// <summary>The PDF of a record. It is made for people; what counts is the signed document whose digest it bears.</summary>
    public static PrintedPaper Draw(RecordDocument record, Digest document, IReadOnlyList<PrintedSignature> signatures)
    {
        var (title, sections) = RecordPages.Of(record);
        return Draw(title, sections, signatures, new PageWords(Labels.Of("en"), $"{record.Form.Type}, SHA-256 of the signed document {document}"));
    }

    /// <summary>The PDF of anything that has sections.</summary>
    public static PrintedPaper Draw(string title, IReadOnlyList<RecordSection> sections, IReadOnlyList<PrintedSignature> signatures, PageWords words)
    {
        var drawing = new RecordPdf(words);
        drawing.NewPage();
        drawing.Paragraph(title, s_title, 18);
        drawing._y += 6;
        foreach (var section in sections)
            drawing.Section(section);
        if (words.Signatures)
            drawing.Signatures(signatures);
        drawing.Footers();
        return new PrintedPaper(drawing._pdf.Write(title), [.. drawing._pdf.Missing]);
    }

    private void Section(RecordSection section)
    {
        // A heading does not stand alone at the end of a page.
        Room(section.Heading.Length > 0 ? 3.5 * Advance : Advance);
        if (section.Heading.Length > 0)
            Heading(section.Heading);
        foreach (var (label, value) in section.Rows)
            Row(label, value);
        if (section.SignedBy is { } name)
            SignatureLine(name);
    }

    private void Heading(string text)
    {
        _y += 9;
        Paragraph(text, s_heading, 14);
        _pdf.Line(Page, Left, _y - 9, Right, 0.5);
        _y += 4;
    }

    private void Row(string label, string value)
    {
        var isDigest = value.Length >= 32 && value.All(char.IsAsciiHexDigit);
        var face = isDigest ? s_mono : s_text;
        var lines = Wrap(value, face, Right - (label.Length > 0 ? ValueAt : Left));
        var names = Wrap(label, s_label, ValueAt - Left - 8);
        for (var i = 0; i < Math.Max(lines.Count, names.Count); i++)
        {
            Room(Advance);
            if (label.Length > 0 && i < names.Count)
                Write(names[i], s_label, Left, _y);
            if (i < lines.Count)
                Write(lines[i], face, label.Length > 0 ? ValueAt : Left, _y);
            _y += Advance;
        }
    }

    private void SignatureLine(string name)
    {
        Room(4 * Advance);
        _y += 2.2 * Advance;
        Write(_words.Labels["form.handSignature"], s_label, Left, _y);
        var (from, to) = _words.Labels.RightToLeft ? (Left + 60, Left + Right - ValueAt) : (ValueAt, Right - 60);
        _pdf.Line(Page, from, _y, to, 0);
        _y += Advance;
        Write(SafeText.Line(name), s_text, ValueAt, _y);
        _y += 1.4 * Advance;
    }

    private void Signatures(IReadOnlyList<PrintedSignature> signatures)
    {
        Room(4 * Advance);
        Heading(_words.Labels["form.signatures"]);
        if (signatures.Count == 0)
            Paragraph(_words.Labels["form.draft"], s_text, Advance);
        foreach (var signature in signatures)
        {
            Row(_words.Labels["form.signedBy"], $"{signature.Name}, {signature.Time.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)}");
            Row(_words.Labels["form.signatureSha256"], signature.Sha256.ToString());
        }
    }

    private void Footers()
    {
        for (var i = 0; i < _pdf.Pages; i++)
        {
            _pdf.Line(i, Left, 788, Right, 0.8);
            Write(i, _words.Footer, s_small, Left, 800);
            Write(i, _words.Page(i + 1, _pdf.Pages), s_small, Left, 811);
        }
        // On every page: they are parted from each other.
        var missing = _pdf.Missing.Count;
        for (var i = 0; missing > 0 && i < _pdf.Pages; i++)
            Write(i, _words.Missing(missing), s_small, Left, 822);
    }

    private void Paragraph(string text, TypeFace face, double advance)
    {
        foreach (var line in Wrap(text, face, Right - Left))
        {
            Room(advance);
            Write(line, face, Left, _y);
            _y += advance;
        }
    }

    private void Write(string text, TypeFace face, double x, double y) => Write(Page, text, face, x, y);

    // A page that is read from the right is the mirror of one that is read from the left.
    private void Write(int page, string text, TypeFace face, double x, double y)
    {
        var drawn = RightToLeft.Visual(text, _words.Labels.RightToLeft);
        _pdf.Text(page, face.Font, face.Size, _words.Labels.RightToLeft ? Left + Right - x - _pdf.Measure(face.Font, face.Size, drawn) : x, y, drawn);
    }

    private void Room(double height)
    {
        if (_y + height > Bottom)
            NewPage();
    }

    private void NewPage()
    {
        _pdf.AddPage();
        _y = Top;
    }

    // At spaces; a word that is wider than the column is cut, never lost. Text of others is made harmless first.
    private List<string> Wrap(string text, TypeFace face, double width)
    {
        double Measured(string line) => _pdf.Measure(face.Font, face.Size, RightToLeft.Visual(line, _words.Labels.RightToLeft));
        var lines = new List<string>();
        foreach (var paragraph in SafeText.Block(text).Split('\n'))
        {
            var line = new StringBuilder();
            foreach (var word in paragraph.Split(' '))
            {
                if (line.Length > 0 && Measured($"{line} {word}") > width)
                    Flush(line, lines);
                if (line.Length > 0)
                    line.Append(' ');
                line.Append(word);
                while (line.Length > 1 && Measured(line.ToString()) > width)
                {
                    // Halved again and again: a paragraph of Chinese is one such word.
                    var (fits, tooMany) = (1, line.Length);
                    while (tooMany - fits > 1)
                    {
                        var half = (fits + tooMany) / 2;
                        (fits, tooMany) = Measured(line.ToString(0, half)) > width ? (fits, half) : (half, tooMany);
                    }
                    if (char.IsHighSurrogate(line[fits - 1]))
                        fits += fits > 1 ? -1 : 1;
                    lines.Add(line.ToString(0, fits));
                    line.Remove(0, fits);
                }
            }
            Flush(line, lines);
        }
        return lines;
    }

    private static void Flush(StringBuilder line, List<string> lines)
    {
        lines.Add(line.ToString());
        line.Clear();
    }
}
