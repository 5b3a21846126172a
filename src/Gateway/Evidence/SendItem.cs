using System.Buffers;
using Gateway.Cases;
using Gateway.Custody;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
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
/// One attempt to bring an item to the other side: the key grant, made for the evidence key that its card names now; what it has
/// already it says first; leaves if it lacks them, then the missing chunks, never more than two beyond its last acknowledgement.
/// The end is its signed ContentConsignment.
/// </summary>
internal sealed class SendItem(Database database, CaseKeys caseKeys, PeerDirectory peers, ItemGrants grants, ChunkStore store, AcceptReceipts accept, RightOfWay way, RecordCustody custody, TimeProvider clock)
{
    private const int InFlight = 2;
    private const int LookEvery = 4;

    // For one step: a frame of leaves that the line takes, a chunk that is acknowledged. A peer that is gone shows by its unanswered pings much earlier.
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(5);

    /// <summary>Null when the item is consigned, else why it must be tried again. Throws <see cref="RpcException"/> as the other side refuses.</summary>
    /// <param name="transfer">What is to be brought.</param>
    /// <param name="client">The other side.</param>
    /// <param name="advanced">Called when the other side has more than it had before this attempt.</param>
    /// <param name="stop">Ends the attempt.</param>
    public async Task<Refusal?> Run(TransferRow transfer, Exchange.ExchangeClient client, Action advanced, CancellationToken stop)
    {
        var (item, row, papers, damaged, ended) = database.Read(s =>
        {
            var item = ItemRow.Find(s, transfer.Item)!;
            return (item, CaseRow.Find(s, item.CaseId)!, ItemPapers.Open(s, caseKeys, item), ItemDamage.Of(s, item.Id).Select(d => d.Chunk).ToHashSet(), EndedBy(s, item.Id));
        });
        var manifest = papers.Manifest;
        if (!ItemGrants.Recipient(peers, row.PeerAuthority, clock.GetUtcNow()).TryGet(out var recipient, out var refusal)
            || !grants.Regrant(papers, row.OwnAuthority, recipient, row.PeerAuthority).TryGet(out var grant, out refusal))
            return refusal;
        // From here on the other State has the key, whatever becomes of the chunks.
        await custody.With(row, item.Id, item.ManifestSha256!.Value, WasEncryptedFor(row, item, recipient.Sha256) ? [] : [ItemCustody.EncryptedFor(row.PeerAuthority, recipient.Sha256)], record => database.Write(Lane.Bulk, s =>
        {
            TransferRow.Sending(s, item.Id);
            s.Run("UPDATE items SET state = 'SENT' WHERE id = $1 AND state = 'RELEASED'", item.Id);
            record(s);
            return true;
        }));
        using var quiet = new CancellationTokenSource(Quiet, clock);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, quiet.Token);
        using var call = client.SendEvidence(cancellationToken: end.Token);
        using var files = store.Of(item.Id);
        var acked = 0L;
        try
        {
            await call.RequestStream.WriteAsync(new EvidenceFrame { Begin = new BeginTransfer { Item = item.Id, Message = transfer.Message, Grant = UnsafeByteOperations.UnsafeWrap(grant), ResumesLeaves = true } }, end.Token);
            var ack = await Next(call.ResponseStream, end.Token);
            if (ack is { LeavesComplete: false, Complete: false })
            {
                await using (var leaves = files.OpenLeaves())
                    await SendLeaves.Run(call.RequestStream, leaves, (long)Math.Min(ack.Leaves, (ulong)manifest.Chunks), manifest.Chunks, () => quiet.CancelAfter(Quiet), end.Token);
                // Whatever ends the call from here on, the other side has them: a disk can be read there without this line.
                while (ack is { LeavesComplete: false })
                    ack = await Next(call.ResponseStream, end.Token);
            }
            if (ended is not null && !ack.Complete)
            {
                await call.RequestStream.CompleteAsync();
                return new Refusal(RefusalCode.ItemIncomplete, ended);
            }
            // Before the first chunk of a new item nothing is there; of one that was damaged, all but the holes.
            var (before, sent, looked) = (StoredOf(ack), 0L, 0L);
            using var missing = Missing([.. ack.Stored], manifest.Chunks).GetEnumerator();
            for (var more = true; !ack.Complete;)
            {
                while (sent - acked < InFlight && (more = more && missing.MoveNext()))
                {
                    if (damaged.Contains(missing.Current))
                        return new Refusal(RefusalCode.ItemDamaged, $"chunk {missing.Current} of {item.Id} is damaged on our own disk");
                    await way.GiveWay(end.Token);
                    await SendChunk(call.RequestStream, files, manifest, missing.Current, end.Token);
                    sent++;
                }
                // Said to go by a carrier, or given up, meanwhile: the wire is for others.
                if (sent - looked >= LookEvery)
                {
                    looked = sent;
                    if (database.Read(s => EndedBy(s, item.Id)) is { } now)
                        return new Refusal(RefusalCode.ItemIncomplete, now);
                }
                quiet.CancelAfter(Quiet);
                ack = await Next(call.ResponseStream, end.Token);
                if (StoredOf(ack) - before <= acked)
                    continue;
                acked = StoredOf(ack) - before;
                advanced();
            }
            return await Settle(item, row, ack, acked);
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException && quiet.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            return new Refusal(RefusalCode.PeerUnreachable, $"{transfer.Peer} acknowledged nothing for {Quiet.TotalMinutes:0} minutes");
        }
        finally
        {
            if (acked > 0)
                await database.Write(Lane.Bulk, s => TransferRow.Brought(s, item.Id, acked));
        }
    }

    // Why no chunk goes by wire; null: they do. What is consigned is mended by wire, however it came.
    private static string? EndedBy(Session s, string id) => ItemRow.Find(s, id) switch
    {
        { State: ItemState.GIVEN_UP } => "the item was given up",
        { State: ItemState.CONSIGNED } => null,
        { ByCarrier: true } when !ShipItem.IsShipped(s, id) => "the item is to go by a carrier and waits for the notice of the shipment; key and leaf list are there",
        _ => ShipItem.IsShipped(s, id) ? "the chunks are on their way by a carrier; key and leaf list are there" : null,
    };

    private bool WasEncryptedFor(CaseRow row, ItemRow item, Digest keyId) => database.Read(s =>
        CustodyRows.Of(s, caseKeys, row.Id, item.Id, Ids.StateOf(row.OwnAuthority), CustodyKind.ENCRYPTED_FOR).Exists(kept => kept.Event.DigestOf("keyId") == keyId));

    private static async Task<EvidenceAck> Next(IAsyncStreamReader<EvidenceAck> acks, CancellationToken cancellation)
        => await acks.MoveNext(cancellation) ? acks.Current : throw new RpcException(new Status(StatusCode.Unavailable, "the stream ended before the item was complete"));

    private static long StoredOf(EvidenceAck ack) => ack.Stored.Sum(r => (long)Math.Min(r.To, Chunk.MaxCount) - (long)Math.Min(r.From, Math.Min(r.To, Chunk.MaxCount)));

    // The indices between ascending ranges, to the end.
    private static IEnumerable<long> Missing(IReadOnlyList<ChunkRange> stored, long chunks)
    {
        var next = 0L;
        foreach (var range in stored)
        {
            for (; next < (long)Math.Min(range.From, (ulong)chunks); next++)
                yield return next;
            next = Math.Max(next, (long)Math.Min(range.To, (ulong)chunks));
        }
        for (; next < chunks; next++)
            yield return next;
    }

    private static async Task SendChunk(IClientStreamWriter<EvidenceFrame> stream, ItemFiles files, Manifest manifest, long index, CancellationToken cancellation)
    {
        var length = ItemFiles.LengthIn(manifest, index);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            files.Read(index, buffer.AsSpan(0, length));
            await stream.WriteAsync(new EvidenceFrame { Chunk = new EvidenceChunk { Index = (ulong)index, Data = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, length)) } }, cancellation);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // The receipt may have been pushed before; whichever way it came, it must be about this manifest.
    private async Task<Refusal?> Settle(ItemRow item, CaseRow row, EvidenceAck ack, long acked)
    {
        if (peers.ByState(row.Peer) is not { } peer)
            return new Refusal(RefusalCode.PeerUnknown, $"{row.Peer} is no longer a peer");
        if (!accept.Verify(peer, row.Id, ack.Receipts.Select(r => r.Memory)).TryGet(out var receipts, out var refusal))
            return refusal;
        var drafts = database.Read(s => Brought(s, item, row, receipts, acked));
        return await custody.With(row, item.Id, item.ManifestSha256!.Value, drafts, record => database.Write(row.Lane, s =>
        {
            var misfit = accept.Append(s, row.Id, row.Peer, receipts);
            if (!Consigned(s, row, item))
                return misfit ?? new Refusal(RefusalCode.ReceiptDoesNotFit, "the answer holds no ContentConsignment of this item");
            // The receipt may have been settled before; the item was sent once.
            if (s.Run("UPDATE items SET state = 'CONSIGNED' WHERE id = $1 AND state IN ('RELEASED', 'SENT', 'GIVEN_UP')", item.Id) == 1)
                record(s);
            TransferRow.Done(s, item.Id);
            Events.Append(s, clock.GetUtcNow(), item.State == ItemState.CONSIGNED ? "item.mendedThere" : "item.consigned", row.Id, item.Id, $"{row.PeerAuthority} has all {item.Chunks} chunks");
            return (Refusal?)null;
        }));
    }

    // Without a receipt for a disk every chunk went by this wire; with one only those that the other side acknowledged here.
    private List<CustodyDraft> Brought(Session s, ItemRow item, CaseRow row, IReadOnlyList<VerifiedReceipt> receipts, long acked)
    {
        Digest? Certified(ReceiptEvent @event)
            => receipts.FirstOrDefault(r => r.Receipt.Event == @event && r.Receipt.Subject.Item == item.Id)?.Sha256 ?? Chains.OfItem(s, row.Id, row.Peer, item.Id, @event);
        var byDisk = Certified(ReceiptEvent.ReceivedFromNonERDS);
        var byWire = byDisk is null ? item.Chunks : Math.Min(item.Chunks, TransferRow.ByWire(s, item.Id) + acked);
        var drafts = new List<CustodyDraft>();
        // Without it nothing is settled, and nothing is said.
        if (byWire > 0 && Certified(ReceiptEvent.ContentConsignment) is { } consigned)
            drafts.Add(ItemCustody.Sent(item.Message!, byWire, item.Chunks, row.OwnAuthority, row.PeerAuthority, consigned));
        if (byDisk is { } receipt && FoundParcel.Announced(s, caseKeys, item) is { } shipment)
            drafts.Add(ItemCustody.Delivered(shipment, row.OwnAuthority, row.PeerAuthority, receipt));
        return drafts;
    }

    private static bool Consigned(Session s, CaseRow row, ItemRow item) => s.Query(
        "SELECT der FROM receipts WHERE chain = $1 AND issuer = $2 AND item = $3 AND event = $4", r => r.Bytes(0), row.Id, row.Peer, item.Id, ReceiptEvent.ContentConsignment)
        .Any(der => SignedDocument.Open(der).Then(signed => Receipt.Read(signed.Content)) is { Succeeded: true, Value: var receipt } && receipt.Subject.ManifestSha256 == item.ManifestSha256);
}
