using Gateway.AuditLog;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>
/// Reads every stored chunk again, slowly, and compares it with the tree that the manifest commits to. What the disk has lost or changed is
/// noted by item and chunk, alarmed, and told to who sent it. A round goes on after a restart where it was.
/// </summary>
internal sealed class ScrubItems(Database database, CaseKeys caseKeys, ChunkStore store, EvidenceOptions options, Alarms alarms, Drain drain, TimeProvider clock, ILogger<ScrubItems> log) : BackgroundService
{
    private const int Batch = 32;
    // What this side sends, and gave up, is still its evidence; of what the other side gave up only a part may be here.
    private const string Whole = "i.manifest_sha256 IS NOT NULL AND (i.state IN ('ATTACHED', 'PROPOSED', 'RELEASED', 'SENT', 'CONSIGNED', 'COMPLETE', 'HANDED_OVER') OR i.state = 'GIVEN_UP' AND i.direction = 'OUT')";
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);

    // In place of the time at which its last round ended, of an item that somebody doubts: before its round begins, and while it runs. Both are due before any other.
    private static readonly DateTimeOffset s_asked = DateTimeOffset.UnixEpoch;
    private static readonly DateTimeOffset s_answered = s_asked.AddMilliseconds(500);

    private readonly SemaphoreSlim _asked = new(0);

    /// <summary>Raised after damage was found in an item that another State sent.</summary>
    public event Action? Damaged;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                ShowAlarms();
                while (Due() is { } item)
                    await RunOrPass(item, givesWay: true, stop.Token);
                await _asked.WaitAsync(Look, stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (Rounds.GoesOnAfter(e, stop.Token))
            {
                log.LogError(e, "stored evidence could not be read again; trying later");
                await Task.Delay(Look, clock, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Has an item read next, whenever its round would be due: somebody has reason to doubt it.</summary>
    public async Task Ask(string item)
    {
        await database.Write(Lane.Bulk, s => s.Run("INSERT INTO item_scrubs (item, next, ended) VALUES ($1, 0, $2) ON CONFLICT (item) DO UPDATE SET next = 0, ended = $2", item, s_asked));
        _asked.Release();
    }

    // What cannot be read at all must not keep the others from being read.
    private async Task RunOrPass(string item, bool givesWay, CancellationToken stop)
    {
        try
        {
            await Run(item, stop, givesWay);
        }
        catch (LedgerBrokenException e)
        {
            log.LogCritical(e, "the papers of {Item} cannot be read; run 'gateway fsck'", item);
            await database.Write(Lane.Bulk, s => s.Run("INSERT INTO item_scrubs (item, next, ended) VALUES ($1, 0, $2) ON CONFLICT (item) DO UPDATE SET next = 0, ended = $2", item, clock.GetUtcNow()));
        }
    }

    /// <summary>Goes on with the round of an item to its end; or until another one is asked for, whose reader waits: the round goes on behind that where it was.</summary>
    /// <param name="id">The item.</param>
    /// <param name="stop">The gateway stops.</param>
    /// <param name="givesWay">Whether it ends between two batches for an item that somebody doubts.</param>
    public async Task Run(string id, CancellationToken stop, bool givesWay = false)
    {
        var begun = database.Read(s => ItemRow.Find(s, id) is { ManifestSha256: not null } item && IsWhole(s, id) ? new Begun(item, ItemPapers.Open(s, caseKeys, item).Manifest) : null);
        if (begun is not { Item: var item, Manifest: var manifest })
            return;
        using var files = store.Of(id);
        // From here on only a new question is one.
        await database.Write(Lane.Bulk, s => s.Run("UPDATE item_scrubs SET ended = $2 WHERE item = $1 AND ended = $3", id, s_answered, s_asked));
        var next = database.Read(s => s.Number("SELECT next FROM item_scrubs WHERE item = $1", id));
        if (next == 0 && !await LeavesSound(files, manifest, stop))
        {
            await Keep(item, manifest.Chunks, [], [new ItemDamage(ItemDamage.LeafList, Missing: false)]);
            await End(item);
            return;
        }
        var buffer = new byte[Chunk.StoredBytes];
        while (next < manifest.Chunks)
        {
            stop.ThrowIfCancellationRequested();
            var (from, past, began) = (next, Math.Min(manifest.Chunks, next + Batch), clock.GetTimestamp());
            var damage = await Task.Run(() => Read(files, manifest, from, past, buffer), CancellationToken.None);
            next = past;
            if (!await Keep(item, next, Enumerable.Range(0, (int)(past - from)).Select(n => from + n).Except(damage.Select(d => d.Chunk)), damage))
                return;
            if (options.ScrubMiBPerSecond > 0 && next < manifest.Chunks && TimeSpan.FromSeconds((past - from) / (double)options.ScrubMiBPerSecond) - clock.GetElapsedTime(began) is var rest && rest > TimeSpan.Zero)
                await (givesWay ? _asked.WaitAsync(rest, stop) : Task.Delay(rest, clock, stop));
            if (givesWay && next < manifest.Chunks && IsAnotherAsked(id))
                return;
        }
        await End(item);
    }

    private string? Due()
    {
        // Asked for: at or behind the epoch. By itself: when its hours are over.
        var limit = options.ScrubEveryHours == 0 ? DateTimeOffset.UnixEpoch.AddSeconds(1) : clock.GetUtcNow().AddHours(-options.ScrubEveryHours);
        return database.Read(s => s.One($"SELECT i.id FROM items i LEFT JOIN item_scrubs b ON b.item = i.id WHERE {Whole} AND coalesce(b.ended, i.created) < $1 ORDER BY coalesce(b.ended, i.created), i.id LIMIT 1", row => row.GetString(0), limit));
    }

    // An item that was asked for itself is read to its end: two of them would take turns with every batch.
    private bool IsAnotherAsked(string reading) => database.Read(s => s.Number($"""
        SELECT EXISTS (SELECT 1 FROM item_scrubs b JOIN items i ON i.id = b.item WHERE b.ended = $2 AND b.item <> $1 AND {Whole})
          AND NOT EXISTS (SELECT 1 FROM item_scrubs WHERE item = $1 AND ended <= $3)
        """, reading, s_asked, s_answered)) != 0;

    private static bool IsWhole(Session s, string item) => s.Number($"SELECT count(*) FROM items i WHERE i.id = $1 AND {Whole}", item) > 0;

    // A list that does not make the root is made again from the chunks, if these do.
    private static async Task<bool> LeavesSound(ItemFiles files, Manifest manifest, CancellationToken stop)
    {
        try
        {
            await using var leaves = files.OpenLeaves();
            if (await ChunkCheck.LeavesAsync(manifest, leaves, stop) is null)
                return true;
        }
        catch (IOException)
        {
            // It is not there, or the disk does not give it.
        }
        return await Task.Run(() => files.RebuildLeaves(manifest), CancellationToken.None);
    }

    private static List<ItemDamage> Read(ItemFiles files, Manifest manifest, long from, long past, byte[] buffer)
    {
        var damage = new List<ItemDamage>();
        for (var index = from; index < past; index++)
        {
            try
            {
                var chunk = buffer.AsSpan(0, ItemFiles.LengthIn(manifest, index));
                files.Read(index, chunk);
                if (TreeHash.Leaf(chunk) != files.Leaf(index))
                    damage.Add(new ItemDamage(index, Missing: false));
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                damage.Add(new ItemDamage(index, Missing: true));
            }
        }
        return damage;
    }

    // False when the item is no longer what it was (erased meanwhile, its files are rightly gone), and when somebody asked for it meanwhile: its round begins again.
    private async Task<bool> Keep(ItemRow item, long next, IEnumerable<long> sound, IReadOnlyList<ItemDamage> damage)
    {
        var (kept, fresh) = await Note(item, next, sound, damage);
        // A terabyte is read for hours: people hear of its first damage now, not at its end.
        if (fresh)
            ShowAlarms();
        return kept;
    }

    private Task<(bool Kept, bool Fresh)> Note(ItemRow item, long next, IEnumerable<long> sound, IReadOnlyList<ItemDamage> damage) => database.Write(Lane.Bulk, s =>
    {
        if (!IsWhole(s, item.Id))
            return (false, false);
        if (ItemDamage.Any(s, item.Id))
        {
            ItemDamage.Mended(s, item.Id, ItemDamage.LeafList);
            foreach (var chunk in sound)
                ItemDamage.Mended(s, item.Id, chunk);
        }
        var fresh = damage.Where(d => d.Note(s, item.Id, clock.GetUtcNow())).ToList();
        // As old as before its first round, which is not over: a stop, or an item that is asked for, must not put the rest of it off until the next.
        // Where somebody asked for it since the round began, it begins again.
        var goesOn = s.Run("INSERT INTO item_scrubs (item, next, ended) SELECT id, $2, created FROM items WHERE id = $1 ON CONFLICT (item) DO UPDATE SET next = $2 WHERE ended <> $3", item.Id, next, s_asked) == 1;
        if (fresh.Count == 0)
            return (goesOn, false);
        var text = ItemDamage.Text(fresh);
        log.LogCritical("evidence {Item} in {Case}: {Damage}", item.Id, item.CaseId, text);
        new AuditRecord("item.damaged", "gateway", item.Id, item.CaseId, text).Append(s, clock.GetUtcNow());
        Events.Append(s, clock.GetUtcNow(), "item.damaged", item.CaseId, item.Id, text);
        return (goesOn, true);
    });

    private async Task End(ItemRow item)
    {
        await database.Write(Lane.Bulk, s => s.Run("UPDATE item_scrubs SET next = 0, ended = $2 WHERE item = $1 AND ended <> $3", item.Id, clock.GetUtcNow(), s_asked));
        ShowAlarms();
        if (item.Direction == ItemDirection.IN && database.Read(s => ItemDamage.Any(s, item.Id)))
            Damaged?.Invoke();
    }

    /// <summary>Sets the board to what is noted, after a restart too.</summary>
    public void ShowAlarms()
    {
        var damaged = database.Read(s => s.Query("SELECT DISTINCT d.item, i.exhibit, i.direction, i.case_id, i.state = 'GIVEN_UP' FROM item_damage d JOIN items i ON i.id = d.item WHERE d.chunk <> $1 AND NOT (i.state = 'GIVEN_UP' AND i.direction = 'IN')", row => (Item: row.GetString(0), Exhibit: row.TextOrNull(1), Received: row.GetString(2) == nameof(ItemDirection.IN), Case: row.GetString(3), GivenUp: row.GetInt64(4) == 1), ItemDamage.Grant)
            .Select(d => (d.Item, d.Exhibit, d.Received, d.Case, d.GivenUp, Text: ItemDamage.Text(ItemDamage.Of(s, d.Item)))).ToList());
        foreach (var (item, exhibit, received, caseId, givenUp, text) in damaged)
            alarms.Raise(AlarmCode.EVIDENCE_DAMAGED, item, $"{exhibit} (item {item}): {text}. {(received ? "The State that sent it is told and sends it again." : givenUp ? "It was given up: what is left of it is kept until its case is erased." : "Attach it again from its packed disk, or restore it.")} Look at the disk.", caseId);
        foreach (var gone in alarms.All.Where(a => a.Code == AlarmCode.EVIDENCE_DAMAGED && damaged.TrueForAll(d => d.Item != a.Subject)))
            alarms.Clear(gone.Code, gone.Subject);
    }

    private sealed record Begun(ItemRow Item, Manifest Manifest);
}
