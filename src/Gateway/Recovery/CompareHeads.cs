using System.Collections.Concurrent;
using System.Threading.Channels;
using Gateway.AuditLog;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.V1;
using Gateway.Witness;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Recovery;

/// <summary>What came of comparing with one peer.</summary>
internal enum Comparison
{
    UNREACHABLE,
    BEHIND,

    /// <summary>Its heads are equal; what it holds of the logs was not shown yet.</summary>
    CHECKPOINTS,
    EQUAL,
    CONFIRMED,
}

/// <summary>
/// After every start: names our heads to every peer before anything is signed. A peer that holds more of ours returns it, and that proves the rollback.
/// Ordinarily a peer that does not answer is an alarm and no hindrance, and one that claims more and shows nothing is too. After a restore every peer
/// must have answered with nothing more to return, or an administrator has confirmed by name that it need not be waited for.
/// </summary>
internal sealed class CompareHeads(
    Database database, PeerDirectory peers, PeerChannels channels, OwnCards cards, LedgerGate gate, WitnessMemory memory, Alarms alarms, Rounds rounds, Drain drain, TimeProvider clock, ILogger<CompareHeads> log) : BackgroundService
{
    private const int HeadsPerCall = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ClaimPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LastPause = TimeSpan.FromSeconds(30);

    private readonly Channel<bool> _again = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<string, Comparison> _results = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _receiptsBehind = new(StringComparer.Ordinal);
    private readonly Lock _telling = new();
    private long _proofs;
    private DateTimeOffset? _claimed;

    /// <summary>The last result per peer; none from before a rollback was proved: what a peer said then says nothing of what is lost.</summary>
    public IReadOnlyDictionary<string, Comparison> Results => _results;

    /// <summary>Whether a peer is behind for nothing but a claim about our log: it answered, and holds no receipt that is not here.</summary>
    public bool OnlyClaims(string state)
        => _results.TryGetValue(state, out var result) && result == Comparison.BEHIND && _receiptsBehind.TryGetValue(state, out var receipts) && !receipts && memory.Claims.Contains(state);

    /// <summary>A reason to compare once more has appeared.</summary>
    public void Again() => _again.Writer.TryWrite(true);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        try
        {
            var begun = database.Read(s => (Restored: RecoveryFacts.Find(s, RecoveryFacts.Restored), Rollback: RecoveryFacts.Find(s, RecoveryFacts.Rollback)));
            if (begun.Rollback is { } by)
                gate.Rollback($"{by} has shown receipts or a checkpoint of ours that this database did not hold");
            else if (begun.Restored is { } time)
                gate.Compare($"this database was restored as of {time}: every peer must have been asked what it holds of ours");
            gate.Changed += () =>
            {
                if (gate.Standing != LedgerStanding.ROLLBACK)
                    return;
                lock (_telling)
                {
                    _proofs++;
                    _results.Clear();
                }
                Again();
            };
            for (var pause = FirstPause; ; pause = pause < LastPause ? pause * 2 : LastPause)
            {
                await rounds.Run("comparing heads", () => Round(stop.Token), stop.Token);
                if (gate.Standing == LedgerStanding.OPEN && _claimed is null)
                    await _again.Reader.ReadAsync(stop.Token);
                else
                    await Task.Delay(pause, clock, stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            log.LogDebug("heads are no longer compared: the gateway stops");
        }
    }

    private async Task Round(CancellationToken stop)
    {
        var proofs = Interlocked.Read(ref _proofs);
        var (confirmed, older) = database.Read(s => (RecoveryFacts.ConfirmedStates(s), RecoveryFacts.IsOlder(s)));
        var asked = peers.All.Where(p => p.Status == PeerStatus.APPROVED).ToList();
        foreach (var gone in _results.Keys.Except(asked.Select(p => p.State)))
            _results.TryRemove(gone, out _);
        await Task.WhenAll(asked.Select(async p => Tell(p.State, confirmed.Contains(p.State) ? Comparison.CONFIRMED : await Ask(p, older, stop), proofs)));
        await LogCompared(stop);
        // A peer may have claimed more of our log while its heads were compared, and have found them equal.
        foreach (var claim in memory.Claims.Where(c => _results.GetValueOrDefault(c) is Comparison.EQUAL or Comparison.CHECKPOINTS))
            Tell(claim, Comparison.BEHIND, proofs);
        await Decide();
    }

    // What was asked before a rollback was proved is asked again.
    private void Tell(string peer, Comparison result, long proofs)
    {
        lock (_telling)
        {
            if (_proofs == proofs)
                _results[peer] = result;
        }
    }

    // What peers hold of our log is asked for at the same time. It shows losses that no chain of receipts shows, so the first answers are waited for, but never long.
    private async Task LogCompared(CancellationToken stop)
    {
        try
        {
            await memory.Once.WaitAsync(Patience, clock, stop);
        }
        catch (TimeoutException)
        {
            log.LogWarning("what peers hold of our log was not shown within {Seconds} seconds; it is compared as soon as they answer", Patience.TotalSeconds);
        }
    }

    private async Task Decide()
    {
        if (gate.Standing == LedgerStanding.ROLLBACK)
        {
            alarms.Raise(AlarmCode.LEDGER_ROLLBACK, "ledger", $"{gate.Why}. Nothing is signed until an administrator decides ('gatewayctl ledger status')");
            return;
        }
        if (cards.Unnamed is { } unnamed)
        {
            // All of them were asked, and none returned a card that names it: 'key install' may go on where the card is that they know.
            if (_results.Values.All(r => r is Comparison.EQUAL or Comparison.CONFIRMED) && database.Read(RecoveryFacts.IsOlder))
                await database.Write(Lane.Ordinary, s => RecoveryFacts.Keep(s, RecoveryFacts.CardsReturned, "1"));
            gate.Compare(unnamed);
            alarms.Raise(AlarmCode.LEDGER_ROLLBACK, "ledger", unnamed);
            return;
        }
        if (database.Read(s => RecoveryFacts.Find(s, RecoveryFacts.Restored)) is { } time)
        {
            var waiting = _results.Where(r => r.Value is Comparison.UNREACHABLE or Comparison.BEHIND or Comparison.CHECKPOINTS).Select(r => $"{r.Key} ({r.Value})").Order(StringComparer.Ordinal).ToList();
            waiting.AddRange(database.Read(ChainsWithoutTheOtherSide));
            if (waiting.Count == 0)
                await Reopen("gateway", $"restored as of {time}, compared with {string.Join(", ", _results.Select(r => $"{r.Key} {r.Value}").Order(StringComparer.Ordinal))}");
            else
            {
                gate.Compare($"this database was restored as of {time}; still to be compared: {string.Join(", ", waiting.Take(5))}");
                alarms.Raise(AlarmCode.LEDGER_ROLLBACK, "ledger", gate.Why);
            }
            return;
        }
        var claims = _results.Where(r => r.Value == Comparison.BEHIND).Select(r => r.Key).Order(StringComparer.Ordinal).ToList();
        if (claims.Count == 0)
            (_claimed, _) = (null, Cleared());
        else
            _claimed ??= clock.GetUtcNow();
        // A claim is no proof: the receipts themselves are, and they come at once from a peer that has them.
        if (_claimed is { } since && clock.GetUtcNow() - since < ClaimPatience)
            return;
        if (claims.Count > 0)
            alarms.Raise(AlarmCode.LEDGER_CLAIM, "ledger", $"{string.Join(", ", claims)} claims to hold receipts or a checkpoint of ours that we did not sign, and shows no proof");
        gate.Open();
    }

    /// <summary>The administrator's or the comparison's end of it: recorded, then open.</summary>
    public async Task Reopen(string by, string detail)
    {
        await database.Write(Lane.Ordinary, s =>
        {
            var lost = RecoveryFacts.Lost(s);
            RecoveryFacts.Clear(s);
            RecoveryFacts.Keep(s, Database.ReopenedFact, DocumentWriter.FormatTime(clock.GetUtcNow()));
            var card = PeerRows.Own(s)?.Card;
            LogEpoch.Renew(s, lost, clock.GetUtcNow(), card is not null && ClockDoubt.Of(card, clock.GetUtcNow()) is not null, card?.Log?.Renewal?.Begun);
            new AuditRecord("ledger.reopened", by, "ledger", Detail: detail).Append(s, clock.GetUtcNow());
        });
        log.LogWarning("the ledger is open again: {Detail}", detail);
        gate.Reopen();
        Cleared();
    }

    private bool Cleared()
    {
        alarms.Clear(AlarmCode.LEDGER_ROLLBACK, "ledger");
        alarms.Clear(AlarmCode.LEDGER_CLAIM, "ledger");
        foreach (var behind in alarms.All.Where(a => a.Code == AlarmCode.LOG_BEHIND))
            alarms.Clear(behind.Code, behind.Subject);
        return true;
    }

    private async Task<Comparison> Ask(Peer peer, bool older, CancellationToken stop)
    {
        if (!channels.ToState(peer.State).TryGet(out var channel, out _))
            return Comparison.UNREACHABLE;
        var client = new Exchange.ExchangeClient(channel);
        var own = peers.OwnCard.Card.State;
        try
        {
            var (after, more, behind) = ("", true, false);
            while (more)
            {
                var request = database.Read(s => Page(s, own, peer.State, after));
                (request.Card, request.HeldCard) = ((ulong)peers.OwnCard.Card.Version, (ulong)peer.Card.Card.Version);
                using var timeout = new CancellationTokenSource(Patience, clock);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
                var reply = await client.PushHeadsAsync(request, cancellationToken: either.Token);
                behind |= reply.Answers.Count > 0;
                if (reply.Cards.Count > 0)
                    await cards.Take(peer.State, reply.Cards.Select(c => c.Memory));
                (more, after) = (request.More, request.Heads.Count > 0 ? request.Heads[^1].CaseId : "");
            }
            _receiptsBehind[peer.State] = behind;
            return behind || memory.Claims.Contains(peer.State) ? Comparison.BEHIND : older && !memory.Compared.Contains(peer.State) ? Comparison.CHECKPOINTS : Comparison.EQUAL;
        }
        catch (Exception e) when (e is RpcException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            log.LogInformation("heads could not be compared with {Peer}: {Error}", peer.State, RefusalWire.ForLog(e));
            return Comparison.UNREACHABLE;
        }
    }

    private static PushHeadsRequest Page(Session s, string own, string peer, string after)
    {
        var request = new PushHeadsRequest { After = after };
        if (after.Length == 0)
            Add(ChainId.OfPeer(peer), Chains.Head(s, ChainId.OfPeer(peer), own));
        foreach (var (chain, seq, sha256) in s.Query("SELECT chain, seq, sha256 FROM chains WHERE issuer = $1 AND peer = $2 AND chain > $3 AND chain NOT LIKE 'peer:%' AND chain NOT IN (SELECT case_id FROM paper_cases) ORDER BY chain LIMIT $4",
            row => (row.GetString(0), row.GetInt64(1), row.Digest(2)), own, peer, after, HeadsPerCall - 1))
            Add(chain, new ChainHead(seq, sha256, default));
        request.More = request.Heads.Count >= HeadsPerCall - 1;
        return request;

        void Add(string chain, ChainHead head) => request.Heads.Add(new ChainHeadView
        {
            CaseId = ChainId.CaseOf(chain) ?? "",
            Seq = (ulong)head.Seq,
            Sha256 = head.Sha256 is { } digest ? ByteString.CopyFrom(digest.ToArray()) : ByteString.Empty,
            Held = (ulong)Chains.Head(s, chain, peer).Seq,
        });
    }

    /// <summary>Peers whose receipts, named by our last ones, are not here again; in words.</summary>
    public IReadOnlyList<string> Incomplete => database.Read(ChainsWithoutTheOtherSide);

    // What our last receipt says that we hold of the other side must be here before another is signed: a chain must not name less than it named before.
    private List<string> ChainsWithoutTheOtherSide(Session s)
    {
        var own = peers.OwnCard.Card.State;
        var incomplete = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var (chain, peer, der) in s.Query("SELECT c.chain, c.peer, r.der FROM chains c JOIN receipts r ON r.chain = c.chain AND r.issuer = c.issuer AND r.seq = c.seq WHERE c.issuer = $1",
            row => (row.GetString(0), row.GetString(1), row.Bytes(2)), own))
        {
            if (SignedDocument.Open(der).Then(signed => Receipt.Read(signed.Content)) is { Succeeded: true, Value: var receipt } && receipt.PeerSeq > Chains.Head(s, chain, peer).Seq
                && _results.GetValueOrDefault(peer) != Comparison.CONFIRMED)
                incomplete[peer] = incomplete.GetValueOrDefault(peer) + 1;
        }
        // How many, not which: every user reads this, and who calls while nothing is signed.
        return [.. incomplete.Select(one => $"{one.Key} (its receipts in {one.Value} {(one.Value == 1 ? "chain" : "chains")})")];
    }
}
