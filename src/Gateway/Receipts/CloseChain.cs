using Gateway.Keys;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Receipts;
using Gateway.Storage;

namespace Gateway.Receipts;

/// <summary>
/// The requesting side closes its chain once the other side has its confirmation as content. Mostly that stands in the answer to the delivery; a confirmation that waited
/// for an officer there is consigned later, or refused: then it never counted, and nothing was closed.
/// </summary>
internal sealed class CloseChain(Database database, KeyRing keys, IssueReceipts issue)
{
    /// <summary>Raised when a case is to be closed of which receipts have not come back yet.</summary>
    public event Action? Behind;

    /// <summary>Whether the other side certified that it has the content of a message of ours.</summary>
    public static bool IsConsigned(Session s, string caseId, string message, string peerState)
        => Deliveries.OfOurs(s, caseId, message, peerState).Has(ReceiptEvent.ContentConsignment);

    /// <summary>Closes when that is due; a push may have brought what was missing. Throws <see cref="LedgerShutException"/> while nothing may be signed.</summary>
    public async Task Run(string caseId, string peerState)
    {
        while (true)
        {
            var (due, heads) = database.Read(s => (Due(s, caseId, peerState), Chains.Heads(s, caseId, keys.State, peerState)));
            if (due is null)
                return;
            var issued = Sign(heads, due.Sender, Party.Of(due.Recipient), new ReceiptDraft(ReceiptEvent.GatewayCaseClosed, new ReceiptSubject(due.Message, due.CoverSha256)));
            try
            {
                await database.Write(Lane.Ordinary, s =>
                {
                    if (Due(s, caseId, peerState) == due)
                        IssueReceipts.Append(s, caseId, peerState, issued);
                });
                return;
            }
            catch (ChainMovedException)
            {
                // Another receipt of this case was signed meanwhile: take the next number.
            }
        }
    }

    /// <summary>Every case that is to be closed: the receipt came while nothing could be signed, or the gateway ended behind it.</summary>
    public IReadOnlyList<(string CaseId, string PeerState)> Overdue() => database.Read(s => s.Query($"""
        SELECT DISTINCT m.case_id, r.issuer FROM messages m JOIN receipts r ON r.chain = m.case_id AND r.message = m.id AND r.event = $2 AND r.issuer <> $3
        WHERE m.direction = 'OUT' AND m.about = 'ACT' AND m.kind = $1 AND m.state = 'DELIVERED'
          AND NOT EXISTS (SELECT 1 {Chains.Closing} AND c.chain = m.case_id AND c.issuer = $3)
        """, r => (r.GetString(0), r.GetString(1)), ActKind.COMPLETED, ReceiptEvent.ContentConsignment, keys.State));

    private IReadOnlyList<IssuedReceipt> Sign(ChainHeads heads, string sender, Party recipient, ReceiptDraft draft)
    {
        try
        {
            return issue.Sign(heads, sender, recipient, draft);
        }
        catch (ChainBehindException)
        {
            Behind?.Invoke();
            throw;
        }
    }

    private Confirmation? Due(Session s, string caseId, string peerState) => s.One($"""
        SELECT m.id, m.cover_sha256, m.sender, m.recipient FROM messages m WHERE m.case_id = $1 AND m.direction = 'OUT' AND m.about = 'ACT' AND m.kind = $2 AND m.state = 'DELIVERED'
          AND EXISTS (SELECT 1 FROM receipts r WHERE r.chain = $1 AND r.message = m.id AND r.issuer = $3 AND r.event = $4)
          AND NOT EXISTS (SELECT 1 {Chains.Closing} AND c.chain = $1 AND c.issuer = $5)
        """, r => new Confirmation(r.GetString(0), r.Digest(1), r.GetString(2), r.GetString(3)), caseId, ActKind.COMPLETED, peerState, ReceiptEvent.ContentConsignment, keys.State);

    private sealed record Confirmation(string Message, Digest CoverSha256, string Sender, string Recipient);
}
