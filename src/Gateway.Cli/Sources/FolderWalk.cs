using System.Formats.Tar;
using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;
using Gateway.Protocol.Parts;

namespace Gateway.Cli.Sources;

/// <summary>Something that stands in a folder.</summary>
/// <param name="Disk">Where, for the system.</param>
/// <param name="Path">Where, below the folder, as <see cref="FilePaths"/> spells it.</param>
/// <param name="Kind">What.</param>
/// <param name="Size">Bytes of a file; else 0.</param>
/// <param name="Modified">When it was last changed; UTC.</param>
/// <param name="Target">Where a link leads.</param>
/// <param name="Problem">Why it cannot be taken.</param>
internal sealed record Found(string Disk, string Path, FileKind Kind, long Size, DateTime Modified, string? Target = null, FileProblem? Problem = null);

/// <summary>
/// Everything below a folder, in an order that depends on the names alone: depth first, the names of one folder by their UTF-16 code
/// units. Links are never followed. Only the names of the folders on the way are in memory. Nothing is left out: what cannot be taken
/// comes with the reason.
/// </summary>
/// <param name="root">The folder.</param>
/// <param name="shift">By how much its file system shows all times later than when it was looked at first; they are given as they were then.</param>
internal sealed class FolderWalk(string root, TimeSpan shift = default)
{
    private static readonly long s_step = TimeSpan.FromSeconds(2).Ticks;
    private static readonly EnumerationOptions s_all = new() { AttributesToSkip = 0, IgnoreInaccessible = false, ReturnSpecialDirectories = false, RecurseSubdirectories = false };

    /// <summary>What the times on the disk are ahead of those that are given.</summary>
    public TimeSpan Shift => shift;

    public IEnumerable<Found> Entries()
    {
        // Deeper than any stack: the iterators of the folders on the way.
        var open = new Stack<IEnumerator<Found>>();
        open.Push(Below(root, "", Names(root)).GetEnumerator());
        try
        {
            while (open.TryPeek(out var folder))
            {
                if (!folder.MoveNext())
                {
                    open.Pop().Dispose();
                    continue;
                }
                var found = folder.Current;
                IReadOnlyList<Name>? names = null;
                if (found is { Kind: FileKind.FOLDER, Problem: null })
                {
                    try
                    {
                        names = Names(found.Disk);
                    }
                    catch (Exception e) when (ProblemOf(e) is { } problem)
                    {
                        found = found with { Problem = problem };
                    }
                }
                yield return found;
                if (names is not null)
                    open.Push(Below(found.Disk, found.Path + "/", names).GetEnumerator());
            }
        }
        finally
        {
            while (open.TryPop(out var folder))
                folder.Dispose();
        }
    }

    /// <summary>Changes when anything was added, removed, renamed, or written to by its size or time.</summary>
    /// <param name="fingerprint">Takes it.</param>
    /// <param name="found">What was found.</param>
    /// <param name="coarse">The file system keeps whole steps of two seconds (FAT): what was just written shows another time after its disk was plugged in again.</param>
    public static void Note(IncrementalHash fingerprint, Found found, bool coarse = false)
        => fingerprint.AppendData(Encoding.UTF8.GetBytes($"{found.Path}\0{found.Kind}\0{found.Size}\0{(coarse ? found.Modified.Ticks / s_step * s_step : found.Modified.Ticks)}\0{found.Target}\0{found.Problem}\n"));

    /// <summary>Which problem an exception is when something of a folder is opened or listed; null when it is another kind of failure.</summary>
    public static FileProblem? ProblemOf(Exception e) => e switch
    {
        UnauthorizedAccessException => FileProblem.NOT_PERMITTED,
        PathTooLongException => FileProblem.PATH_TOO_LONG,
        IOException => FileProblem.UNREADABLE,
        _ => null,
    };

    // The framework reads names as UTF-8. Those that are none all read alike, and like one that is really spelt so: only that one has a way back to its bytes. The others
    // get a name that no other has, or whoever owns the folder could hide them behind it.
    private static List<Name> Names(string folder)
    {
        var names = new FileSystemEnumerable<string>(folder, static (ref entry) => entry.FileName.ToString(), s_all).ToList();
        names.Sort(StringComparer.Ordinal);
        var all = names.ConvertAll(name => new Name(name, IsLost: false));
        HashSet<string>? taken = null;
        for (var i = 1; i < names.Count; i++)
        {
            if (names[i] != names[i - 1])
                continue;
            taken ??= [.. names];
            var other = names[i];
            do
                other += '\ufffd';
            while (!taken.Add(other));
            all[i] = new Name(other, IsLost: true);
        }
        if (taken is not null)
            all.Sort(static (a, b) => StringComparer.Ordinal.Compare(a.Text, b.Text));
        return all;
    }

    private IEnumerable<Found> Below(string folder, string path, IReadOnlyList<Name> names)
        => names.Select(name => Look(System.IO.Path.Combine(folder, name.Text), path + FilePaths.Escape(name.Text), name));

    private Found Look(string disk, string path, Name name)
    {
        if (path.Length > FilePaths.MaxLength)
            return new Found(disk, $"{path[..(FilePaths.MaxLength - 80)].TrimEnd('/', '%')}~{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))}", FileKind.SPECIAL, 0, DateTime.UnixEpoch, null, FileProblem.PATH_TOO_LONG);
        if (name.IsLost)
            return new Found(disk, path, FileKind.SPECIAL, 0, DateTime.UnixEpoch, null, FileProblem.NAME_NOT_UTF8);
        try
        {
            var file = new FileInfo(disk);
            if (!Exists(file))
                return new Found(disk, path, FileKind.SPECIAL, 0, DateTime.UnixEpoch, null,
                    name.Text.Contains('\ufffd', StringComparison.Ordinal) ? FileProblem.NAME_NOT_UTF8 : FileProblem.UNREADABLE);
            var modified = file.LastWriteTimeUtc - shift;
            if (file.LinkTarget is { } target)
                return new Found(disk, path, FileKind.LINK, 0, modified, FilePaths.EscapeTarget(target));
            if (file.Attributes.HasFlag(FileAttributes.Directory))
                return new Found(disk, path, FileKind.FOLDER, 0, modified);
            return file.Length == 0 && IsSpecial(disk)
                ? new Found(disk, path, FileKind.SPECIAL, 0, modified, null, FileProblem.NOT_A_FILE)
                : new Found(disk, path, FileKind.FILE, file.Length, modified);
        }
        catch (Exception e) when (ProblemOf(e) is { } problem)
        {
            return new Found(disk, path, FileKind.SPECIAL, 0, DateTime.UnixEpoch, null, problem);
        }
    }

    // A link that leads nowhere is there too.
    private static bool Exists(FileInfo file) => file.Exists || Directory.Exists(file.FullName) || file.LinkTarget is not null;

    // Pipes, sockets and devices have no length, and to open one may wait for ever. The framework tells what they are to archivers only.
    private static bool IsSpecial(string disk)
    {
        if (OperatingSystem.IsWindows())
            return false;
        try
        {
            using var header = new MemoryStream();
            using (var tar = new TarWriter(header, TarEntryFormat.Pax, leaveOpen: true))
                tar.WriteEntry(disk, "entry");
            header.Position = 0;
            using var reader = new TarReader(header);
            return reader.GetNextEntry() is not { EntryType: TarEntryType.RegularFile };
        }
        catch (UnauthorizedAccessException)
        {
            return false; // an empty file that may not be opened: told so when it is read
        }
        catch (IOException)
        {
            return true; // a socket
        }
    }

    /// <param name="Text">As the framework reads it; of one that is lost, a name that no other of the folder has.</param>
    /// <param name="IsLost">Its bytes are not known.</param>
    private readonly record struct Name(string Text, bool IsLost);
}
