using System.Collections.Concurrent;
using System.Threading.Channels;
using Gateway.Peers;
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
/// Pushes to a peer the receipts of its own that it no longer holds, then has the messages that these were about returned: it takes them once more under the
/// very receipts that it signed before. Only what that peer signed or was sent. Each peer has a queue of its own: one that answers late delays nobody else.
/// </summary>
internal sealed class ReturnToPeer(Database database, string ownState, PeerChannels channels, ReturnMessages messages, Drain drain, TimeProvider clock, ILogger<ReturnToPeer> log) : BackgroundService
{
    private const int PerCall = 200;
    private const int MaxWaitingPerPeer = 100_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<(string Peer, Channel<LostReceipts> Queue)> _begun = Channel.CreateUnbounded<(string, Channel<LostReceipts>)>();
    private readonly ConcurrentDictionary<string, Channel<LostReceipts>> _queues = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string, LostReceipts), byte> _waiting = new();

    public void Enqueue(string peer, IEnumerable<LostReceipts> lost)
    {
        if (!_queues.TryGetValue(peer, out var queue))
        {
            var made = Channel.CreateBounded<LostReceipts>(MaxWaitingPerPeer);
            queue = _queues.GetOrAdd(peer, made);
            if (queue == made)
                _begun.Writer.TryWrite((peer, queue));
        }
        foreach (var one in lost)
        {
            if (_waiting.TryAdd((peer, one), 0) && !queue.Writer.TryWrite(one))
                _waiting.TryRemove((peer, one), out _);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        var serving = new List<Task>();
        try
        {
            var begun = _begun.Reader.WaitToReadAsync(stop.Token).AsTask();
            while (true)
            {
                // A queue ends only with the gateway, or because something must stop it.
                var ended = await Task.WhenAny([begun, .. serving]);
                await ended;
                while (_begun.Reader.TryRead(out var next))
                    serving.Add(Serve(next.Peer, next.Queue, stop.Token));
                if (ended == begun)
                    begun = _begun.Reader.WaitToReadAsync(stop.Token).AsTask();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            log.LogDebug("no more receipts are returned: the gateway stops");
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Serve(string peer, Channel<LostReceipts> queue, CancellationToken stop)
    {
        await foreach (var lost in queue.Reader.ReadAllAsync(stop))
        {
            try
            {
                await Return(peer, lost, stop);
            }
            catch (Exception e) when (Rounds.GoesOnAfter(e, stop))
            {
                // It names its heads again as long as it lacks them.
                log.LogInformation("receipts of {Chain} could not be returned to {Peer}: {Error}", lost.Chain, peer, RefusalWire.ForLog(e));
            }
            finally
            {
                _waiting.TryRemove((peer, lost), out _);
            }
        }
    }

    private async Task Return(string peer, LostReceipts lost, CancellationToken stop)
    {
        if (!channels.ToState(peer).TryGet(out var channel, out _))
            return;
        var client = new Exchange.ExchangeClient(channel);
        var head = database.Read(s => Chains.Head(s, lost.Chain, peer).Seq);
        var taken = 0L;
        try
        {
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
        }
        finally
        {
            // Without any taken it named its heads while receipts were on their way: it had lost none. What it took it names no more: what those receipts were about is returned whatever failed behind them.
            if (taken > 0)
            {
                log.LogWarning("returned {Taken} receipts of {Chain} to {Peer}, which had lost them", taken, lost.Chain, peer);
                if (!ChainId.IsPeer(lost.Chain))
                    messages.Enqueue(peer, lost);
            }
        }
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
}
