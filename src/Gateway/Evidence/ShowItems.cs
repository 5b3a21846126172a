using Gateway.Access;
using Gateway.Cases;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Reception;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Google.Protobuf;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Evidence;

/// <summary>Items as people see them, and their manifests. A laboratory sees what it attached itself.</summary>
internal sealed class ShowItems(Database database, CaseKeys caseKeys, PeerDirectory peers, NeedToKnow access, TimeProvider clock)
{
    public Outcome<ListItemsReply> List(ListItemsRequest request, User by)
    {
        if (by.Refuse(Permission.ReadReceipts) is { } notPermitted)
            return notPermitted;
        var ownOnly = by.Roles.All(r => r == Role.FORENSIC_LAB);
        var reply = new ListItemsReply { Term = peers.OwnCard.Card.Profile.EvidenceTerm(request.Language) ?? "" };
        var whole = request.CaseId.Length > 0 || request.Item.Length > 0;
        reply.Items.AddRange(database.Read(s =>
        {
            var uses = new Dictionary<string, DataUse?>(StringComparer.Ordinal);
            return Rows(s, request, by, ownOnly).Where(i => !ownOnly || i.Uploader == by.Name).GroupBy(i => i.CaseId).SelectMany(c => c).Select(i => whole ? Whole(s, i, uses) : Listed(s, i)).ToList();
        }));
        return reply;
    }

    private List<ItemRow> Rows(Session s, ListItemsRequest request, User by, bool ownOnly)
    {
        if (request.Item.Length > 0)
            return ItemRow.Find(s, request.Item) is { } one && (request.CaseId.Length == 0 || one.CaseId == request.CaseId) && access.Sees(s, by, Permission.ReadReceipts, one.CaseId) ? [one] : [];
        return request.CaseId.Length == 0 ? ItemRow.Seen(s, access.Of(by, Permission.ReadReceipts), ownOnly ? by.Name : "")
            : access.Sees(s, by, Permission.ReadReceipts, request.CaseId) ? ItemRow.OfCase(s, request.CaseId) : [];
    }

    private ItemView Listed(Session s, ItemRow item)
    {
        var view = View(s, item);
        if (item.Direction == ItemDirection.OUT && Decision.Unreviewed(s, item.Id) is { } alone)
            view.ReviewDue = DocumentWriter.FormatTime(WatchReviews.Due(alone.Time, peers));
        return view;
    }

    // What is kept under the case key costs opening it; what holds for the whole case is opened once.
    private ItemView Whole(Session s, ItemRow item, Dictionary<string, DataUse?> uses)
    {
        var view = Listed(s, item);
        if (item.State == ItemState.ERASED)
            return view;
        if (item.Lineage is null)
            Derived(s, view, ItemLineage.Of(s, caseKeys, item));
        var decisions = Decision.Of(s, caseKeys, item);
        if (decisions.LastOrDefault(d => d.Kind == Decision.Shipped) is { } shipped && Shipment.Read(shipped.Signed.Content).TryGet(out var shipment, out _))
            view.Shipment = shipment.ToString();
        if (decisions.LastOrDefault(d => d.Kind == Decision.Lost) is { } lost && Loss.Read(lost.Signed.Content).TryGet(out var loss, out _))
            view.Lost = loss.ToString();
        var released = decisions.LastOrDefault(d => d.Kind is nameof(ReleaseDecision.PROPOSE) or nameof(ReleaseDecision.ALONE));
        if (released is not null && Release.Read(released.Signed.Content).TryGet(out var release, out _))
        {
            view.Conditions = string.Join("; ", new[] { release.Conditions, release.Terms }.Where(text => text is not null));
            view.DutyJudge = release.DutyJudge ?? "";
            view.Approvers.Clear();
            view.Approvers.AddRange(decisions.Where(d => d.Kind is nameof(ReleaseDecision.PROPOSE) or nameof(ReleaseDecision.APPROVE) or nameof(ReleaseDecision.ALONE))
                .Select(d => Release.Read(d.Signed.Content).TryGet(out var decided, out _) ? $"{d.User} ({decided.Role})" : d.User).Distinct());
        }
        // What the request promised goes with the item, beside what was said when it was released.
        if (item.Direction == ItemDirection.IN && UseOf(s, item.CaseId, uses) is { Binds: true } use && !view.Conditions.Contains(use.Line, StringComparison.Ordinal))
            view.Conditions = view.Conditions.Length > 0 ? $"{view.Conditions}; {use.Line}" : use.Line;
        if (item.ManifestSha256 is not null && ItemPapers.Open(s, caseKeys, item).Manifest.Handling is { IsSpecial: true } && !view.Conditions.Contains(UseTerms.SpecialCategory, StringComparison.Ordinal))
            view.Conditions = view.Conditions.Length > 0 ? $"{UseTerms.SpecialCategory}; {view.Conditions}" : UseTerms.SpecialCategory;
        return view;
    }

    private DataUse? UseOf(Session s, string caseId, Dictionary<string, DataUse?> uses)
    {
        if (!uses.TryGetValue(caseId, out var use))
            uses[caseId] = use = CaseRow.Find(s, caseId) is { } row ? DataUse.Of(s, caseKeys, row, clock.GetUtcNow()) : null;
        return use;
    }

    public Outcome<FetchManifestReply> Manifest(FetchManifestRequest request, User by) => database.Read<Outcome<FetchManifestReply>>(s =>
    {
        if (ItemRow.Find(s, request.Item) is not { ManifestSha256: not null } item || !access.Sees(s, by, Permission.ReadReceipts, item.CaseId))
            return by.Refuse(Permission.ReadReceipts) ?? new Refusal(RefusalCode.NotFound, "there is no such item with a manifest, or it is not open to you", "item");
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
            Receipt = item.AttachedLeaf is { } leaf ? $"{Ids.StateOf(OwnAuthority(s, item))}-{leaf}" : "",
            Damaged = ItemDamage.Any(s, item.Id) ? ItemDamage.Text(ItemDamage.Of(s, item.Id)) : "",
        };
        Derived(s, view, item.Lineage);
        view.Approvers.AddRange(s.Query("SELECT user FROM item_decisions WHERE item = $1 AND kind IN ('PROPOSE', 'APPROVE', 'ALONE') ORDER BY seq", row => row.GetString(0), item.Id).Distinct());
        return view;
    }

    // The exhibit of what it was derived from, where that is here: an extract may have been released without the whole.
    private static void Derived(Session s, ItemView view, ItemLineage? lineage)
    {
        if (lineage is null)
            return;
        (view.Derivation, view.RootExhibit, view.ParentItem) = (lineage.Derivation, lineage.RootExhibit, lineage.Parent ?? "");
        if (lineage.Parent is not null)
            view.ParentExhibit = s.One("SELECT coalesce(exhibit, '') FROM items WHERE id = $1 AND case_id = $2", row => row.GetString(0), lineage.Parent, view.CaseId) ?? "";
    }

    private static string OwnAuthority(Session s, ItemRow item) => s.One("SELECT own_authority FROM cases WHERE id = $1", row => row.GetString(0), item.CaseId)!;

    // The sending side learns of the hand-over by its receipt.
    private static bool TakenOver(Session s, ItemRow item)
        => s.Number("SELECT count(*) FROM receipts WHERE chain = $1 AND item = $2 AND event = $3", item.CaseId, item.Id, ReceiptEvent.ContentHandover) > 0;
}
