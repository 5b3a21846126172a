using Gateway.Cases;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Requests;
using Gateway.Receipts;
using Gateway.Storage;

namespace Gateway.Integrity;

/// <summary>Cases, their keys and their messages: every document opens with the key of its case, is what its row and its receipts say, and is missing only where an erasure says so.</summary>
internal sealed class CheckMessages(LedgerView view)
{
    private readonly List<string> _keysLeft = [];

    public void Run()
    {
        Cases();
        view.Session.Each("SELECT id, direction, sender, recipient, case_id, about, cover_sha256, state, body FROM messages ORDER BY position", row =>
        {
            view.Report.Count("messages");
            var message = new Row(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), row.BytesOrNull(6), row.GetString(7), row.BytesOrNull(8));
            if (Judge(message) is { } wrong)
            {
                view.Doubt(message.Id);
                view.Report.Add(LedgerFault.MESSAGE_ALTERED, $"message {message.Id}", message.Case, null, wrong);
            }
        });
    }

    /// <summary>What receipts name must be there, and the reverse. After the receipts themselves were checked: their columns are what they say.</summary>
    public void AgainstReceipts()
    {
        view.Session.Each("""
            SELECT DISTINCT r.message, r.chain FROM receipts r LEFT JOIN messages m ON m.id = r.message
            WHERE m.id IS NULL AND r.chain NOT LIKE 'peer:%' ORDER BY r.chain, r.message
            """, row =>
        {
            if (view.Lost.Contains(row.GetString(0)))
                view.Report.Count("messages recorded as lost");
            else if (!view.IsDoubtful(row.GetString(1)))
                view.Report.Add(LedgerFault.MESSAGE_MISSING, $"message {row.GetString(0)}", row.GetString(1), null, "receipts name it, and it is not there");
        });
        view.Session.Each("SELECT m.id, m.case_id FROM messages m WHERE NOT EXISTS (SELECT 1 FROM receipts WHERE message = m.id AND chain = m.case_id AND event = $1) ORDER BY m.position", row =>
        {
            if (!view.IsDoubtful(row.GetString(1)) && !view.IsDoubtful(row.GetString(0)))
                view.Report.Add(LedgerFault.MESSAGE_WITHOUT_RECEIPT, $"message {row.GetString(0)}", row.GetString(1), null, "no SubmissionAcceptance names it");
        }, ReceiptEvent.SubmissionAcceptance);
    }

    /// <summary>The digest that a receipt names is that of the message.</summary>
    public void AgainstDigests() => view.Session.Each("""
        SELECT r.chain, r.der, m.id, m.cover_sha256 FROM receipts r JOIN messages m ON m.id = r.message AND m.case_id = r.chain
        WHERE r.event IN ('SubmissionAcceptance', 'RelayAcceptance', 'RelayRejection') ORDER BY m.position, r.issuer, r.seq
        """, row =>
    {
        var id = row.GetString(2);
        if (view.IsDoubtful(id) || view.IsDoubtful(row.GetString(0)) || !SignedDocument.Open(row.Bytes(1)).TryGet(out var signed, out _) || !Receipt.Read(signed.Content).TryGet(out var receipt, out _))
            return;
        if (receipt.Subject.CoverSha256 is { } named && (row.BytesOrNull(3) is not { Length: Digest.Length } bytes || new Digest(bytes) != named))
        {
            view.Doubt(id);
            view.Report.Add(LedgerFault.MESSAGE_ALTERED, $"message {id}", row.GetString(0), null, $"receipt {receipt.Issuer.State} {receipt.Seq} names the digest {named}");
        }
    });

    /// <summary>After the snapshot: an erasure that was committed just before it has destroyed the key by now.</summary>
    public void Keys()
    {
        foreach (var id in _keysLeft.Where(view.Keys.Has))
            Fault(LedgerFault.ERASURE_INCOMPLETE, id, "the case is erased, and its key is still there; the next start of the gateway destroys it");
    }

    private void Cases()
    {
        var keys = view.Keys.Cases().ToHashSet(StringComparer.Ordinal);
        view.Session.Each("SELECT DISTINCT case_id FROM (SELECT id AS case_id FROM cases UNION SELECT case_id FROM messages WHERE body IS NOT NULL UNION SELECT case_id FROM items WHERE manifest IS NOT NULL)", row =>
        {
            view.Report.Count("cases");
            var id = row.GetString(0);
            if (view.Erased.HasCase(id))
            {
                if (keys.Contains(id))
                    _keysLeft.Add(id);
                else if (view.Session.Number("SELECT count(*) FROM messages WHERE case_id = $1 AND body IS NOT NULL", id) > 0)
                    Fault(LedgerFault.ERASURE_INCOMPLETE, id, "the case is erased, and documents of it are still there");
            }
            else if (view.IsKeyErasedSince(id))
                view.Report.Count("cases erased meanwhile");
            else if (!keys.Contains(id))
                Fault(LedgerFault.CASE_KEY_MISSING, id, "nothing of the case can be read, and no erasure explains it; restore the case keys");
            else if (!view.Keys.Opens(id))
                Fault(LedgerFault.CASE_KEY_ALTERED, id, "the key does not unwrap; restore the case keys");
        });
        view.Session.Each("SELECT DISTINCT case_id FROM messages m WHERE NOT EXISTS (SELECT 1 FROM cases WHERE id = m.case_id) AND (state <> 'REJECTED' OR direction = 'OUT')", row =>
            Fault(LedgerFault.CASE_MISSING, row.GetString(0), "messages belong to it, and it is not there"));
    }

    private string? Judge(Row row)
    {
        if (row.CoverSha256 is not { Length: Digest.Length } bytes)
            return "the digest of its cover is not a digest";
        var sha256 = new Digest(bytes);
        if (row.Body is null)
            // The content of what was rejected is not kept.
            return row is { Direction: "IN", State: "REJECTED" } || view.Erased.HasMessage(row.Id, sha256) || view.IsDoubtful(row.Case) ? null : "its content is gone, and no erasure explains it";
        if (view.IsDoubtful(row.Case))
            return null;
        byte[] sealedCover;
        try
        {
            sealedCover = view.Keys.Open(row.Case, $"message:{row.Id}", row.Body);
        }
        catch (LedgerBrokenException)
        {
            return view.IsKeyErasedSince(row.Case) ? null : "its content does not open with the key of the case";
        }
        if (Digest.Of(sealedCover) != sha256)
            return "the digest of its content is not that of its row";
        if (!SignedDocument.Open(sealedCover).TryGet(out var signed, out var refusal) || !Cover.Read(signed.Content).TryGet(out var cover, out refusal))
            return refusal.Detail;
        if (!view.IsSealOf(cover.Sender.Authority, signed.Signer))
            return $"it is not sealed by {cover.Sender.Authority} as its cards name it";
        if (cover.Message != row.Id || cover.Case != row.Case || cover.Sender.Authority != row.Sender || cover.Recipient.Authority != row.Recipient || cover.About.ToString() != row.About)
            return "a column of its row says something else than its cover";
        if (cover.About == CoverAbout.REQUEST && row.State != "REJECTED")
            AgainstCase(cover);
        return null;
    }

    // What a case is was said by the request that opened it.
    private void AgainstCase(Cover cover)
    {
        if (CaseRow.Find(view.Session, cover.Case) is not { } found || cover.In(PartRole.request).FirstOrDefault() is not { } part
            || !SignedDocument.Open(part.Content).TryGet(out var signed, out _) || !Request.Read(signed.Content).TryGet(out var request, out _))
            return;
        var asking = cover.Sender.State == view.OwnState;
        var (own, peer) = asking ? (cover.Sender, cover.Recipient) : (cover.Recipient, cover.Sender);
        if (found.Side != (asking ? CaseSide.Requesting : CaseSide.Requested) || found.Peer != peer.State || found.OwnAuthority != own.Authority || found.PeerAuthority != peer.Authority
            || found.Kind != request.Kind || found.Reference != request.Reference || found.RequestMessage != cover.Message)
            view.Report.Add(LedgerFault.CASE_ALTERED, $"case {cover.Case}", cover.Case, null, "a column of its row says something else than the request that opened it");
    }

    private void Fault(LedgerFault fault, string caseId, string text)
    {
        view.Doubt(caseId);
        view.Report.Add(fault, $"case {caseId}", caseId, null, text);
    }

    private sealed record Row(string Id, string Direction, string Sender, string Recipient, string Case, string About, byte[]? CoverSha256, string State, byte[]? Body);
}
