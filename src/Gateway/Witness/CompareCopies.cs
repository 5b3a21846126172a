using System.Collections.Concurrent;
using Gateway.AuditLog;
using Gateway.Peers;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>
/// The monitor: asks every peer what it holds of every log that we know, our own included, and compares. A log that shows one tree to
/// one peer and another tree to the next is found out here; so is what we ourselves have forgotten, as a witness or as a log.
/// </summary>
internal sealed class CompareCopies(Database database, KnownLogs logs, PeerCopies copies, LogConflicts conflicts, WitnessMemory memory, OwnLog ownLog, LostLog lostLog, FreeSpace space, TimeProvider clock, ILogger<CompareCopies> log)
{
    // One that answers each call at the last moment holds up nobody but itself.
    private static readonly TimeSpan PatienceWithOne = TimeSpan.FromSeconds(20);

    /// <summary>One round over all peers, side by side. Afterwards the witness may trust its memory.</summary>
    public async Task Round(CancellationToken cancellation)
    {
        var older = database.Read(RecoveryFacts.IsOlder);
        var lost = new ConcurrentBag<(string Peer, VerifiedCheckpoint Checkpoint)>();
        var asked = await Task.WhenAll(logs.Peers.Select(async p => (p.State, Whole: await CompareInTime(p, older, lost, cancellation))).ToList());
        if (cancellation.IsCancellationRequested)
            return;
        var further = false;
        foreach (var group in lost.GroupBy(l => l.Checkpoint.Checkpoint.Origin))
        {
            var (peer, largest) = group.MaxBy(l => l.Checkpoint.Checkpoint.Size);
            further |= await lostLog.Shown(largest, peer);
        }
        // Where one log was lost, the next one may be, too: all are asked for it in the next round, and none has shown all before that.
        memory.Confirmed(asked.Where(a => a.Whole).Select(a => a.State), older && !further);
    }

    private async Task<bool> CompareInTime(Peer peer, bool older, ConcurrentBag<(string Peer, VerifiedCheckpoint Checkpoint)> lost, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(PatienceWithOne, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await Compare(peer, older, lost, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            log.LogDebug("{State} did not show all its copies in time", peer.State);
            return false;
        }
    }

    /// <summary>False when the peer did not show all that it was asked for.</summary>
    private async Task<bool> Compare(Peer peer, bool older, ConcurrentBag<(string Peer, VerifiedCheckpoint Checkpoint)> lost, CancellationToken cancellation)
    {
        foreach (var (known, path) in Paths(peer, older))
        {
            var fetched = await copies.Fetch(peer.State, path, cancellation);
            if (!fetched.TryGet(out var copy, out var refusal))
            {
                // A peer that does not answer: the alarm is raised where our own checkpoints are pushed.
                log.LogDebug("{State} shows no checkpoint of {Origin}: {Refusal}", peer.State, known?.Origin ?? "its own log", refusal.Code.Text());
                return false;
            }
            if (copy.Note is { } note && await Consider(note, known, peer, older, cancellation) is { } beyond)
                lost.Add((peer.State, beyond));
        }
        return true;
    }

    /// <summary>What to ask a peer for: its own newest checkpoint, and its copies of all logs that are not its own.</summary>
    private IEnumerable<(KnownLog? Known, string Path)> Paths(Peer peer, bool older)
    {
        // What is ours comes first: a peer that witnesses many logs may not show them all in one round.
        foreach (var own in Own(older).Select(name => logs.Find(name.Origin)).OfType<KnownLog>())
            yield return (own, PeerCopies.PathOf(own.Origin));
        yield return (null, PeerCopies.OwnPath);
        // A database that was set back may have forgotten that it witnessed a log at all.
        var forgotten = older ? logs.Witnesses.Select(p => logs.Find(new LogName(p.State, clock.GetUtcNow().Year).Origin)).OfType<KnownLog>() : [];
        foreach (var known in logs.Witnessed().Concat(forgotten).DistinctBy(l => l.Origin).Where(l => l.State != peer.State))
            yield return (known, PeerCopies.PathOf(known.Origin));
    }

    // A database that was set back may also have forgotten logs that began since: their names must not be used again.
    private IEnumerable<LogName> Own(bool older)
    {
        var year = clock.GetUtcNow().Year;
        var (current, lost) = database.Read(s => (LogEpoch.Current(s)?.Name ?? new LogName(logs.OwnState, year), RecoveryFacts.Lost(s)));
        var last = lost is not null && LogEpoch.IsLater(LogEpoch.NameOf(lost), current) ? LogEpoch.NameOf(lost) : current;
        yield return last;
        if (!older)
            yield break;
        yield return last with { Number = last.Number + 1 };
        if (year > last.Year)
            yield return new LogName(logs.OwnState, year);
    }

    /// <summary>Compares one copy; returns the checkpoint when it is one of our own log that we do not have.</summary>
    private async Task<VerifiedCheckpoint?> Consider(SignedNote note, KnownLog? asked, Peer peer, bool older, CancellationToken cancellation)
    {
        var origin = Checkpoint.Read(note.Text).TryGet(out var text, out _) ? text.Origin : "";
        var known = asked ?? logs.Find(origin);
        if (known is null || known.Origin != origin || (asked is null && known.State != peer.State) || !VerifiedCheckpoint.Open(note, known.Keys).TryGet(out var checkpoint, out _))
        {
            // Not signed by the log it names: says something about the peer, and nothing about the log.
            log.LogWarning("{State} shows a checkpoint of {Origin} that this log did not sign", peer.State, asked?.Origin ?? "its own log");
            return null;
        }
        var own = known.State == logs.OwnState;
        if (known.IsTooLong(checkpoint))
        {
            log.LogWarning("{State} shows a checkpoint of {Origin} that is longer than any is kept", peer.State, known.Origin);
            return null;
        }
        var seen = database.Read(s => LogConflicts.Forked(s, known.Origin) || (WitnessRows.Seen(s, checkpoint) && WitnessRows.Contradicting(s, checkpoint) is null));
        var now = clock.GetUtcNow();
        if (!seen && space.RefuseFor(SignedNote.MaxBytes, emergency: true) is null && await database.Write(Lane.Bulk, s => LogConflicts.Remember(s, checkpoint, known, peer.State, now)) is { } conflict)
            conflicts.Raise(conflict);
        if (!own)
        {
            await Recover(checkpoint, known, peer, older, now);
            return null;
        }
        return ownLog.Judge(checkpoint.Checkpoint) switch
        {
            OwnJudgement.Ours => null,
            OwnJudgement.Larger => checkpoint,
            OwnJudgement.Different => await Different(checkpoint, known, peer, cancellation),
        };
    }

    /// <summary>
    /// A copy with our own cosignature on more than we remember: the database is older than our promises. The promise counts. Copies that others hold
    /// do not show our line; where it is known that the database is older, each larger one may be what we promised, and counts too: a log
    /// that hides its newest checkpoint from us would have a fork cosigned otherwise.
    /// </summary>
    private async Task Recover(VerifiedCheckpoint checkpoint, KnownLog known, Peer peer, bool older, DateTimeOffset now)
    {
        var ours = checkpoint.Note.Signatures.Any(OwnLine) && checkpoint.Note.Verify(logs.OwnCosigner).Succeeded;
        if (!ours && !older)
            return;
        var promised = SignedNote.Compose(checkpoint.Note.Text, [.. known.LinesOf(checkpoint.Note), .. checkpoint.Note.Signatures.Where(line => ours && OwnLine(line))]);
        var next = new WitnessedLog(known.Origin, known.State, checkpoint.Checkpoint.Size, checkpoint.Checkpoint.Root, promised.Bytes, now);
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

    private async Task<VerifiedCheckpoint?> Different(VerifiedCheckpoint theirs, KnownLog known, Peer peer, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        // Our own tree has another root at that size: both notes bear our signature.
        if (ownLog.Signed(theirs.Checkpoint.Origin, theirs.Checkpoint.Size) is { } ours)
        {
            var now = clock.GetUtcNow();
            if (await database.Write(Lane.Bulk, s => LogConflicts.Remember(s, ours, known, known.State, now) ?? LogConflicts.Remember(s, theirs, known, peer.State, now)) is { } conflict)
                conflicts.Raise(conflict);
        }
        return theirs;
    }
}
