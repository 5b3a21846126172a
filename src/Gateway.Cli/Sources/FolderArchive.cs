using System.Security.Cryptography;
using Gateway.Cli.Output;
using Gateway.Cli.Recorded;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Parts;

namespace Gateway.Cli.Sources;

/// <summary>
/// A folder as one stream: a tar archive of all that is below it, then the list of its files, which is also the leaves of the salted
/// tree. The same folder gives the same bytes. What cannot be taken is in the list with the reason; what is changed while it is read
/// stops the work. Memory does not grow with the number of files.
/// </summary>
internal sealed class FolderArchive : ForwardStream
{
    public const string ListName = "files.jsonl";

    private const int ReadBytes = 1 << 18;
    private const int MostTold = 1000;

    private readonly FolderWalk _walk;
    private readonly UnreadLog _unread;
    private readonly FileStream _list;
    private readonly string _itemId;
    private readonly ItemKey _key;
    private readonly FileLists? _lists;
    private readonly TreeBuilder _tree = new();
    private readonly IAsyncEnumerator<ReadOnlyMemory<byte>> _blocks;
    private ReadOnlyMemory<byte> _rest;
    private long _made;
    private long _notTaken;
    private FileTree? _files;

    /// <param name="walk">The folder.</param>
    /// <param name="unread">What could not be read in an earlier run.</param>
    /// <param name="list">An empty file in which the list grows; disposed of with this.</param>
    /// <param name="itemId">The item.</param>
    /// <param name="key">Gives the salts.</param>
    /// <param name="lists">Recorded digests to compare with.</param>
    public FolderArchive(FolderWalk walk, UnreadLog unread, FileStream list, string itemId, ItemKey key, FileLists? lists = null)
    {
        (_walk, _unread, _list, _itemId, _key, _lists) = (walk, unread, list, itemId, key, lists);
        _blocks = Blocks().GetAsyncEnumerator();
    }

    /// <summary>The first of what was not taken, a line each with the reason.</summary>
    public List<string> NotTaken { get; } = [];

    /// <summary>Once all of it was read.</summary>
    public FileTree Files => _files ?? throw new InvalidOperationException("the folder has not been read to its end");

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (_rest.IsEmpty)
        {
            if (!await _blocks.MoveNextAsync())
                return 0;
            _rest = _blocks.Current;
            _made += _rest.Length;
        }
        var read = Math.Min(buffer.Length, _rest.Length);
        _rest[..read].CopyTo(buffer);
        _rest = _rest[read..];
        return read;
    }

    // Every piece is counted in _made when it is taken, before the next one is asked for: there, _made is where the archive stands.
    private async IAsyncEnumerable<ReadOnlyMemory<byte>> Blocks()
    {
        var buffer = new byte[ReadBytes];
        using var seen = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var set = DigestSet.Create(_lists?.Algorithms ?? []).OrStop();
        foreach (var found in _walk.Entries())
        {
            FolderWalk.Note(seen, found);
            var (file, problem) = Open(found, _unread, _walk.Shift);
            var entry = Entry(found, problem);
            if (problem is null)
                yield return TarHeader.Of($"content/{entry.Path}", entry.Kind, entry.Size, entry.Modified, entry.Target);
            if (file is not null)
            {
                entry = entry with { Offset = _made };
                using (file.Content)
                {
                    for (int read; (read = await file.Content.ReadAsync(buffer)) > 0;)
                    {
                        set.Append(buffer.AsSpan(0, read));
                        yield return buffer.AsMemory(0, read);
                    }
                }
                if (!file.IsUnchanged())
                    throw SourceReader.Changed(found.Path);
                yield return new byte[TarHeader.Padding(entry.Size)];
                var digests = set.Finish();
                _lists?.Compare(entry.Path, digests);
                entry = entry with { Sha256 = new Digest(Convert.FromHexString(digests[0].Value)), Unread = _unread.Of(entry.Path).Ranges };
            }
            var line = entry.Write();
            _tree.Add(FileEntry.Leaf(line));
            _list.Write(line);
        }
        RequireSame(seen);
        var bytes = _list.Position;
        // The time of the list is that of nothing: a second run must give the same bytes.
        yield return TarHeader.Of(ListName, FileKind.FILE, bytes, DateTimeOffset.UnixEpoch);
        _files = new FileTree(_tree.Count, _notTaken, _tree.Root, _made, bytes);
        _list.Position = 0;
        for (int read; (read = await _list.ReadAsync(buffer)) > 0;)
            yield return buffer.AsMemory(0, read);
        // Two empty blocks end an archive.
        yield return new byte[TarHeader.Padding(bytes) + (2 * TarHeader.BlockBytes)];
    }

    /// <summary>Opens a file of a folder; neither, for what has no content.</summary>
    public static (FileOnDisk? File, FileProblem? Problem) Open(Found found, UnreadLog unread, TimeSpan shift = default)
    {
        if (found.Problem is not null || found.Kind != FileKind.FILE)
            return (null, found.Problem);
        try
        {
            var file = FileOnDisk.Open(found.Disk, null, unread.Of(found.Path));
            if (file.Content.Length == found.Size && file.IsUnchanged(found.Modified + shift))
                return (file, null);
            file.Content.Dispose();
        }
        catch (Exception e) when (FolderWalk.ProblemOf(e) is { } problem)
        {
            return (null, problem);
        }
        throw SourceReader.Changed(found.Path);
    }

    private FileEntry Entry(Found found, FileProblem? problem)
    {
        if (_tree.Count == FileEntry.MaxCount)
            throw StopException.No($"the folder holds more than {FileEntry.MaxCount} entries; divide it into several items");
        if (problem is not null && _notTaken++ < MostTold)
            NotTaken.Add($"not taken: {found.Path}: {problem}");
        if (problem is not null && _notTaken == MostTold)
            NotTaken.Add($"… and more; {ListName} in the item has all of them");
        var modified = new DateTimeOffset(found.Modified);
        return new FileEntry(_itemId, _tree.Count, found.Path, found.Kind, problem is null ? found.Size : 0, modified, null, null, found.Target, [], problem, _key.FileSalt(_itemId, _tree.Count));
    }

    // Files that came, went or were written to behind the reader's back.
    private void RequireSame(IncrementalHash seen)
    {
        using var now = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var found in _walk.Entries())
            FolderWalk.Note(now, found);
        if (!now.GetHashAndReset().AsSpan().SequenceEqual(seen.GetHashAndReset()))
            throw SourceReader.Changed("the folder");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _list.Dispose();
        base.Dispose(disposing);
    }
}
