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
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;

namespace Gateway.Evidence;

/// <summary>
/// An officer of the State that sends decides that a parcel, or the item, does not arrive. The other side is told, RelayToNonERDSFailure certifies it of a parcel, and
/// the item goes by wire again, or is given up: no longer does it keep the case open. When it comes after all, its receipts settle it as ever.
/// </summary>
internal sealed class LoseItem(Database database, CaseKeys caseKeys, PeerDirectory peers, SendMessage send, RecordCustody custody, Room room, Alarms alarms, NeedToKnow access, TimeProvider clock)
{
    public Composition Compose(User user, JsonElement fields)
    {
        var given = new GivenFields(fields, "itemId", "manifestSha256", "case", "what", "reason", "role");
        var loss = new Loss(Ids.New(), given.Text("itemId"), given.Digest("manifestSha256"), given.Text("case"), user.Authority, default, given.Word<LossWhat>("what"), null, given.Text("reason"), clock.GetUtcNow());
        if (given.Failed)
            return given.Refused;
        var found = Find(loss, user);
        if (found.Succeeded)
            loss = loss with { Shipment = found.Value.Parcel?.Sha256, Role = given.Optional("role") is null ? DecideRelease.RoleOf(peers, user, found.Value.Case.Urgency) : given.Word<Role>("role") };
        if (given.Failed)
            return given.Refused;
        // What is wrong with the parcel is said in words, not by the form of the document.
        return given.Compose(loss.Write, bytes => loss.RefuseBlank() is { } blank ? blank : found.TryGet(out var view, out var refusal) ? Judge(view, loss, user) : refusal, () => Loss.Read(loss.Write()).Refusal);
    }

    public async Task<Outcome<KeptOutcome>> Submit(SubmittedDocument document, IReadOnlyList<Part> attachments, IdempotencyTicket ticket)
    {
        if (attachments.Count > 0)
            return new Refusal(RefusalCode.AttachmentNotAllowed, "nothing travels beside the notice of a loss", "attachments");
        if (!Loss.Read(document.Content).TryGet(out var loss, out var refusal) || !Find(loss, document.User).TryGet(out var found, out refusal))
            return refusal;
        if (loss.RefuseBlank() is { } blank)
            return blank;
        if (SignedTime.Composed(loss.Time, clock.GetUtcNow(), "notice of a loss") is { } misdated)
            return misdated;
        if (Judge(found, loss, document.User) is { } no)
            return no;
        var (row, item, parcel, cover) = found;
        var message = new OutgoingMessage(Ids.New(), row.Id, row.OwnAuthority, row.PeerAuthority, CoverAbout.EVIDENCE, Loss.Type, row.Urgency, item.Message,
            [Part.Of(PartRole.loss, "loss.cms", "application/pkcs7-mime", document.Signed.Der.ToArray())])
        {
            // Only of what a carrier took: what went by wire alone is told by the message, and certified with it.
            Certifies = parcel is null ? [] : [new ReceiptDraft(ReceiptEvent.RelayToNonERDSFailure, new ReceiptSubject(item.Message!, cover, null, item.Id, item.ManifestSha256), [RefusalCode.DeclaredLost])],
        };
        var now = clock.GetUtcNow();
        var kept = new KeptOutcome(message.Id, row.Id, $"{item.Exhibit}: {loss}");
        var lost = ItemCustody.Lost(loss, parcel?.Notice, row.PeerAuthority, new Actor(document.User.Name, document.User.Authority), document.Signed.Sha256);
        var sent = await custody.With(row, item.Id, item.ManifestSha256!.Value, [lost], record => send.Send(message, s =>
        {
            // It may have arrived, or another parcel may have left, since this was signed.
            if (ItemRow.Find(s, item.Id) is not { State: ItemState.RELEASED or ItemState.SENT } current || OnTheWay(s, current)?.Sha256 != loss.Shipment)
                throw new CaseMovedException();
            if (loss.What == LossWhat.ITEM)
            {
                current.Move(s, ItemState.GIVEN_UP);
                TransferRow.Done(s, item.Id);
            }
            else
            {
                // It was to go by a carrier for its size, and the other State takes it by wire now; else it waits for another parcel.
                if (room.ByWire(row.Peer, item.SizeBytes, byCarrier: false) is null)
                    s.Run("UPDATE items SET by_carrier = 0 WHERE id = $1", item.Id);
                TransferRow.Hurry(s, item.Id, now);
            }
            new Decision(Decision.Lost, document.User.Name, document.Signed).Append(s, caseKeys, item, now);
            new AuditRecord("item.lost", document.User.Name, item.Id, row.Id, document.Signed.Sha256.ToString()).Append(s, now);
            Events.Append(s, now, "item.lost", row.Id, item.Id, kept.Sentence);
            record(s);
            ticket.Keep(s, kept, now);
        }));
        if (sent.Succeeded && loss.What == LossWhat.ITEM)
            alarms.Clear(AlarmCode.DELIVERY_DEAD, item.Id);
        return sent.Then<KeptOutcome>(_ => kept);
    }

    private Outcome<Found> Find(Loss loss, User user) => database.Read<Outcome<Found>>(s =>
    {
        if (user.Refuse(Permission.ApproveRelease) is { } notPermitted)
            return notPermitted;
        if (ItemRow.Find(s, loss.ItemId) is not { Direction: ItemDirection.OUT } item || CaseRow.Seen(s, access.Of(user, Permission.ApproveRelease), item.CaseId) is not { } row)
            return new Refusal(RefusalCode.NotFound, "no such item was attached here, or it is not open to you", "itemId");
        if (Permissions.Permit(Permission.ApproveRelease, user.Roles, row.Kind, row.Urgency, peers.OwnCard.Card.Profile) is { } notHere)
            return notHere;
        if (access.RefuseActing(s, user, row.Id) is { } elsewhere)
            return elsewhere;
        return Announcement.Of(s, item, "lost").Then<Found>(cover => new Found(row, item, OnTheWay(s, item), cover));
    });

    private Refusal? Judge(Found found, Loss loss, User user)
    {
        var (row, item, parcel, _) = found;
        if (!user.Roles.Contains(loss.Role))
            return new Refusal(RefusalCode.RoleMissing, $"{user.Name} is {string.Join(", ", user.Roles)} here, not {loss.Role}", "role");
        if (ReleaseRules.InRole(loss with { Authority = user.Authority }, Roles.Of(peers.OwnCard.Card.Find(user.Authority)?.Roles ?? []), row.Urgency) is { } notInRole)
            return notInRole;
        if (loss.Case != row.Id || loss.ManifestSha256 != item.ManifestSha256 || loss.Authority != user.Authority)
            return new Refusal(RefusalCode.ManifestMismatch, "the loss is about another case or manifest, or for another authority than the signer's", "manifestSha256");
        if (row.State.IsFinal())
            return new Refusal(RefusalCode.TransitionNotAllowed, $"the case is {row.State}; it waits for nothing any more", "case");
        if (loss.What == LossWhat.PARCEL && parcel is null)
            return new Refusal(RefusalCode.TransitionNotAllowed, "no parcel with this item is on its way; the item goes by wire", "what");
        return loss.Shipment == parcel?.Sha256 ? null : new Refusal(RefusalCode.StateConflict, "another parcel left meanwhile, or this one was lost before; compose the decision again", "shipment");
    }

    // The last parcel, unless it is lost.
    private Parcel? OnTheWay(Session s, ItemRow item)
        => Decision.Of(s, caseKeys, item).LastOrDefault(d => d.Kind is Decision.Shipped or Decision.Lost) is { Kind: Decision.Shipped } shipped ? new Parcel(shipped.Signed.Sha256, Shipment.Read(shipped.Signed.Content).Value) : null;

    private sealed record Parcel(Digest Sha256, Shipment Notice);

    private sealed record Found(CaseRow Case, ItemRow Item, Parcel? Parcel, Digest Cover);
}
