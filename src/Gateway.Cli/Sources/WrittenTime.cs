namespace Gateway.Cli.Sources;

/// <summary>Whether two times at which a file was last written to are one and the same, as its file system keeps them.</summary>
internal static class WrittenTime
{
    // Steps of up to two seconds: what was just written shows another time after its disk was plugged in again.
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(2);

    // Offsets of time zones are whole quarters of an hour, from -12 to +14 hours.
    private static readonly TimeSpan s_zone = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan s_farthest = TimeSpan.FromHours(26);

    /// <summary>Compares.</summary>
    /// <param name="then">What was seen first.</param>
    /// <param name="now">What is seen now.</param>
    /// <param name="local">The file system keeps local time without its offset (FAT): at another computer, or after the clocks went forward, all its times are other ones.</param>
    public static bool Same(DateTimeOffset then, DateTimeOffset now, bool local)
    {
        var apart = (now - then).Duration();
        if (apart <= s_step)
            return true;
        if (!local || apart > s_farthest + s_step)
            return false;
        var rest = TimeSpan.FromTicks(apart.Ticks % s_zone.Ticks);
        return rest <= s_step || s_zone - rest <= s_step;
    }

    /// <summary>By how much all times of a file system that keeps local time are shown later than before, in whole quarters of an hour; zero when they are not the same times.</summary>
    public static TimeSpan Shift(DateTimeOffset then, DateTimeOffset now)
        => Same(then, now, local: true) ? s_zone * Math.Round((now - then) / s_zone) : TimeSpan.Zero;

    /// <summary>Whether the file system under a path keeps local time; false when that cannot be told.</summary>
    public static bool IsLocalAt(string path)
    {
        try
        {
            // The mount below which it lies: the longest name of one.
            var full = Path.GetFullPath(path);
            var drive = DriveInfo.GetDrives().Where(d => full.StartsWith(d.Name, OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal)).MaxBy(d => d.Name.Length);
            return drive is not null && KeepsLocalTime(drive.DriveFormat);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether a file system of this name keeps local time. exFAT writes the offset beside it.</summary>
    internal static bool KeepsLocalTime(string format)
        => format is "msdos" or "vfat" or "umsdos" || format.StartsWith("FAT", StringComparison.OrdinalIgnoreCase);
}
