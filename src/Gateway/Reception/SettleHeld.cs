using System.Text;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Keys;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Storage;

namespace Gateway.Reception;

/// <summary>How the waiting of a message ended.</summary>
/// <param name="By">User name, or <c>gateway</c>.</param>
/// <param name="Accepted">Whether it has its consequences now.</param>
/// <param name="Act">What the log says: <c>marks.accepted</c>, <c>marks.refused</c> by an officer; <c>marks.passed</c>, <c>marks.failed</c> by what was learned meanwhile.</param>
/// <param name="Reason">In words; kept encrypted under the case key.</param>
internal sealed record Settlement(string By, bool Accepted, string Act, string Reason);

/// <summary>
/// Ends the waiting of a message: accepted, it has the consequences that it would have had on arrival, and ContentConsignment is issued; refused, ContentConsignmentFailure. One transaction,
/// in which the message must still wait. The chains of a closed case take no more receipts; the decision is kept alone.
/// </summary>
internal sealed class SettleHeld(Database database, CaseKeys caseKeys, KeyRing keys, IssueReceipts issue, IReadOnlyDictionary<CoverAbout, ContentReader> readers, TimeProvider clock)
{
    /// <summary>Reads the content as on arrival, over what is there now.</summary>
    public (ChainHeads Heads, Outcome<ReceivedContent> Content) Read(OpenedMessage message)
    {
        var (heads, row) = database.Read(s => (Chains.Heads(s, message.Cover.Case, keys.State, message.Peer.State), CaseRow.Find(s, message.Cover.Case)));
        return (heads, readers[message.Cover.About](message, row));
    }

    /// <summary>False when somebody else decided, or the case was erased, at the same moment.</summary>
    public async Task<bool> Accept(OpenedMessage message, ChainHeads heads, ReceivedContent content, Settlement settlement)
    {
        var cover = message.Cover;
        var issued = Sign(message, heads, [.. ReceiveMessage.Consignment(content, new ReceiptSubject(cover.Message, message.Seal.Sha256))]);
        if (Sealed(cover, settlement) is not { } reason)
            return false;
        return await database.Write(Lane.Ordinary, s =>
        {
            if (!Decide(s, message, settlement, reason))
                return false;
            StillOpen(s, message, issued);
            content.Store(s);
            s.RunOne("UPDATE messages SET state = 'RECEIVED' WHERE id = $1 AND state = $2", cover.Message, HeldMessage.State);
            IssueReceipts.Append(s, cover.Case, message.Peer.State, issued);
            Events.Append(s, clock.GetUtcNow(), "message.received", cover.Case, cover.Message, $"{content.Urgency} {content.Kind} from {cover.Sender.Authority}, accepted by {settlement.By}");
            return true;
        });
    }

    /// <summary>False when somebody else decided, or the case was erased, at the same moment.</summary>
    public async Task<bool> Refuse(OpenedMessage message, ChainHeads heads, RefusalCode code, string detail, Settlement settlement)
    {
        var cover = message.Cover;
        var issued = Sign(message, heads, new ReceiptDraft(ReceiptEvent.ContentConsignmentFailure, new ReceiptSubject(cover.Message, message.Seal.Sha256), [code]));
        if (Sealed(cover, settlement) is not { } reason)
            return false;
        return await database.Write(Lane.Ordinary, s =>
        {
            if (!Decide(s, message, settlement, reason))
                return false;
            StillOpen(s, message, issued);
            // As with every rejection the content is not kept; identity, digest and reason are.
            s.RunOne("UPDATE messages SET state = 'REJECTED', body = NULL, detail = $1 WHERE id = $2 AND state = $3", $"{code.Text()}: {detail}", cover.Message, HeldMessage.State);
            IssueReceipts.Append(s, cover.Case, message.Peer.State, issued);
            Events.Append(s, clock.GetUtcNow(), "message.rejected", cover.Case, cover.Message, $"{code.Text()} from {cover.Sender.Authority}, refused by {settlement.By}");
            return true;
        });
    }

    private IReadOnlyList<IssuedReceipt> Sign(OpenedMessage message, ChainHeads heads, params IReadOnlyList<ReceiptDraft> drafts)
        => database.Read(s => Chains.IsClosed(s, message.Cover.Case)) ? [] : issue.Sign(heads, message.Cover.Recipient.Authority, message.Cover.Sender, drafts);

    // Closed meanwhile by the other side, which our own head does not show.
    private static void StillOpen(Session s, OpenedMessage message, IReadOnlyList<IssuedReceipt> issued)
    {
        if (issued.Count > 0 && Chains.IsClosed(s, message.Cover.Case))
            throw new ChainMovedException(message.Cover.Case);
    }

    // Null when the case was erased just now: that decided about what waited.
    private byte[]? Sealed(Cover cover, Settlement settlement) => caseKeys.TrySeal(cover.Case, $"decision:{cover.Message}", Encoding.UTF8.GetBytes(settlement.Reason));

    private bool Decide(Session s, OpenedMessage message, Settlement settlement, byte[] reason)
    {
        var (cover, now) = (message.Cover, clock.GetUtcNow());
        if (s.Run("UPDATE recognition_holds SET decided = $1, by = $2, accepted = $3, reason = $4 WHERE message = $5 AND decided IS NULL", now, settlement.By, settlement.Accepted, reason, cover.Message) != 1)
            return false;
        s.Run("DELETE FROM held_records WHERE message = $1", cover.Message);
        // What was found while it waited, before what followed from it.
        foreach (var file in message.Judged)
            file.Store(s, caseKeys, cover.Case, cover.Message, now);
        new AuditRecord(settlement.Act, settlement.By, cover.Message, cover.Case).Append(s, now);
        return true;
    }
}
