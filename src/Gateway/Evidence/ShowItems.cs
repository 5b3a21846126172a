using Gateway.Protocol.Acts;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Google.Protobuf;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Evidence;

/// <summary>Items as people see them, and their manifests. A laboratory sees what it attached itself.</summary>
internal sealed class ShowItems(Database database, CaseKeys caseKeys)
{
    public Outcome<ListItemsReply> List(ListItemsRequest request, User by)
    {
        if (by.Refuse(Permission.ReadReceipts) is { } notPermitted)
            return notPermitted;
        var ownOnly = by.Roles.All(r => r == Role.FORENSIC_LAB);
        var reply = new ListItemsReply();
        reply.Items.AddRange(database.Read(s => ItemRow.OfCase(s, request.CaseId).Where(i => !ownOnly || i.Uploader == by.Name).Select(i => View(s, i)).ToList()));
        return reply;
    }

    public Outcome<FetchManifestReply> Manifest(FetchManifestRequest request, User by) => database.Read<Outcome<FetchManifestReply>>(s =>
    {
        if (ItemRow.Find(s, request.Item) is not { ManifestSha256: not null } item)
            return by.Refuse(Permission.ReadReceipts) ?? new Refusal(RefusalCode.NotFound, $"there is no item '{request.Item}' with a manifest", "item");
        if (item.Uploader != by.Name && by.Refuse(Permission.ReadContent) is { } notPermitted)
            return notPermitted;
        if (item.State == ItemState.ERASED)
            return new Refusal(RefusalCode.RetentionPassed, "the item was erased with its case", "item");
        return new FetchManifestReply { Manifest = ByteString.CopyFrom(ItemPapers.Open(s, caseKeys, item).Signed.Der.Span) };
    });

    public static ItemView View(Session s, ItemRow item)
    {
        var view = new ItemView
        {
            Item = item.Id,
            CaseId = item.CaseId,
            Direction = item.Direction.ToString(),
            Exhibit = item.Exhibit ?? "",
            FileName = item.FileName ?? "",
            SizeBytes = (ulong)item.SizeBytes,
            Chunks = (ulong)item.Chunks,
            ChunksStored = (ulong)ItemRow.Stored(s, item.Id),
            State = (item.State == ItemState.CONSIGNED && TakenOver(s, item) ? ItemState.HANDED_OVER : item.State).ToString(),
            Sha256 = item.Sha256 ?? "",
        };
        view.Approvers.AddRange(s.Query("SELECT user FROM item_decisions WHERE item = $1 AND kind IN ('PROPOSE', 'APPROVE') ORDER BY seq", row => row.GetString(0), item.Id).Distinct());
        return view;
    }

    // The sending side learns of the hand-over by its receipt.
    private static bool TakenOver(Session s, ItemRow item)
        => s.Number("SELECT count(*) FROM receipts WHERE chain = $1 AND item = $2 AND event = $3", item.CaseId, item.Id, ReceiptEvent.ContentHandover) > 0;
}
