using Gateway.AuditLog;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.Receipts;

/// <summary>A receipt of the other side whose CMS, document and seal certificate were verified; its place in the chain is judged on writing.</summary>
internal sealed record VerifiedReceipt(Receipt Receipt, Digest Sha256, byte[] Der);

/// <summary>
/// Receipts that the other side issued. Verified outside the transaction, placed inside it. Those we hold already are passed
/// over when they are the same bytes; other bytes under a held number are a fork, kept as proof.
/// </summary>
internal sealed class AcceptReceipts(string ownState, TimeProvider clock)
{
    /// <summary>What follows for a case when an officer of the other side refused one of our acts: it counts no more, as if it had been rejected on arrival.</summary>
    public Action<Session, string, string>? ActRefused { get; init; }

    /// <summary>A State certifies, in the chain of a case, that all chunks of an item are there. The item need not be ours, of that case or of that manifest.</summary>
    public Action<Session, string, string, ReceiptSubject>? ItemConsigned { get; init; }

    /// <summary>A fork is being kept, in a transaction that is not committed yet.</summary>
    public Action? Forked { get; init; }

    /// <summary>Checks signature, form, issuer and chain of each. No state is read or changed.</summary>
    public Outcome<IReadOnlyList<VerifiedReceipt>> Verify(Peer peer, string chain, IEnumerable<ReadOnlyMemory<byte>> ders)
    {
        var verified = new List<VerifiedReceipt>();
        foreach (var der in ders)
        {
            if (!VerifyOne(peer, chain, der).TryGet(out var one, out var refusal))
                return refusal;
            verified.Add(one);
        }
        return verified;
    }

    /// <summary>
    /// Appends those that follow. Returns null when all fitted or were held already; else the refusal, and nothing beyond the
    /// misfit was taken. Runs inside the caller's transaction.
    /// </summary>
    public Refusal? Append(Session session, string chain, string peerState, IEnumerable<VerifiedReceipt> receipts)
    {
        foreach (var one in receipts)
        {
            var head = Chains.Head(session, chain, peerState);
            if (one.Receipt.Seq <= head.Seq)
            {
                if (Chains.DigestAt(session, chain, peerState, one.Receipt.Seq) == one.Sha256)
                    continue;
                KeepFork(session, chain, peerState, one);
                return new Refusal(RefusalCode.ReceiptFork, $"another receipt {one.Receipt.Seq} of {peerState} is held in {chain}; both are kept as proof");
            }
            if (ReceiptChain.Follows(one.Receipt, head) is { } misfit)
                return misfit;
            // A clock that was held repeats the time of the receipt before, which is here: only another time says anything new.
            if (one.Receipt.ClockHeld && one.Receipt.Time != head.Time && PeerDates.FarAhead(one.Receipt.Time, clock.GetUtcNow(), "receipt") is { } ahead)
                return ahead;
            // A closed chain ends: what comes behind it would be read by nobody. Only that something was not taken may still be said.
            if (head.Seq > 0 && one.Receipt.Event is not (ReceiptEvent.RelayRejection or ReceiptEvent.RelayFailure) && Chains.IsClosed(session, chain, peerState))
                return new Refusal(RefusalCode.ChainBreak, $"{peerState} closed its chain; the last receipt is {head.Seq}", "seq");
            if (ReceiptContradictions.Of(session, chain, ownState, peerState, one.Receipt, head) is { } contradiction)
                return contradiction;
            if (one.Receipt.Event == ReceiptEvent.GatewayCaseClosed && !Ends(session, chain, one.Receipt.Subject.Message))
                return new Refusal(RefusalCode.ChainBreak, $"receipt {one.Receipt.Seq} closes the chain by a message that is no confirmation of this case", "subject");
            Chains.Add(session, chain, peerState, one.Receipt, one.Sha256, one.Der, Leaves.Append(session, LeafKind.received, one.Sha256));
            Chains.Acknowledge(session, chain, ownState, one.Receipt.PeerSeq + 1);
            if (one.Receipt is { Event: ReceiptEvent.ContentConsignmentFailure or ReceiptEvent.ContentConsignment, Subject.Item: null })
                Decided(session, one.Receipt, Deliveries.OfOurs(session, chain, one.Receipt.Subject.Message, peerState));
            if (one.Receipt is { Event: ReceiptEvent.ContentConsignment, Subject.Item: not null })
                ItemConsigned?.Invoke(session, chain, peerState, one.Receipt.Subject);
            Events.Append(session, clock.GetUtcNow(), "receipt.received", one.Receipt.Case ?? "", one.Receipt.Subject.Message, $"{one.Receipt.Event} {peerState} {one.Receipt.Seq}");
        }
        return null;
    }

    // The other side held our message for a decision about its marks: it is whole there, or an officer refused it, or what it learned meanwhile speaks against them, which is for us what a rejection
    // would have been. A word that the table does not allow is kept, and nothing follows from it.
    private void Decided(Session session, Receipt receipt, DeliveryStory story)
    {
        if (!story.Has(receipt.Event) || receipt.Case is not { } caseId)
            return;
        var (now, message) = (clock.GetUtcNow(), receipt.Subject.Message);
        var refused = story.Request == CaseState.REJECTED_TECHNICAL;
        if (refused)
            session.Run("UPDATE messages SET state = 'REJECTED', refusal = $1, detail = 'refused by the other side for its marks' WHERE id = $2 AND direction = 'OUT' AND case_id = $3", receipt.Reasons[0], message, caseId);
        // Of what was refused no case is open there, whatever was done on it here meanwhile: a withdrawal can only come back.
        if (session.Query("SELECT state FROM cases WHERE request_message = $1 AND id = $2 AND side = 'Requesting'", r => r.Word<CaseState>(0), message, caseId) is [var from]
            && (refused ? from != story.Request : Transitions.ApplySystem(from, story.Request).Succeeded))
        {
            session.RunOne("UPDATE cases SET state = $1, closed = $2 WHERE id = $3", story.Request, refused ? now : null, caseId);
            Events.Append(session, now, "case.changed", caseId, caseId, $"{from} -> {story.Request}");
        }
        if (!refused)
            return;
        if (session.Number("SELECT count(*) FROM case_acts WHERE case_id = $1 AND message = $2", caseId, message) > 0)
            ActRefused?.Invoke(session, caseId, message);
        Events.Append(session, now, "message.rejected", caseId, message, $"refused by {receipt.Issuer.Authority}: {receipt.Reasons[0]}");
    }

    private Outcome<VerifiedReceipt> VerifyOne(Peer peer, string chain, ReadOnlyMemory<byte> der)
    {
        if (!SignedDocument.Open(der).TryGet(out var signed, out var refusal))
            return refusal;
        if (!Receipt.Read(signed.Content).TryGet(out var receipt, out refusal))
            return refusal;
        if (receipt.Issuer.State != peer.State || receipt.Peer.State != ownState || chain != (receipt.Case ?? ChainId.OfPeer(peer.State)))
            return new Refusal(RefusalCode.ReceiptOfOtherChain, $"the receipt is {receipt.Issuer.State}'s for {receipt.Peer.State} in {receipt.Case ?? "the channel"}");
        if (!peer.IsSeal(receipt.Issuer.Authority, signed, receipt.Time))
            return new Refusal(RefusalCode.MarkSignerUnknown, $"the receipt is not sealed by {receipt.Issuer.Authority} as its cards named it then");
        // Its successors could not be earlier, and what it dates would be due, or met, on a day that has not come.
        return !receipt.ClockHeld && PeerDates.FarAhead(receipt.Time, clock.GetUtcNow(), "receipt") is { } ahead ? ahead : new VerifiedReceipt(receipt, signed.Sha256, signed.Der.ToArray());
    }

    // A chain ends with the confirmation, and with nothing else: a State could end a case early, and be deaf to what is still due. After a restore receipts come back
    // before messages; then our own receipt about the message, which must be here before one that names it as our head, says that we had it.
    private bool Ends(Session session, string chain, string message)
        => session.One("SELECT about, kind, direction || ' ' || state FROM messages WHERE id = $1 AND case_id = $2", row => $"{row.GetString(0)} {row.GetString(1)} {row.GetString(2)}", message, chain) is { } known
            ? known.StartsWith($"ACT {ActKind.COMPLETED} ", StringComparison.Ordinal) && !known.EndsWith(" IN REJECTED", StringComparison.Ordinal)
            : session.Number("SELECT count(*) FROM receipts WHERE chain = $1 AND issuer = $2 AND message = $3", chain, ownState, message) > 0;

    private void KeepFork(Session session, string chain, string peerState, VerifiedReceipt one)
    {
        // One contradiction proves the fork; a peer that signs a thousand adds nothing but bytes.
        if (session.Number("SELECT count(*) FROM receipt_forks WHERE chain = $1 AND issuer = $2 AND seq = $3", chain, peerState, one.Receipt.Seq) > 0)
            return;
        session.Run("INSERT INTO receipt_forks (chain, issuer, seq, der, seen) VALUES ($1, $2, $3, $4, $5)",
            chain, peerState, one.Receipt.Seq, one.Der, clock.GetUtcNow());
        Events.Append(session, clock.GetUtcNow(), "receipt.fork", one.Receipt.Case ?? "", one.Receipt.Subject.Message, $"{peerState} issued two receipts {one.Receipt.Seq}");
        Forked?.Invoke();
    }
}
