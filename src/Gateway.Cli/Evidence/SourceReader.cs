using System.Globalization;
using Gateway.Cli.Output;

namespace Gateway.Cli.Evidence;

/// <summary>How the content of an item is read: a file or a device, as fast as it goes or within what the line and the hour allow.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Pace">Rate and hours; null: as fast as it goes.</param>
internal sealed record SourceReader(string Path, Pace? Pace)
{
    private const string Devices = "/dev/";
    private const int SectorBytes = 512;

    /// <summary>Bytes of content. A device has no length as files have: Linux tells it in sysfs, in sectors of 512 bytes.</summary>
    public long Measure()
    {
        if (!OperatingSystem.IsLinux() || !Path.StartsWith(Devices, StringComparison.Ordinal))
            return new FileInfo(Path).Length;
        var device = System.IO.Path.GetFileName(File.ResolveLinkTarget(Path, returnFinalTarget: true)?.FullName ?? Path);
        var size = $"/sys/class/block/{device}/size";
        return File.Exists(size) && long.TryParse(File.ReadAllText(size).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var sectors) && sectors > 0
            ? sectors * SectorBytes
            : throw StopException.No($"{Path} is not a block device that tells its size; image it into a file first");
    }

    public Stream Open()
    {
        var file = EvidenceHash.OpenSource(Path);
        return Pace is null ? file : new PacedStream(file, Pace);
    }
}
