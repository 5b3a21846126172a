using System.Text.Json;
using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Custody;
using Gateway.Keys;
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
/// The recipient's officer states what came out of decrypting. Agreement hands the item over: ContentHandover. Anything else is a
/// ContentHandoverFailure, and the item may be tried again. The chains of a closed case take no more receipts; the statement is kept alone.
/// A key that does not open is such a failure too: who could be given none states it, and the sender is asked for another one.
/// </summary>
internal sealed class HandOverItem(Database database, CaseKeys caseKeys, KeyRing keys, PeerDirectory peers, ItemGrants grants, ConsignItem consign, ScrubItems scrub, RecordCustody custody, NeedToKnow access, TimeProvider clock)
{
    public const string Type = "handOver";

    public Composition Compose(User user, JsonElement fields)
    {
        var given = new GivenFields(fields, "itemId", "manifestSha256", "case", "outcome", "digests");
        var statement = new HandOver(given.Text("itemId"), given.Digest("manifestSha256"), given.Text("case"), given.Word<HandOverOutcome>("outcome"),
            [.. given.Pairs("digests", "algorithm", "value").Select(p => new ItemDigest(p.First, p.Second))], clock.GetUtcNow());
        return given.Compose(statement.Write, bytes => HandOver.Read(bytes).Refusal, () => Find(statement, user).Refusal);
    }

    public async Task<Outcome<KeptOutcome>> Submit(SubmittedDocument document, IReadOnlyList<Part> attachments, IdempotencyTicket ticket)
    {
        if (attachments.Count > 0)
            return new Refusal(RefusalCode.AttachmentNotAllowed, "nothing travels beside a hand-over", "attachments");
        if (!HandOver.Read(document.Content).TryGet(out var statement, out var refusal) || !Find(statement, document.User).TryGet(out var found, out refusal))
            return refusal;
        var (row, item, manifest, keyless) = found;
        if (SignedTime.Composed(statement.Time, clock.GetUtcNow(), "hand-over") is { } misdated)
            return misdated;
        var agreed = statement.Outcome == HandOverOutcome.AGREED;
        var closed = database.Read(s => Chains.IsClosed(s, row.Id));
        var kept = new KeptOutcome(item.Message!, row.Id, item.State == ItemState.HANDED_OVER
            ? $"{item.Exhibit} was handed over before"
            : agreed ? $"{item.Exhibit} is handed over: every digest agrees" : $"{item.Exhibit} is not handed over: {statement.Outcome}{(keyless ? "; its key does not open, and the other side is asked for another one" : "")}");
        var now = clock.GetUtcNow();
        void Keep(Session s)
        {
            // Closed meanwhile: no receipt may follow any more.
            if (!closed && Chains.IsClosed(s, row.Id))
                throw new CaseMovedException();
            if (agreed && item.State == ItemState.COMPLETE)
                item.Move(s, ItemState.HANDED_OVER);
            new Decision(Decision.HandOver, document.User.Name, document.Signed).Append(s, caseKeys, item, now);
            new AuditRecord("item.handOver", document.User.Name, item.Id, row.Id, statement.Outcome.ToString()).Append(s, now);
            Events.Append(s, now, agreed ? "item.handedOver" : "item.handOverFailed", row.Id, item.Id, kept.Sentence);
            if (keyless)
                ItemDamage.AskGrant(s, item.Id, now);
            ticket.Keep(s, kept, now);
        }

        CustodyDraft Said(Digest? receipt) => ItemCustody.Compared(statement, manifest, item.Message!, new Actor(document.User.Name, document.User.Authority), document.Signed.Sha256, receipt);
        if (closed || item.State == ItemState.HANDED_OVER)
        {
            await custody.With(row, item.Id, item.ManifestSha256!.Value, [Said(agreed ? database.Read(s => Chains.OfItem(s, row.Id, keys.State, item.Id, ReceiptEvent.ContentHandover)) : null)], async record =>
            {
                await database.Write(row.Lane, s =>
                {
                    Keep(s);
                    record(s);
                });
                return true;
            });
        }
        else
            await consign.Issue(row, item, [agreed ? ReceiptEvent.ContentHandover : ReceiptEvent.ContentHandoverFailure], agreed ? [] : [RefusalCode.ItemDigestMismatch], receipt => Said(receipt), Keep);
        // Was it our disk? Then the chunks are named, and come again.
        if (!agreed && !keyless)
            await scrub.Ask(item.Id);
        return kept;
    }

    private Outcome<(CaseRow Case, ItemRow Item, Manifest Manifest, bool Keyless)> Find(HandOver statement, User user) => database.Read<Outcome<(CaseRow, ItemRow, Manifest, bool)>>(s =>
    {
        if (user.RefuseAlways(Permission.TakeEvidence) is { } closed)
            return closed;
        if (ItemRow.Find(s, statement.ItemId) is not { Direction: ItemDirection.IN } item || CaseRow.Seen(s, access.Of(user, Permission.TakeEvidence), item.CaseId) is not { } row)
            return new Refusal(RefusalCode.NotFound, "no such item was received here, or it is not open to you", "itemId");
        if (Permissions.Permit(Permission.TakeEvidence, user.Roles, row.Kind, row.Urgency, peers.OwnCard.Card.Profile) is { } notPermitted)
            return notPermitted;
        // Who has a copy of the case reads; that the item came over as it was sent, they say who work on the case.
        if (access.RefuseDeciding(s, user, row.Id) is { } elsewhere)
            return elsewhere;
        if (item.State is not (ItemState.COMPLETE or ItemState.HANDED_OVER))
            return new Refusal(RefusalCode.ItemIncomplete, "not all chunks have arrived", "itemId");
        var papers = ItemPapers.Open(s, caseKeys, item);
        var keyless = statement.Outcome == HandOverOutcome.UNREADABLE && OpensNothing(papers, row);
        if (!keyless && !TakeItem.HasKey(s, item, user))
            return new Refusal(RefusalCode.KeyNotHandedOut, $"{user.Name} was never given the key of {item.Exhibit}, and so decrypted nothing", "itemId");
        return statement.Check(papers.Manifest, papers.Signed.Sha256) is { } mismatch ? mismatch : (row, item, papers.Manifest, keyless);
    });

    // Nobody can be given such a key: the gateway sees for itself that it opens nothing. One that has not come yet is on its way.
    private bool OpensNothing(ItemPapers papers, CaseRow row)
    {
        if (papers.Grant.Length == 0)
            return false;
        if (!grants.Open(papers.Grant, row.OwnAuthority, papers.Manifest, papers.Signed.Sha256).TryGet(out var key, out _))
            return true;
        key.Dispose();
        return false;
    }
}
