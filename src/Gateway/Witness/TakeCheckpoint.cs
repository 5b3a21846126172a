using Gateway.Keys;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.Receipts;
using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>
/// <c>add-checkpoint</c> (C2SP tlog-witness): cosigns a checkpoint of a peer's log that only grew since the last one cosigned here.
/// The cosignature is made outside the transaction; inside it the size is compared once more and swapped, and only what was
/// flushed is answered. A cosignature that never left is harmless, one that left before the flush could become a fork.
/// </summary>
internal sealed class TakeCheckpoint(Database database, KnownLogs logs, LogKeys keys, LogConflicts conflicts, SecondLogs second, OwnSplits splits, WitnessMemory memory, LedgerGate gate, FreeSpace space, CallRates rates, TimeProvider clock, ILogger<TakeCheckpoint> log)
{
    private const int YearsAhead = 2;

    /// <param name="body">At most <see cref="CheckpointSubmission.MaxBytes"/>.</param>
    /// <param name="caller">State that submits; it need not be that of the log, whose signature decides.</param>
    public async Task<WitnessReply> Run(ReadOnlyMemory<byte> body, string caller)
    {
        if (!rates.Take(caller))
            return WitnessReply.TooMany();
        if ((memory.NotYet ?? gate.Shut?.Detail) is { } why)
            return WitnessReply.NotYet(why);
        if (space.RefuseFor(CheckpointSubmission.MaxBytes, emergency: false) is { } full)
            return WitnessReply.NotYet(full.Detail);
        if (CheckpointSubmission.Read(body) is not { } submission)
            return WitnessReply.Malformed("expected an old size, a consistency proof, an empty line and a checkpoint");
        if (!SignedNote.Read(submission.Note).Then(note => Checkpoint.Read(note.Text).Then<(SignedNote, string)>(c => (note, c.Origin))).TryGet(out var read, out var refusal))
            return WitnessReply.Malformed(refusal.Detail);
        var (note, origin) = read;
        if (logs.Find(origin) is not { } known)
            return WitnessReply.UnknownLog();
        if (known.State == logs.OwnState)
        {
            await splits.Hear(note, known, caller);
            return WitnessReply.UnknownLog();
        }
        if (!VerifiedCheckpoint.Open(note, known.Keys).TryGet(out var checkpoint, out refusal))
            return WitnessReply.NotSigned(refusal.Detail);
        if (known.IsTooLong(checkpoint))
            return WitnessReply.Malformed($"the checkpoint with the lines of its log is longer than {KnownLog.MaxNoteBytes} bytes");
        // The logs of a State follow each other by their years: after one of a year that nobody here will see all honest ones would come too late.
        if (LogName.TryParse(origin, out var name) && name.Year > clock.GetUtcNow().Year + YearsAhead)
            return WitnessReply.Malformed($"{origin} is the log of a year that is far from coming");
        if (submission.Old > checkpoint.Checkpoint.Size)
            return WitnessReply.Malformed("the old size is larger than the checkpoint's");

        var held = database.Read(s => WitnessRows.Find(s, origin));
        if (Judge(submission, checkpoint.Checkpoint, held) is { } refused)
            return await Refuse(refused, checkpoint, known, held, caller);
        // Who stole a key of the log can sign on, the State has said where it ended: whatever key it is, also one that is still in force.
        if (name is not null && logs.Ended(name) is { } renewal && checkpoint.Checkpoint.Size > renewal.End.Size)
            return await Refuse(WitnessReply.NotSigned($"the card of {known.State} says that this log ended with {renewal.End.Size} leaves"), checkpoint, known, held, caller);
        return await Cosign(submission, checkpoint, known, caller);
    }

    /// <summary>Null when the checkpoint may be cosigned by one who holds <paramref name="held"/>.</summary>
    internal static WitnessReply? Judge(CheckpointSubmission submission, Checkpoint checkpoint, WitnessedLog? held)
    {
        if (submission.Old != (held?.Size ?? 0))
            return WitnessReply.OtherSize(held?.Size ?? 0);
        if (held is null)
            return submission.Proof.Count == 0 ? null : WitnessReply.NotGrown();
        if (checkpoint.Size == held.Size && checkpoint.Root != held.Root)
            return WitnessReply.OtherRoot();
        // From nothing everything grows; the proof is empty then.
        if (held.Size == 0 && checkpoint.Size > 0)
            return submission.Proof.Count == 0 ? null : WitnessReply.NotGrown();
        return ConsistencyProof.Verify((ulong)held.Size, (ulong)checkpoint.Size, held.Root, checkpoint.Root, submission.Proof) ? null : WitnessReply.NotGrown();
    }

    private async Task<WitnessReply> Cosign(CheckpointSubmission submission, VerifiedCheckpoint checkpoint, KnownLog known, string caller)
    {
        var now = clock.GetUtcNow();
        var lines = keys.Cosign(logs.OwnState, checkpoint.Note.Text, now);
        var cosigned = SignedNote.Compose(checkpoint.Note.Text, [.. known.LinesOf(checkpoint.Note), .. lines]);
        var next = new WitnessedLog(known.Origin, known.State, checkpoint.Checkpoint.Size, checkpoint.Checkpoint.Root, cosigned.Bytes, now);
        LogConflict? conflict = null;
        var told = false;
        var reply = await database.Write(Lane.Bulk, s =>
        {
            if (LogConflicts.Forked(s, known.Origin))
                return WitnessReply.NotSigned("two contradicting checkpoints of this log are kept here; it is not cosigned any more");
            var held = WitnessRows.Find(s, known.Origin);
            if (held is null && (WitnessRows.LogsOf(s, known.State) >= WitnessRows.MaxLogsPerState || !WitnessRows.HasRoom(s, known)))
                return WitnessReply.NotSigned($"{known.State} has begun more logs than are witnessed");
            conflict = LogConflicts.Remember(s, checkpoint, known, caller, now);
            if (conflict is not null)
                return WitnessReply.OtherRoot();
            if (WitnessRows.Swap(s, next, submission.Old))
            {
                told = SecondLogs.Remember(s, held, next);
                return WitnessReply.Found(string.Concat(lines));
            }
            var moved = WitnessRows.Find(s, known.Origin) ?? throw new LedgerBrokenException($"the witnessed checkpoint of {known.Origin} is gone");
            return moved.Size == submission.Old ? WitnessReply.OtherRoot() : WitnessReply.OtherSize(moved.Size);
        });
        if (conflict is not null)
            Report(conflict);
        else if (reply.Status == StatusCodes.Status200OK)
            conflicts.Grown(known.Origin);
        if (told)
            second.Look();
        return reply;
    }

    /// <summary>What is refused is kept in mind all the same: it bears the log's signature, and may contradict what comes later.</summary>
    private async Task<WitnessReply> Refuse(WitnessReply reply, VerifiedCheckpoint checkpoint, KnownLog known, WitnessedLog? held, string caller)
    {
        // Whoever submits chooses the proof. Only what a State brings of its own log accuses it: any peer holds the notes of others and could lay a bad proof beside one.
        var notGrown = reply.Status == StatusCodes.Status422UnprocessableEntity && held is not null && caller == known.State 
            && (held.Size, held.Root) != (checkpoint.Checkpoint.Size, checkpoint.Checkpoint.Root);
        var (forked, seen) = database.Read(s => (LogConflicts.Forked(s, known.Origin), WitnessRows.Seen(s, checkpoint) && WitnessRows.Contradicting(s, checkpoint) is null));
        if (forked || (!notGrown && seen))
            return reply;
        var now = clock.GetUtcNow();
        var conflict = await database.Write(Lane.Bulk, s => LogConflicts.Remember(s, checkpoint, known, caller, now)
            ?? (notGrown ? LogConflicts.NotGrown(s, held!, checkpoint, known, caller, now) : null));
        if (conflict is not null)
            Report(conflict);
        return conflict is { Kind: ConflictKind.ROOTS } ? WitnessReply.OtherRoot() : reply;
    }

    private void Report(LogConflict conflict)
    {
        log.LogWarning("The log {Origin} of {State} contradicts itself: {Kind} at sizes {First} and {Second}", conflict.Origin, conflict.State, conflict.Kind, conflict.FirstSize, conflict.SecondSize);
        conflicts.Raise(conflict);
    }
}
