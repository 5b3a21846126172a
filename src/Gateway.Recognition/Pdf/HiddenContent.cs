using Gateway.Protocol.Covers;

namespace Gateway.Recognition.Pdf;

/// <summary>
/// Looks for what acts when a PDF is opened (V044) where <see cref="AttachmentRules"/> sees only compressed bytes: in object streams (ISO 32000-2 §7.5.7). They are found by their own
/// dictionaries, not by the cross-references, so that an older version or a damaged table hides none. What one message may cost is bounded by what is read, never by time, so that the
/// sender's gateway and the addressee's come to the same result.
/// </summary>
/// <param name="tokens">Objects that are read, of all files together.</param>
/// <param name="inflated">Bytes that are inflated.</param>
/// <param name="scanned">Bytes that are parsed.</param>
public sealed class HiddenContent(long tokens = 2_000_000, long inflated = 32L << 20, long scanned = 32L << 20)
{
    // What a dictionary costs that cannot be read: some faults are found only far behind where they begin.
    private const int FaultCost = 1 << 16;

    private const int MaxObjects = 200_000;

    private readonly PdfBudget _budget = new(tokens, inflated, 0);
    private long _scanned = scanned;

    /// <summary>The name of what acts, as <c>/JavaScript</c>; null: there is none in what was examined.</summary>
    /// <param name="content">A PDF.</param>
    /// <param name="examined">False when an object stream could not be read, or the budget ended before the file.</param>
    public string? Find(ReadOnlyMemory<byte> content, out bool examined)
    {
        examined = true;
        var span = content.Span;
        for (var at = 0; ;)
        {
            if (_scanned <= 0 || _budget.IsSpent)
            {
                examined = false;
                return null;
            }
            var next = span[at..].IndexOf("obj"u8);
            if (next < 0)
                return null;
            at += next + 3;
            if (Stream(content, at, ref examined) is not { } stream)
                continue;
            if (In(stream, ref examined) is { } active)
                return active;
        }
    }

    // The object stream that begins behind "obj": its dictionary, and everything behind it; inflating ends where the stream does. Null for any other object.
    private PdfStream? Stream(ReadOnlyMemory<byte> content, int at, ref bool examined)
    {
        var parser = new PdfParser(content, at, _budget);
        parser.SkipSpace();
        Spend(parser.At - at);
        if (!content.Span[parser.At..].StartsWith("<<"u8))
            return null;
        try
        {
            var value = parser.Value();
            Spend(parser.At - at);
            if (value is not PdfDictionary dictionary || dictionary.Name("Type") != "ObjStm")
                return null;
            parser.SkipSpace();
            if (!content.Span[parser.At..].StartsWith("stream"u8))
                return null;
            var begin = parser.At + 6;
            if (begin < content.Length && content.Span[begin] == '\r')
                begin++;
            if (begin < content.Length && content.Span[begin] == '\n')
                begin++;
            return new PdfStream(dictionary, content[begin..]);
        }
        catch (Exception e) when (e is InvalidDataException or OverflowException)
        {
            Spend(FaultCost);
            // Other programs may read what we do not.
            examined &= content.Span[at..Math.Min(content.Length, at + FaultCost)].IndexOf("ObjStm"u8) < 0;
            return null;
        }
    }

    private string? In(PdfStream stream, ref bool examined)
    {
        // Without compression it stands in the file in clear, where it was seen.
        if (stream.Dictionary["Filter"] is null)
            return null;
        try
        {
            var data = _budget.Inflate(stream.Raw, stream.Dictionary);
            if (stream.Dictionary.Integer("N") is not (>= 0 and <= MaxObjects and var count) || stream.Dictionary.Integer("First") is not (>= 0 and var first) || first > data.Length)
                throw new InvalidDataException("an object stream that is damaged");
            var header = new PdfParser(data, 0, _budget, inFile: false);
            for (var i = 0; i < count; i++)
            {
                header.Integer();
                var offset = header.Integer();
                if (offset > data.Length - first)
                    throw new InvalidDataException("an object stream that is damaged");
                var parser = new PdfParser(data, (int)first + offset, _budget, inFile: false);
                var value = parser.Value();
                Spend(parser.At - ((int)first + offset));
                if (_scanned <= 0)
                    throw new InvalidDataException("more than is read");
                if (Active(value) is { } name)
                    return name;
            }
        }
        catch (Exception e) when (e is InvalidDataException or OverflowException)
        {
            Spend(FaultCost);
            examined = false;
        }
        return null;
    }

    private void Spend(int bytes) => _scanned -= bytes;

    // Values are nested no deeper than the parser allows.
    private static string? Active(PdfValue value) => value switch
    {
        PdfName name => Array.Find(AttachmentRules.ActiveNames, n => n.AsSpan(1).SequenceEqual(name.Text)),
        PdfArray array => array.Items.Select(Active).FirstOrDefault(found => found is not null),
        PdfDictionary dictionary => dictionary.Members.Select(m => Active(new PdfName(m.Key)) ?? Active(m.Value)).FirstOrDefault(found => found is not null),
        _ => null,
    };
}
