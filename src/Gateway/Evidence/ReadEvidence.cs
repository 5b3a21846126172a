using Gateway.Cases;
using Gateway.Judging;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Reception;
using Gateway.Storage;
using Gateway.Submission;

namespace Gateway.Evidence;

/// <summary>
/// An evidence message that arrives: one manifest, the decisions to release it, of two persons or, in an emergency, of one. The item is announced; the key grant
/// and the chunks follow on a stream of their own, so that the content is not consigned yet.
/// </summary>
internal sealed class ReadEvidence(Database database, CaseKeys caseKeys, Room room, JudgeFiles files, TimeProvider clock)
{
    public const string Kind = "MANIFEST";

    public Outcome<ReceivedContent> Read(OpenedMessage message, CaseRow? existing)
    {
        var cover = message.Cover;
        if (existing is null)
            return new Refusal(RefusalCode.NotFound, $"there is no case {cover.Case} between these States", "case");
        if (existing.State.IsFinal())
            return new Refusal(RefusalCode.TransitionNotAllowed, $"the case is {existing.State}; it takes no more evidence", "case");
        if (cover.In(PartRole.shipment).ToList() is [var shipment])
            return Shipped(message, existing, shipment);
        if (cover.In(PartRole.loss).ToList() is [var loss])
            return Lost(message, existing, loss);
        if (cover.In(PartRole.manifest).ToList() is not [var manifestPart])
            return new Refusal(RefusalCode.ManifestIncomplete, "an evidence message carries one manifest", "parts");
        if (!SignedDocument.Open(manifestPart.Content).TryGet(out var signed, out var refusal))
            return refusal;
        if (!Manifest.Read(signed.Content).TryGet(out var manifest, out refusal))
            return refusal;
        if (manifest.Case != cover.Case || manifest.Request != existing.RequestMessage)
            return new Refusal(RefusalCode.ManifestMismatch, "the manifest answers another case or request", "case");
        var card = message.Peer.Card.Card;
        var now = clock.GetUtcNow();
        if ((refusal = SignedTime.Ahead(manifest.Time, now, "manifest")) is not null || !Releases(message, manifest, signed.Sha256, card, existing.Urgency, now).TryGet(out var releases, out refusal))
            return refusal;
        var occasion = message.Judge(existing.Kind.ToString(), now);
        files.Attachments(cover, signed.Content, message.Peer.Card, occasion);
        List<MarkVerdict> verdicts = [.. releases.Prepend(signed).Select(d => JudgeMarks.Signature(d, message.Peer.Card, files, occasion))];
        var marks = DecidingMarks.Of(verdicts, occasion.Judged, message, existing.Urgency);
        if (marks.Rejects is { } mark)
            return mark;
        var papers = new ItemPapers(signed, manifest, []);
        var known = database.Read(s => ItemRow.Find(s, manifest.ItemId));
        if (known is not null && !Same(known, papers))
            return new Refusal(RefusalCode.SameIdOtherContent, $"item {manifest.ItemId} is here with other content", "itemId");
        // What was taken once is not refused when it comes again.
        var isNew = known is null && !message.WasTaken && !message.WasAccepted;
        if (isNew && database.Read(s => Circle(s, manifest)) is { } circle)
            return circle;
        if (known is null && database.Read(s => room.ForTransfer(s, manifest, existing.Peer)) is { } noSpace)
            return noSpace;
        return new ReceivedContent(Kind, existing.Urgency, Consigned: false, ClosesCase: false, s => Announce(s, cover, papers, releases, existing.Peer, isNew))
        {
            Held = marks.Holds,
            Recognitions = occasion.Judged,
        };
    }

    // An announced item comes on a disk. Nothing about it changes but what people expect.
    private Outcome<ReceivedContent> Shipped(OpenedMessage message, CaseRow existing, Part part)
    {
        if (!SignedDocument.Open(part.Content).TryGet(out var signed, out var refusal) || !Shipment.Read(signed.Content).TryGet(out var shipment, out refusal))
            return refusal;
        var item = database.Read(s => ItemRow.Find(s, shipment.ItemId));
        if (item is not { Direction: ItemDirection.IN } || item.CaseId != existing.Id || shipment.Case != existing.Id || item.ManifestSha256 != shipment.ManifestSha256)
            return new Refusal(RefusalCode.TransferUnknown, "the shipment is about an item that was not announced in this case", "itemId");
        var now = clock.GetUtcNow();
        if ((refusal = Blank(message, shipment.RefuseBlank()) ?? SignedTime.Ahead(shipment.Time, now, "notice of a shipment")) is not null)
            return refusal;
        var occasion = message.Judge(existing.Kind.ToString(), now);
        var marks = DecidingMarks.Of([JudgeMarks.Signature(signed, message.Peer.Card, files, occasion)], occasion.Judged, message, existing.Urgency);
        if (marks.Rejects is { } mark)
            return mark;
        return new ReceivedContent(Shipment.Type, existing.Urgency, Consigned: true, ClosesCase: false, s =>
        {
            new Decision(Decision.Shipped, signed.Signer.CommonName ?? signed.Signer.Subject, signed).Append(s, caseKeys, item, now);
            Events.Append(s, now, "item.shipped", existing.Id, item.Id, $"{item.Exhibit} comes by {shipment.Carrier}, physical seal {shipment.SealNumber}");
        })
        {
            Held = marks.Holds,
            Recognitions = occasion.Judged,
        };
    }

    // Nothing more of an announced item comes, or its parcel does not. What is here of it is cleared when nothing of it was written for an hour; a parcel that turns up after that is read from its first chunk.
    private Outcome<ReceivedContent> Lost(OpenedMessage message, CaseRow existing, Part part)
    {
        if (!SignedDocument.Open(part.Content).TryGet(out var signed, out var refusal) || !Loss.Read(signed.Content).TryGet(out var loss, out refusal))
            return refusal;
        var (item, parcels) = database.Read(s => ItemRow.Find(s, loss.ItemId) is { Direction: ItemDirection.IN } found && found.CaseId == existing.Id
            ? (found, Decision.Of(s, caseKeys, found).Where(d => d.Kind == Decision.Shipped).Select(d => d.Signed.Sha256).ToList()) : (null, []));
        if (item is null || loss.Case != existing.Id || item.ManifestSha256 != loss.ManifestSha256)
            return new Refusal(RefusalCode.TransferUnknown, "the loss is about an item that was not announced in this case", "itemId");
        if (loss.Shipment is { } parcel && !parcels.Contains(parcel))
            return new Refusal(RefusalCode.TransferUnknown, "the loss is about a parcel that was not announced", "shipment");
        var now = clock.GetUtcNow();
        if ((refusal = Blank(message, loss.RefuseBlank()) ?? SignedTime.Ahead(loss.Time, now, "notice of a loss") ?? ReleaseRules.InRole(loss, Roles.Of(message.Peer.Card.Card.Find(loss.Authority)?.Roles ?? []), existing.Urgency)) is not null)
            return refusal;
        var occasion = message.Judge(existing.Kind.ToString(), now);
        var marks = DecidingMarks.Of([JudgeMarks.Signature(signed, message.Peer.Card, files, occasion)], occasion.Judged, message, existing.Urgency);
        if (marks.Rejects is { } mark)
            return mark;
        return new ReceivedContent(Loss.Type, existing.Urgency, Consigned: true, ClosesCase: false, s =>
        {
            // What arrived meanwhile is here: the notice is kept, and takes nothing away.
            if (loss.What == LossWhat.ITEM)
                s.Run("UPDATE items SET state = 'GIVEN_UP' WHERE id = $1 AND state = 'RECEIVING'", item.Id);
            new Decision(Decision.Lost, signed.Signer.CommonName ?? signed.Signer.Subject, signed).Append(s, caseKeys, item, now);
            Events.Append(s, now, "item.lost", existing.Id, item.Id, $"{item.Exhibit}: {loss}");
        })
        {
            Held = marks.Holds,
            Recognitions = occasion.Judged,
        };
    }

    // Two different persons of an authority that may release by its State's card: one proposes, another approves the same proposal. Or one, in an emergency.
    private static Outcome<IReadOnlyList<SignedDocument>> Releases(OpenedMessage message, Manifest manifest, Digest manifestSha256, PeerCard card, Urgency urgency, DateTimeOffset now)
    {
        var decisions = new List<(SignedDocument Signed, Release Release)>();
        foreach (var part in message.Cover.In(PartRole.release))
        {
            if (!SignedDocument.Open(part.Content).TryGet(out var signed, out var refusal))
                return refusal;
            if (!Release.Read(signed.Content).TryGet(out var release, out refusal))
                return refusal;
            if (release.ItemId != manifest.ItemId || release.ManifestSha256 != manifestSha256 || release.Case != manifest.Case || release.Decision is not (ReleaseDecision.PROPOSE or ReleaseDecision.APPROVE or ReleaseDecision.ALONE))
                return new Refusal(RefusalCode.ManifestMismatch, "a release is about another item, manifest or case, or rejects", "release");
            if ((refusal = Blank(message, release.RefuseBlank()) ?? SignedTime.Ahead(release.Time, now, "release")) is not null)
                return refusal;
            if (ReleaseRules.InRole(release, Roles.Of(card.Find(release.Authority)?.Roles ?? []), urgency) is { } mayNot)
                return mayNot;
            decisions.Add((signed, release));
        }
        return ReleaseRules.Check(decisions.ConvertAll(d => (d.Release, d.Signed.Signer)), urgency, card.Profile) is { } refused
            ? refused
            : decisions.ConvertAll(d => d.Signed);
    }

    private void Announce(Session s, Cover cover, ItemPapers papers, IReadOnlyList<SignedDocument> releases, string peer, bool isNew)
    {
        var manifest = papers.Manifest;
        if (ItemRow.Find(s, manifest.ItemId) is { } known)
        {
            // The other side announces it again; the receipts follow the newest message while chunks are due.
            if (!Same(known, papers))
                throw new CaseMovedException();
            s.Run("UPDATE items SET message = $1 WHERE id = $2 AND state IN ('RECEIVING', 'GIVEN_UP')", cover.Message, manifest.ItemId);
            return;
        }
        // Another was announced since this one was judged: it is judged again, and refused if there is no room for both, or each is to be derived from the other.
        if (room.OverQuota(s, manifest.ItemId, manifest.SizeBytes, peer) is not null || isNew && Circle(s, manifest) is not null)
            throw new CaseMovedException();
        s.RunOne("""
            INSERT INTO items (id, case_id, direction, state, message, exhibit, file_name, size_bytes, chunks, tree_root, sha256, manifest_sha256, manifest, created)
            VALUES ($1, $2, 'IN', 'RECEIVING', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            manifest.ItemId, cover.Case, cover.Message, manifest.ExhibitNumber, manifest.FileName, manifest.SizeBytes, manifest.Chunks, manifest.TreeRoot,
            manifest.Sha256.ToString(), papers.Signed.Sha256, papers.SealManifest(caseKeys), clock.GetUtcNow());
        var lineage = ItemLineage.Of(manifest);
        lineage.Store(s, manifest.ItemId);
        if (ItemLineage.Remark(s, caseKeys, cover.Case, lineage) is { } remark)
            Events.Append(s, clock.GetUtcNow(), "item.lineage", cover.Case, manifest.ItemId, $"{manifest.ExhibitNumber}: {remark}");
        DeclaredHold.Of(s, cover.Case, manifest.ItemId, manifest.Handling, cover.Sender.Authority, clock.GetUtcNow());
        // The conditions of use are in them: they stay with the item as long as it is here.
        var item = ItemRow.Find(s, manifest.ItemId)!;
        foreach (var release in releases)
            new Decision(Release.Read(release.Content).Value.Decision.ToString(), release.Signer.CommonName ?? release.Signer.Subject, release).Append(s, caseKeys, item, clock.GetUtcNow());
    }

    private Refusal? Circle(Session s, Manifest manifest) => ItemLineage.Circle(s, caseKeys, manifest.Case, manifest.ItemId, manifest.ParentItem);

    // What was taken once is not refused when it comes again.
    private static Refusal? Blank(OpenedMessage message, Refusal? refusal) => message.WasTaken || message.WasAccepted ? null : refusal;

    private static bool Same(ItemRow known, ItemPapers papers)
        => known.Direction == ItemDirection.IN && known.CaseId == papers.Manifest.Case && known.ManifestSha256 == papers.Signed.Sha256;
}
