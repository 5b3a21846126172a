using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Keys;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Evidence;

/// <summary>
/// The call <c>Operator.AttachEvidence</c>: chunks as the lab encrypted them, hashed as they come, acknowledged once they are
/// written and flushed behind; at the end the manifest, which must say what was stored. Whoever began an item goes on with it.
/// </summary>
internal sealed class AttachEvidence(Database database, CaseKeys caseKeys, KeyRing keys, ChunkStore store, FlushTurns turns, ItemLeases leases, CommitItem commit, Room room, ScrubItems scrub, RightOfWay way, NeedToKnow access, Drain drain, TimeProvider clock)
{
    // Room on the disk, and whether the item is still there, are looked for once in so many chunks.
    private const int MaxBatch = 8;

    public async Task<Refusal?> Run(IAsyncStreamReader<AttachFrame> frames, IServerStreamWriter<AttachAck> acks, User by, CancellationToken cancellation)
    {
        if (by.Refuse(Permission.AttachEvidence) is { } notPermitted)
            return notPermitted;
        if (!await frames.MoveNext(cancellation) || frames.Current.Begin is not { } begin || !Ids.IsId(begin.Item) || !Ids.IsCase(begin.CaseId))
            return new Refusal(RefusalCode.ArgumentNotValid, "a transfer begins with the ids of an item and a case", "begin");
        // Only who may go on with an item ends another stream of it.
        if (!(await Begin(begin, by)).TryGet(out _, out var refusal))
            return refusal;
        using var lease = await leases.Take(begin.Item, fromDisk: false, cancellation, drain.Begun);
        try
        {
            if (!(await Begin(begin, by)).TryGet(out var begun, out refusal))
                return refusal;
            if (begun.Item.State == ItemState.ATTACHING)
                return commit.Foresee(begun.Case, begin, by) ?? await Receive(begun, frames, acks, by, lease.Token);
            if (database.Read(s => ItemDamage.Of(s, begun.Item.Id)).FindAll(d => d.Chunk >= 0) is { Count: > 0 } damage)
                return await Mend(begun, damage, frames, acks, lease.Token);
            await acks.WriteAsync(new AttachAck { Committed = database.Read(s => ShowItems.View(s, begun.Item)) }, lease.Token);
            return null;
        }
        catch (OperationCanceledException) when (drain.Draining && !cancellation.IsCancellationRequested)
        {
            return new Refusal(RefusalCode.ShuttingDown, "the gateway stops; what is stored stays, go on after the restart");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Erased(begin.Item) ?? new Refusal(RefusalCode.StateConflict, "another upload of the same item took over");
        }
    }

    private Refusal? Erased(string item) => database.Read(s => ItemRow.Find(s, item)) is { State: ItemState.ERASED } ? new Refusal(RefusalCode.RetentionPassed, "the item was erased with its case", "item") : null;

    private Task<Outcome<Begun>> Begin(AttachBegin begin, User by) => database.Write<Outcome<Begun>>(Lane.Bulk, s =>
    {
        if (CaseRow.Seen(s, access.Of(by, Permission.AttachEvidence), begin.CaseId) is not { } row)
            return NeedToKnow.NoCase();
        if (ItemRow.Find(s, begin.Item) is { State: ItemState.ERASED } erased && erased.CaseId == row.Id)
            return new Refusal(RefusalCode.RetentionPassed, "the item was erased with its case", "item");
        if (ItemRow.Find(s, begin.Item) is { } known)
        {
            if (known.CaseId != row.Id || known.Direction != ItemDirection.OUT || known.Uploader != by.Name)
                return new Refusal(RefusalCode.SameIdOtherContent, "this item id is taken by another case or person", "item");
            // Said later, when the other State takes less than it did; what two officers released goes the way that they released.
            if (!begin.ByCarrier || known.ByCarrier || known.State is not (ItemState.ATTACHING or ItemState.ATTACHED or ItemState.PROPOSED))
                return new Begun(row, known);
            s.RunOne("UPDATE items SET by_carrier = 1 WHERE id = $1", known.Id);
            new AuditRecord("item.byCarrier", by.Name, known.Id, row.Id).Append(s, clock.GetUtcNow());
            return new Begun(row, known with { ByCarrier = true });
        }
        if (row.State.IsFinal())
            return new Refusal(RefusalCode.TransitionNotAllowed, $"the case is {row.State}; nothing is attached to it any more", "caseId");
        if (room.ByWire(row.Peer, (long)Math.Min(begin.SizeBytes, long.MaxValue / 2), begin.ByCarrier) is { } tooLarge)
            return tooLarge;
        if (room.ForUpload(s, (long)Math.Min(begin.SizeBytes, long.MaxValue / 2)) is { } noRoom)
            return noRoom;
        s.RunOne("INSERT INTO items (id, case_id, direction, state, uploader, size_bytes, created, by_carrier) VALUES ($1, $2, 'OUT', 'ATTACHING', $3, nullif($4, 0), $5, $6)",
            begin.Item, row.Id, by.Name, (long)Math.Min(begin.SizeBytes, long.MaxValue / 2), clock.GetUtcNow(), begin.ByCarrier ? 1L : 0L);
        return new Begun(row, ItemRow.Find(s, begin.Item)!);
    });

    private async Task<Refusal?> Receive(Begun begun, IAsyncStreamReader<AttachFrame> frames, IServerStreamWriter<AttachAck> acks, User by, CancellationToken cancellation)
    {
        if (keys.Evidence(begun.Case.OwnAuthority) is not [var evidence, ..])
            return new Refusal(RefusalCode.StateConflict, $"{begun.Case.OwnAuthority} has no evidence key; its administrator must configure one");
        var item = begun.Item.Id;
        using var files = store.Of(item);
        var count = files.Recover(database.Read(s => ItemRow.Stored(s, item)), manifest: null);
        await database.Write(Lane.Bulk, s => ItemRow.Record(s, item, count));
        var first = Ack(count);
        first.EvidenceCertificate = ByteString.CopyFrom(evidence.Certificate.Der.Span);
        await acks.WriteAsync(first, cancellation);

        await using var behind = new FlushBehind(database, turns, files, item, count);
        var upload = new Upload(database, store, files, behind, item, count);
        var next = frames.MoveNext(cancellation);
        while (await next)
        {
            var frame = frames.Current;
            // The next frame is read from the wire while this one is hashed and written.
            next = frames.MoveNext(cancellation);
            switch (frame.FrameCase)
            {
                case AttachFrame.FrameOneofCase.Chunk:
                    await way.GiveWay(cancellation);
                    if ((upload.Count % MaxBatch == 0 ? Erased(item) : null) is { } gone)
                        return gone;
                    if (await upload.Take(frame.Chunk) is { } refusal)
                        return refusal;
                    await behind.Written(upload.Count);
                    await acks.WriteAsync(Ack(upload.Count), cancellation);
                    break;
                case AttachFrame.FrameOneofCase.Commit:
                    await behind.Finish(upload.Count);
                    if (!(await commit.Run(begun.Case, begun.Item, files, upload.Count, frame.Commit, by)).TryGet(out var view, out refusal))
                        return refusal;
                    await acks.WriteAsync(new AttachAck { Stored = { Ack(upload.Count).Stored }, Committed = view }, cancellation);
                    return null;
                case AttachFrame.FrameOneofCase.Begin or AttachFrame.FrameOneofCase.None:
                default:
                    return new Refusal(RefusalCode.ArgumentNotValid, "after the beginning come chunks, then the commit", "frame");
            }
        }
        await behind.Finish(upload.Count);
        return new Refusal(RefusalCode.ItemIncomplete, "the upload ended without a commit; what is stored stays");
    }

    // The item is whole, but this disk lost some of it: the laboratory sends its packed item once more, and only the holes are written.
    private async Task<Refusal?> Mend(Begun begun, IReadOnlyList<ItemDamage> damage, IAsyncStreamReader<AttachFrame> frames, IServerStreamWriter<AttachAck> acks, CancellationToken cancellation)
    {
        using var files = store.Of(begun.Item.Id);
        var mending = new Mending(database, store, turns, files, begun.Item, database.Read(s => ItemPapers.Open(s, caseKeys, begun.Item)).Manifest, damage, clock);
        var first = Ack(mending.Sound().FirstOrDefault(r => r.From == 0).To);
        first.EvidenceCertificate = ByteString.CopyFrom(keys.Evidence(begun.Case.OwnAuthority)[0].Certificate.Der.Span);
        await acks.WriteAsync(first, cancellation);
        while (await frames.MoveNext(cancellation))
        {
            if (frames.Current.FrameCase == AttachFrame.FrameOneofCase.Commit && mending.Done)
            {
                scrub.ShowAlarms();
                await acks.WriteAsync(new AttachAck { Committed = database.Read(s => ShowItems.View(s, begun.Item)) }, cancellation);
                return null;
            }
            if (frames.Current.Chunk is not { } chunk)
                return new Refusal(RefusalCode.ArgumentNotValid, "expected the chunks of the item from the first damaged one on", "frame");
            await way.GiveWay(cancellation);
            if (mending.Take((long)Math.Min(chunk.Index, long.MaxValue), chunk.Data.Span) is { } refusal)
                return refusal;
            await mending.Flush();
            await acks.WriteAsync(Ack((long)chunk.Index + 1), cancellation);
        }
        return mending.Done ? null : new Refusal(RefusalCode.ItemIncomplete, "the stream ended before the damaged chunks had come");
    }

    private static AttachAck Ack(long count)
    {
        var ack = new AttachAck();
        if (count > 0)
            ack.Stored.Add(new DataRange { From = 0, To = (ulong)count });
        return ack;
    }

    private sealed record Begun(CaseRow Case, ItemRow Item);

    /// <summary>The chunks of one stream, in order from where the item stands, or from before it when the lab makes its last chunks anew.</summary>
    private sealed class Upload(Database database, ChunkStore store, ItemFiles files, FlushBehind behind, string item, long count)
    {
        private bool _begun;
        private bool _ended;

        public long Count { get; private set; } = count;

        public async Task<Refusal?> Take(EvidenceData chunk)
        {
            if (chunk.Data.Length is < Chunk.Overhead or > Chunk.StoredBytes || chunk.Index >= Chunk.MaxCount)
                return new Refusal(RefusalCode.ArgumentNotValid, "a chunk has at most 1 MiB of content and an index below 2^24", "chunk");
            var index = (long)chunk.Index;
            if (!_begun)
            {
                _begun = true;
                if (index < Count)
                    await GoBack(index);
                _ended = Count > 0 && files.StoredLength(Count - 1) < Chunk.StoredBytes;
            }
            if (index != Count || _ended)
                return new Refusal(RefusalCode.ArgumentNotValid, $"chunk {index} came where chunk {Count} was due, or after the last one", "chunk");
            if (Count % MaxBatch == 0 && store.RefuseFor(MaxBatch * Chunk.StoredBytes) is { } noSpace)
                return noSpace;
            files.Write(index, chunk.Data.Span);
            files.WriteLeaf(index, TreeHash.Leaf(chunk.Data.Span));
            _ended = chunk.Data.Length < Chunk.StoredBytes;
            Count++;
            return null;
        }

        // First the record, then the files: a stop between leaves chunks that nothing counts on.
        private async Task GoBack(long index)
        {
            await behind.GoBack(index);
            await database.Write(Lane.Bulk, s => ItemRow.Record(s, item, index));
            files.Cut(index, alsoLeaves: true);
            Count = index;
        }
    }
}
