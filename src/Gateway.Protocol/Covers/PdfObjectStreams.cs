using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Gateway.Protocol.Covers;

/// <summary>What is looked for in the objects of a PDF; null when they hold nothing of it.</summary>
internal delegate string? PdfLook(ReadOnlySpan<byte> objects);

/// <summary>
/// Object streams of a PDF (ISO 32000-2 §7.5.7): objects that are compressed together, so that a search of the file does not meet the names in them. Pictures, fonts and the text of pages
/// are streams too; what begins like a table of objects is looked into, whatever its dictionary says.
/// </summary>
internal static class PdfObjectStreams
{
    private const int MostStreams = 100_000;
    private const int MostBytes = 64 << 20;
    private const string Unreadable = "it holds objects that are encrypted, or compressed in a way that is not looked into; save it without a password, or print it as PDF anew";

    /// <summary>Why the file is not taken; null when nothing was found in what is compressed in it.</summary>
    public static string? Judge(byte[] pdf, PdfLook look)
    {
        var (streams, left, before) = (0, MostBytes, 0);
        for (var at = Next(pdf, 0); at >= 0; before = at, at = Next(pdf, at + 1))
        {
            var start = at + "stream".Length + (pdf.AsSpan(at + "stream".Length).StartsWith("\r\n"u8) ? 2 : 1);
            var objects = IsObjectStream(pdf.AsSpan(before, at - before));
            var deflated = start + 1 < pdf.Length && (pdf[start] & 0x0f) == 8 && (((pdf[start] << 8) | pdf[start + 1]) % 31) == 0;
            if (!deflated && objects && !IsPlain(pdf.AsSpan(before, at - before)))
                return Unreadable;
            if (!deflated)
                continue;
            if (++streams > MostStreams)
                return "it has more streams than are looked into";
            var (content, whole) = Inflate(pdf, start, objects, left);
            if (content.Length > left)
                return "it inflates to more than is looked into";
            if (objects && !whole)
                return Unreadable;
            left -= content.Length;
            if (look(content) is { } found)
                return found;
        }
        return null;
    }

    // The keyword in front of the bytes, not that behind them.
    private static int Next(ReadOnlySpan<byte> pdf, int from)
    {
        while (from < pdf.Length && pdf[from..].IndexOf("stream"u8) is var found and >= 0)
        {
            var at = from + found;
            if ((at < 3 || !pdf[(at - 3)..at].SequenceEqual("end"u8)) && at + 6 < pdf.Length && pdf[at + 6] is (byte)'\n' or (byte)'\r')
                return at;
            from = at + 1;
        }
        return -1;
    }

    // Nothing of what does not begin with a table of objects, unless it says that it is one.
    private static (byte[] Content, bool Whole) Inflate(byte[] pdf, int start, bool objects, int most)
    {
        using var source = new MemoryStream(pdf, start, pdf.Length - start, writable: false);
        using var inflater = new ZLibStream(source, CompressionMode.Decompress);
        using var content = new MemoryStream();
        var buffer = new byte[8192];
        try
        {
            var read = inflater.ReadAtLeast(buffer, 64, throwOnEndOfStream: false);
            if (!objects && !BeginsWithTable(buffer.AsSpan(0, read)))
                return ([], true);
            for (; read > 0 && content.Length <= most; read = inflater.Read(buffer))
                content.Write(buffer, 0, read);
            return (content.ToArray(), true);
        }
        catch (InvalidDataException)
        {
            return (content.ToArray(), false);
        }
    }

    // Pairs of numbers: of each object, and where it begins.
    private static bool BeginsWithTable(ReadOnlySpan<byte> content)
    {
        var numbers = 0;
        foreach (var word in Encoding.Latin1.GetString(content).Split((char[])['\0', '\t', '\n', '\f', '\r', ' '], StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                return false;
            if (++numbers == 2)
                return true;
        }
        return false;
    }

    private static bool IsObjectStream(ReadOnlySpan<byte> before) => Dictionary(before) is var dictionary && (Has(dictionary, "/ObjStm") || (Has(dictionary, "/N") && Has(dictionary, "/First")));

    // Without a filter its objects stand in the file as they are, and were searched with it.
    private static bool IsPlain(ReadOnlySpan<byte> before) => Dictionary(before) is var dictionary && !Has(dictionary, "/Filter") && !Has(dictionary, "/F");

    // The last object before the keyword, each #xx read (ISO 32000-2 §7.3.5).
    private static string Dictionary(ReadOnlySpan<byte> before)
    {
        var from = before.LastIndexOf("obj"u8);
        var raw = Encoding.Latin1.GetString(before[Math.Max(from, 0)..]);
        if (!raw.Contains('#', StringComparison.Ordinal))
            return raw;
        var text = new StringBuilder(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] == '#' && i + 2 < raw.Length && byte.TryParse(raw.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                text.Append((char)code);
                i += 2;
            }
            else
                text.Append(raw[i]);
        }
        return text.ToString();
    }

    private static bool Has(string dictionary, string name)
    {
        for (var at = dictionary.IndexOf(name, StringComparison.Ordinal); at >= 0; at = dictionary.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            if (at + name.Length == dictionary.Length || "\0\t\n\f\r ()<>[]{}/%".Contains(dictionary[at + name.Length], StringComparison.Ordinal))
                return true;
        }
        return false;
    }
}
