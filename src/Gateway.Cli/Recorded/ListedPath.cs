namespace Gateway.Cli.Recorded;

/// <summary>How surely a name of a list is that of a source.</summary>
internal enum Nearness
{
    /// <summary>Of another file.</summary>
    None,

    /// <summary>The name is the same, the folder is not, or is not known here.</summary>
    SameName,

    /// <summary>The path ends in what the list says.</summary>
    SameEnd,

    /// <summary>The very path.</summary>
    Same,
}

/// <summary>Paths as lists of digests have them: of another machine perhaps, of another mount point, with the separators of another system.</summary>
internal static class ListedPath
{
    /// <summary>How a name of a list lies to a file.</summary>
    /// <param name="listed">What the list says.</param>
    /// <param name="source">Full path of the file.</param>
    /// <param name="folder">Full path of the folder in which the list lies.</param>
    public static Nearness Of(ListedDigest listed, string source, string folder)
    {
        var (path, full) = (Plain(listed.Path), Slashed(source));
        var comparison = Comparison(path);
        if (!string.Equals(Name(path), Name(full), comparison))
            return Nearness.None;
        if (string.Equals(IsRooted(path) ? path : Slashed(Path.GetFullPath(Path.Combine(folder, path))), full, comparison))
            return Nearness.Same;
        return !IsRooted(path) && full.EndsWith("/" + path, comparison) ? Nearness.SameEnd : Nearness.SameName;
    }

    /// <summary>The path below a folder that was read, and whether the list says that it lies there; null for an absolute path that does not lead there.</summary>
    /// <param name="listed">What the list says.</param>
    /// <param name="folder">Full path of the folder that was read.</param>
    /// <param name="ofFolder">The list is about the folder, and may have been written in it; else it is about what lies beside it.</param>
    /// <param name="named">A person said that the list is about the folder, wherever it was written.</param>
    public static (string Path, bool Named)? Below(ListedDigest listed, string folder, bool ofFolder, bool named)
    {
        var (path, full) = (Plain(listed.Path), Slashed(folder));
        var comparison = Comparison(path);
        var name = Name(full);
        if (IsRooted(path))
        {
            if (path.StartsWith(full + "/", comparison))
                return (path[(full.Length + 1)..], true);
            // The same folder at another mount point, or on another machine. Folders above or in it may bear its name: the one counts below which a file lies here.
            if (named && Behind(path, $"/{name}/", comparison).ToList() is [var first, ..] all)
                return (all.Find(rest => Lies(folder, rest)) ?? first, true);
            return listed.From is { } from && path.StartsWith(Plain(from).TrimEnd('/') + "/", comparison) ? (path[(Plain(from).TrimEnd('/').Length + 1)..], false) : null;
        }
        // Written in the folder, such a name is that of a folder in it.
        return path.StartsWith(name + "/", comparison) && !(ofFolder && Lies(folder, path)) ? (path[(name.Length + 1)..], true) : (path, false);
    }

    // What stands behind each place at which a word stands.
    private static IEnumerable<string> Behind(string path, string word, StringComparison comparison)
    {
        for (var at = path.IndexOf(word, comparison); at >= 0; at = path.IndexOf(word, at + 1, comparison))
            yield return path[(at + word.Length)..];
    }

    private static bool Lies(string folder, string path) => File.Exists(Path.Combine(folder, path));

    // A name without any slash and with backslashes was written on Windows.
    private static string Plain(string path)
    {
        path = path.Contains('/', StringComparison.Ordinal) ? path : path.Replace('\\', '/');
        while (path.StartsWith("./", StringComparison.Ordinal))
            path = path[2..];
        return path;
    }

    private static string Slashed(string path) => OperatingSystem.IsWindows() ? path.Replace('\\', '/') : path;

    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static bool IsRooted(string path) => path.StartsWith('/') || IsOfWindows(path);

    private static bool IsOfWindows(string path) => path.Length > 2 && char.IsAsciiLetter(path[0]) && path[1] == ':' && path[2] == '/';

    private static StringComparison Comparison(string path) => IsOfWindows(path) || OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
}
