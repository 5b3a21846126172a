using System.Globalization;
using System.Text;

namespace Gateway.Protocol.Evidence;

/// <summary>
/// The rule for the file name of an item: 1 to 255 bytes of UTF-8, no path separator, no control character, no character that changes
/// the direction of the text around it, letters and marks composed (Unicode NFC). A name is refused, never changed.
/// </summary>
public static class FileNames
{
    /// <summary>Bytes of UTF-8 in the longest name.</summary>
    public const int MaxBytes = 255;

    /// <summary>What is wrong with the name, or null.</summary>
    public static string? Problem(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > MaxBytes)
            return $"a file name has 1 to {MaxBytes} bytes of UTF-8";
        if (name is "." or "..")
            return "the name stands for a folder";
        foreach (var rune in name.EnumerateRunes())
        {
            if (rune.Value is '/' or '\\')
                return "a file name holds no path separator";
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                || rune == Rune.ReplacementChar)
                return $"the name holds the control or replacement character U+{rune.Value:X4}";
            // Marks, embeddings, overrides and isolates of Unicode's bidirectional algorithm: "cod.exe" can be made to read "exe.doc".
            if (rune.Value is 0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0xFEFF)
                return $"the name holds the invisible direction character U+{rune.Value:X4}";
        }
        return ComposedText.IsComposed(name) ? null : "the name is not in composed form (Unicode NFC); another spelling of it looks the same";
    }
}
