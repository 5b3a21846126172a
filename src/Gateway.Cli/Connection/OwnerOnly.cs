using Gateway.Cli.Output;

namespace Gateway.Cli.Connection;

/// <summary>Files that only their owner may touch.</summary>
internal static class OwnerOnly
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Stops when others may read or write a file that holds a key.</summary>
    public static void RequirePrivate(string path) => Require(path, Others, "others may read it");

    /// <summary>Stops when others may write a file that says whom to trust.</summary>
    public static void RequireNotWritable(string path) => Require(path, OthersWrite, "others may write it");

    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>A file that nobody else made: what lies there, or a link to somewhere else, is taken away and not written to.</summary>
    public static FileStream Anew(string path, FileOptions options = FileOptions.None)
    {
        File.Delete(path);
        return Open(path, FileMode.CreateNew, options);
    }

    /// <summary>A file that an earlier run may have begun.</summary>
    public static FileStream OpenOrCreate(string path) => Open(path, FileMode.OpenOrCreate, FileOptions.None);

    /// <summary>The same for decrypted content, read and written as it comes. What an earlier version left readable is closed; a disk that keeps no modes (FAT) has those of its mount.</summary>
    public static FileStream OpenContent(string path, FileOptions options = FileOptions.None)
    {
        var file = Open(path, FileMode.OpenOrCreate, options, bufferSize: 0);
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & Others) != 0)
                File.SetUnixFileMode(file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        catch (UnauthorizedAccessException)
        {
            // Whoever mounted such a disk said who may read it.
        }
        return file;
    }

    /// <summary>Replaces a file in one step: after a crash there is the old content or the new, never a half.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content) => NewFile.Write(path, content, force: true, ownerOnly: true);

    private static FileStream Open(string path, FileMode mode, FileOptions options, int bufferSize = 4096)
    {
        var how = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = options, BufferSize = bufferSize };
        if (!OperatingSystem.IsWindows())
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, how);
    }

    private static void Require(string path, UnixFileMode forbidden, string problem)
    {
        if (OperatingSystem.IsWindows())
            return; // access lists there are inherited from the profile folder
        if ((File.GetUnixFileMode(path) & forbidden) != 0)
            throw StopException.Incomplete($"{path}: {problem}; run: chmod 600 '{path}'");
    }
}
