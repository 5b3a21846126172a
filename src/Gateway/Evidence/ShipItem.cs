using System.Text.Json;
using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Custody;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;

namespace Gateway.Evidence;

/// <summary>
/// A released item goes by a carrier: the other side is told how to know the parcel, RelayToNonERDS certifies it, and from then on only the
/// key grant and the leaf list travel by wire; the chunks come with the disk.
/// </summary>
internal sealed class ShipItem(Database database, CaseKeys caseKeys, PeerDirectory peers, SendMessage send, RecordCustody custody, NeedToKnow access, TimeProvider clock)
{
    public Composition Compose(User user, JsonElement fields)
    {
        var given = new GivenFields(fields, "itemId", "manifestSha256", "case", "carrier", "sealNumber", "media", "tracking", "expected");
        var shipment = new Shipment(Ids.New(), given.Text("itemId"), given.Digest("manifestSha256"), given.Text("case"), user.Authority,
            given.Text("carrier"), given.Text("sealNumber"), given.Text("media"), given.Optional("tracking"), clock.GetUtcNow()) { Expected = given.Day("expected") };
        return given.Compose(shipment.Write, bytes => Shipment.Read(bytes).Refusal ?? shipment.RefuseBlank(), () => Find(shipment, user).Refusal);
    }

    public async Task<Outcome<KeptOutcome>> Submit(SubmittedDocument document, IReadOnlyList<Part> attachments, IdempotencyTicket ticket)
    {
        if (attachments.Count > 0)
            return new Refusal(RefusalCode.AttachmentNotAllowed, "nothing travels beside the notice of a shipment", "attachments");
        if (!Shipment.Read(document.Content).TryGet(out var shipment, out var refusal) || !Find(shipment, document.User).TryGet(out var found, out refusal))
            return refusal;
        if (shipment.RefuseBlank() is { } blank)
            return blank;
        if (SignedTime.Composed(shipment.Time, clock.GetUtcNow(), "notice of a shipment") is { } misdated)
            return misdated;
        var (row, item, cover) = found;
        var message = new OutgoingMessage(Ids.New(), row.Id, row.OwnAuthority, row.PeerAuthority, CoverAbout.EVIDENCE, Shipment.Type, row.Urgency, item.Message,
            [Part.Of(PartRole.shipment, "shipment.cms", "application/pkcs7-mime", document.Signed.Der.ToArray())])
        {
            Certifies = [new ReceiptDraft(ReceiptEvent.RelayToNonERDS, new ReceiptSubject(item.Message!, cover, null, item.Id, item.ManifestSha256))],
        };
        var now = clock.GetUtcNow();
        var kept = new KeptOutcome(message.Id, row.Id, $"{item.Exhibit} is on its way by {shipment.Carrier}, physical seal {shipment.SealNumber}");
        var shipped = ItemCustody.Shipped(shipment, row.PeerAuthority, new Actor(document.User.Name, document.User.Authority), document.Signed.Sha256);
        var sent = await custody.With(row, item.Id, item.ManifestSha256!.Value, [shipped], record => send.Send(message, s =>
        {
            if (s.Number("SELECT count(*) FROM items WHERE id = $1 AND state IN ('RELEASED', 'SENT')", item.Id) == 0)
                throw new CaseMovedException();
            new Decision(Decision.Shipped, document.User.Name, document.Signed).Append(s, caseKeys, item, now);
            new AuditRecord("item.shipped", document.User.Name, item.Id, row.Id, document.Signed.Sha256.ToString()).Append(s, now);
            Events.Append(s, now, "item.shipped", row.Id, item.Id, kept.Sentence);
            record(s);
            ticket.Keep(s, kept, now);
        }));
        return sent.Then<KeptOutcome>(_ => kept);
    }

    /// <summary>Whether an item that we send goes on a disk, and its parcel is not lost.</summary>
    public static bool IsShipped(Session s, string item)
        => s.One("SELECT kind FROM item_decisions WHERE item = $1 AND kind IN ($2, $3) ORDER BY seq DESC LIMIT 1", r => r.GetString(0), item, Decision.Shipped, Decision.Lost) == Decision.Shipped;

    private Outcome<(CaseRow Case, ItemRow Item, Digest Cover)> Find(Shipment shipment, User user) => database.Read<Outcome<(CaseRow, ItemRow, Digest)>>(s =>
    {
        var reach = user.RefuseAlways(Permission.AttachEvidence) is null ? Permission.AttachEvidence : Permission.ApproveRelease;
        if (user.RefuseAlways(reach) is { } closed)
            return closed;
        if (ItemRow.Find(s, shipment.ItemId) is not { Direction: ItemDirection.OUT } item || CaseRow.Seen(s, access.Of(user, reach), item.CaseId) is not { } row)
            return new Refusal(RefusalCode.NotFound, "no such item was attached here, or it is not open to you", "itemId");
        // Who packed the disk, or who released what is on it.
        var profile = peers.OwnCard.Card.Profile;
        if (Permissions.Permit(Permission.AttachEvidence, user.Roles, row.Kind, row.Urgency, profile) is { } notLaboratory && Permissions.Permit(Permission.ApproveRelease, user.Roles, row.Kind, row.Urgency, profile) is not null)
            return notLaboratory;
        if (shipment.Case != row.Id || shipment.ManifestSha256 != item.ManifestSha256 || shipment.Authority != user.Authority)
            return new Refusal(RefusalCode.ManifestMismatch, "the shipment is about another case or manifest, or for another authority than the signer's", "manifestSha256");
        return Announcement.Of(s, item, "shipped").Then<(CaseRow, ItemRow, Digest)>(cover => (row, item, cover));
    });
}
