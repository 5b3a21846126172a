using Gateway.AuditLog;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>Damaged chunks of a whole item, written again one by one; each must be what its leaf says. A stop between leaves the others as they were noted.</summary>
internal sealed class Mending(Database database, ChunkStore store, FlushTurns turns, ItemFiles files, ItemRow item, Manifest manifest, IReadOnlyList<ItemDamage> damage, TimeProvider clock)
{
    private readonly SortedSet<long> _damaged = [.. damage.Select(d => d.Chunk).Where(c => c >= 0)];
    private readonly HashSet<long> _missing = [.. damage.Where(d => d.Missing).Select(d => d.Chunk)];
    private readonly List<long> _written = [];

    public bool Done => _damaged.Count == 0;

    /// <summary>What is sound, as ranges of indices, the end not included.</summary>
    public IEnumerable<(long From, long To)> Sound()
    {
        var from = 0L;
        foreach (var (first, past) in ItemDamage.Ranges(_damaged))
        {
            if (first > from)
                yield return (from, first);
            from = past;
        }
        if (from < manifest.Chunks)
            yield return (from, manifest.Chunks);
    }

    /// <summary>Takes a chunk; one that is sound already is passed over.</summary>
    public Refusal? Take(long index, ReadOnlySpan<byte> chunk)
    {
        if (!_damaged.Contains(index))
            return index >= 0 && index < manifest.Chunks ? null : new Refusal(RefusalCode.ChunkMismatch, $"the item has {manifest.Chunks} chunks; there is no chunk {index}");
        if (ChunkCheck.Check(manifest, index, chunk, files.Leaf(index)) is { } wrong)
            return wrong;
        // What was altered stands where it stood; what is missing takes room anew, as much as the whole item at worst.
        if (_missing.Contains(index) && store.RefuseFor(chunk.Length) is { } noSpace)
            return noSpace;
        files.Write(index, chunk);
        _written.Add(index);
        return null;
    }

    /// <summary>Flushes what was taken, then forgets its damage.</summary>
    public async Task Flush()
    {
        if (_written.Count == 0)
            return;
        await turns.Run(files.FlushLater());
        _damaged.ExceptWith(_written);
        var (written, done) = (_written.ToList(), Done);
        _written.Clear();
        await database.Write(Lane.Bulk, s =>
        {
            foreach (var chunk in written)
                ItemDamage.Mended(s, item.Id, chunk);
            if (!done)
                return;
            new AuditRecord("item.mended", "gateway", item.Id, item.CaseId, "every chunk is again what the manifest commits to").Append(s, clock.GetUtcNow());
            Events.Append(s, clock.GetUtcNow(), "item.mended", item.CaseId, item.Id, "the damaged chunks were written again and match");
        });
    }
}
