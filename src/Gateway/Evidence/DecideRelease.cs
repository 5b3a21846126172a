using System.Text.Json;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;

namespace Gateway.Evidence;

/// <summary>Two persons decide that an item leaves: one proposes, another approves or rejects. The approval sends the item.</summary>
internal sealed class DecideRelease(Database database, CaseKeys caseKeys, PeerDirectory peers, ReleaseItem releaseItem, TimeProvider clock)
{
    public const string Type = "release";

    public Composition Compose(User user, JsonElement fields)
    {
        var given = new GivenFields(fields, "itemId", "manifestSha256", "case", "decision", "legalBasis", "conditions");
        var item = given.Text("itemId");
        var decision = given.Word<ReleaseDecision>("decision");
        var release = new Release(Ids.New(), item, given.Digest("manifestSha256"), given.Text("case"), user.Authority, decision, given.Text("legalBasis"), clock.GetUtcNow(), given.Optional("conditions"));
        if (given.Failed)
            return given.Refused;
        var found = Find(item);
        if (found.Succeeded && decision != ReleaseDecision.PROPOSE && found.Value.Proposal is { } proposal)
            release = release with { Id = proposal.Release.Id };
        var bytes = release.Write();
        if (Release.Read(bytes).Refusal is { } malformed)
            given.Refuse(malformed);
        else if (!found.TryGet(out var view, out var refusal) || (refusal = Judge(view, release, user)) is not null)
            given.Refuse(refusal);
        return given.Failed ? given.Refused : new Composition(bytes, [], []);
    }

    public async Task<Outcome<KeptOutcome>> Submit(SubmittedDocument document, IReadOnlyList<Part> attachments, IdempotencyTicket ticket)
    {
        if (attachments.Count > 0)
            return new Refusal(RefusalCode.AttachmentNotAllowed, "nothing travels beside a release", "attachments");
        if (!Release.Read(document.Content).TryGet(out var release, out var refusal) || !Find(release.ItemId).TryGet(out var view, out refusal))
            return refusal;
        if (Judge(view, release, document.User) is { } no)
            return no;
        var decision = new Decision(release.Decision.ToString(), document.User.Name, document.Signed);
        if (release.Decision == ReleaseDecision.APPROVE)
            return view.Proposal!.Value.Signed.Signer.SpkiSha256 == document.Signed.Signer.SpkiSha256
                ? new Refusal(RefusalCode.SamePersonTwice, "the proposal bears the same signature")
                : await releaseItem.Run(view, view.Proposal.Value.Signed, decision, ticket);
        var (to, what) = release.Decision == ReleaseDecision.PROPOSE ? (ItemState.PROPOSED, "proposed") : (ItemState.ATTACHED, "not released");
        var kept = new KeptOutcome("", view.Case.Id, $"{view.Item.Exhibit} is {what}");
        var now = clock.GetUtcNow();
        await database.Write(view.Case.Lane, s =>
        {
            view.Item.Move(s, to);
            decision.Append(s, caseKeys, view.Item, now);
            new AuditRecord($"release.{release.Decision.ToString().ToLowerInvariant()}", document.User.Name, view.Item.Id, view.Case.Id, document.Signed.Sha256.ToString()).Append(s, now);
            Events.Append(s, now, to == ItemState.PROPOSED ? "item.proposed" : "item.refused", view.Case.Id, view.Item.Id, kept.Sentence);
            ticket.Keep(s, kept, now);
        });
        return kept;
    }

    private Outcome<ReleaseView> Find(string id) => database.Read<Outcome<ReleaseView>>(s =>
    {
        if (ItemRow.Find(s, id) is not { Direction: ItemDirection.OUT } item || CaseRow.Find(s, item.CaseId) is not { } row)
            return new Refusal(RefusalCode.NotFound, $"no item '{id}' was attached here", "itemId");
        var last = item.State == ItemState.PROPOSED ? Decision.Of(s, caseKeys, item)[^1] : null;
        return new ReleaseView(row, item, last is null ? null : (last.User, last.Signed, Release.Read(last.Signed.Content).Value));
    });

    private Refusal? Judge(ReleaseView view, Release release, User user)
    {
        var (row, item) = (view.Case, view.Item);
        var permission = release.Decision == ReleaseDecision.PROPOSE ? Permission.ProposeRelease : Permission.ApproveRelease;
        if (Permissions.Permit(permission, user.Roles, row.Kind, row.Urgency, peers.OwnCard.Card.Profile) is { } notPermitted)
            return notPermitted;
        if (item.ManifestSha256 is null)
            return new Refusal(RefusalCode.ItemIncomplete, "the laboratory has not finished attaching the item", "itemId");
        if (release.Case != row.Id || release.ManifestSha256 != item.ManifestSha256 || release.Authority != user.Authority)
            return new Refusal(RefusalCode.ManifestMismatch, "the decision is about another case or manifest, or for another authority than the signer's", "manifestSha256");
        if (row.State.IsFinal())
            return new Refusal(RefusalCode.TransitionNotAllowed, $"the case is {row.State}; nothing leaves for it any more", "case");
        return release.Decision switch
        {
            ReleaseDecision.PROPOSE when item.State != ItemState.ATTACHED => new Refusal(RefusalCode.TransitionNotAllowed, $"the item is {item.State}; only an attached one is proposed", "decision"),
            ReleaseDecision.APPROVE or ReleaseDecision.REJECT when view.Proposal is null => new Refusal(RefusalCode.TransitionNotAllowed, $"the item is {item.State}; nobody has proposed its release", "decision"),
            ReleaseDecision.APPROVE or ReleaseDecision.REJECT when view.Proposal.Value.Release.Id != release.Id => new Refusal(RefusalCode.StateConflict, "the decision is about another proposal", "id"),
            ReleaseDecision.APPROVE when view.Proposal.Value.User == user.Name => new Refusal(RefusalCode.SamePersonTwice, "the person who proposed cannot approve"),
            ReleaseDecision.PROPOSE or ReleaseDecision.APPROVE or ReleaseDecision.REJECT => null,
        };
    }
}

/// <summary>An item before a decision, with the proposal that waits.</summary>
internal sealed record ReleaseView(CaseRow Case, ItemRow Item, (string User, Protocol.Marks.SignedDocument Signed, Release Release)? Proposal);
