using System.Collections.Concurrent;
using System.Globalization;
using Gateway.AuditLog;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>
/// The monitor: asks every peer what it holds of every log that we know, our own included, and compares. A log that shows one tree to
/// one peer and another tree to the next is found out here; so is what we ourselves have forgotten, as a witness or as a log.
/// </summary>
internal sealed class CompareCopies(Database database, KnownLogs logs, PeerCopies copies, LogConflicts conflicts, WitnessMemory memory, OwnLog ownLog, Alarms alarms, TimeProvider clock, ILogger<CompareCopies> log)
{
    /// <summary>One round over all peers, side by side. Afterwards the witness may trust its memory.</summary>
    public async Task Round(CancellationToken cancellation)
    {
        var peers = logs.Peers.ToList();
        var lost = new ConcurrentBag<(string Peer, VerifiedCheckpoint Checkpoint)>();
        await Task.WhenAll(peers.Select(p => Compare(p, lost, cancellation)));
        if (cancellation.IsCancellationRequested)
            return;
        foreach (var group in lost.GroupBy(l => l.Checkpoint.Checkpoint.Origin))
            await BeginAnother(group.MaxBy(l => l.Checkpoint.Checkpoint.Size));
        memory.Confirmed();
    }

    private async Task Compare(Peer peer, ConcurrentBag<(string Peer, VerifiedCheckpoint Checkpoint)> lost, CancellationToken cancellation)
    {
        foreach (var (known, path) in Paths(peer))
        {
            var fetched = await copies.Fetch(peer.State, path, cancellation);
            if (!fetched.TryGet(out var copy, out var refusal))
            {
                // A peer that does not answer: the alarm is raised where our own checkpoints are pushed.
                log.LogDebug("{State} shows no checkpoint of {Origin}: {Refusal}", peer.State, known?.Origin ?? "its own log", refusal.Code.Text());
                return;
            }
            if (copy.Note is { } note && await Consider(note, known, peer, cancellation) is { } beyond)
                lost.Add((peer.State, beyond));
        }
    }

    /// <summary>What to ask a peer for: its own newest checkpoint, and its copies of all logs that are not its own.</summary>
    private IEnumerable<(KnownLog? Known, string Path)> Paths(Peer peer)
    {
        yield return (null, PeerCopies.OwnPath);
        foreach (var known in logs.Witnessed().Where(l => l.State != peer.State))
            yield return (known, PeerCopies.PathOf(known.Origin));
        if (ownLog.Newest() is { } newest && logs.Find(newest.Origin) is { } own)
            yield return (own, PeerCopies.PathOf(own.Origin));
    }

    /// <summary>Compares one copy; returns the checkpoint when it is one of our own log that we do not have.</summary>
    private async Task<VerifiedCheckpoint?> Consider(SignedNote note, KnownLog? asked, Peer peer, CancellationToken cancellation)
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
        var seen = database.Read(s => WitnessRows.Seen(s, checkpoint) && WitnessRows.Contradicting(s, checkpoint) is null);
        var now = clock.GetUtcNow();
        if (!seen && await database.Write(Lane.Bulk, s => LogConflicts.Remember(s, checkpoint, known.State, peer.State, now)) is { } conflict)
            conflicts.Raise(conflict);
        if (!own)
        {
            await Recover(checkpoint, known, now);
            return null;
        }
        return ownLog.Judge(checkpoint.Checkpoint) switch
        {
            OwnJudgement.Ours => null,
            OwnJudgement.Larger => checkpoint,
            OwnJudgement.Different => await Different(checkpoint, known, peer, cancellation),
        };
    }

    /// <summary>A copy with our own cosignature on more than we remember: the database is older than our promises. The promise counts.</summary>
    private async Task Recover(VerifiedCheckpoint checkpoint, KnownLog known, DateTimeOffset now)
    {
        if (!checkpoint.Note.Signatures.Any(s => logs.OwnCosigner.Any(k => k.Name == s.Name && k.Id == s.KeyId)) || !checkpoint.Note.Verify(logs.OwnCosigner).Succeeded)
            return;
        var next = new WitnessedLog(known.Origin, known.State, checkpoint.Checkpoint.Size, checkpoint.Checkpoint.Root, checkpoint.Note.Bytes, now);
        var recovered = await database.Write(Lane.Bulk, s =>
        {
            var held = WitnessRows.Find(s, known.Origin)?.Size ?? 0;
            return held < next.Size && WitnessRows.Swap(s, next, held);
        });
        if (recovered)
            log.LogWarning("This witness had forgotten checkpoint {Size} of {Origin}; it was recovered from a copy with our own cosignature", next.Size, known.Origin);
    }

    private async Task<VerifiedCheckpoint?> Different(VerifiedCheckpoint theirs, KnownLog known, Peer peer, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        // Our own tree has another root at that size: both notes bear our signature.
        if (ownLog.Signed(theirs.Checkpoint.Origin, theirs.Checkpoint.Size) is { } ours)
        {
            var now = clock.GetUtcNow();
            if (await database.Write(Lane.Bulk, s => LogConflicts.Remember(s, ours, known.State, known.State, now) ?? LogConflicts.Remember(s, theirs, known.State, peer.State, now)) is { } conflict)
                conflicts.Raise(conflict);
        }
        return theirs;
    }

    /// <summary>
    /// A peer holds, with our signature, what this database does not have. That log can never be continued from here: whatever is signed
    /// would be a second story. Another one begins, and its first leaf names what was lost.
    /// </summary>
    private async Task BeginAnother((string Peer, VerifiedCheckpoint Checkpoint) lost)
    {
        var (origin, size) = (lost.Checkpoint.Checkpoint.Origin, lost.Checkpoint.Checkpoint.Size);
        if (logs.Find(origin) is not { } known)
            return;
        var signed = SignedNote.Compose(lost.Checkpoint.Note.Text, lost.Checkpoint.Note.Signatures.Where(known.Made));
        var now = clock.GetUtcNow();
        var begun = await database.Write(Lane.Ordinary, s =>
        {
            if (LogEpoch.Current(s) is not { } current || current.Name.Origin != origin)
                return null;
            var next = LogEpoch.Follow(s, current.Name with { Number = current.Name.Number + 1 }, Digest.Of(signed.Bytes.Span), now);
            new AuditRecord("log.begun", "gateway", next.Name.Origin, Detail: string.Create(CultureInfo.InvariantCulture, $"{lost.Peer} holds checkpoint {size} of {origin}, which this database does not have")).Append(s, now);
            return next;
        });
        if (begun is null)
            return;
        log.LogError("{Peer} holds checkpoint {Size} of our log {Origin} that is not in this database; the log {Next} follows it", lost.Peer, size, origin, begun.Name.Origin);
        alarms.Raise(AlarmCode.LOG_BEHIND, origin, string.Create(CultureInfo.InvariantCulture,
            $"{lost.Peer} holds a checkpoint of our log with {size} leaves that is not in this database: it was restored from an older backup, or another gateway runs with our keys; the log {begun.Name.Origin} follows the one that was lost"));
    }
}
