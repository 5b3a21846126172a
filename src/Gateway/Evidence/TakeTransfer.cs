using System.Collections.Concurrent;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Custody;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Evidence;

/// <summary>
/// The call <c>Exchange.SendEvidence</c>, receiving side. The key grant is kept as it comes, never opened here. First the leaf list, checked against the root of the manifest that was
/// delivered before; then the chunks in order, each checked against its leaf before it is written, acknowledged when written and flushed behind.
/// With the last one the item is complete, and the acknowledgement carries the signed ContentConsignment.
/// </summary>
internal sealed class TakeTransfer(Database database, CaseKeys caseKeys, KeyRing keys, PeerDirectory peers, ChunkStore store, FlushTurns turns, ItemLeases leases, ResumeItem resume, ConsignItem consign, ScrubItems scrub, PeerShares shares, Room room, ChunkTurns inTurn, RightOfWay way, EvidenceOptions options, Drain drain, TimeProvider clock)
{
    private const int MaxLeafFrame = 256 * 1024;

    private readonly ConcurrentDictionary<string, int> _open = new(StringComparer.Ordinal);

    public async Task<Refusal?> Run(IAsyncStreamReader<EvidenceFrame> frames, IServerStreamWriter<EvidenceAck> acks, ExchangeCall call, CancellationToken cancellation)
    {
        var peer = call.Peer.State;
        try
        {
            if (_open.AddOrUpdate(peer, 1, (_, n) => n + 1) > options.OpenPerPeer)
                return new Refusal(RefusalCode.TooManyTransfers, $"{options.OpenPerPeer} transfers are open already");
            if (!await frames.MoveNext(cancellation) || frames.Current.Begin is not { } begin)
                return new Refusal(RefusalCode.ArgumentNotValid, "a transfer begins with an item and its message", "begin");
            if (begin.Grant.Length is 0 or > KeyGrant.MaxEnvelopeBytes)
                return new Refusal(RefusalCode.ArgumentNotValid, $"a transfer begins with a key grant of at most {KeyGrant.MaxEnvelopeBytes} bytes", "grant");
            // Only who may go on with a transfer ends another stream of it.
            if (!Find(begin, call).TryGet(out _, out var refusal))
                return refusal;
            using var lease = await leases.TakeByWire(begin.Item, cancellation, drain.Begun);
            if (lease is null)
                return new Refusal(RefusalCode.TooManyTransfers, "the item is being read from the disk on which it came");
            try
            {
                if (!Find(begin, call).TryGet(out var transfer, out refusal))
                    return refusal;
                if (await resume.Run(transfer.Case, transfer.Item, transfer.Manifest) is { } ended)
                    return ended;
                if (!Find(begin, call).TryGet(out transfer, out refusal))
                    return refusal;
                if (transfer.Item.State == ItemState.RECEIVING)
                    return await Receive(transfer, begin, frames, acks, call, lease.Token);
                // It came on a disk before any transfer had brought the key, or the key that came did not open.
                await database.Write(Lane.Bulk, s =>
                {
                    if (ItemPapers.KeepLateGrant(s, caseKeys, transfer.Item, begin.Grant.Span))
                        new AuditRecord("item.grantReplaced", $"peer {peer}", begin.Item, transfer.Case.Id, "the one before did not open").Append(s, clock.GetUtcNow());
                });
                return database.Read(s => ItemDamage.Of(s, begin.Item)) is { Count: > 0 } damage
                    ? await Mend(transfer, damage, frames, acks, call, lease.Token)
                    : await Done(transfer, acks, lease.Token);
            }
            catch (OperationCanceledException) when (drain.Draining && !cancellation.IsCancellationRequested)
            {
                return new Refusal(RefusalCode.ShuttingDown, "the gateway stops; go on after the restart");
            }
            catch (CaseMovedException)
            {
                return new Refusal(RefusalCode.ItemIncomplete, "the item was given up, or erased, while it came", "item");
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return new Refusal(RefusalCode.TooManyTransfers, "another stream of the same item took over");
            }
        }
        finally
        {
            _open.AddOrUpdate(peer, 0, (_, n) => n - 1);
        }
    }

    /// <summary>The call <c>Exchange.TransferProgress</c>: how far the caller's own transfer has come.</summary>
    public Outcome<TransferProgressReply> Progress(TransferProgressRequest request, ExchangeCall call) => database.Read(s =>
    {
        if (ItemRow.Find(s, request.Item) is not { Direction: ItemDirection.IN } item || CaseRow.Find(s, item.CaseId) is not { } row || row.Peer != call.Peer.State
            || call.Peer.Card.Card.Find(row.PeerAuthority) is not { } sender || sender.Tls.All(c => c.Sha256 != call.Tls))
            return new TransferProgressReply();
        using var files = store.Of(item.Id);
        var complete = item.State is ItemState.COMPLETE or ItemState.HANDED_OVER;
        var reply = new TransferProgressReply { Known = true, LeavesComplete = complete || files.LeafCount == item.Chunks, Complete = complete };
        reply.Stored.Add(Ranges(ItemRow.Stored(s, item.Id)));
        return reply;
    });

    private Outcome<Transfer> Find(BeginTransfer begin, ExchangeCall call) => database.Read<Outcome<Transfer>>(s =>
    {
        if (ItemRow.Find(s, begin.Item) is not { Direction: ItemDirection.IN } item || item.Message != begin.Message || CaseRow.Find(s, item.CaseId) is not { } row || row.Peer != call.Peer.State)
            return new Refusal(RefusalCode.TransferUnknown, "no manifest of this item was delivered by this message", "item");
        if (call.Peer.Card.Card.Find(row.PeerAuthority) is not { } sender || sender.Tls.All(c => c.Sha256 != call.Tls))
            return new Refusal(RefusalCode.SealNotOfConnection, $"the connection's certificate is not one of {row.PeerAuthority}'s");
        if (item.State == ItemState.ERASED)
            return new Refusal(RefusalCode.RetentionPassed, "the item was erased with its case", "item");
        return new Transfer(row, item, ItemPapers.Open(s, caseKeys, item).Manifest);
    });

    private async Task<Refusal?> Receive(Transfer transfer, BeginTransfer begin, IAsyncStreamReader<EvidenceFrame> frames, IServerStreamWriter<EvidenceAck> acks, ExchangeCall call, CancellationToken cancellation)
    {
        var (item, manifest) = (transfer.Item, transfer.Manifest);
        using var files = store.Of(item.Id);
        var leavesComplete = files.LeafCount == manifest.Chunks;
        var count = leavesComplete ? files.Recover(database.Read(s => ItemRow.Stored(s, item.Id)), manifest) : 0;
        await database.Write(Lane.Bulk, s =>
        {
            ItemPapers.KeepGrant(s, caseKeys, item, begin.Grant.Span);
            ItemRow.Record(s, item.Id, count);
        });
        // All of it was here before: an import that was killed behind its last chunk had read it from the disk of a carrier, and certified nothing yet.
        var byCarrier = count == manifest.Chunks && database.Read(s => IsFromParcel(s, transfer));
        using var leaves = leavesComplete ? null : new LeafIntake(files, manifest, begin.ResumesLeaves);
        var first = Ack(leavesComplete, count);
        first.Leaves = (ulong)(leaves?.Count ?? 0);
        await acks.WriteAsync(first, cancellation);

        await using var behind = new FlushBehind(database, turns, files, item.Id, count);
        var next = count == manifest.Chunks ? null : frames.MoveNext(cancellation);
        while (count < manifest.Chunks)
        {
            if (!await next!)
            {
                await behind.Finish(count);
                return new Refusal(RefusalCode.ItemIncomplete, $"the stream ended after chunk {count} of {manifest.Chunks}");
            }
            var frame = frames.Current;
            // The next frame is read from the wire while this one is checked and written.
            next = frames.MoveNext(cancellation);
            if (frame.FrameCase == EvidenceFrame.FrameOneofCase.Leaves && leaves is { Complete: false })
            {
                if (frame.Leaves.Length > MaxLeafFrame)
                    return new Refusal(RefusalCode.MessageTooLarge, $"a frame of leaves has at most {MaxLeafFrame} bytes", "leaves");
                if (leaves.Take(frame.Leaves.Span) is { } wrong)
                    return wrong;
                if (leaves.Complete)
                    await acks.WriteAsync(Ack(true, 0), cancellation);
                continue;
            }
            if (frame.FrameCase != EvidenceFrame.FrameOneofCase.Chunk || leaves is { Complete: false })
                return new Refusal(RefusalCode.ArgumentNotValid, "after the beginning come the leaves, then the chunks", "frame");
            // Key and leaf list were taken: they are needed for the disk, too.
            if (count == 0 && room.FromWire(manifest.SizeBytes) is { } tooLarge)
                return tooLarge;
            await way.GiveWay(cancellation);
            Refusal? misfit;
            using (await inTurn.Take(call.Peer.State, cancellation))
            {
                misfit = Refuse(files, manifest, frame.Chunk, count);
                if (misfit is null && (long)frame.Chunk.Index == count)
                    files.Write(count++, frame.Chunk.Data.Span);
            }
            if (misfit is { } refusal)
            {
                await behind.Finish(count);
                return refusal;
            }
            await behind.Written(count);
            await shares.Wait(call.Peer.State, 1, cancellation);
            if (peers.ByState(call.Peer.State)?.RefuseAt(clock.GetUtcNow()) is { } shut)
                return shut;
            if (count < manifest.Chunks && database.Read(s => ItemRow.Find(s, item.Id)) is not { State: ItemState.RECEIVING })
            {
                await behind.Finish(count);
                return new Refusal(RefusalCode.ItemIncomplete, $"the item was given up after chunk {count} of {manifest.Chunks}");
            }
            if (count < manifest.Chunks)
                await acks.WriteAsync(Ack(true, count), cancellation);
        }
        await behind.Finish(count);
        return await consign.Complete(transfer.Case, item, byCarrier) ?? await Done(transfer, acks, cancellation);
    }

    // By wire nothing goes behind the notice of a shipment that is not lost; a parcel is opened before its disk is read.
    private bool IsFromParcel(Session s, Transfer transfer) => ShipItem.IsShipped(s, transfer.Item.Id)
        && CustodyRows.Of(s, caseKeys, transfer.Case.Id, transfer.Item.Id, Ids.StateOf(transfer.Case.OwnAuthority), CustodyKind.DELIVERED_PHYSICAL).Count > 0;

    // Of an item that was whole, what the disk has lost: leaves if the list is one of them, then the chunks, in any order.
    private async Task<Refusal?> Mend(Transfer transfer, IReadOnlyList<ItemDamage> damage, IAsyncStreamReader<EvidenceFrame> frames, IServerStreamWriter<EvidenceAck> acks, ExchangeCall call, CancellationToken cancellation)
    {
        var (item, manifest) = (transfer.Item, transfer.Manifest);
        using var files = store.Of(item.Id);
        var mending = new Mending(database, store, turns, files, item, manifest, damage, clock);
        var listDamaged = damage.Any(d => d.Chunk == ItemDamage.LeafList);
        using var leaves = listDamaged ? new LeafIntake(files, manifest) : null;
        await acks.WriteAsync(Sound(mending, !listDamaged), cancellation);
        while (leaves is { Complete: false })
        {
            if (!await frames.MoveNext(cancellation) || frames.Current.FrameCase != EvidenceFrame.FrameOneofCase.Leaves || frames.Current.Leaves.Length > MaxLeafFrame)
                return new Refusal(RefusalCode.ArgumentNotValid, $"the leaf list comes first, in frames of at most {MaxLeafFrame} bytes", "leaves");
            if (leaves.Take(frames.Current.Leaves.Span) is { } wrong)
                return wrong;
        }
        if (listDamaged)
        {
            // With the list sound again, the chunks can be compared with it.
            await database.Write(Lane.Bulk, s => ItemDamage.Mended(s, item.Id, ItemDamage.LeafList));
            await scrub.Ask(item.Id);
            await acks.WriteAsync(Sound(mending, true), cancellation);
        }
        while (!mending.Done)
        {
            if (!await frames.MoveNext(cancellation))
                return new Refusal(RefusalCode.ItemIncomplete, "the stream ended before the damaged chunks had come");
            if (frames.Current.FrameCase != EvidenceFrame.FrameOneofCase.Chunk)
                return new Refusal(RefusalCode.ArgumentNotValid, "expected the chunks that are damaged", "frame");
            var chunk = frames.Current.Chunk;
            await way.GiveWay(cancellation);
            if (mending.Take((long)Math.Min(chunk.Index, long.MaxValue), chunk.Data.Span) is { } misfit)
                return misfit;
            await mending.Flush();
            await shares.Wait(call.Peer.State, 1, cancellation);
            if (!mending.Done)
                await acks.WriteAsync(Sound(mending, true), cancellation);
        }
        scrub.ShowAlarms();
        return await Done(transfer, acks, cancellation);
    }

    private static EvidenceAck Sound(Mending mending, bool leavesComplete)
    {
        var ack = new EvidenceAck { LeavesComplete = leavesComplete };
        ack.Stored.AddRange(mending.Sound().Select(r => new ChunkRange { From = (ulong)r.From, To = (ulong)r.To }));
        return ack;
    }

    // A chunk that is stored already may come again, when the answer to it was lost; it must be the same.
    private Refusal? Refuse(ItemFiles files, Manifest manifest, EvidenceChunk chunk, long due)
    {
        var index = (long)Math.Min(chunk.Index, long.MaxValue);
        if (index > due)
            return new Refusal(RefusalCode.ArgumentNotValid, $"chunk {index} came where chunk {due} was due", "index");
        return ChunkCheck.Check(manifest, index, chunk.Data.Span, files.Leaf(index)) ?? (index == due ? store.RefuseFor(chunk.Data.Length) : null);
    }

    private async Task<Refusal?> Done(Transfer transfer, IServerStreamWriter<EvidenceAck> acks, CancellationToken cancellation)
    {
        var ack = Ack(true, transfer.Manifest.Chunks);
        ack.Complete = true;
        database.Read(s =>
        {
            var head = Chains.Head(s, transfer.Case.Id, keys.State).Seq;
            var from = Math.Min(head, Chains.Acked(s, transfer.Case.Id, keys.State) + 1);
            ack.FirstReceipt = (ulong)from;
            ack.Receipts.Add(Chains.Der(s, transfer.Case.Id, keys.State, from, head).Select(r => UnsafeByteOperations.UnsafeWrap(r)));
            return true;
        });
        await acks.WriteAsync(ack, cancellation);
        return null;
    }

    private static EvidenceAck Ack(bool leavesComplete, long count)
    {
        var ack = new EvidenceAck { LeavesComplete = leavesComplete };
        ack.Stored.Add(Ranges(count));
        return ack;
    }

    private static ChunkRange[] Ranges(long count) => count == 0 ? [] : [new ChunkRange { From = 0, To = (ulong)count }];

    private sealed record Transfer(CaseRow Case, ItemRow Item, Manifest Manifest);
}
