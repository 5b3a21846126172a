using System.Text.Json;
using Gateway.Access;
using Gateway.Cases;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;

namespace Gateway.Custody;

/// <summary>A person writes down what happened to an item: composed against its chain, signed by that person, chained and logged in one transaction.</summary>
internal sealed class AddCustody(Database database, CaseKeys caseKeys, KeyRing keys, PeerDirectory peers, NeedToKnow access, TimeProvider clock)
{
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    public Composition Compose(User user, JsonElement fields)
    {
        var id = fields.ValueKind == JsonValueKind.Object && fields.TryGetProperty("item", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        if (!Find(id, user).TryGet(out var found, out var refusal))
            return new Composition(null, [refusal], []);
        var (item, head, before) = found;
        var context = new CustodyContext(item.Id, item.CaseId, item.ManifestSha256, head.Seq + 1, head.Sha256, new Actor(user.Name, user.Authority), clock.GetUtcNow()) { Before = before };
        var composition = CustodyComposer.Compose(fields, context);
        return composition.Document is { } bytes && Judge(CustodyEvent.Read(bytes).Value, item, user) is { } no ? new Composition(null, [no], []) : composition;
    }

    public async Task<Outcome<KeptOutcome>> Submit(SubmittedDocument document, IReadOnlyList<Part> attachments, IdempotencyTicket ticket)
    {
        if (attachments.Count > 0)
            return new Refusal(RefusalCode.AttachmentNotAllowed, "nothing travels beside a custody event; name attachments by their digest", "attachments");
        if (!CustodyEvent.Read(document.Content).TryGet(out var custody, out var refusal) || !Find(custody.Item, document.User).TryGet(out var found, out refusal))
            return refusal;
        var (item, head, _) = found;
        if (Judge(custody, item, document.User) is { } no)
            return no;
        if (custody.Seq != head.Seq + 1 || custody.Previous != head.Sha256)
            return new Refusal(RefusalCode.StateConflict, "another event of this item was recorded meanwhile; compose and sign again", "previous");
        var kept = new KeptOutcome("", item.CaseId, $"{item.Manifest.ExhibitNumber}: {custody.Event} is recorded as event {custody.Seq} of {custody.State}");
        var now = clock.GetUtcNow();
        try
        {
            await database.Write(Lane.Ordinary, s =>
            {
                CustodyRows.Append(s, caseKeys, new KeptEvent(custody, document.Signed), head, custody.Rule.Travels);
                Events.Append(s, now, "item.custody", item.CaseId, item.Id, $"{custody.Event} by {document.User.Name}");
                ticket.Keep(s, kept, now);
            });
        }
        catch (CustodyMovedException)
        {
            return new Refusal(RefusalCode.StateConflict, "another event of this item was recorded at the same moment; compose and sign again", "previous");
        }
        return kept;
    }

    private Outcome<(CustodyItem Item, CustodyHead Head, IReadOnlyCollection<CustodyKind> Before)> Find(string id, User user) => database.Read<Outcome<(CustodyItem, CustodyHead, IReadOnlyCollection<CustodyKind>)>>(s =>
    {
        if (CustodyItem.Find(s, caseKeys, id) is not { } item || CaseRow.Find(s, item.CaseId) is null)
            return user.Refuse(Permission.ReadReceipts) ?? CustodyAccess.NoItem;
        if (CustodyAccess.Refuse(s, caseKeys, access, item, user) is { } notPermitted)
            return notPermitted;
        HashSet<CustodyKind> before = [.. item.Manifest.Custody.Select(e => e.Event), .. s.Query("SELECT DISTINCT kind FROM custody_events WHERE item = $1", row => row.Word<CustodyKind>(0), id)];
        return (item, CustodyRows.Head(s, id, keys.State, item.ManifestSha256), before);
    });

    private Refusal? Judge(CustodyEvent custody, CustodyItem item, User user)
    {
        if (custody.Case != item.CaseId || custody.ManifestSha256 != item.ManifestSha256)
            return new Refusal(RefusalCode.ManifestMismatch, "the event is about another case or manifest", "manifestSha256");
        if (custody.RecordedBy != new Actor(user.Name, user.Authority))
            return new Refusal(RefusalCode.StateConflict, "the event was composed for another person", "recordedBy");
        // A gateway's own word bears the authority's seal; no person says it under that name.
        if (user.Name == CustodyEvent.Gateway)
            return new Refusal(RefusalCode.RoleMissing, $"nobody signs custody events as '{CustodyEvent.Gateway}'", "recordedBy");
        // The other side asks the same of our card, and so does whoever verifies it: better now than years later.
        if (CustodyRules.InRole(custody, CustodyAccess.RolesOf(peers, user.Authority)) is { } mayNot)
            return mayNot;
        if (!custody.Rule.Signers.Any(user.Roles.Contains))
            return new Refusal(RefusalCode.RoleMissing, $"{custody.Event} is signed by {string.Join(", ", custody.Rule.Signers)}", "event");
        if (custody.Time - clock.GetUtcNow() > ClockTolerance)
            return new Refusal(RefusalCode.ClockSkew, $"the event is dated {DocumentWriter.FormatLocalTime(custody.Time)}, which is still to come", "time");
        var corrects = custody.DigestOf("corrects");
        return corrects is { } digest && digest != item.ManifestSha256 && database.Read(s => s.Number("SELECT count(*) FROM custody_events WHERE item = $1 AND sha256 = $2", item.Id, digest)) == 0
            ? new Refusal(RefusalCode.NotFound, "no event of this item has this digest; 'gatewayctl evidence custody ITEM --json' shows them", "corrects")
            : null;
    }
}
