using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Erasures;

/// <summary>Tells the other side of a case that we have erased it; until it has heard. It need not do the same. A State that no gateway serves hears of it by a carrier (<see cref="CarryErasure"/>).</summary>
internal sealed class TellErasures(Database database, PeerChannels channels, string ownState, Drain drain, TimeProvider clock, ILogger<TellErasures> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        var later = new Dictionary<string, (DateTimeOffset Until, TimeSpan Pause)>(StringComparer.Ordinal);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var now = clock.GetUtcNow();
                foreach (var (id, peer, der) in database.Read(s => s.Query("SELECT e.id, c.peer, e.der FROM erasures e JOIN cases c ON c.id = e.case_id WHERE e.issuer = $1 AND e.told = 0 AND NOT EXISTS (SELECT 1 FROM paper_cases p WHERE p.case_id = e.case_id) ORDER BY e.time LIMIT 1000",
                    row => (row.GetString(0), row.GetString(1), row.Bytes(2)), ownState)))
                {
                    if (later.GetValueOrDefault(peer).Until > now || later.GetValueOrDefault(id).Until > now)
                        continue;
                    // What a peer does not take yet, as before the last receipts have come to it, holds up nothing else that it is told.
                    if (await Tell(id, peer, der, stop.Token) is not Told.YES and var asked)
                    {
                        var what = asked == Told.NOT_YET ? id : peer;
                        var pause = later.TryGetValue(what, out var before) && before.Pause * 2 < LongestPause ? before.Pause * 2 : later.ContainsKey(what) ? LongestPause : Pause;
                        later[what] = (now + pause, pause);
                    }
                    else
                    {
                        later.Remove(peer);
                    }
                }
            }
            catch (Exception e) when (Rounds.GoesOnAfter(e, stop.Token))
            {
                log.LogError(e, "erasures could not be told; trying again");
            }
            await Task.Delay(Pause, clock, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<Told> Tell(string id, string peer, byte[] der, CancellationToken stop)
    {
        if (!channels.ToState(peer).TryGet(out var channel, out _))
            return Told.NOT_REACHED;
        try
        {
            using var timeout = new CancellationTokenSource(Patience, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
            await new Exchange.ExchangeClient(channel).PushErasureAsync(new PushErasureRequest { Erasure = UnsafeByteOperations.UnsafeWrap(der) }, cancellationToken: either.Token);
        }
        catch (RpcException e) when (RefusalWire.Of(e) is { } refusal && refusal.Code.After() != AfterRefusal.Retry)
        {
            // It will never take it: the erasure stands all the same.
            log.LogWarning("{Peer} does not take the erasure {Id}: {Refusal}", peer, id, refusal.Code.Text());
        }
        catch (RpcException e) when (RefusalWire.Of(e) is not null)
        {
            return Told.NOT_YET;
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException)
        {
            return Told.NOT_REACHED;
        }
        await database.Write(Lane.Bulk, s => s.Run("UPDATE erasures SET told = 1 WHERE id = $1 AND issuer = $2", id, ownState));
        return Told.YES;
    }

    private enum Told
    {
        YES,
        NOT_YET,
        NOT_REACHED,
    }
}
