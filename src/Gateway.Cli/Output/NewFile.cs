namespace Gateway.Cli.Output;

/// <summary>Files for the person: complete or not there, and never in the place of another.</summary>
internal static class NewFile
{
    public static void Write(string path, ReadOnlySpan<byte> content, bool force = false)
    {
        var temporary = Temporary(path, force);
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }
            Keep(temporary, path, force);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>The name under which a file grows before it gets its own. Stops when the place is taken already.</summary>
    public static string Temporary(string path, bool force)
    {
        if (!force && Path.Exists(path))
            throw StopException.Incomplete($"{path} exists already; name another file, or add --force to replace it");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
            throw StopException.Incomplete($"there is no folder {folder}");
        return Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}.partial");
    }

    /// <summary>Gives a finished, flushed file its name.</summary>
    public static void Keep(string temporary, string path, bool force)
    {
        try
        {
            File.Move(temporary, path, overwrite: force);
        }
        catch (IOException e) when (!force && File.Exists(path))
        {
            throw StopException.Incomplete($"{path} appeared meanwhile and was not replaced", e);
        }
    }
}
