using System.Globalization;
using System.Security.Cryptography;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Cli.Recorded;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;

namespace Gateway.Cli.Sources;

/// <summary>What an item is made of: a file, a block device or a folder, read as fast as it goes or within what the line and the hour allow.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Pace">Rate and hours; null: as fast as it goes.</param>
/// <param name="Free">Bytes from the beginning that the pace does not count: they are read again, but neither sent nor written.</param>
/// <param name="Lists">Recorded digests to compare the files of a folder with.</param>
internal sealed record SourceReader(string Path, Pace? Pace, FileLists? Lists = null, long Free = 0)
{
    private const string Devices = "/dev/";
    private const int SectorBytes = 512;

    public bool IsFolder => Directory.Exists(Path);

    /// <summary>A device node, not a file that lies below the same folder, such as one in memory (<c>/dev/shm</c>): a node has no length as files have.</summary>
    public bool IsDevice => OperatingSystem.IsLinux() && Target is var target && target.StartsWith(Devices, StringComparison.Ordinal) && File.Exists(target) && new FileInfo(target).Length == 0;

    /// <summary>The name of the item's content.</summary>
    public string ItemName => IsFolder ? $"{System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(Path))}.tar" : System.IO.Path.GetFileName(Path);

    public static SourceReader At(string path, Pace? pace)
        => File.Exists(path) || Directory.Exists(path)
            ? new SourceReader(System.IO.Path.GetFullPath(path), pace)
            : throw StopException.Usage($"there is no file, device or folder {path}");

    /// <summary>Whether it lies on a file system that keeps local time without its offset.</summary>
    public bool KeepsLocalTime { get; init; } = WrittenTime.IsLocalAt(File.ResolveLinkTarget(Path, returnFinalTarget: true)?.FullName ?? Path);

    /// <summary>Of a folder: by how much its file system shows all times later than when the item was begun.</summary>
    public TimeSpan Shift { get; init; }

    /// <summary>Of a folder: what stood in it when the item was begun; null: not known.</summary>
    public string? Walk { get; init; }

    /// <summary>The segments of images whose medium was compared, as they were then.</summary>
    public IReadOnlyList<SeenFile> Images { get; init; } = [];

    /// <summary>Of a folder: changes when anything in it was added, removed, renamed, or written to by its length or time. Null for anything else.</summary>
    public string? Fingerprint()
    {
        if (!IsFolder)
            return null;
        using var fingerprint = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var found in new FolderWalk(Path, Shift).Entries())
            FolderWalk.Note(fingerprint, found, KeepsLocalTime);
        return Convert.ToHexStringLower(fingerprint.GetHashAndReset());
    }

    /// <summary>Bytes of content; of a folder, those of its files. The same again as long as nothing was changed.</summary>
    public long Measure() => IsFolder ? new FolderWalk(Path).Entries().Sum(found => found.Size) : IsDevice ? MeasureDevice() : FileOnDisk.Measure(Path);

    /// <summary>
    /// When a file was last written to, UTC; null for a device, which has no such time, and a folder, whose entries have their own: of one whose file
    /// system keeps local time, the first of them, by which a move of all is known.
    /// </summary>
    public DateTimeOffset? Modified() => IsDevice || (IsFolder && !KeepsLocalTime) ? null
        : !IsFolder ? new DateTimeOffset(File.GetLastWriteTimeUtc(Target), TimeSpan.Zero)
        : new FolderWalk(Path).Entries().FirstOrDefault(found => found.Problem is null) is { } first ? new DateTimeOffset(first.Modified) : null;

    /// <summary>Opens a file or device for one pass from its beginning.</summary>
    public OpenSource OpenFile(UnreadLog unread)
    {
        var file = FileOnDisk.Open(Target, IsDevice ? MeasureDevice() : null, unread.Of(""));
        return new OpenSource(Paced(file.Content), () =>
        {
            if (!file.IsUnchanged())
                throw Changed(Path);
            RequireImages();
            return new SourceFindings(unread.Of("").Ranges, null, unread.Told()) { Whole = unread.Told().Count == 0 };
        });
    }

    /// <summary>Opens whatever it is for one pass as the content of an item.</summary>
    /// <param name="unread">What could not be read, now or in an earlier run.</param>
    /// <param name="spool">Where the list of a folder grows.</param>
    /// <param name="itemId">The item.</param>
    /// <param name="key">Gives the salts of the list.</param>
    public OpenSource Open(UnreadLog unread, string spool, string itemId, ItemKey key)
    {
        if (!IsFolder)
            return OpenFile(unread);
        var archive = new FolderArchive(new FolderWalk(Path, Shift), unread, OwnerOnly.Anew(spool, FileOptions.DeleteOnClose), itemId, key, Lists);
        return new OpenSource(Paced(archive), () =>
        {
            // The archive has looked whether the folder is as it was when its reading began; this is what it was when the item was.
            if (Walk is not null && Walk != Fingerprint())
                throw Changed("the folder");
            RequireImages();
            return new SourceFindings([], archive.Files, [.. archive.NotTaken, .. unread.Told(), .. Lists?.Told() ?? []])
            {
                Whole = archive.Files.NotTaken == 0 && unread.Told().Count == 0 && (Lists?.Missing ?? 0) == 0,
            };
        });
    }

    private void RequireImages()
    {
        if (Images.FirstOrDefault(file => !file.IsUnchanged(KeepsLocalTime)) is { } other)
            throw Changed(other.Path);
    }

    public static StopException Changed(string what)
        => StopException.Refused(new Refusal(RefusalCode.SourceChanged, $"{what} was changed while it was read"));

    private Stream Paced(Stream content) => Pace is null ? content : new PacedStream(content, Pace, Free);

    // What is read. Its length and its time count, not those of a link to it.
    private string Target => File.ResolveLinkTarget(Path, returnFinalTarget: true)?.FullName ?? Path;

    // Linux tells the size of a device in sysfs, in sectors of 512 bytes.
    private long MeasureDevice()
    {
        var size = $"/sys/class/block/{System.IO.Path.GetFileName(Target)}/size";
        return File.Exists(size) && long.TryParse(File.ReadAllText(size).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var sectors) && sectors > 0
            ? sectors * SectorBytes
            : throw StopException.No($"{Path} is not a block device that tells its size; image it into a file first");
    }
}

/// <summary>What one pass over a source found beside its bytes.</summary>
/// <param name="Unread">Ranges of a file or device that could not be read.</param>
/// <param name="Files">The file tree of a folder.</param>
/// <param name="Told">What a person must be told of it, a line each; the item itself declares all of it.</param>
internal sealed record SourceFindings(IReadOnlyList<UnreadRange> Unread, FileTree? Files, IReadOnlyList<string> Told)
{
    public static SourceFindings None { get; } = new([], null, []);

    /// <summary>Whether all of the source is in the item: nothing could not be read, and every file that a list of digests names was there.</summary>
    public bool Whole { get; init; } = true;

    /// <summary>How a command ends that took the source. The item is made and declares what it lacks; a script must not take it for whole.</summary>
    public static ExitCode End(bool whole) => whole ? ExitCode.Good : ExitCode.Incomplete;
}

/// <summary>A source while it is read.</summary>
internal sealed class OpenSource(Stream content, Func<SourceFindings> complete) : IDisposable
{
    public Stream Content => content;

    /// <summary>At the end of the content: what was found; stops when the source was changed meanwhile.</summary>
    public SourceFindings Complete() => complete();

    public void Dispose() => content.Dispose();
}
