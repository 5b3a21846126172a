using System.Collections.Concurrent;
using System.Threading.Channels;
using Gateway.Peers;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Receipts;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Recovery;

/// <summary>Receipts of a peer's own chain that it has lost, from a number on; beyond the last when it lacks only ours.</summary>
internal sealed record LostReceipts(string Chain, long From);

/// <summary>
/// Pushes to a peer the receipts of its own that it no longer holds, and puts the messages whose acceptance it has lost into the outbox again: it
/// takes them once more under the very receipts that it signed before. One worker per peer, and only what that peer signed or was sent.
/// </summary>
internal sealed class ReturnToPeer(Database database, string ownState, PeerChannels channels, Drain drain, TimeProvider clock, ILogger<ReturnToPeer> log) : BackgroundService
{
    private const int PerCall = 200;
    private const int MaxWaiting = 100_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<(string Peer, LostReceipts Lost)> _queue = Channel.CreateBounded<(string, LostReceipts)>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<(string, LostReceipts), byte> _waiting = new();

    /// <summary>Raised when messages were put into the outbox again.</summary>
    public event Action? Queued;

    public void Enqueue(string peer, IEnumerable<LostReceipts> lost)
    {
        foreach (var one in lost)
        {
            if (_waiting.TryAdd((peer, one), 0) && !_queue.Writer.TryWrite((peer, one)))
                _waiting.TryRemove((peer, one), out _);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        try
        {
            await foreach (var (peer, lost) in _queue.Reader.ReadAllAsync(stop.Token))
            {
                try
                {
                    await Return(peer, lost, stop.Token);
                }
                catch (Exception e) when (e is RpcException or IOException or Microsoft.Data.Sqlite.SqliteException || (e is OperationCanceledException && !stop.IsCancellationRequested))
                {
                    // It names its heads again as long as it lacks them.
                    log.LogInformation("receipts of {Chain} could not be returned to {Peer}: {Error}", lost.Chain, peer, e.Message);
                }
                finally
                {
                    _waiting.TryRemove((peer, lost), out _);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            log.LogDebug("no more receipts are returned: the gateway stops");
        }
    }

    private async Task Return(string peer, LostReceipts lost, CancellationToken stop)
    {
        if (!channels.ToState(peer).TryGet(out var channel, out _))
            return;
        var client = new Exchange.ExchangeClient(channel);
        var head = database.Read(s => Chains.Head(s, lost.Chain, peer).Seq);
        var taken = 0L;
        for (var from = lost.From; from <= head;)
        {
            var first = from;
            var ders = database.Read(s => Chains.Der(s, lost.Chain, peer, first, head, PerCall));
            var request = new ReturnReceiptsRequest { CaseId = ChainId.CaseOf(lost.Chain) ?? "" };
            request.Receipts.AddRange(ders.Select(d => UnsafeByteOperations.UnsafeWrap(d)));
            using var timeout = new CancellationTokenSource(Patience, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
            taken += (await client.ReturnReceiptsAsync(request, cancellationToken: either.Token)).Taken;
            from += ders.Count;
        }
        await PushOurs(client, lost.Chain, stop);
        // It named its heads while receipts were on their way: it had lost none.
        if (taken == 0)
            return;
        log.LogWarning("returned {Taken} receipts of {Chain} to {Peer}, which had lost them", taken, lost.Chain, peer);
        if (!ChainId.IsPeer(lost.Chain))
            await SendAgain(peer, lost);
    }

    // Not left to the loop that pushes receipts: that one waits for messages of the case, and they wait for the peer to have compared.
    private async Task PushOurs(Exchange.ExchangeClient client, string chain, CancellationToken stop)
    {
        while (true)
        {
            var (first, ders) = database.Read(s =>
            {
                var acked = Chains.Acked(s, chain, ownState);
                return (acked + 1, Chains.Der(s, chain, ownState, acked + 1, acked + PerCall));
            });
            if (ders.Count == 0)
                return;
            var request = new PushReceiptsRequest { CaseId = ChainId.CaseOf(chain) ?? "", FirstReceipt = (ulong)first };
            request.Receipts.AddRange(ders.Select(d => UnsafeByteOperations.UnsafeWrap(d)));
            using var timeout = new CancellationTokenSource(Patience, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
            var reply = await client.PushReceiptsAsync(request, cancellationToken: either.Token);
            if ((long)reply.NextExpected <= first)
                return;
            await database.Write(Lane.Ordinary, s => Chains.Acknowledge(s, chain, ownState, (long)reply.NextExpected));
        }
    }

    // What it accepted with a receipt that it has lost, it has lost too.
    private async Task SendAgain(string peer, LostReceipts lost)
    {
        var queued = await database.Write(Lane.Bulk, s =>
        {
            var messages = s.Query("""
                SELECT DISTINCT m.position, m.id, m.about FROM receipts r JOIN messages m ON m.id = r.message AND m.direction = 'OUT' AND m.body IS NOT NULL
                WHERE r.chain = $1 AND r.issuer = $2 AND r.seq >= $3 AND r.event = $4 AND m.state = 'DELIVERED' ORDER BY m.position
                """, row => (Position: row.GetInt64(0), Id: row.GetString(1), About: row.Word<CoverAbout>(2)), lost.Chain, peer, lost.From, ReceiptEvent.RelayAcceptance);
            foreach (var (position, id, about) in messages)
            {
                s.Run("UPDATE messages SET state = 'QUEUED' WHERE position = $1", position);
                s.Run("INSERT INTO outbox (position, message, case_id, peer, lane, state, queued, next_attempt) SELECT position, id, case_id, $2, 'Ordinary', 'QUEUED', $3, $3 FROM messages WHERE position = $1 ON CONFLICT DO NOTHING",
                    position, peer, clock.GetUtcNow());
                if (about == CoverAbout.EVIDENCE)
                {
                    s.Run("UPDATE item_transfers SET state = 'WAITING', attempts = 0, next_attempt = $2 WHERE item IN (SELECT id FROM items WHERE message = $1)", id, clock.GetUtcNow());
                    s.Run("UPDATE items SET state = 'SENT' WHERE message = $1 AND state = 'CONSIGNED'", id);
                }
                Events.Append(s, clock.GetUtcNow(), "message.queued", lost.Chain, id, $"{peer} has lost it and gets it again");
            }
            return messages.Count;
        });
        if (queued > 0)
            Queued?.Invoke();
    }
}
