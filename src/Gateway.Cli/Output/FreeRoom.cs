namespace Gateway.Cli.Output;

/// <summary>Whether a disk has room for what is to be written: said before the first byte, because nothing is worse than a full disk at 90 %.</summary>
internal static class FreeRoom
{
    /// <summary>Stops when the disk of an existing folder has less room than that.</summary>
    public static void Require(string folder, long bytes)
    {
        if (Of(folder) is { } free && free < bytes)
            throw StopException.Incomplete($"{folder} has room for {ByteProgress.Size(free)}, the item needs {ByteProgress.Size(bytes)}; name another folder with --to");
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
