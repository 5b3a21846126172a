using Gateway.Cases;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Delivery;

/// <summary>How an attempt ended.</summary>
internal enum Attempt
{
    /// <summary>The peer's receipts are stored; nothing is left to do.</summary>
    Settled,

    /// <summary>Nothing is wrong with the message: again later.</summary>
    Later,

    /// <summary>The peer will never take it and signed nothing: a dead letter.</summary>
    Hopeless,
}

/// <summary>
/// One attempt to hand a message over. The envelope is made anew for the key that the peer's card names now; the sealed cover,
/// hence the identity, stays. The answer's receipts are stored with the end of the outbox row in one transaction: killed before
/// it, the next attempt gets the same receipts again.
/// </summary>
internal sealed class DeliverMessage(Database database, CaseKeys caseKeys, KeyRing keys, PeerDirectory peers, AcceptReceipts accept, IssueReceipts issue, RightOfWay way, TimeProvider clock)
{
    private const int MaxReceipts = 200;

    public async Task<(Attempt Attempt, Refusal? Why)> Deliver(OutboxRow row, Exchange.ExchangeClient client, CancellationToken stop)
    {
        using var first = way.Take(row.Lane == Lane.Emergency);
        var message = database.Read(s => s.One("SELECT sender, recipient, body FROM messages WHERE position = $1",
            r => new StoredMessage(r.GetString(0), r.GetString(1), r.BytesOrNull(2) ?? []), row.Position)) ?? throw new LedgerBrokenException($"outbox row {row.Position} has no message");
        if (!SendMessage.FindRecipient(peers, message.Recipient).TryGet(out var recipient, out var refusal))
            return (Attempt.Later, refusal);
        // What a peer had accepted and asked for once more keeps no case from being erased (EraseCase).
        if (message.Body.Length == 0 || caseKeys.OpenUnlessErased(row.CaseId, $"message:{row.Message}", message.Body) is not { } sealedCover)
        {
            await database.Write(row.Lane, s =>
            {
                Outbox.Leave(s, row.Message);
                s.Run("UPDATE messages SET state = 'DELIVERED' WHERE position = $1 AND state = 'QUEUED'", row.Position);
            });
            return (Attempt.Settled, null);
        }
        var request = new DeliverRequest
        {
            Message = row.Message,
            CaseId = row.CaseId,
            Sender = message.Sender,
            Recipient = message.Recipient,
            Emergency = row.Lane == Lane.Emergency,
            Envelope = UnsafeByteOperations.UnsafeWrap(Envelope.Encrypt(sealedCover, recipient)),
        };
        var from = 0L;
        for (var round = 0; round < 3; round++)
        {
            Fill(request, row, from);
            var reply = await client.DeliverAsync(request, cancellationToken: stop);
            if (reply.Rejection is { } no && !reply.SignedRejection)
            {
                if (no.Code == RefusalCode.ReceiptDoesNotFit.Text() && reply.NextExpected > 0)
                {
                    from = (long)reply.NextExpected;
                    continue;
                }
                return (no.Retry ? Attempt.Later : Attempt.Hopeless, RefusalWire.FromWire(no));
            }
            return await Settle(row, message, reply);
        }
        return (Attempt.Later, new Refusal(RefusalCode.ReceiptDoesNotFit, "the peer keeps asking for other receipts"));
    }

    /// <summary>Signs that it could not be delivered. Another attempt may still succeed: a later RelayAcceptance supersedes this.</summary>
    public async Task GiveUp(OutboxRow row, Refusal why)
    {
        var message = database.Read(s => s.One("SELECT sender, recipient, cover_sha256 FROM messages WHERE position = $1", r => new StoredMessage(r.GetString(0), r.GetString(1), r.Bytes(2)), row.Position))!;
        var subject = new ReceiptSubject(row.Message, new Digest(message.Body));
        while (true)
        {
            var heads = database.Read(s => Chains.Heads(s, row.CaseId, keys.State, row.Peer));
            var issued = issue.Sign(heads, message.Sender, Party.Of(message.Recipient), new ReceiptDraft(ReceiptEvent.RelayFailure, subject, [why.Code]));
            try
            {
                await database.Write(row.Lane, s =>
                {
                    // Erased meanwhile.
                    if (Outbox.Find(s, row.Message) is null)
                        return;
                    // It was accepted, and asked for once more: what the peer signed stands, and no failure is signed behind it.
                    if (Deliveries.OfOurs(s, row.CaseId, row.Message, row.Peer).Has(ReceiptEvent.RelayAcceptance))
                    {
                        Outbox.Done(s, row.Message, "DELIVERED", null, null);
                        Events.Append(s, clock.GetUtcNow(), "delivery.failed", row.CaseId, row.Message, $"{row.Peer} asked for it once more and did not take it: {why}");
                        return;
                    }
                    IssueReceipts.Append(s, row.CaseId, row.Peer, issued);
                    Outbox.Bury(s, row.Message, why.ToString());
                    Events.Append(s, clock.GetUtcNow(), "delivery.failed", row.CaseId, row.Message, why.ToString());
                });
                return;
            }
            catch (ChainMovedException)
            {
                // Another receipt of this case was signed meanwhile: take the next number.
            }
        }
    }

    private void Fill(DeliverRequest request, OutboxRow row, long from)
    {
        var (receipts, first, next) = database.Read(s =>
        {
            // Up to this message's own SubmissionAcceptance, from what the peer is known to hold.
            var last = s.Number("SELECT max(seq) FROM receipts WHERE chain = $1 AND issuer = $2 AND message = $3 AND event = $4", row.CaseId, keys.State, row.Message, ReceiptEvent.SubmissionAcceptance);
            var start = from > 0 ? from : Math.Min(last, Chains.Acked(s, row.CaseId, keys.State) + 1);
            return (Chains.Der(s, row.CaseId, keys.State, start, last, MaxReceipts), start, Chains.Head(s, row.CaseId, row.Peer).Seq + 1);
        });
        request.Receipts.Clear();
        request.Receipts.AddRange(receipts.Select(r => UnsafeByteOperations.UnsafeWrap(r)));
        request.FirstReceipt = (ulong)first;
        request.NextExpected = (ulong)next;
    }

    private async Task<(Attempt, Refusal?)> Settle(OutboxRow row, StoredMessage message, DeliverReply reply)
    {
        if (peers.ByState(row.Peer) is not { } peer)
            return (Attempt.Later, new Refusal(RefusalCode.PeerUnknown, $"{row.Peer} is no longer a peer"));
        var chain = reply.OnChannel ? ChainId.OfPeer(row.Peer) : row.CaseId;
        if (!accept.Verify(peer, chain, reply.Receipts.Select(r => r.Memory)).TryGet(out var receipts, out var refusal))
            return (Attempt.Later, refusal);
        var rejection = receipts.LastOrDefault(r => r.Receipt.Subject.Message == row.Message && r.Receipt.Event == ReceiptEvent.RelayRejection);
        // The envelope was for a key that the peer no longer has: the message itself is fine and is encrypted anew for the card that follows.
        var again = reply.OnChannel && rejection is { Receipt.Reasons: [var code, ..] } && RefusalFacts.Parse(code)?.After() == AfterRefusal.Retry;
        while (true)
        {
            var view = database.Read(s => (Heads: Chains.Heads(s, row.CaseId, keys.State, row.Peer), Closes: Closes(s, row), Consigned: CloseChain.IsConsigned(s, row.CaseId, row.Message, row.Peer)));
            // The requesting side closes its chain once its confirmation is there as content; both heads and counts stand in that receipt.
            var consigned = view.Consigned || receipts.Any(r => r.Receipt.Subject.Message == row.Message && r.Receipt.Event == ReceiptEvent.ContentConsignment);
            var closing = view.Closes && consigned && rejection is null
                ? issue.Sign(reply.OnChannel ? view.Heads : view.Heads.With(receipts), message.Sender, Party.Of(message.Recipient), new ReceiptDraft(ReceiptEvent.GatewayCaseClosed, new ReceiptSubject(row.Message, CoverOf(row))))
                : [];
            try
            {
                return await database.Write(row.Lane, s =>
                {
                    if (accept.Append(s, chain, row.Peer, receipts) is { } misfit)
                        return (Attempt.Later, misfit);
                    if (again)
                        return (Attempt.Later, reply.Rejection is { } no ? RefusalWire.FromWire(no) : new Refusal(RefusalCode.EnvelopeNotForUs, "the envelope was for another key"));
                    if (!reply.OnChannel)
                        Chains.Acknowledge(s, row.CaseId, keys.State, (long)reply.NextExpected);
                    var story = Deliveries.OfOurs(s, row.CaseId, row.Message, row.Peer);
                    if (rejection is null && !story.Has(ReceiptEvent.RelayAcceptance))
                        return (Attempt.Later, new Refusal(RefusalCode.ReceiptDoesNotFit, "the answer holds no RelayAcceptance of this message"));
                    // An officer there refused it meanwhile, which these receipts or a push brought: that is written down, and no acceptance of before takes it back.
                    if (rejection is null && story.State == DeliveryState.CONSIGNMENT_FAILED)
                    {
                        Outbox.Leave(s, row.Message);
                        return (Attempt.Settled, null);
                    }
                    Outbox.Done(s, row.Message, rejection is null ? "DELIVERED" : "REJECTED", rejection?.Receipt.Reasons[0], reply.Rejection is { } said ? RefusalWire.FromWire(said).Detail : null);
                    // As it is now: the receipts may have moved it in this transaction.
                    CaseRow.Find(s, row.CaseId)?.Answered(s, row.Message, rejected: rejection is not null, clock.GetUtcNow());
                    // Consigned meanwhile, by a push.
                    if (view.Closes && !consigned && rejection is null && story.Has(ReceiptEvent.ContentConsignment))
                        throw new ChainMovedException(row.CaseId);
                    IssueReceipts.Append(s, row.CaseId, row.Peer, closing);
                    Events.Append(s, clock.GetUtcNow(), rejection is null ? "message.delivered" : "message.rejected", row.CaseId, row.Message, rejection is null ? $"delivered to {message.Recipient}" : $"rejected by {message.Recipient}: {rejection.Receipt.Reasons[0]}");
                    return (Attempt.Settled, (Refusal?)null);
                });
            }
            catch (Exception e) when (e is ChainMovedException or CaseMovedException)
            {
                // Another receipt or act of this case was committed meanwhile: settle on what is there now.
            }
        }
    }

    private Digest CoverOf(OutboxRow row) => database.Read(s => new Digest(s.One("SELECT cover_sha256 FROM messages WHERE position = $1", r => r.Bytes(0), row.Position)!));

    private static bool Closes(Session s, OutboxRow row)
        => s.Number("SELECT count(*) FROM messages WHERE position = $1 AND about = 'ACT' AND kind = $2", row.Position, ActKind.COMPLETED) == 1
            && s.Number("SELECT count(*) FROM receipts WHERE chain = $1 AND message = $2 AND event = $3 AND issuer <> $4", row.CaseId, row.Message, ReceiptEvent.GatewayCaseClosed, row.Peer) == 0;

    private sealed record StoredMessage(string Sender, string Recipient, byte[] Body);
}
