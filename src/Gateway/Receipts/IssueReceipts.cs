using System.Globalization;
using Gateway.AuditLog;
using Gateway.Keys;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.Receipts;

/// <summary>What a receipt is to say, before it has its place in the chain.</summary>
internal sealed record ReceiptDraft(ReceiptEvent Event, ReceiptSubject Subject, IReadOnlyList<RefusalCode> Reasons)
{
    public ReceiptDraft(ReceiptEvent @event, ReceiptSubject subject)
        : this(@event, subject, [])
    {
    }
}

/// <summary>A receipt as issued: these bytes are its identity for ever.</summary>
internal sealed record IssuedReceipt(Receipt Receipt, Digest Sha256, byte[] Der);

/// <summary>
/// Signs receipts over a snapshot of the heads, outside any transaction, and appends them inside the caller's, where the head
/// is compared and swapped. On <see cref="ChainMovedException"/> the caller reads the heads again and signs again.
/// </summary>
internal sealed class IssueReceipts(KeyRing keys, LedgerGate gate, TimeProvider clock)
{
    /// <summary>Signs the drafts in order, each following the one before. Throws <see cref="LedgerShutException"/> while nothing may be signed, <see cref="ChainBehindException"/> while nothing may be in this chain.</summary>
    public IReadOnlyList<IssuedReceipt> Sign(ChainHeads heads, string ownAuthority, Party peer, params IReadOnlyList<ReceiptDraft> drafts)
    {
        gate.Require();
        // A verifier calls a chain that goes backwards broken, and nothing could mend it: it waits until the other side has brought them back.
        if (heads.Peer.Seq < heads.Named)
            throw new ChainBehindException(new Refusal(RefusalCode.LedgerBeingCompared, string.Create(CultureInfo.InvariantCulture, $"our last receipt in {heads.Chain} names {heads.Named} receipts of {peer.State}; {heads.Peer.Seq} are here, and the others have to come back first")));
        var issuer = Party.Of(ownAuthority);
        var signer = keys.Seal(ownAuthority);
        var issued = new List<IssuedReceipt>(drafts.Count);
        var head = heads.Own;
        foreach (var draft in drafts)
        {
            // Nobody could read a receipt beyond the limit, ourselves included.
            if (head.Seq >= Receipt.MaxSeq)
                throw new InvalidOperationException($"the chain {heads.Chain} is full");
            var now = Milliseconds(clock.GetUtcNow());
            var receipt = new Receipt(
                draft.Event,
                issuer,
                peer,
                ChainId.IsPeer(heads.Chain) ? ReceiptChannel.peer : ReceiptChannel.@case,
                ChainId.CaseOf(heads.Chain),
                head.Seq + 1,
                head.Sha256,
                heads.Peer.Seq,
                heads.Peer.Sha256,
                draft.Subject,
                [.. draft.Reasons.Select(r => r.Text())],
                now > head.Time ? now : head.Time,
                now < head.Time,
                Ids.New());
            var der = SignedDocument.Sign(receipt.Write(), signer, receipt.Time);
            var sha256 = Digest.Of(der);
            issued.Add(new IssuedReceipt(receipt, sha256, der));
            head = new ChainHead(receipt.Seq, sha256, receipt.Time);
        }
        return issued;
    }

    /// <summary>Appends to the chain and the log, in the transaction that holds what the receipts certify.</summary>
    public static void Append(Session session, string chain, string peerState, IEnumerable<IssuedReceipt> issued)
    {
        foreach (var one in issued)
        {
            Chains.Add(session, chain, peerState, one.Receipt, one.Sha256, one.Der, Leaves.Append(session, LeafKind.receipt, one.Sha256));
            Events.Append(session, one.Receipt.Time, "receipt.issued", one.Receipt.Case ?? "", one.Receipt.Subject.Message, $"{one.Receipt.Event} {one.Receipt.Issuer.State} {one.Receipt.Seq}");
        }
    }

    private static DateTimeOffset Milliseconds(DateTimeOffset time)
        => new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);
}
