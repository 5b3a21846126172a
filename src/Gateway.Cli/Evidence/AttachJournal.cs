using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Cli.Sources;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;

namespace Gateway.Cli.Evidence;

/// <summary>
/// What must survive a pulled cable or a closed lid while an item is attached: which item, its key, and what was sent. Files,
/// mode 0600, in a folder of the person's own: ITEM.json with the item key wrapped to the technician's key, and ITEM.chunks; ITEM.unread
/// when the source has damaged places, ITEM.list while a folder is read, and ITEM.told while it is committed. Who steals them learns names, sizes and digests, and opens nothing. All are removed when the
/// gateway has committed the item, which then has the key in its grant.
/// </summary>
internal sealed class AttachJournal : IDisposable
{
    private static readonly string[] s_beside = [".chunks", ".unread", ".list", ".told"];
    private static readonly TimeSpan s_begun = TimeSpan.FromDays(1);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly string _path;

    private AttachJournal(string path, AttachedItem item, ItemKey key)
    {
        (_path, Item, Key) = (path, item, key);
        Chunks = new ChunkRecords(Beside(path, ".chunks"));
        Unread = new UnreadLog(Beside(path, ".unread"));
    }

    private sealed record Told(IReadOnlyList<string> Lines, bool Whole);

    private sealed record Header(AttachedItem Item, byte[] WrappedKey);

    public AttachedItem Item { get; }

    public ItemKey Key { get; }

    /// <summary>One record per chunk made so far.</summary>
    public ChunkRecords Chunks { get; }

    /// <summary>What could not be read of the source.</summary>
    public UnreadLog Unread { get; }

    /// <summary>What the pass over the source found that was kept; nothing when there was none.</summary>
    public SourceFindings Findings
    {
        get
        {
            var path = Beside(_path, ".told");
            return File.Exists(path) && JsonSerializer.Deserialize<Told>(File.ReadAllBytes(path), Json) is { Lines: not null } told ? SourceFindings.None with { Told = told.Lines, Whole = told.Whole } : SourceFindings.None;
        }
    }

    /// <summary>Keeps what is told to people of a pass, until the item is committed.</summary>
    public void Keep(SourceFindings findings) => OwnerOnly.Replace(Beside(_path, ".told"), JsonSerializer.SerializeToUtf8Bytes(new Told(findings.Told, findings.Whole), Json));

    /// <summary>Opens the source for one pass, with what is known of it.</summary>
    public OpenSource Open(SourceReader source) => source.Open(Unread, Beside(_path, ".list"), Item.ItemId, Key);

    /// <summary>
    /// Chunks made before that can stay. Of a folder the last one is made anew: whether something follows a chunk is part of how it is
    /// encrypted, and that was not known of the last one when the work stopped.
    /// </summary>
    public long Certain => Item.IsFolder ? Math.Max(0, Chunks.Count - 1) : Chunks.Count;

    /// <summary>Goes on behind so many chunks, as far as they are certain.</summary>
    public StoredChunks Keep(long there)
    {
        Chunks.Keep(Math.Min(there, Certain));
        return new StoredChunks(Chunks.Leaves(Chunks.Count), Item.IsFolder ? null : Item.SizeBytes);
    }

    /// <summary>Begins an item with a fresh key. Everything is on disk before the first chunk is made.</summary>
    public static AttachJournal Begin(string folder, AttachedItem item, TechnicianKey technician)
    {
        OwnerOnly.CreateFolder(folder);
        var path = Path.Combine(folder, $"{item.ItemId}.json");
        if (File.Exists(path))
            throw StopException.Incomplete($"{path} exists already");
        var key = ItemKey.New();
        OwnerOnly.Replace(path, JsonSerializer.SerializeToUtf8Bytes(new Header(item, technician.Wrap(key, item.ItemId)), Json));
        ClearRests(folder, File.GetLastWriteTimeUtc(path) - s_begun);
        return new(path, item, key);
    }

    /// <summary>
    /// The item to go on with, as the person says: the one named, or the one begun for this source and case; null when one is to be begun.
    /// With <paramref name="anew"/>, what was begun is forgotten.
    /// </summary>
    public static AttachJournal? Begun(string folder, string? itemId, bool anew, string caseId, SourceReader source, TechnicianKey technician)
    {
        var begun = Find(folder, itemId, caseId, source.Path, technician);
        if (begun is null && itemId is not null)
            throw StopException.Usage($"no item {itemId} was begun here; leave --item out to begin one");
        if (begun is null && !anew && Moved(folder, caseId, source) is { } moved)
            throw StopException.Usage($"item {moved.ItemId} of this case was begun with {moved.SourcePath}, which is no longer there and was as long as {source.Path}: go on with --item {moved.ItemId}, or begin another with --new");
        if (begun is null)
            return null;
        if (!anew)
        {
            // A named item may lie elsewhere by now: every chunk that was made is compared before anything is added to it.
            if (begun.Item.CaseId == caseId)
                return begun;
            using (begun)
                throw StopException.Usage($"item {begun.Item.ItemId} was begun for case {begun.Item.CaseId}");
        }
        using (begun)
            begun.Wipe();
        return null;
    }

    /// <summary>The journal of an item, or of this file and case when no item is named; null when there is none.</summary>
    public static AttachJournal? Find(string folder, string? itemId, string caseId, string sourcePath, TechnicianKey technician)
    {
        if (!Directory.Exists(folder))
            return null;
        foreach (var path in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            var header = ReadHeader(path);
            if (itemId is null ? header.Item.CaseId == caseId && header.Item.SourcePath == sourcePath : header.Item.ItemId == itemId)
                return Open(path, header, technician);
        }
        return null;
    }

    // Whoever takes a disk along has it elsewhere the next day: to begin anew in silence would send it all again, as another item.
    private static AttachedItem? Moved(string folder, string caseId, SourceReader source)
    {
        if (!Directory.Exists(folder))
            return null;
        var gone = Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(path => ReadHeader(path).Item)
            .Where(item => item.CaseId == caseId && item.IsFolder == source.IsFolder && !File.Exists(item.SourcePath) && !Directory.Exists(item.SourcePath)).ToList();
        var size = gone.Count == 0 ? 0 : source.Measure();
        return gone.Find(item => item.SizeBytes == size);
    }

    /// <summary>The item is with the gateway, or given up: nothing of its key stays here.</summary>
    public void Wipe()
    {
        Chunks.Dispose();
        // The header first: without it, what remains is nobody's.
        File.Delete(_path);
        foreach (var extension in s_beside)
            File.Delete(Beside(_path, extension));
        foreach (var begun in Directory.EnumerateFiles(Path.GetDirectoryName(_path)!, $".{Item.ItemId}.*.partial"))
            File.Delete(begun);
    }

    public void Dispose()
    {
        Chunks.Dispose();
        Key.Dispose();
    }

    // What a kill left behind while a journal was wiped, or was written for the first time. The latter is a moment in the life of every journal, also of another's.
    private static void ClearRests(string folder, DateTime before)
    {
        foreach (var rest in Directory.EnumerateFiles(folder).Where(file => s_beside.Contains(Path.GetExtension(file)) && !File.Exists(Path.ChangeExtension(file, ".json"))))
            File.Delete(rest);
        foreach (var begun in Directory.EnumerateFiles(folder, ".*.partial").Where(file => File.GetLastWriteTimeUtc(file) < before))
            File.Delete(begun);
    }

    private static AttachJournal Open(string path, Header header, TechnicianKey technician)
    {
        OwnerOnly.RequirePrivate(path);
        return new(path, header.Item, technician.Unwrap(header.WrappedKey, header.Item.ItemId));
    }

    private static Header ReadHeader(string path)
    {
        OwnerOnly.RequirePrivate(path);
        try
        {
            if (JsonSerializer.Deserialize<Header>(File.ReadAllBytes(path), Json) is { Item: not null, WrappedKey: not null } header && Ids.IsId(header.Item.ItemId))
                return header;
        }
        catch (JsonException e)
        {
            throw StopException.Incomplete($"{path} is not a journal: {e.Message}", e);
        }
        throw StopException.Incomplete($"{path} is not a journal");
    }

    private static string Beside(string path, string extension) => Path.ChangeExtension(path, extension);
}
