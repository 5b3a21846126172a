using Gateway.Protocol.Refusals;

namespace Gateway.Evidence;

/// <summary>
/// Where chunks lie: <c>items/AB/ITEM/</c> under the data folder, one folder per item. What is in the files counts only as far as
/// <c>item_ranges</c> says, which is written after the flush.
/// </summary>
/// <param name="folder">The folder <c>items</c>.</param>
/// <param name="keepFreeBytes">Space that evidence leaves for the database.</param>
internal sealed class ChunkStore(string folder, long keepFreeBytes)
{
    /// <summary>The files of one item. Only one writer at a time (<see cref="ItemLeases"/>); readers may come beside it.</summary>
    public ItemFiles Of(string item) => new(Path.Combine(folder, item[..2], item));

    /// <summary>Whether anything of the item lies on the disk.</summary>
    public bool Exists(string item) => Directory.Exists(Path.Combine(folder, item[..2], item));

    /// <summary>Deletes everything of the item.</summary>
    public void Remove(string item)
    {
        if (Exists(item))
            Directory.Delete(Path.Combine(folder, item[..2], item), recursive: true);
    }

    /// <summary>When anything of the item was last written; null when there is nothing.</summary>
    public DateTimeOffset? LastWrite(string item) => Exists(item)
        ? Directory.EnumerateFiles(Path.Combine(folder, item[..2], item)).Select(file => (DateTimeOffset?)new DateTimeOffset(File.GetLastWriteTimeUtc(file), TimeSpan.Zero)).Max()
        : null;

    /// <summary>Null when so many more bytes fit, else <see cref="RefusalCode.NoSpace"/>.</summary>
    public Refusal? RefuseFor(long bytes)
    {
        Directory.CreateDirectory(folder);
        return new DriveInfo(folder).AvailableFreeSpace - keepFreeBytes >= bytes
            ? null
            : new Refusal(RefusalCode.NoSpace, "there is no space left for this evidence");
    }

    /// <summary>Folders of items, whatever the database says of them.</summary>
    public IEnumerable<string> Items() => Directory.Exists(folder)
        ? Directory.EnumerateDirectories(folder).SelectMany(Directory.EnumerateDirectories).Select(path => Path.GetFileName(path))
        : [];
}
