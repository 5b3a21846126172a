namespace Gateway.Cli.Output;

/// <summary>Whether a disk has room for what is to be written: said before the first byte, because nothing is worse than a full disk at 90 %.</summary>
internal static class FreeRoom
{
    // ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL of Windows, ENOSPC and EDQUOT of Linux.
    private static readonly int[] s_full = OperatingSystem.IsWindows() ? [39, 112] : [28, 122];

    /// <summary>Whether a write failed because no room, or none of the person's share, is left.</summary>
    public static bool IsFull(IOException e) => s_full.Contains(e.HResult & 0xFFFF);

    /// <summary>Stops when the disk of an existing folder has less room than that.</summary>
    public static void Require(string folder, long bytes)
    {
        if (Of(folder) is { } free && free < bytes)
            throw StopException.Incomplete($"{folder} has room for {ByteProgress.Size(free)}, the item needs {ByteProgress.Size(bytes)}; make room there, or name another folder with --to");
    }

    // A share on the network has no drive letter to ask: whether it has room shows when it is written to.
    private static long? Of(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
