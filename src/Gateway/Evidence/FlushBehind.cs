using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>
/// Flushes and records chunks while the next ones come: what is acknowledged is written, what is recorded is flushed, and a restart finds both.
/// At most two batches are not flushed; the end of an item is waited for.
/// </summary>
internal sealed class FlushBehind(Database database, FlushTurns turns, ItemFiles files, string item, long recorded) : IAsyncDisposable
{
    private const int Batch = 32;

    private Task _running = Task.CompletedTask;
    private long _begun = recorded;

    /// <summary>So many chunks are written now. Waits only when the disk is a whole batch behind.</summary>
    public async Task Written(long count)
    {
        if (count - _begun < Batch)
            return;
        await _running;
        _begun = count;
        var flush = files.FlushLater();
        _running = Task.Run(async () =>
        {
            await turns.Run(flush);
            await database.Write(Lane.Bulk, s => ItemRow.Record(s, item, count));
        });
    }

    /// <summary>Everything written so far is flushed and recorded.</summary>
    public async Task Finish(long count)
    {
        await _running;
        await turns.Run(files.FlushLater());
        await database.Write(Lane.Bulk, s => ItemRow.Record(s, item, count));
        _begun = count;
    }

    /// <summary>The next chunks begin before some that were written.</summary>
    public async Task GoBack(long count)
    {
        await _running;
        _begun = count;
    }

    /// <summary>No record is written later than this: the next stream of the item begins on what it then finds.</summary>
    public async ValueTask DisposeAsync() => await _running;
}
