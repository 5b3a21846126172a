using System.Security.Cryptography;
using Gateway.Cli.Output;
using Gateway.Cli.Sources;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Parts;
using Gateway.Protocol.Refusals;

namespace Gateway.Cli.Parts;

/// <summary>
/// Compares the archive of a folder item with the list that its manifest seals: that everything listed is there with its digest, and nothing
/// else. The digest of the item says only that it is what the laboratory sent. Memory grows with what differs, up to a bound.
/// </summary>
internal sealed class FolderCheck
{
    private const string Content = "content/";
    private const int MostDiffering = 10_000;
    private const int MostNamed = 20;
    private const int ReadBytes = 1 << 18;

    private readonly FileTree _files;
    private readonly Stream _archive;
    private readonly Action<long> _progress;
    private readonly CancellationToken _cancel;

    // By path: listed and not met yet, there and not met yet. Both are empty while archive and list have the same order.
    private readonly Dictionary<string, FileEntry> _listed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TarMember> _there = new(StringComparer.Ordinal);
    private readonly List<string> _other = [];
    private readonly List<string> _again = [];
    private readonly TreeBuilder _tree = new();
    private readonly byte[] _buffer = new byte[ReadBytes];
    private long _notTaken;
    private long _received;
    private long _elsewhere;

    private FolderCheck(Manifest manifest, Stream archive, Action<long> progress, CancellationToken cancel)
        => (_files, _archive, _progress, _cancel) = (manifest.Files!, archive, progress, cancel);

    /// <summary>Checks the content of a folder item in a file; null, or <see cref="RefusalCode.ManifestIncomplete"/> with what is missing or too many.</summary>
    public static Task<Refusal?> RunAsync(Manifest manifest, string path, Action<long> progress, CancellationToken cancel) => Task.Run(() =>
    {
        using var archive = File.OpenRead(path);
        using var list = File.OpenRead(path);
        return new FolderCheck(manifest, archive, progress, cancel).Compare(list);
    }, cancel);

    private Refusal? Compare(FileStream list)
    {
        string? broken = null;
        try
        {
            using var members = TarMembers.Of(_archive).Where(IsNotTheList).GetEnumerator();
            foreach (var line in Lines(list))
            {
                if (!FileEntry.Read(line).TryGet(out var entry, out var refusal))
                    return Incomplete($"Line {_tree.Count + 1} of the list cannot be read: {refusal.Detail}.");
                _tree.Add(FileEntry.Leaf(line));
                if (entry.Problem is not null)
                {
                    _notTaken++;
                    continue;
                }
                Expect(entry);
                if (members.MoveNext())
                    Meet(members.Current);
                if (Differing > MostDiffering)
                    return Incomplete(Told());
            }
            while (Differing <= MostDiffering && members.MoveNext())
                Meet(members.Current);
        }
        catch (InvalidDataException e)
        {
            broken = $"The archive cannot be read behind {_received} files: {e.Message}.";
        }
        if (broken is not null || Differing > 0)
            return Incomplete($"{Told()}{(broken is null ? "" : $" {broken}")}");
        return _tree.Root == _files.TreeRoot && _tree.Count == _files.Entries && _notTaken == _files.NotTaken
            ? null
            : Incomplete($"The list in the item has {_tree.Count} entries and the tree root {_tree.Root}; the manifest seals {_files.Entries} and {_files.TreeRoot}.");
    }

    private long Differing => _listed.Count + _there.Count + _other.Count + _again.Count + _elsewhere;

    private bool IsNotTheList(TarMember member) => member.Path != FolderArchive.ListName || member.Offset != _files.ListFrom || member.Size != _files.ListBytes;

    private void Expect(FileEntry entry)
    {
        if (_there.Remove(entry.Path, out var member))
            Match(entry, member);
        else if (!_listed.TryAdd(entry.Path, entry))
            _again.Add(entry.Path);
    }

    private void Meet(TarMember member)
    {
        _cancel.ThrowIfCancellationRequested();
        _received++;
        var path = (member.Path.StartsWith(Content, StringComparison.Ordinal) ? member.Path[Content.Length..] : $"/{member.Path}").TrimEnd('/');
        if (_listed.Remove(path, out var entry))
            Match(entry, member);
        else if (!_there.TryAdd(path, member))
            _again.Add(path);
        _progress(member.Offset + member.Size);
    }

    private void Match(FileEntry entry, TarMember member)
    {
        var same = entry.Kind switch
        {
            FileKind.FILE => member.Type == '0' && member.Size == entry.Size && DigestOf(member) == entry.Sha256,
            FileKind.FOLDER => member.Type == '5',
            FileKind.LINK => member.Type == '2' && member.Target == entry.Target,
            FileKind.SPECIAL => false,
        };
        if (!same)
            _other.Add(entry.Path);
        else if (entry.Kind == FileKind.FILE && entry.Offset != member.Offset)
            _elsewhere++;
    }

    private Digest DigestOf(TarMember member)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _archive.Position = member.Offset;
        for (var left = member.Size; left > 0;)
        {
            _cancel.ThrowIfCancellationRequested();
            var read = _archive.Read(_buffer, 0, (int)Math.Min(left, ReadBytes));
            if (read == 0)
                throw new InvalidDataException("it ends within a file");
            hash.AppendData(_buffer, 0, read);
            left -= read;
        }
        return new Digest(hash.GetHashAndReset());
    }

    private IEnumerable<byte[]> Lines(FileStream list)
    {
        list.Position = _files.ListFrom;
        var line = new MemoryStream();
        var buffer = new byte[ReadBytes];
        for (var left = _files.ListBytes; left > 0;)
        {
            var read = list.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0)
                throw new InvalidDataException("it ends within its list");
            left -= read;
            for (var from = 0; from < read;)
            {
                var end = Array.IndexOf(buffer, (byte)'\n', from, read - from);
                var taken = (end < 0 ? read : end + 1) - from;
                if (line.Length + taken > FileEntry.MaxBytes)
                    throw new InvalidDataException("its list has a line that is too long");
                line.Write(buffer, from, taken);
                from += taken;
                if (end < 0)
                    continue;
                yield return line.ToArray();
                line.SetLength(0);
            }
        }
        if (line.Length > 0)
            yield return line.ToArray();
    }

    private string Told()
        => $"Manifest lists {_files.Entries - _files.NotTaken} files, received {_received}.{Names("Missing", _listed.Keys)}{Names("Not listed", _there.Keys.Concat(_again))}{Names("Other content than listed", _other)}"
            + (_elsewhere > 0 ? $" At another place than listed: {_elsewhere}." : "")
            + (Differing > MostDiffering ? " There is more; the comparison was stopped." : "");

    private static string Names(string what, IEnumerable<string> paths)
    {
        var all = paths.Order(StringComparer.Ordinal).ToList();
        return all.Count == 0 ? "" : $" {what}: {string.Join(", ", all.Take(MostNamed).Select(path => SafeText.Line(path.Length > 200 ? $"{path[..200]}…" : path)))}{(all.Count > MostNamed ? $" and {all.Count - MostNamed} more" : "")}.";
    }

    private static Refusal Incomplete(string what) => new(RefusalCode.ManifestIncomplete, what, "files");
}
