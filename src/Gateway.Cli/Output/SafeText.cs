using System.Globalization;
using System.Text;

namespace Gateway.Cli.Output;

/// <summary>
/// Text written by others, made fit for a terminal: no control characters, no escape sequences that move the cursor, rename the
/// window or hide what follows, no characters that reverse the direction of reading.
/// </summary>
internal static class SafeText
{
    private const int MaxNameCharacters = 100;
    private const int MaxNameBytes = 180;
    private const char Escape = '\u001b';

    /// <summary>One line: line breaks and tabs become spaces.</summary>
    public static string Line(string? text) => Clean(text, keepLines: false);

    /// <summary>Several lines: line feeds stay.</summary>
    public static string Block(string? text) => Clean(text, keepLines: true);

    /// <summary>A name for a file, from a name that a stranger chose: no folders, no leading dot, at most 100 characters and 180 bytes of UTF-8, so that a temporary name made of it fits into the 255 of a file system. What is too long keeps its end.</summary>
    public static string FileName(string? name)
    {
        var line = Line(name);
        var safe = new StringBuilder(line.Length);
        foreach (var c in line)
            safe.Append(char.IsLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_');
        var trimmed = safe.ToString().TrimStart('.').TrimEnd('.');
        // Of what stands here every character is one of UTF-16, so that none is cut.
        var from = Math.Max(0, trimmed.Length - MaxNameCharacters);
        while (Encoding.UTF8.GetByteCount(trimmed.AsSpan(from)) > MaxNameBytes)
            from++;
        trimmed = from == 0 ? trimmed : trimmed[from..].TrimStart('.');
        return trimmed.Length == 0 ? "unnamed" : trimmed;
    }

    private static string Clean(string? text, bool keepLines)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is Escape or '\u009b' or '\u009d' or '\u0090')
                i = EndOfSequence(text, i);
            else if (c == '\n' && keepLines)
                clean.Append(c);
            else if (c is '\n' or '\r' or '\t' or '\u2028' or '\u2029')
                clean.Append(' ');
            else if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                if (CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(c, text[i + 1])) is not UnicodeCategory.Format)
                    clean.Append(c).Append(text[i + 1]);
                i++;
            }
            else if (char.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate))
                clean.Append(c);
        }
        return clean.ToString();
    }

    // ECMA-48: CSI … final byte 0x40–0x7E; OSC and DCS … BEL or ST; any other sequence is one more character.
    private static int EndOfSequence(string text, int start)
    {
        var i = start;
        var kind = text[i];
        if (kind == Escape)
        {
            if (++i >= text.Length)
                return start;
            kind = text[i];
        }
        switch (kind)
        {
            case '[' or '\u009b':
                for (i++; i < text.Length; i++)
                {
                    if (text[i] is >= '\u0040' and <= '\u007e')
                        return i;
                    if (text[i] is < '\u0020' or > '\u003f')
                        return i - 1; // not a sequence after all: what follows is text
                }
                return text.Length;
            case ']' or 'P' or '\u009d' or '\u0090':
                var bell = text.AsSpan(i).IndexOfAny('\u0007', '\u009c', '\n');
                var end = text.IndexOf("\u001b\\", i, StringComparison.Ordinal);
                if (end >= 0 && (bell < 0 || end < i + bell))
                    return end + 1;
                return bell < 0 ? text.Length : i + bell;
            default:
                return i;
        }
    }
}
