using System.Globalization;
using System.Text;

namespace Gateway.Protocol.Bundles;

/// <summary>Names in containers of others: in any script, but never a path that leaves the folder, and never characters that make a name look like another one.</summary>
internal static class ForeignNames
{
    public const int MaxBytes = 1000;

    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    /// <summary>UTF-8, whatever the flag says: writers that mean it forget the flag. Other octets become U+FFFD, which is refused.</summary>
    public static string Decode(ReadOnlySpan<byte> name)
    {
        try
        {
            return s_strict.GetString(name);
        }
        catch (ArgumentException)
        {
            return "\ufffd";
        }
    }

    /// <summary>Why a name is refused, or null.</summary>
    public static string? Problem(string name)
    {
        if (name.Length is 0 or > MaxBytes)
            return $"the name has {name.Length} characters; 1 to {MaxBytes} are allowed";
        if (name.Any(c => c is '\\' or ':' or '\ufffd' || IsUnseen(c)))
            return "the name has a backslash, a colon, or a character that cannot be seen";
        return name.Split('/').Any(part => part is "" or "." or "..") ? "the name is absolute or leaves the folder" : null;
    }

    private static bool IsUnseen(char c) => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
