using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Evidence;

/// <summary>Tells the State that sent an item which chunks were lost here, or that its key does not open, until it has heard; it then sends them again by itself.</summary>
internal sealed class TellDamage(Database database, PeerChannels channels, Drain drain, TimeProvider clock, ILogger<TellDamage> log) : BackgroundService
{
    private const int MostRanges = 1000;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongPause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _found = new(0);

    /// <summary>Something was found just now.</summary>
    public void Wake() => _found.Release();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        var later = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                foreach (var item in database.Read(s => s.Query("SELECT DISTINCT d.item FROM item_damage d JOIN items i ON i.id = d.item WHERE d.told = 0 AND i.direction = 'IN'", row => row.GetString(0))))
                {
                    if (!(later.GetValueOrDefault(item) > clock.GetUtcNow()) && !await Tell(item, stop.Token))
                        later[item] = clock.GetUtcNow() + LongPause;
                }
                await _found.WaitAsync(Pause, stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (Rounds.GoesOnAfter(e, stop.Token))
            {
                log.LogError(e, "damaged evidence could not be reported; trying again");
                await Task.Delay(Pause, clock, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<bool> Tell(string id, CancellationToken stop)
    {
        var (authority, manifest, damage) = database.Read(s => (
            s.One("SELECT c.peer_authority FROM cases c JOIN items i ON i.case_id = c.id WHERE i.id = $1", row => row.GetString(0), id)!, ItemRow.Find(s, id)!.ManifestSha256!.Value, ItemDamage.Of(s, id)));
        if (!channels.To(authority).TryGet(out var channel, out _))
            return false;
        var report = new ReportDamageRequest { Item = id, ManifestSha256 = ByteString.CopyFrom(manifest.ToArray()), Leaves = damage.Exists(d => d.Chunk == ItemDamage.LeafList), Grant = damage.Exists(d => d.Chunk == ItemDamage.Grant) };
        report.Damaged.AddRange(ItemDamage.Ranges(damage.Where(d => d.Chunk >= 0).Select(d => d.Chunk)).Take(MostRanges).Select(r => new ChunkRange { From = (ulong)r.From, To = (ulong)r.To }));
        var told = 1;
        try
        {
            using var timeout = new CancellationTokenSource(Patience, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
            await new Exchange.ExchangeClient(channel).ReportDamageAsync(report, cancellationToken: either.Token);
        }
        catch (RpcException e) when (RefusalWire.Of(e) is { } refusal && refusal.Code.After() != AfterRefusal.Retry)
        {
            // It has erased the case, for one: nobody else has these chunks.
            log.LogCritical("{Authority} does not send what is damaged of {Item} again: {Refusal}", authority, id, refusal.Code.Text());
            told = 2;
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException)
        {
            return false;
        }
        await database.Write(Lane.Bulk, s => s.Run("UPDATE item_damage SET told = $2 WHERE item = $1 AND told = 0", id, told));
        return true;
    }
}
