using Gateway.AuditLog;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>
/// Uploads and transfers that nobody has gone on with give their space back. An upload is forgotten; a transfer keeps its announcement, holds
/// neither its case open nor room, and begins at its first chunk when the other side comes again. Both are recorded.
/// </summary>
internal sealed class ExpireItems(Database database, ChunkStore store, ItemLeases leases, EvidenceOptions options, Drain drain, TimeProvider clock, ILogger<ExpireItems> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(Look, clock, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested || options.AbandonedDays == 0)
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
        var limit = clock.GetUtcNow() - TimeSpan.FromDays(options.AbandonedDays);
        var old = database.Read(s => s.Query("SELECT id FROM items WHERE state IN ('ATTACHING', 'RECEIVING') AND created < $1", row => row.GetString(0), limit));
        // Its sender gave it up; what came of it before would have been gone on with.
        var given = database.Read(s => s.Query("SELECT id FROM items WHERE state = 'GIVEN_UP' AND direction = 'IN'", row => row.GetString(0))).Where(id => store.LastWrite(id) < limit);
        foreach (var id in old.Where(id => !(store.LastWrite(id) >= limit)).Concat(given))
        {
            // Who writes just now is not abandoned: the lease waits for it to end, and its chunks are then young.
            using var lease = await leases.Take(id, fromDisk: false, stop);
            if (store.LastWrite(id) >= limit || database.Read(s => ItemRow.Find(s, id)) is not { State: ItemState.ATTACHING or ItemState.RECEIVING or ItemState.GIVEN_UP } item)
                continue;
            await database.Write(Lane.Bulk, s =>
            {
                ItemRow.Record(s, id, 0);
                if (item.State == ItemState.ATTACHING)
                    s.RunOne("DELETE FROM items WHERE id = $1 AND state = 'ATTACHING'", id);
                else if (item.State == ItemState.RECEIVING)
                    item.Move(s, ItemState.GIVEN_UP);
                new AuditRecord("item.expired", "gateway", id, item.CaseId, $"{item.State}, nothing came for {options.AbandonedDays} days").Append(s, clock.GetUtcNow());
                Events.Append(s, clock.GetUtcNow(), "item.expired", item.CaseId, id, $"{item.State}: nothing came for {options.AbandonedDays} days");
            });
            // The record first: chunks that nothing counts on are harmless.
            store.Remove(id);
            log.LogWarning("the chunks of {Item} in {Case} were given up: {State} for more than {Days} days", id, item.CaseId, item.State, options.AbandonedDays);
        }
    }
}
