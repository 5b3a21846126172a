using System.Collections.Concurrent;
using Gateway.AuditLog;
using Gateway.Peers;
using Gateway.Protocol.MerkleLog;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>
/// Shows our newest checkpoint to all peers and collects their cosignatures, in rounds, so that enough of them sign the same one. A
/// peer that failed is asked again ever more slowly, beside the rounds, and delays nobody. The exchange never waits for any of this.
/// </summary>
internal sealed class WitnessLoop(
    Database database, KnownLogs logs, OwnLog ownLog, SignAgain again, AskWitness ask, WitnessPolicy policy, WatchStanding standing, RecordQuorum quorum, LogConflicts conflicts, TellForks forks, PeerContacts contacts, Alarms alarms, Rounds rounds, Drain drain, WitnessOptions options, TimeProvider clock, ILogger<WitnessLoop> log)
    : BackgroundService
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(string State, string Origin), WitnessState> _witnesses = new();
    private Task _telling = Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        conflicts.RaiseAll();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.EverySeconds), clock);
        try
        {
            do
                await Round(stop.Token);
            while (await timer.WaitForNextTickAsync(stop.Token));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            log.LogDebug("Checkpoints are no longer pushed: the gateway stops");
        }
        await Task.WhenAll(_witnesses.Values.Select(w => w.Asking).Append(_telling)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>One round: asks who is due, waits for those that answered last time.</summary>
    public async Task Round(CancellationToken cancellation)
    {
        const string What = "collecting cosignatures";
        try
        {
            // Nobody waits for one that failed before and is asked again: what must stop the gateway is seen here.
            foreach (var broken in _witnesses.Values.Where(w => w.Asking.IsFaulted).ToList())
                await broken.Asking;
            foreach (var stored in ownLog.ToWitness())
            {
                if (await again.Run(stored) is not { } checkpoint)
                    continue;
                var due = logs.Witnesses.Select(p => (Peer: p, State: StateOf(p, checkpoint))).Where(w => Due(w.State, checkpoint)).ToList();
                foreach (var (peer, state) in due)
                    state.Asking = Ask(peer, state, checkpoint, cancellation);
                await Task.WhenAll(due.Where(w => w.State.Failures == 0).Select(w => w.State.Asking));
            }
            standing.Look();
            await quorum.Run();
            // A peer that does not answer delays no round.
            if (_telling.IsCompleted)
            {
                (var told, _telling) = (_telling, Task.CompletedTask);
                await told;
                _telling = forks.Run(cancellation);
            }
            rounds.Went(What);
        }
        catch (Exception e) when (Rounds.GoesOnAfter(e, cancellation))
        {
            rounds.Failed(What, e);
        }
    }

    /// <summary>What a peer did as witness of our log since the start: the size it cosigned last, when, and what hindered it. The log before does not speak for it.</summary>
    public (long Cosigned, DateTimeOffset At, string? Problem) Of(string state)
        => ownLog.Newest() is { } newest && _witnesses.TryGetValue((state, newest.Origin), out var witness) ? (witness.Cosigned, witness.At, witness.Problem) : default;

    private WitnessState StateOf(Peer peer, OwnCheckpoint checkpoint) => _witnesses.GetOrAdd((peer.State, checkpoint.Origin), _ => new WitnessState());

    private bool Due(WitnessState witness, OwnCheckpoint checkpoint)
    {
        if (!witness.Asking.IsCompleted)
            return false;
        var now = clock.GetUtcNow();
        if (witness.Failures > 0)
            return now >= witness.NextTry || now < witness.NextTry - LongestPause;
        return witness.Cosigned < checkpoint.Size || (now - witness.At).Duration() >= TimeSpan.FromMinutes(options.RefreshMinutes);
    }

    private async Task Ask(Peer peer, WitnessState witness, OwnCheckpoint checkpoint, CancellationToken cancellation)
    {
        try
        {
            await AskNow(peer, witness, checkpoint, cancellation);
        }
        catch (Exception e) when (Rounds.GoesOnAfter(e, cancellation))
        {
            // It counts as a failure of this peer, which is asked ever more seldom and has an alarm of its own.
            log.LogError(e, "What {State} answered was not stored; it is asked again", peer.State);
            Failed(peer, witness, new WitnessAnswer([], default, witness.Holds, "its answer could not be stored", true), 0);
        }
    }

    private async Task AskNow(Peer peer, WitnessState witness, OwnCheckpoint checkpoint, CancellationToken cancellation)
    {
        var call = contacts.Begin();
        var answer = await ask.Run(peer, checkpoint, witness.Holds, cancellation);
        witness.Holds = answer.Holds;
        if (answer.Problem is not null)
        {
            Failed(peer, witness, answer, call);
            return;
        }
        await database.Write(Lane.Bulk, s => Keep(s, checkpoint, answer.Lines));
        (witness.Failures, witness.Cosigned, witness.At, witness.Problem) = (0, checkpoint.Size, clock.GetUtcNow(), null);
        contacts.Reached(peer.State);
        // One that cosigned the end of the log before may refuse the log in force all the same.
        if (_witnesses.All(w => w.Key.State != peer.State || w.Value.Failures == 0))
            alarms.Clear(AlarmCode.WITNESS_FAILS, peer.State);
    }

    /// <summary>Adds a witness's first lines on a checkpoint: they bound its time best, and a refreshed one would only make the note longer.</summary>
    private void Keep(Session session, OwnCheckpoint checkpoint, IReadOnlyList<NoteSignature> lines)
    {
        var row = Checkpoints.At(session, checkpoint.Epoch, checkpoint.Size) ?? throw new LedgerBrokenException($"checkpoint {checkpoint.Size} of {checkpoint.Origin} is gone");
        var present = SignedNote.Read(row.Newest).Value.Signatures;
        var further = lines.Where(l => !present.Any(p => p.Name == l.Name && p.KeyId == l.KeyId)).ToList();
        var cosigned = present.Concat(further).Select(l => l.Name).ToHashSet(StringComparer.Ordinal);
        var enough = policy.Quorum > 0 && logs.Counted.Count(p => cosigned.Contains(LogName.Witness(p.State))) >= policy.Quorum;
        if (further.Count == 0 && (!enough || row.Witnessed is not null))
            return;
        var stored = Checkpoints.AddCosignatures(session, checkpoint.Epoch, checkpoint.Size, further, enough, clock.GetUtcNow());
        if (enough && row.Witnessed is null && stored is not null)
            PolicyRows.Keep(session, checkpoint.Origin, checkpoint.Size, policy.Of(checkpoint.Epoch.Name, SignedNote.Read(stored.Newest).Value).Write());
    }

    private void Failed(Peer peer, WitnessState witness, WitnessAnswer answer, long call)
    {
        witness.Failures++;
        witness.Problem = answer.Words.Length == 0 ? answer.Problem : $"{answer.Problem}: {answer.Words}";
        var pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(witness.Failures, 10)) * options.EverySeconds));
        witness.NextTry = clock.GetUtcNow() + pause;
        log.LogInformation("{State} did not cosign: {Problem}", peer.State, answer.Problem);
        if (!answer.Reached)
            contacts.Failed(peer.State, answer.Problem!, call);
        else if (witness.Failures > 2)
            // A peer that was just started, or has just taken our card, may need a moment.
            alarms.Raise(AlarmCode.WITNESS_FAILS, peer.State, answer.Problem!);
    }

    /// <summary>What is known of one peer as our witness. In memory: after a start the peer says itself what it holds.</summary>
    private sealed class WitnessState
    {
        public long Holds { get; set; }

        public long Cosigned { get; set; } = -1;

        public DateTimeOffset At { get; set; }

        public int Failures { get; set; }

        public DateTimeOffset NextTry { get; set; }

        public string? Problem { get; set; }

        public Task Asking { get; set; } = Task.CompletedTask;
    }
}
