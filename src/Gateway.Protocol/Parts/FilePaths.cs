using System.Globalization;
using System.Text;

namespace Gateway.Protocol.Parts;

/// <summary>
/// How the paths of a folder are written: relative, <c>/</c> between names, UTF-8. What could mislead a person or a program is written
/// as <c>%</c> and two upper-case hexadecimal digits per byte of UTF-8: <c>%</c>, the backslash, U+0000–001F, 007F–009F, 00AD, 061C, 180E,
/// 200B–200F, 2028–202E, 2060–206F, FEFF, FFF9–FFFD, E000–F8FF, E0000 and above; and the dots of a name that is <c>.</c> or <c>..</c>. The spelling
/// is unique and can be undone.
/// </summary>
public static class FilePaths
{
    /// <summary>Characters in the longest path as written.</summary>
    public const int MaxLength = 16 * 1024;

    /// <summary>One name, as a file system gave it, in the spelling of a path.</summary>
    public static string Escape(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var safe = new StringBuilder(name.Length);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in name.EnumerateRunes())
        {
            if (!IsEscaped(rune))
            {
                safe.Append(rune.ToString());
                continue;
            }
            foreach (var b in bytes[..rune.EncodeToUtf8(bytes)])
                safe.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }
        // Names of folders of their own would lead out of the place.
        return safe.ToString() is "." or ".." ? safe.Replace(".", "%2E").ToString() : safe.ToString();
    }

    /// <summary>What is wrong with a path, or null. A path is refused, never changed.</summary>
    public static string? Problem(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length is 0 or > MaxLength)
            return $"a path has 1 to {MaxLength} characters";
        foreach (var name in path.Split('/'))
        {
            if (name.Length == 0)
                return "a path is relative and has no empty name";
            if (name is "." or "..")
                return $"the name '{name}' leads out of the folder";
            if (Escape(Unescaped(name)) != name)
                return "the path is not in its one spelling: something stands in it that is written as %XX, or the other way round";
        }
        return null;
    }

    /// <summary>Where a link leads: its names are spelt like those of a path, its slashes and dots stay.</summary>
    public static string EscapeTarget(string target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return string.Join('/', target.Split('/').Select(name => name is "." or ".." ? name : Escape(name)));
    }

    // A closed list, so that one name has one spelling whatever version of Unicode a program knows.
    private static bool IsEscaped(Rune rune) => rune.Value is '%' or '/' or '\\'
        or < 0x20 or (>= 0x7f and <= 0x9f) or 0xad or 0x61c or 0x180e // controls, soft hyphen, marks of direction
        or (>= 0x200b and <= 0x200f) or (>= 0x2028 and <= 0x202e) or (>= 0x2060 and <= 0x206f)
        or 0xfeff or (>= 0xfff9 and <= 0xfffd)
        or (>= 0xe000 and <= 0xf8ff) or >= 0xe0000; // private use, tags, what is not a character

    // What is not an escape stays and then differs from its own spelling.
    private static string Unescaped(string name)
    {
        if (!name.Contains('%', StringComparison.Ordinal))
            return name;
        var bytes = new List<byte>(name.Length);
        for (var i = 0; i < name.Length;)
        {
            if (name[i] == '%' && i + 2 < name.Length && byte.TryParse(name.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var b))
            {
                bytes.Add(b);
                i += 3;
                continue;
            }
            var length = char.IsHighSurrogate(name[i]) && i + 1 < name.Length ? 2 : 1;
            bytes.AddRange(Encoding.UTF8.GetBytes(name, i, length));
            i += length;
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
