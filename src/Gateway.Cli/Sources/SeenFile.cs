namespace Gateway.Cli.Sources;

/// <summary>A file as it was when something was found out about it: who relies on that looks whether it is still the same.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">When it was last written to; UTC.</param>
internal sealed record SeenFile(string Path, long Length, DateTimeOffset Modified)
{
    public static SeenFile At(string path)
    {
        // The length and the time of what is read, not those of a link to it.
        var file = new FileInfo(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
        return new SeenFile(path, file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero));
    }

    /// <summary>Whether it is there, as long and as old as it was.</summary>
    /// <param name="local">Its file system keeps local time without its offset.</param>
    public bool IsUnchanged(bool local) => File.Exists(Path) && At(Path) is var now && now.Length == Length && WrittenTime.Same(Modified, now.Modified, local);
}
