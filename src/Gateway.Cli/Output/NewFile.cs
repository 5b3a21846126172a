using Gateway.Cli.Connection;
using Gateway.Protocol.Documents;

namespace Gateway.Cli.Output;

/// <summary>Files for the person: complete or not there, and never in the place of another.</summary>
internal static class NewFile
{
    /// <summary>Writes a file whole, or leaves nothing.</summary>
    /// <param name="path">Where it is to lie.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="force">Whether it may take the place of another.</param>
    /// <param name="ownerOnly">Nobody else may read it, from its first byte on.</param>
    public static void Write(string path, ReadOnlySpan<byte> content, bool force = false, bool ownerOnly = false)
    {
        var temporary = Temporary(path, force);
        try
        {
            using (var file = ownerOnly ? OwnerOnly.Anew(temporary) : new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
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

    /// <summary>The name under which a file grows before it gets its own: nobody can know it and lay something there before. Stops when the place is taken already.</summary>
    public static string Temporary(string path, bool force)
    {
        if (!force && Path.Exists(path))
            throw StopException.Incomplete($"{path} exists already; name another file, or add --force to replace it");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
            throw StopException.Incomplete($"there is no folder {folder}");
        return Path.Combine(folder, $".{Path.GetFileName(path)}.{Ids.New()[..16]}.partial");
    }

    /// <summary>Gives a finished, flushed file its name, and flushes that too: nothing that relies on the file is done, deleted or signed before its name is on the disk.</summary>
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
        // Managed code flushes no folder. A file that is flushed under its new name takes the name along: on ext4 and XFS the journal holds the rename, on FAT and exFAT
        // what is flushed of the file is its entry in the folder.
        using var named = File.OpenHandle(path, FileMode.Open, OperatingSystem.IsWindows() ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(named);
    }
}
