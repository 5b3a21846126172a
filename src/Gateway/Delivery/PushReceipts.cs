using System.Collections.Concurrent;
using System.Text.Json;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Delivery;

/// <summary>
/// Brings our receipts to the other side where no delivery carries them: consignment of evidence, access, hand-over, rejections on
/// the channel. Receipts that travel with a message or its answer are acknowledged there and never pushed.
/// </summary>
internal sealed class PushReceipts(Database database, PeerDirectory peers, PeerChannels channels, PeerContacts contacts, Rounds rounds, Drain drain, TimeProvider clock, ILogger<PushReceipts> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private const int ChainsPerRound = 64;
    private const int ReceiptsPerCall = 200;
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(10);

    // Chains that the other side does not take, until when they wait and for how long: those behind them have their turn.
    private readonly ConcurrentDictionary<string, (DateTimeOffset Until, TimeSpan Pause)> _refused = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        var underWay = new Dictionary<string, Task>(StringComparer.Ordinal);
        while (!either.IsCancellationRequested)
        {
            // Each at its own pace: a peer that does not answer, or slowly, delays its own receipts only.
            foreach (var peer in peers.All)
            {
                if (underWay.TryGetValue(peer.State, out var before))
                {
                    if (!before.IsCompleted)
                        continue;
                    // A broken ledger must not be passed over.
                    await before;
                }
                underWay[peer.State] = rounds.Run($"pushing receipts to {peer.State}", () => PushTo(peer, either.Token), either.Token);
            }
            await Task.Delay(Pause, clock, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await Task.WhenAll(underWay.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task PushTo(Peer peer, CancellationToken stop)
    {
        try
        {
            // A message that waits carries the receipts of its case; pushing beside it would only race with it. One behind another that was given up carries nothing.
            var now = clock.GetUtcNow();
            foreach (var over in _refused.Where(r => r.Value.Until + s_longest < now))
                _refused.TryRemove(over);
            var waiting = database.Read(s => s.Query("""
                SELECT chain, acked FROM chains AS c WHERE issuer = $1 AND peer = $2 AND acked < seq
                  AND NOT EXISTS (SELECT 1 FROM outbox AS q WHERE q.case_id = c.chain AND q.state = 'QUEUED' AND NOT EXISTS (SELECT 1 FROM outbox AS d WHERE d.case_id = c.chain AND d.state = 'DEAD' AND d.position < q.position))
                  AND NOT EXISTS (SELECT 1 FROM paper_cases WHERE case_id = c.chain)
                  AND chain NOT IN (SELECT value FROM json_each($4)) LIMIT $3
                """, row => (Chain: row.GetString(0), Acked: row.GetInt64(1)), peers.OwnCard.Card.State, peer.State, ChainsPerRound, JsonSerializer.Serialize(_refused.Where(r => r.Value.Until > now).Select(r => r.Key))));
            if (waiting.Count == 0 || !channels.ToState(peer.State).TryGet(out var channel, out _))
                return;
            var client = new Exchange.ExchangeClient(channel);
            var refused = 0;
            foreach (var (chain, acked) in waiting)
            {
                try
                {
                    await Push(client, chain, acked, stop);
                    _refused.TryRemove(chain, out _);
                }
                catch (RpcException e) when (RefusalWire.Of(e) is { } refusal)
                {
                    // The other side does not take this chain; the others do not wait for it.
                    refused++;
                    var pause = _refused.TryGetValue(chain, out var before) && before.Pause < s_longest ? before.Pause * 2 : s_first;
                    _refused[chain] = (clock.GetUtcNow() + pause, pause);
                    log.LogDebug("receipts of {Chain} to {Peer} wait: {Refusal}", chain, peer.State, refusal.Code);
                }
            }
            contacts.Reached(peer.State);
            if (refused > 0)
                log.LogInformation("{Peer} takes no receipts of {Refused} chains", peer.State, refused);
        }
        catch (RpcException e)
        {
            log.LogInformation("receipts to {Peer} wait: {Status}", peer.State, e.StatusCode);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // They stay unacknowledged and are pushed after the next start.
        }
    }

    private async Task Push(Exchange.ExchangeClient client, string chain, long acked, CancellationToken stop)
    {
        var own = peers.OwnCard.Card.State;
        var ders = database.Read(s => Chains.Der(s, chain, own, acked + 1, acked + ReceiptsPerCall));
        var request = new PushReceiptsRequest { CaseId = ChainId.CaseOf(chain) ?? "", FirstReceipt = (ulong)acked + 1 };
        request.Receipts.AddRange(ders.Select(d => UnsafeByteOperations.UnsafeWrap(d)));
        using var timeout = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
        var reply = await client.PushReceiptsAsync(request, cancellationToken: either.Token);
        await database.Write(Lane.Ordinary, s => Chains.Acknowledge(s, chain, own, (long)reply.NextExpected));
    }
}
