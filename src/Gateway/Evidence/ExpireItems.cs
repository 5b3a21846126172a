using System.Collections.Concurrent;
using Gateway.AuditLog;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>
/// Uploads and transfers that nobody has gone on with give their space back, and what had come of an item that its sender gave up; what is left of an erased one goes. An upload is forgotten; a transfer keeps its
/// announcement, holds neither its case open nor room, and begins at its first chunk when it comes after all. Both are recorded.
/// </summary>
internal sealed class ExpireItems(Database database, ChunkStore store, ItemLeases leases, EvidenceOptions options, Drain drain, TimeProvider clock, ILogger<ExpireItems> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(1);

    // A disk that is being read writes all the time, and outlasts a line that breaks: what it brought is not taken from under it.
    private static readonly TimeSpan Quiet = TimeSpan.FromHours(1);

    // What was abandoned stays abandoned: seen so twice, this long apart by the clock that nobody sets. A machine that starts with a wrong date has it right by then, or somebody has been called.
    private static readonly TimeSpan SeenAgainAfter = TimeSpan.FromHours(1);

    private static readonly TimeSpan WrongByMore = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, long> _due = new(StringComparer.Ordinal);
    private (DateTimeOffset Wall, long Ticks) _start = (clock.GetUtcNow(), clock.GetTimestamp());
    private DateTimeOffset? _newest;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(Look, clock, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
                continue;
            try
            {
                await Run(stop.Token);
            }
            catch (Exception e) when (Rounds.GoesOnAfter(e, stop.Token))
            {
                log.LogError(e, "abandoned items could not be looked for; trying again");
            }
        }
    }

    /// <summary>One look.</summary>
    public async Task Run(CancellationToken stop)
    {
        var now = Now();
        var quiet = now - Quiet;
        foreach (var id in database.Read(s => s.Query("SELECT id FROM items WHERE state = 'GIVEN_UP' AND direction = 'IN'", row => row.GetString(0))).Where(store.Exists))
        {
            await OrPass(id, async () =>
            {
                if (store.LastWrite(id) >= quiet)
                    return;
                // A stream of it ends at its next chunk anyway; of a disk that is being read just now it is received again.
                using var lease = await leases.TakeByWire(id, stop);
                if (lease is not null && !(store.LastWrite(id) >= quiet) && database.Read(s => ItemRow.Find(s, id)) is { State: ItemState.GIVEN_UP } item)
                    await Free(item, "what had come of it before it was given up");
            }, stop);
        }
        // Its erasure says what went; a folder that came back after it, or that a kill left, is only removed.
        foreach (var id in database.Read(s => s.Query("SELECT id FROM items WHERE state = 'ERASED'", row => row.GetString(0))).Where(store.Exists))
        {
            await OrPass(id, async () =>
            {
                using var lease = await leases.Take(id, fromDisk: false, stop);
                store.Remove(id);
                log.LogWarning("what was left of the erased {Item} was removed", id);
            }, stop);
        }
        if (options.AbandonedDays == 0)
            return;
        var limit = now - TimeSpan.FromDays(options.AbandonedDays);
        var old = database.Read(s => s.Query("SELECT id FROM items WHERE state IN ('ATTACHING', 'RECEIVING') AND created < $1", row => row.GetString(0), limit));
        foreach (var id in _due.Keys.Except(old))
            _due.TryRemove(id, out _);
        foreach (var id in old)
        {
            await OrPass(id, async () =>
            {
                if (store.LastWrite(id) >= limit)
                    _due.TryRemove(id, out _);
                else if (clock.GetElapsedTime(_due.GetOrAdd(id, _ => clock.GetTimestamp())) >= SeenAgainAfter)
                    await Abandon(id, limit, stop);
            }, stop);
        }
    }

    private async Task Abandon(string id, DateTimeOffset limit, CancellationToken stop)
    {
        // Who writes just now is not abandoned: the lease waits for it to end, and its chunks are then young.
        using var lease = await leases.Take(id, fromDisk: false, stop);
        if (!(store.LastWrite(id) >= limit) && database.Read(s => ItemRow.Find(s, id)) is { State: ItemState.ATTACHING or ItemState.RECEIVING } item)
            await Free(item, $"{item.State}, nothing came for {options.AbandonedDays} days");
    }

    // No later than the clock that nobody sets says since the start: a date that jumps ahead frees nothing, however long it stays wrong. One that went back counts, too.
    private DateTimeOffset Now()
    {
        // A machine that starts in the year of its clock chip, and is told the date a minute later: what is stored shows it.
        _newest ??= database.Read(s => s.Query("SELECT created FROM items ORDER BY created DESC LIMIT 1", row => row.Time(0))) is [var newest] ? newest : DateTimeOffset.MinValue;
        if (_newest - _start.Wall > WrongByMore && clock.GetUtcNow() >= _newest)
        {
            _start = (clock.GetUtcNow(), clock.GetTimestamp());
            _due.Clear();
        }
        var (wall, steady) = (clock.GetUtcNow(), _start.Wall + clock.GetElapsedTime(_start.Ticks));
        return wall < steady ? wall : steady;
    }

    // What cannot be cleared must not keep the others from it.
    private async Task OrPass(string item, Func<Task> clear, CancellationToken stop)
    {
        try
        {
            await clear();
        }
        // The framework says ArgumentException of some paths that are longer than the system takes.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException && !stop.IsCancellationRequested)
        {
            log.LogError(e, "what is stored of {Item} could not be cleared; trying again", item);
        }
    }

    private async Task Free(ItemRow item, string why)
    {
        await database.Write(Lane.Bulk, s =>
        {
            // Recorded once: a folder that cannot be removed, or was left by a kill, is tried again without another word.
            if (item.State == ItemState.GIVEN_UP && ItemRow.Stored(s, item.Id) == 0 && s.Number("SELECT count(*) FROM events WHERE kind = 'item.expired' AND subject = $1 AND case_id = $2", item.Id, item.CaseId) > 0)
                return;
            ItemRow.Record(s, item.Id, 0);
            if (item.State == ItemState.ATTACHING)
                s.RunOne("DELETE FROM items WHERE id = $1 AND state = 'ATTACHING'", item.Id);
            else if (item.State == ItemState.RECEIVING)
                item.Move(s, ItemState.GIVEN_UP);
            new AuditRecord("item.expired", "gateway", item.Id, item.CaseId, why).Append(s, clock.GetUtcNow());
            Events.Append(s, clock.GetUtcNow(), "item.expired", item.CaseId, item.Id, why);
        });
        // The record first: chunks that nothing counts on are harmless, and the next look takes them.
        store.Remove(item.Id);
        log.LogWarning("the chunks of {Item} in {Case} were cleared: {Why}", item.Id, item.CaseId, why);
    }
}
