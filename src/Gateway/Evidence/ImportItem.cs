using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Custody;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Grpc.Core;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Evidence;

/// <summary>
/// The call <c>Operator.ImportEvidence</c>: an announced item that came on a disk. Leaf list and chunks are checked exactly as if the other side had
/// sent them, and go on where an earlier import or a transfer by wire ended; the end is ReceivedFromNonERDS and ContentConsignment.
/// </summary>
internal sealed class ImportItem(Database database, CaseKeys caseKeys, PeerDirectory peers, ChunkStore store, FlushTurns turns, ItemLeases leases, ResumeItem resume, ConsignItem consign, RecordCustody custody, RightOfWay way, NeedToKnow access, Drain drain, TimeProvider clock)
{
    // Chunks after which is looked whether the item is still there.
    private const int LookEvery = 8;

    public async Task<Refusal?> Run(IAsyncStreamReader<AttachFrame> frames, IServerStreamWriter<AttachAck> acks, User by, CancellationToken cancellation)
    {
        if (!await frames.MoveNext(cancellation) || frames.Current.Begin is not { } begin || begin.ManifestSha256.Length != Digest.Length)
            return new Refusal(RefusalCode.ArgumentNotValid, "an import begins with the item and the digest of the manifest on its disk", "begin");
        if (!Find(begin, by).TryGet(out _, out var refusal))
            return refusal;
        using var lease = await leases.Take(begin.Item, fromDisk: true, cancellation, drain.Begun);
        try
        {
            if (!Find(begin, by).TryGet(out var found, out refusal))
                return refusal;
            if (await resume.Run(found.Case, found.Item, found.Manifest) is { } ended)
                return ended;
            if (!Find(begin, by).TryGet(out found, out refusal))
                return refusal;
            if (found.Item.State == ItemState.RECEIVING && await Arrive(found, begin, acks, by) is { } unsaid)
                return unsaid;
            if (found.Item.State == ItemState.RECEIVING && await Receive(found, frames, acks, by, lease.Token) is { } no)
                return no;
            await acks.WriteAsync(new AttachAck { Committed = database.Read(s => ShowItems.View(s, ItemRow.Find(s, begin.Item)!)) }, lease.Token);
            return null;
        }
        catch (OperationCanceledException) when (drain.Draining && !cancellation.IsCancellationRequested)
        {
            return new Refusal(RefusalCode.ShuttingDown, "the gateway stops; what was read from the disk stays, go on after the restart");
        }
        catch (CaseMovedException)
        {
            return Erased(begin.Item) ?? new Refusal(RefusalCode.StateConflict, "the item was given up while it was read");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Erased(begin.Item) ?? new Refusal(RefusalCode.StateConflict, "another import or transfer of the same item took over");
        }
    }

    private Refusal? Erased(string item) => database.Read(s => ItemRow.Find(s, item)) is { State: ItemState.ERASED } ? new Refusal(RefusalCode.RetentionPassed, "the item was erased with its case", "item") : null;

    private Outcome<Found> Find(AttachBegin begin, User by) => database.Read<Outcome<Found>>(s =>
    {
        if (by.Refuse(Permission.AttachEvidence) is { } notLaboratory && by.Refuse(Permission.TakeEvidence) is not null)
            return notLaboratory;
        if (ItemRow.Find(s, begin.Item) is not { Direction: ItemDirection.IN } item || CaseRow.Seen(s, access.Of(by, by.Refuse(Permission.AttachEvidence) is null ? Permission.AttachEvidence : Permission.TakeEvidence), item.CaseId) is not { } row)
            return new Refusal(RefusalCode.OtherDisk, "the item on the disk was announced by nobody here, or it is not open to you", "item");
        if (item.State == ItemState.ERASED)
            return new Refusal(RefusalCode.RetentionPassed, "the item was erased with its case", "item");
        if (item.ManifestSha256 != new Digest(begin.ManifestSha256.Span))
            return new Refusal(RefusalCode.OtherDisk, $"the manifest on the disk is {new Digest(begin.ManifestSha256.Span)}; {item.Exhibit} was announced with {item.ManifestSha256}", "manifestSha256");
        if (peers.ByState(row.Peer)?.RefuseAt(clock.GetUtcNow()) is { } shut)
            return shut;
        return new Found(row, item, ItemPapers.Open(s, caseKeys, item).Manifest);
    });

    // Who opened the parcel says what was on it before a byte is read. An import that goes on where it ended, with the same parcel, says it once.
    private async Task<Refusal?> Arrive(Found found, AttachBegin begin, IServerStreamWriter<AttachAck> acks, User by)
    {
        var (announced, recorded) = database.Read(s => (FoundParcel.Announced(s, caseKeys, found.Item),
            CustodyRows.Of(s, caseKeys, found.Case.Id, found.Item.Id, Ids.StateOf(found.Case.OwnAuthority), CustodyKind.DELIVERED_PHYSICAL)));
        if (begin.Arrival is null)
            return announced is null || recorded.Count > 0 ? null : new Refusal(RefusalCode.ArgumentNotValid, "a carrier was announced: say which number is on the physical seal of the parcel, whether it is whole and who signed for it (--seal, --seal-intact, --signed-by)", "arrival");
        if (!FoundParcel.Read(begin.Arrival).TryGet(out var arrival, out var refusal))
            return refusal;
        var differs = arrival.Differs(announced);
        if (!recorded.Exists(kept => kept.Event.Text("bagNumber") == arrival.SealNumber))
        {
            var said = ItemCustody.Arrived(arrival, announced, found.Case.PeerAuthority, new Actor(by.Name, by.Authority));
            await custody.With(found.Case, found.Item.Id, found.Item.ManifestSha256!.Value, [said], record => database.Write(Lane.Ordinary, s =>
            {
                record(s);
                new AuditRecord("item.parcelOpened", by.Name, found.Item.Id, found.Case.Id, arrival.SealNumber).Append(s, clock.GetUtcNow());
                Events.Append(s, clock.GetUtcNow(), "item.parcelOpened", found.Case.Id, found.Item.Id, $"physical seal {arrival.SealNumber}, {(arrival.SealIntact ? "whole" : "BROKEN")}{(differs is null ? "" : $"; {differs}")}");
                return true;
            }));
        }
        if (differs is not null)
            await acks.WriteAsync(new AttachAck { Notice = $"the number on the physical seal is {arrival.SealNumber}; {differs}. It is recorded; ask the other State before you rely on the disk." });
        return null;
    }

    private async Task<Refusal?> Receive(Found found, IAsyncStreamReader<AttachFrame> frames, IServerStreamWriter<AttachAck> acks, User by, CancellationToken cancellation)
    {
        var (item, manifest) = (found.Item, found.Manifest);
        using var files = store.Of(item.Id);
        var leavesComplete = files.LeafCount == manifest.Chunks;
        var count = leavesComplete ? files.Recover(database.Read(s => ItemRow.Stored(s, item.Id)), manifest) : 0;
        if (store.RefuseFor((manifest.Chunks - count) * Chunk.StoredBytes) is { } noSpace)
            return noSpace;
        await database.Write(Lane.Bulk, s => ItemRow.Record(s, item.Id, count));
        await acks.WriteAsync(Ack(count, leavesComplete), cancellation);
        using var leaves = leavesComplete ? null : new LeafIntake(files, manifest);
        await using var behind = new FlushBehind(database, turns, files, item.Id, count);
        while (count < manifest.Chunks)
        {
            if (!await frames.MoveNext(cancellation))
            {
                await behind.Finish(count);
                return new Refusal(RefusalCode.ItemIncomplete, $"the import ended after chunk {count} of {manifest.Chunks}; what was read stays");
            }
            var frame = frames.Current;
            if (frame.FrameCase == AttachFrame.FrameOneofCase.Leaves && leaves is { Complete: false })
            {
                if ((store.RefuseFor(frame.Leaves.Length) ?? leaves.Take(frame.Leaves.Span)) is { } wrong)
                    return wrong;
                if (leaves.Complete)
                    await acks.WriteAsync(Ack(0, true), cancellation);
                continue;
            }
            if (leaves is { Complete: false })
                return new Refusal(RefusalCode.ArgumentNotValid, "the leaf list of the item has not come yet; it goes ahead of the chunks", "frame");
            if (frame.FrameCase != AttachFrame.FrameOneofCase.Chunk || (long)Math.Min(frame.Chunk.Index, long.MaxValue) != count)
                return new Refusal(RefusalCode.ArgumentNotValid, $"after the leaves come the chunks in order; chunk {count} is due", "frame");
            if (ChunkCheck.Check(manifest, count, frame.Chunk.Data.Span, files.Leaf(count)) is { } refusal)
            {
                await behind.Finish(count);
                return refusal;
            }
            await way.GiveWay(cancellation);
            if (count % LookEvery == 0 && Erased(item.Id) is { } gone)
                return gone;
            // Asked before each one: another disk, or a transfer, may have taken the room since this one began.
            if (store.RefuseFor(frame.Chunk.Data.Length) is { } full)
            {
                await behind.Finish(count);
                return full;
            }
            files.Write(count, frame.Chunk.Data.Span);
            count++;
            await behind.Written(count);
            await acks.WriteAsync(Ack(count, true), cancellation);
        }
        await behind.Finish(count);
        return await consign.Complete(found.Case, item, byCarrier: true, s => new AuditRecord("item.imported", by.Name, item.Id, found.Case.Id, $"{manifest.Chunks} chunks from a disk").Append(s, clock.GetUtcNow()));
    }

    private static AttachAck Ack(long count, bool leavesComplete)
    {
        var ack = new AttachAck { LeavesComplete = leavesComplete };
        if (count > 0)
            ack.Stored.Add(new DataRange { From = 0, To = (ulong)count });
        return ack;
    }

    private sealed record Found(CaseRow Case, ItemRow Item, Manifest Manifest);
}
