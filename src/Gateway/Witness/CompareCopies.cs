using System.Collections.Concurrent;
using Gateway.AuditLog;
using Gateway.Peers;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>
/// The monitor: asks every peer what it holds of every log that we know, our own included, and compares. A log that shows one tree to
/// one peer and another tree to the next is found out here; so is what we ourselves have forgotten, as a witness or as a log.
/// </summary>
internal sealed class CompareCopies(Database database, KnownLogs logs, PeerCopies copies, LogConflicts conflicts, WitnessMemory memory, OwnLog ownLog, LostLog lostLog, Alarms alarms, FreeSpace space, TimeProvider clock, ILogger<CompareCopies> log)
{
    // One that answers each call at the last moment holds up nobody but itself.
    private static readonly TimeSpan PatienceWithOne = TimeSpan.FromSeconds(20);

    // A log that has not been cosigned for so long has ended, or its State is away: what peers hold of it does not change, and there is one more every year.
    private static readonly TimeSpan Quiet = TimeSpan.FromDays(1);

    private const string Log = "log";

    private DateTimeOffset? _comparedQuiet;

    /// <summary>One round over all peers, side by side. Afterwards the witness may trust its memory.</summary>
    public async Task Round(CancellationToken cancellation)
    {
        var (older, now) = (database.Read(RecoveryFacts.IsOlder), clock.GetUtcNow());
        var found = new Found { Older = older, Quiet = older || _comparedQuiet is not { } last || (now - last).Duration() >= Quiet };
        var lost = found.Lost;
        var asked = await Task.WhenAll(logs.Peers.Select(async p => (p.State, Whole: await CompareInTime(p, found, cancellation))).ToList());
        if (cancellation.IsCancellationRequested)
            return;
        if (found.Quiet)
            _comparedQuiet = now;
        var further = false;
        foreach (var group in lost.GroupBy(l => l.Checkpoint.Checkpoint.Origin))
        {
            var (peer, largest) = group.MaxBy(l => l.Checkpoint.Checkpoint.Size);
            further |= await lostLog.Shown(largest, peer);
        }
        Claimed([.. found.Claims.Distinct().Order(StringComparer.Ordinal)]);
        // Where one log was lost, the next one may be, too: all are asked for it in the next round, and none has shown all before that.
        memory.Confirmed(asked.Where(a => a.Whole).Select(a => a.State), older && !further);
    }

    // Anybody can make a key and sign with it in our name, and a key that was exchanged may be in the hands of others: what bears no signature of a key in force is a claim and no proof.
    private void Claimed(IReadOnlyList<string> claims)
    {
        memory.Claimed(claims);
        if (claims.Count == 0)
            alarms.Clear(AlarmCode.LEDGER_CLAIM, Log);
        else
            alarms.Raise(AlarmCode.LEDGER_CLAIM, Log, $"{string.Join(", ", claims)} shows a checkpoint of our log that is not here and that no key of the card in force signed: this database is older than the last change of the keys of the log, or was set back before it, or the peer is wrong");
    }

    private async Task<bool> CompareInTime(Peer peer, Found found, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(PatienceWithOne, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await Compare(peer, found, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            log.LogDebug("{State} did not show all its copies in time", peer.State);
            return false;
        }
    }

    /// <summary>False when the peer did not show all that it was asked for.</summary>
    private async Task<bool> Compare(Peer peer, Found found, CancellationToken cancellation)
    {
        var paths = new Queue<(KnownLog? Known, string Path)>(Paths(peer, found));
        var guessed = new HashSet<string>(StringComparer.Ordinal);
        var whole = true;
        while (paths.TryDequeue(out var asked))
        {
            var (known, path) = asked;
            var fetched = await copies.Fetch(peer.State, path, cancellation);
            if (!fetched.TryGet(out var copy, out var refusal))
            {
                // A peer that does not answer: the alarm is raised where our own checkpoints are pushed.
                log.LogDebug("{State} shows no checkpoint of {Origin}: {Refusal}", peer.State, known?.Origin ?? "its own log", refusal.Code.Text());
                return false;
            }
            if (copy.Note is not { } note)
                continue;
            whole &= await Consider(note, known, peer, found, cancellation);
            // A State that began one log after a loss may have begun another: each leads to the next, as far as one can be witnessed.
            if (found.Older && known is not null && known.State != logs.OwnState && Next(known) is { } next && guessed.Add(next.Origin))
                paths.Enqueue((next, PeerCopies.PathOf(next.Origin)));
        }
        return whole;
    }

    private KnownLog? Next(KnownLog log) => LogName.TryParse(log.Origin, out var name) && name.Number < WitnessRows.MaxLogsPerState ? logs.Find((name with { Number = name.Number + 1 }).Origin) : null;

    /// <summary>What to ask a peer for: its own newest checkpoint, and its copies of all logs that are not its own.</summary>
    private IEnumerable<(KnownLog? Known, string Path)> Paths(Peer peer, Found found)
    {
        // What is ours comes first: a peer that witnesses many logs may not show them all in one round.
        foreach (var own in Own(found.Older).Select(name => logs.Find(name.Origin)).OfType<KnownLog>())
            yield return (own, PeerCopies.PathOf(own.Origin));
        yield return (null, PeerCopies.OwnPath);
        var now = clock.GetUtcNow();
        var witnessed = logs.Witnessed(found.Quiet ? null : now - Quiet);
        foreach (var known in witnessed.Concat(found.Older ? Forgotten(witnessed, now.Year) : []).DistinctBy(l => l.Origin).Where(l => l.State != peer.State))
            yield return (known, PeerCopies.PathOf(known.Origin));
    }

    // A database that was set back may have forgotten that it witnessed a log at all: of this year or the last, or begun after one that it knows.
    private IEnumerable<KnownLog> Forgotten(IReadOnlyList<KnownLog> witnessed, int year)
        => logs.Counted.SelectMany(p => new[] { new LogName(p.State, year), new LogName(p.State, year - 1) }).Select(name => logs.Find(name.Origin)).OfType<KnownLog>().Concat(witnessed.Select(Next).OfType<KnownLog>());

    // A database that was set back may also have forgotten logs that began since: their names must not be used again.
    private IEnumerable<LogName> Own(bool older)
    {
        var year = clock.GetUtcNow().Year;
        var (current, lost) = database.Read(s => (LogEpoch.Current(s)?.Name ?? new LogName(logs.OwnState, year), RecoveryFacts.Lost(s)));
        var last = lost is not null && LogEpoch.IsLater(LogEpoch.NameOf(lost), current) ? LogEpoch.NameOf(lost) : current;
        yield return last;
        if (lostLog.NotSignedYet is { } before)
            yield return before;
        if (!older)
            yield break;
        yield return last with { Number = last.Number + 1 };
        if (year > last.Year)
            yield return new LogName(logs.OwnState, year);
    }

    /// <summary>Compares one copy; keeps the checkpoint when it is one of our own log that we do not have. False when the peer shows of our own log what is not here and no key of ours in force signed.</summary>
    private async Task<bool> Consider(SignedNote note, KnownLog? asked, Peer peer, Found found, CancellationToken cancellation)
    {
        var origin = Checkpoint.Read(note.Text).TryGet(out var text, out _) ? text.Origin : "";
        var known = asked ?? logs.Find(origin);
        var former = false;
        if (known is null || known.Origin != origin || (asked is null && known.State != peer.State) || !Open(note, ref known, out former).TryGet(out var checkpoint, out _))
        {
            // Not signed by the log it names: says something about the peer, and nothing about the log.
            log.LogWarning("{State} shows a checkpoint of {Origin} that this log did not sign", peer.State, asked?.Origin ?? "its own log");
            if (asked?.State != logs.OwnState)
                return true;
            found.Claims.Add(peer.State);
            return false;
        }
        var own = known.State == logs.OwnState;
        if (former)
            return await OfFormerKeys(checkpoint, known, peer, found);
        if (known.IsTooLong(checkpoint))
        {
            log.LogWarning("{State} shows a checkpoint of {Origin} that is longer than any is kept", peer.State, known.Origin);
            return true;
        }
        var seen = database.Read(s => LogConflicts.Forked(s, known.Origin) || (WitnessRows.Seen(s, checkpoint) && WitnessRows.Contradicting(s, checkpoint) is null));
        var now = clock.GetUtcNow();
        if (!seen && space.RefuseFor(SignedNote.MaxBytes, emergency: true) is null && await database.Write(Lane.Bulk, s => LogConflicts.Remember(s, checkpoint, known, peer.State, now)) is { } conflict)
            conflicts.Raise(conflict);
        if (!own)
        {
            await Recover(checkpoint, known, peer, found.Older);
            return true;
        }
        var judgement = ownLog.Judge(checkpoint.Checkpoint);
        if (judgement == OwnJudgement.Different)
            await Different(checkpoint, known, peer, cancellation);
        if (judgement != OwnJudgement.Ours)
            found.Lost.Add((peer.State, checkpoint));
        return true;
    }

    /// <summary>Verified under the card in force, else under every card that the State ever had here.</summary>
    private Outcome<VerifiedCheckpoint> Open(SignedNote note, ref KnownLog known, out bool former)
    {
        former = false;
        var opened = VerifiedCheckpoint.Open(note, known.Keys);
        if (opened.Succeeded)
            return opened;
        var ever = logs.WithFormerKeys(known);
        if (VerifiedCheckpoint.Open(note, ever.Keys) is not { Succeeded: true } underFormer)
            return opened;
        (known, former) = (ever, true);
        return underFormer;
    }

    // Keys are exchanged when they were stolen, too, and nobody can tell what was signed before: what bears them alone shows what we have ourselves, or it is a
    // claim. It ends no log of ours, and brands none of another State; a promise of ours is known by our own line.
    private async Task<bool> OfFormerKeys(VerifiedCheckpoint checkpoint, KnownLog known, Peer peer, Found found)
    {
        if (known.IsTooLong(checkpoint))
            return true;
        if (known.State != logs.OwnState)
        {
            await Recover(checkpoint, known, peer, older: false);
            return true;
        }
        if (ownLog.Judge(checkpoint.Checkpoint) == OwnJudgement.Ours)
            return true;
        log.LogWarning("{State} shows a checkpoint of {Origin} that only keys of former cards have signed, and that is not here", peer.State, known.Origin);
        found.Claims.Add(peer.State);
        return false;
    }

    /// <summary>
    /// A copy with our own cosignature on more than we remember: the database is older than our promises. The promise counts. Copies that others hold
    /// do not show our line; where it is known that the database is older, each larger one may be what we promised, and counts too: a log
    /// that hides its newest checkpoint from us would have a fork cosigned otherwise.
    /// </summary>
    private async Task Recover(VerifiedCheckpoint checkpoint, KnownLog known, Peer peer, bool older)
    {
        var ours = checkpoint.Note.Signatures.Any(OwnLine) && checkpoint.Note.Verify(logs.OwnCosigner).Succeeded;
        if (!ours && !older)
            return;
        var promised = SignedNote.Compose(checkpoint.Note.Text, [.. known.LinesOf(checkpoint.Note), .. checkpoint.Note.Signatures.Where(line => ours && OwnLine(line))]);
        var next = new WitnessedLog(known.Origin, known.State, checkpoint.Checkpoint.Size, checkpoint.Checkpoint.Root, promised.Bytes, clock.GetUtcNow());
        var recovered = await database.Write(Lane.Bulk, s =>
        {
            var row = WitnessRows.Find(s, known.Origin);
            if (row is null && !ours && (WitnessRows.LogsOf(s, known.State) >= WitnessRows.MaxLogsPerState || !WitnessRows.HasRoom(s, known)))
                return false;
            var held = row?.Size ?? 0;
            return held < next.Size && WitnessRows.Swap(s, next, held);
        });
        if (recovered)
            log.LogWarning("This witness had forgotten checkpoint {Size} of {Origin}; it was recovered from a copy that {Peer} shows", next.Size, known.Origin, peer.State);
    }

    private bool OwnLine(NoteSignature line) => logs.OwnCosigner.Any(k => k.Name == line.Name && k.Id == line.KeyId);

    private async Task Different(VerifiedCheckpoint theirs, KnownLog known, Peer peer, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        // Our own tree has another root at that size: both notes bear our signature.
        if (ownLog.Signed(theirs.Checkpoint.Origin, theirs.Checkpoint.Size) is { } ours)
        {
            var now = clock.GetUtcNow();
            if (await database.Write(Lane.Bulk, s => LogConflicts.Remember(s, ours, logs.WithFormerKeys(known), known.State, now) ?? LogConflicts.Remember(s, theirs, known, peer.State, now)) is { } conflict)
                conflicts.Raise(conflict);
        }
    }

    /// <summary>What one round asks for, and what it found out of our own log.</summary>
    private sealed class Found
    {
        /// <summary>It is known that this database is older than what was signed.</summary>
        public required bool Older { get; init; }

        /// <summary>Also logs that have not been cosigned for long are asked for.</summary>
        public required bool Quiet { get; init; }

        public ConcurrentBag<(string Peer, VerifiedCheckpoint Checkpoint)> Lost { get; } = [];

        /// <summary>Peers that show of our log what is not here and no key of ours in force signed.</summary>
        public ConcurrentBag<string> Claims { get; } = [];
    }
}
