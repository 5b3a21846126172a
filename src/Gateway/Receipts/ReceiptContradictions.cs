using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.Receipts;

/// <summary>
/// Receipts that follow their chain and still contradict what is here. A verifier calls each of them broken, years later, in every bundle of ours: what a careless or hostile
/// peer signs so is refused when it comes. What is not known yet (after a restore receipts come back before messages) contradicts nothing.
/// </summary>
internal static class ReceiptContradictions
{
    /// <summary>Null when the receipt, which follows <paramref name="head"/>, contradicts nothing; else <see cref="RefusalCode.ChainBreak"/>.</summary>
    public static Refusal? Of(Session s, string chain, string ownState, string peerState, Receipt receipt, ChainHead head)
    {
        if (receipt.PeerSeq > 0 && Chains.DigestAt(s, chain, ownState, receipt.PeerSeq) != receipt.PeerHead)
            return Break(receipt, $"names another receipt {receipt.PeerSeq} of ours than was issued", "peerHead");
        if (head.Seq > 0 && receipt.PeerSeq < Chains.Acked(s, chain, ownState) && Known(s, chain, peerState, head.Seq) is var known && receipt.PeerSeq < known)
            return Break(receipt, $"knows {receipt.PeerSeq} receipts of ours; the one before it knew {known}", "peerSeq");
        if (receipt is { Event: ReceiptEvent.RelayToNonERDSFailure, Subject.Item: { } lost }
            && s.Number("SELECT count(*) FROM receipts WHERE chain = $1 AND issuer = $2 AND item = $3 AND event = $4", chain, peerState, lost, ReceiptEvent.RelayToNonERDS) == 0)
            return Break(receipt, $"says that item {lost} was lost with a carrier; it has no RelayToNonERDS of it before", "event");
        if (receipt.Case is null || receipt.Subject.CoverSha256 is not { } cover)
            return null;
        if (DeliveryTrack.Needs(receipt.Event) == ReceiptEvent.RelayAcceptance && s.Number("SELECT count(*) FROM receipts WHERE chain = $1 AND issuer = $2 AND message = $3 AND event = $4", chain, peerState, receipt.Subject.Message, ReceiptEvent.RelayAcceptance) == 0)
            return Break(receipt, $"says {receipt.Event} of a message of which it has no RelayAcceptance before", "event");
        // Ids are unique to their sender: the other side may have taken one of ours for a message of its own.
        var message = s.One("SELECT sender, recipient, about, cover_sha256, direction FROM messages WHERE id = $1 AND case_id = $2 ORDER BY cover_sha256 = $3 DESC, direction DESC LIMIT 1", r => new About(r.GetString(0), r.GetString(1), r.Word<CoverAbout>(2), r.Digest(3), r.GetString(4) == "OUT"), receipt.Subject.Message, chain, cover);
        // What the other side says that it has of ours is what was sent. Of what it sends itself the message is the better witness: the receipt comes before it, or with a copy on paper.
        if (message is { IsOurs: true } && message.Cover != cover && Speaks(receipt.Event))
            return Break(receipt, $"names another cover of message {receipt.Subject.Message} than was sent", "subject");
        if (message is not null && message.Cover != cover)
            return null;
        return message is not null && DeliveryTrack.By(receipt.Event) != MessageEnd.EITHER && receipt.Issuer != Party.Of(message.Speaks(receipt.Event))
            ? Break(receipt, $"is of {receipt.Issuer.Authority}; the message goes from {message.Sender} to {message.Recipient}", "issuer")
            : null;
    }

    private static Refusal Break(Receipt receipt, string what, string where) => new(RefusalCode.ChainBreak, $"receipt {receipt.Seq} {what}", where);

    // Asked only where it can matter: what we were told beside receipts may be ahead of them.
    private static long Known(Session s, string chain, string peerState, long seq)
        => Chains.Der(s, chain, peerState, seq, seq) is [var der] ? Receipt.Read(SignedDocument.Open(der).Value.Content).Value.PeerSeq : 0;

    private static bool Speaks(ReceiptEvent kind) => kind == ReceiptEvent.RelayAcceptance || DeliveryTrack.Needs(kind) == ReceiptEvent.RelayAcceptance;

    private sealed record About(string Sender, string Recipient, CoverAbout Kind, Digest Cover, bool IsOurs)
    {
        public string Speaks(ReceiptEvent what) => DeliveryTrack.By(what, Kind == CoverAbout.PAPER) == MessageEnd.SENDER ? Sender : Recipient;
    }
}
