using System.Collections.Concurrent;
using Gateway.Peers;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Recovery;

/// <summary>
/// Gives a peer that has lost messages of a case all of them, in the order in which they were here: what it sent itself it gets back as it had sealed it,
/// what it had accepted is delivered once more. One after the other, because an act is judged on those before it;
/// but each peer by itself, so that one that answers late delays nobody else.
/// </summary>
internal sealed class ReturnMessages(Database database, CaseKeys caseKeys, PeerDirectory peers, PeerChannels channels, Drain drain, TimeProvider clock, ILogger<ReturnMessages> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // After that the peer must restore once more, or live with what it records as lost.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    // Who loses its disk may lose the next one too; who says so again and again is not believed.
    private const int LossesPerPeriod = 5;
    private static readonly TimeSpan Period = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<(string Peer, string Chain), Work> _work = new();
    private readonly ConcurrentDictionary<(string Peer, string Chain), (DateTimeOffset Since, int Times)> _lost = new();

    /// <summary>Raised when a message was put into the outbox again.</summary>
    public event Action? Queued;

    /// <summary>A peer has lost what its receipts of this chain were about, from a number on. Only some losses a day are made up for.</summary>
    public void Enqueue(string peer, LostReceipts lost)
    {
        var now = clock.GetUtcNow();
        var (_, times) = _lost.AddOrUpdate((peer, lost.Chain), (now, 1), (_, before) => (now - before.Since).Duration() > Period ? (now, 1) : (before.Since, Math.Min(before.Times, LossesPerPeriod) + 1));
        if (times > LossesPerPeriod)
        {
            log.LogWarning("{Peer} says more than {Times} times a day that it has lost messages of {Chain}: they are not returned again today", peer, LossesPerPeriod, lost.Chain);
            return;
        }
        var messages = database.Read(s => s.Query("""
            SELECT DISTINCT m.position, m.id, m.sender, m.direction, m.about FROM receipts r JOIN messages m ON m.id = r.message AND m.case_id = r.chain AND m.body IS NOT NULL
            WHERE r.chain = $1 AND r.issuer = $2 AND r.seq >= $3
              AND ((m.direction = 'OUT' AND m.state = 'DELIVERED' AND r.event = $4) OR (m.direction = 'IN' AND m.state <> 'REJECTED' AND r.event = $5)) ORDER BY m.position
            """, r => new Lost(r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetString(3) == "OUT", r.Word<CoverAbout>(4)), lost.Chain, peer, lost.From, ReceiptEvent.RelayAcceptance, ReceiptEvent.SubmissionAcceptance));
        if (messages.Count > 0)
            _work[(peer, lost.Chain)] = new Work(peer, lost.Chain, new Queue<Lost>(messages), now);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        using var timer = new PeriodicTimer(Pause, clock);
        var turns = new Dictionary<string, Task>(StringComparer.Ordinal);
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token))
            {
                foreach (var (peer, turn) in turns.Where(t => t.Value.IsCompleted).ToList())
                {
                    turns.Remove(peer);
                    await turn;
                }
                foreach (var of in _work.Values.GroupBy(w => w.Peer).Where(g => !turns.ContainsKey(g.Key)).ToList())
                    turns[of.Key] = Turn([.. of], stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            log.LogDebug("no more messages are returned: the gateway stops");
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(turns.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // What is enqueued again meanwhile stays for the next turn.
    private async Task Turn(IReadOnlyList<Work> ofOnePeer, CancellationToken stop)
    {
        foreach (var work in ofOnePeer)
        {
            if (await Go(work, stop))
                _work.TryRemove(new KeyValuePair<(string, string), Work>((work.Peer, work.Chain), work));
        }
    }

    /// <summary>As far as it goes now; true when nothing is left to do.</summary>
    private async Task<bool> Go(Work work, CancellationToken stop)
    {
        try
        {
            while (work.Messages.TryPeek(out var next))
            {
                if (!(next.IsOurs ? await Again(work, next) : await Back(work, next, stop)))
                    return (clock.GetUtcNow() - work.Begun).Duration() > Longest && GaveUp(work, next);
                work.Messages.Dequeue();
            }
            return true;
        }
        catch (Exception e) when (Rounds.GoesOnAfter(e, stop))
        {
            log.LogInformation("messages of {Chain} could not be returned to {Peer} yet: {Error}", work.Chain, work.Peer, RefusalWire.ForLog(e));
            return (clock.GetUtcNow() - work.Begun).Duration() > Longest && GaveUp(work, work.Messages.Peek());
        }
    }

    private bool GaveUp(Work work, Lost at)
    {
        log.LogWarning("{Peer} did not take message {Message} of {Chain} back; {Count} are left", work.Peer, at.Id, work.Chain, work.Messages.Count);
        return true;
    }

    // Ours: through the outbox, once; the next one waits until the peer has it.
    private async Task<bool> Again(Work work, Lost message)
    {
        if (work.Queued != message.Id)
        {
            await database.Write(Lane.Bulk, s => Queue(s, work, message));
            work.Queued = message.Id;
            Queued?.Invoke();
            return false;
        }
        return database.Read(s => s.Number("SELECT count(*) FROM messages WHERE position = $1 AND state = 'QUEUED'", message.Position)) == 0;
    }

    private void Queue(Session s, Work work, Lost message)
    {
        var now = clock.GetUtcNow();
        // Erased meanwhile: there is nothing to send.
        if (s.Run("UPDATE messages SET state = 'QUEUED' WHERE position = $1 AND body IS NOT NULL", message.Position) == 0)
            return;
        s.Run("INSERT INTO outbox (position, message, case_id, peer, lane, state, queued, next_attempt) SELECT position, id, case_id, $2, 'Ordinary', 'QUEUED', $3, $3 FROM messages WHERE position = $1 ON CONFLICT DO NOTHING",
            message.Position, work.Peer, now);
        if (message.About == CoverAbout.EVIDENCE)
        {
            s.Run("UPDATE item_transfers SET state = 'WAITING', attempts = 0, next_attempt = $2 WHERE item IN (SELECT id FROM items WHERE message = $1)", message.Id, now);
            s.Run("UPDATE items SET state = 'SENT' WHERE message = $1 AND state = 'CONSIGNED'", message.Id);
        }
        Events.Append(s, now, "message.queued", work.Chain, message.Id, $"{work.Peer} has lost it and gets it again");
    }

    // Its own: the cover as it was sealed, encrypted anew to the authority that sent it.
    private async Task<bool> Back(Work work, Lost message, CancellationToken stop)
    {
        if (!channels.ToState(work.Peer).TryGet(out var channel, out _) || !SendMessage.FindRecipient(peers, message.Sender).TryGet(out var recipient, out _))
            return false;
        var body = database.Read(s => s.One("SELECT body FROM messages WHERE position = $1 AND body IS NOT NULL", r => r.Bytes(0), message.Position));
        // Erased meanwhile: nobody gets it back.
        if (body is null || caseKeys.OpenUnlessErased(work.Chain, $"message:{message.Id}", body) is not { } sealedCover)
            return true;
        var request = new ReturnMessageRequest
        {
            Message = message.Id,
            CaseId = work.Chain,
            Sender = message.Sender,
            Envelope = UnsafeByteOperations.UnsafeWrap(Envelope.Encrypt(sealedCover, recipient)),
        };
        using var timeout = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
        var reply = await new Exchange.ExchangeClient(channel).ReturnMessageAsync(request, cancellationToken: either.Token);
        if (reply.Taken)
            log.LogWarning("returned message {Message} of {Chain} to {Peer}, which had lost it", message.Id, work.Chain, work.Peer);
        return true;
    }

    private sealed record Lost(long Position, string Id, string Sender, bool IsOurs, CoverAbout About);

    private sealed record Work(string Peer, string Chain, Queue<Lost> Messages, DateTimeOffset Begun)
    {
        public string? Queued { get; set; }
    }
}
