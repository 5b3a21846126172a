using Gateway.Access;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Cases;

/// <summary>The receipts of a case, of both issuers, in the order of their times.</summary>
internal sealed class ShowReceipts(Database database, NeedToKnow access)
{
    public Outcome<ListReceiptsReply> Run(ListReceiptsRequest request, User by)
    {
        if (by.Refuse(Permission.ReadReceipts) is { } notPermitted)
            return notPermitted;
        var reach = access.Of(by, Permission.ReadReceipts);
        // The channel between two States belongs to no case; its receipts say only that something could not be taken. Of a message of a case that would say that there is one.
        var ofHidden = $"EXISTS (SELECT 1 FROM messages m LEFT JOIN cases k ON k.id = m.case_id WHERE m.id = t.message AND NOT {Reach.Sees("m.case_id", "coalesce(k.kind, '')", 2)})";
        var seen = $"CASE WHEN t.chain LIKE 'peer:%' THEN NOT {ofHidden} ELSE {Reach.Sees("t.chain", "coalesce(c.kind, '')", 2)} END";
        var ders = database.Read(s => request.Message.Length > 0
            ? s.Query($"SELECT der FROM receipts t LEFT JOIN cases c ON c.id = t.chain WHERE t.message = $1 AND {seen} ORDER BY t.time, t.issuer, t.seq", row => row.Bytes(0), reach.With(request.Message))
            : s.Query($"SELECT der FROM receipts t LEFT JOIN cases c ON c.id = t.chain WHERE t.chain = $1 AND {seen} ORDER BY t.time, t.issuer, t.seq LIMIT 10000", row => row.Bytes(0), reach.With(request.CaseId)));
        var reply = new ListReceiptsReply();
        reply.Receipts.AddRange(ders.Select(View));
        return reply;
    }

    private static ReceiptView View(byte[] der)
    {
        var receipt = SignedDocument.Open(der).Then(signed => Receipt.Read(signed.Content)) is { Succeeded: true, Value: var value }
            ? value
            : throw new LedgerBrokenException("a stored receipt cannot be read any more; run the integrity check and restore it from a backup or the peer");
        var view = new ReceiptView
        {
            CaseId = receipt.Case ?? "",
            IssuerState = receipt.Issuer.State,
            Seq = (ulong)receipt.Seq,
            Event = receipt.Event.ToString(),
            Time = Protocol.Documents.DocumentWriter.FormatTime(receipt.Time),
            Message = receipt.Subject.Message,
            Item = receipt.Subject.Item ?? "",
            Sha256 = Protocol.Documents.Digest.Of(der).ToString(),
            Der = UnsafeByteOperations.UnsafeWrap(der),
        };
        view.Reasons.AddRange(receipt.Reasons);
        return view;
    }
}
