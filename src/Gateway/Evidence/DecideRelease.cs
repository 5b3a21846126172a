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
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;

namespace Gateway.Evidence;

/// <summary>
/// Two persons decide that an item leaves: one proposes, another approves or rejects. The approval sends the item. In an emergency, where
/// the State's profile allows it, one person releases alone on a duty judge's word, and another reviews it afterwards.
/// </summary>
internal sealed class DecideRelease(Database database, CaseKeys caseKeys, PeerDirectory peers, ReleaseItem releaseItem, Room room, Alarms alarms, NeedToKnow access, TimeProvider clock)
{
    public const string Type = "release";

    public Composition Compose(User user, JsonElement fields)
    {
        var given = new GivenFields(fields, "itemId", "manifestSha256", "case", "decision", "legalBasis", "conditions", "dutyJudge", "role");
        var item = given.Text("itemId");
        var decision = given.Word<ReleaseDecision>("decision");
        var release = new Release(Ids.New(), item, given.Digest("manifestSha256"), given.Text("case"), user.Authority, default, decision, given.Text("legalBasis"), clock.GetUtcNow(), given.Optional("conditions"), given.Optional("dutyJudge"));
        if (given.Failed)
            return given.Refused;
        var found = Find(user, item);
        // Who approves signs the conditions of the proposal; who decides otherwise says so in words of their own.
        if (found.Succeeded && found.Value.Awaits(decision) is { } awaiting)
            release = release with { Id = awaiting.Release.Id, Conditions = decision == ReleaseDecision.APPROVE ? release.Conditions ?? awaiting.Release.Conditions : release.Conditions };
        if (found.Succeeded)
            release = release with { Terms = found.Value.TermsOf(decision), Role = given.Optional("role") is null ? RoleOf(peers, user, found.Value.Case.Urgency) : given.Word<Role>("role") };
        if (given.Failed)
            return given.Refused;
        return given.Compose(release.Write, bytes => Release.Read(bytes).Refusal ?? release.RefuseBlank(), () => found.TryGet(out var view, out var refusal) ? Judge(view, release, user) : refusal);
    }

    public async Task<Outcome<KeptOutcome>> Submit(SubmittedDocument document, IReadOnlyList<Part> attachments, IdempotencyTicket ticket)
    {
        if (attachments.Count > 0)
            return new Refusal(RefusalCode.AttachmentNotAllowed, "nothing travels beside a release", "attachments");
        if (!Release.Read(document.Content).TryGet(out var release, out var refusal) || !Find(document.User, release.ItemId).TryGet(out var view, out refusal))
            return refusal;
        if (release.RefuseBlank() is { } blank)
            return blank;
        if (SignedTime.Composed(release.Time, clock.GetUtcNow(), "decision") is { } misdated)
            return misdated;
        if (Judge(view, release, document.User) is { } no)
            return no;
        var decision = new Decision(release.Decision.ToString(), document.User.Name, document.Signed);
        if (release.Decision == ReleaseDecision.ALONE)
            return await releaseItem.Run(view, null, decision, new Actor(document.User.Name, document.User.Authority), ticket);
        if (release.Decision != ReleaseDecision.PROPOSE && !ReleaseRules.AreTwo(view.Awaits(release.Decision)!.Signed.Signer, document.Signed.Signer) && release.Decision != ReleaseDecision.REJECT)
            return new Refusal(RefusalCode.SamePersonTwice, "the decision before bears the signature of the same person");
        if (release.Decision == ReleaseDecision.APPROVE)
            return await releaseItem.Run(view, view.Proposal!.Signed, decision, new Actor(document.User.Name, document.User.Authority), ticket);
        return await Keep(view, decision, ticket);
    }

    // Everything but what lets the item go.
    private async Task<KeptOutcome> Keep(ReleaseView view, Decision decision, IdempotencyTicket ticket)
    {
        var (to, @event, what) = decision.Kind switch
        {
            nameof(ReleaseDecision.PROPOSE) => (ItemState.PROPOSED, "item.proposed", "is proposed"),
            nameof(ReleaseDecision.REJECT) => (ItemState.ATTACHED, "item.refused", "is not released"),
            nameof(ReleaseDecision.UPHOLD) => (view.Item.State, "item.releaseUpheld", "was rightly released by one person"),
            _ => (view.Item.State, "item.releaseObjected", "was wrongly released by one person; ask the other side what became of it"),
        };
        var kept = new KeptOutcome("", view.Case.Id, $"{view.Item.Exhibit} {what}");
        var now = clock.GetUtcNow();
        await database.Write(view.Case.Lane, s =>
        {
            if (to != view.Item.State)
                view.Item.Move(s, to);
            else if (Decision.Unreviewed(s, view.Item.Id) is null)
                throw new CaseMovedException();
            decision.Append(s, caseKeys, view.Item, now);
            new AuditRecord($"release.{decision.Kind.ToLowerInvariant()}", decision.User, view.Item.Id, view.Case.Id, decision.Signed.Sha256.ToString()).Append(s, now);
            Events.Append(s, now, @event, view.Case.Id, view.Item.Id, kept.Sentence);
            ticket.Keep(s, kept, now);
        });
        if (to == view.Item.State)
            alarms.Clear(AlarmCode.RELEASE_UNREVIEWED, view.Item.Id);
        return kept;
    }

    private Outcome<ReleaseView> Find(User user, string id) => database.Read<Outcome<ReleaseView>>(s =>
    {
        if (user.Refuse(Permission.ReadReceipts) is { } notPermitted)
            return notPermitted;
        if (ItemRow.Find(s, id) is not { Direction: ItemDirection.OUT } item || CaseRow.Seen(s, access.Of(user, Permission.ReadReceipts), item.CaseId) is not { } row)
            return new Refusal(RefusalCode.NotFound, "no such item was attached here, or it is not open to you", "itemId");
        if (!user.Roles.Contains(Role.FORENSIC_LAB) && access.RefuseActing(s, user, row.Id) is { } elsewhere)
            return elsewhere;
        var decisions = Decision.Of(s, caseKeys, item);
        var lone = Decision.Unreviewed(s, id) is { } alone ? decisions[(int)alone.Seq - 1] : null;
        return new ReleaseView(row, item, item.State == ItemState.PROPOSED ? AwaitedDecision.Of(decisions[^1]) : null, lone is null ? null : AwaitedDecision.Of(lone), UseTerms.Of(s, caseKeys, row)?.ReleasedTo(row.OtherSide));
    });

    private Refusal? Judge(ReleaseView view, Release release, User user)
    {
        var (row, item) = (view.Case, view.Item);
        var permission = release.Decision is ReleaseDecision.PROPOSE or ReleaseDecision.ALONE ? Permission.ProposeRelease : Permission.ApproveRelease;
        if (Permissions.Permit(permission, user.Roles, row.Kind, row.Urgency, peers.OwnCard.Card.Profile) is { } notPermitted)
            return notPermitted;
        if (!user.Roles.Contains(release.Role))
            return new Refusal(RefusalCode.RoleMissing, $"{user.Name} is {string.Join(", ", user.Roles)} here, not {release.Role}", "role");
        // The other side asks the same of our card: better now than when the item is refused there.
        if (ReleaseRules.InRole(release with { Authority = user.Authority }, RolesOf(peers, user), row.Urgency) is { } notInRole)
            return notInRole;
        if (item.ManifestSha256 is null)
            return new Refusal(RefusalCode.ItemIncomplete, "the laboratory has not finished attaching the item", "itemId");
        if (release.Case != row.Id || release.ManifestSha256 != item.ManifestSha256 || release.Authority != user.Authority)
            return new Refusal(RefusalCode.ManifestMismatch, "the decision is about another case or manifest, or for another authority than the signer's", "manifestSha256");
        if (release.Terms != view.TermsOf(release.Decision))
            return new Refusal(RefusalCode.StateConflict, "the conditions of the case are others by now; compose the decision again", "terms");
        if (row.State.IsFinal() && release.Decision is not (ReleaseDecision.UPHOLD or ReleaseDecision.OBJECT))
            return new Refusal(RefusalCode.TransitionNotAllowed, $"the case is {row.State}; nothing leaves for it any more", "case");
        if (release.Decision is ReleaseDecision.PROPOSE or ReleaseDecision.ALONE or ReleaseDecision.APPROVE && room.ByWire(row.Peer, item.SizeBytes, item.ByCarrier) is { } tooLarge)
            return tooLarge;
        if (release.Decision is ReleaseDecision.PROPOSE or ReleaseDecision.ALONE or ReleaseDecision.APPROVE && database.Read(s => HeldBack(s, row, clock.GetUtcNow())) is { } held)
            return held;
        if (release.Decision is ReleaseDecision.PROPOSE or ReleaseDecision.ALONE or ReleaseDecision.APPROVE && database.Read(s => TakenTooLate(s, row, item)) is { } late)
            return late;
        if (release.Decision is ReleaseDecision.PROPOSE or ReleaseDecision.ALONE or ReleaseDecision.APPROVE && database.Read(s => RecordRows.Unsigned(s, caseKeys, row.Id, item.Id)) is { Count: > 0 } open)
            return new Refusal(RefusalCode.CertifierDiffers, $"a certificate of the item bears no signature of {string.Join(" and of ", open)}", "itemId");
        return release.Decision switch
        {
            ReleaseDecision.UPHOLD or ReleaseDecision.OBJECT => Awaited(view.Lone, "no release by one person waits for a review", release, user),
            ReleaseDecision.PROPOSE when item.State != ItemState.ATTACHED => new Refusal(RefusalCode.TransitionNotAllowed, $"the item is {item.State}; only an attached one is proposed", "decision"),
            ReleaseDecision.ALONE when item.State is not (ItemState.ATTACHED or ItemState.PROPOSED) => new Refusal(RefusalCode.TransitionNotAllowed, $"the item is {item.State}; only what has not left is released", "decision"),
            ReleaseDecision.ALONE => ReleaseRules.Alone(row.Urgency, peers.OwnCard.Card.Profile),
            ReleaseDecision.PROPOSE => null,
            ReleaseDecision.REJECT => Awaited(view.Proposal, $"the item is {item.State}; nobody has proposed its release", release, user: null),
            ReleaseDecision.APPROVE => Awaited(view.Proposal, $"the item is {item.State}; nobody has proposed its release", release, user)
                ?? (release.Conditions == view.Proposal!.Release.Conditions ? null : new Refusal(RefusalCode.StateConflict, "the proposal states other conditions; reject it and propose anew", "conditions"))
                ?? (view.Terms == view.Proposal.Release.Terms ? null : new Refusal(RefusalCode.StateConflict, "conditions were accepted since the proposal; reject it and propose anew", "terms")),
        };
    }

    /// <summary>Why nothing of the case may leave as it stands in this snapshot.</summary>
    internal static Refusal? HeldBack(Session s, CaseRow row, DateTimeOffset now) => CaseWarnings.HoldsBack(row, CaseFacts.Of(s, row.Id), row.History(s).Standing, now);

    private Refusal? TakenTooLate(Session s, CaseRow row, ItemRow item)
        => KeptDocuments.Read(s, caseKeys, row.Id, row.RequestMessage, PartRole.request) is { } document && Request.Read(document).TryGet(out var request, out _)
            ? MeasureBounds.Refuse(row.Kind, request.Fields, ItemPapers.Open(s, caseKeys, item).Manifest.AcquiredTo, "itemId")
            : null;

    // The first role that releases among those that the person holds here and that our card gives to the authority; else one that the judgement then names.
    internal static Role RoleOf(PeerDirectory peers, User user, Urgency urgency)
    {
        var releasing = Permissions.Of(Permission.ApproveRelease).Select(grant => grant.Role).Where(user.Roles.Contains).ToList();
        var byCard = RolesOf(peers, user);
        return releasing.Where(role => byCard.Contains(role) && Permissions.Permit(Permission.ApproveRelease, [role], urgency: urgency) is null)
            .Concat(releasing).Append(user.Roles[0]).First();
    }

    private static IReadOnlyList<Role> RolesOf(PeerDirectory peers, User user) => Roles.Of(peers.OwnCard.Card.Find(user.Authority)?.Roles ?? []);

    // The decision that waits for a second person; a rejection may come from the first one.
    private static Refusal? Awaited(AwaitedDecision? awaited, string nothing, Release release, User? user)
    {
        if (awaited is null)
            return new Refusal(RefusalCode.TransitionNotAllowed, nothing, "decision");
        if (awaited.Release.Id != release.Id)
            return new Refusal(RefusalCode.StateConflict, "the decision is about another one than the one that waits", "id");
        return awaited.User == user?.Name ? new Refusal(RefusalCode.SamePersonTwice, $"Release needs a second authorised person. {awaited.User} has decided already.") : null;
    }
}

/// <summary>A signed decision that waits for another person's.</summary>
internal sealed record AwaitedDecision(string User, SignedDocument Signed, Release Release)
{
    public static AwaitedDecision Of(Decision decision) => new(decision.User, decision.Signed, Release.Read(decision.Signed.Content).Value);
}

/// <summary>An item before a decision, with the proposal that waits for approval, or the lone release that waits for review.</summary>
internal sealed record ReleaseView(CaseRow Case, ItemRow Item, AwaitedDecision? Proposal, AwaitedDecision? Lone, string? Terms)
{
    /// <summary>The terms of the case that a decision states: those of today when it begins a release, those of the proposal when it approves one.</summary>
    public string? TermsOf(ReleaseDecision decision) => decision switch
    {
        ReleaseDecision.PROPOSE or ReleaseDecision.ALONE => Terms,
        ReleaseDecision.APPROVE => Proposal?.Release.Terms,
        ReleaseDecision.REJECT or ReleaseDecision.UPHOLD or ReleaseDecision.OBJECT => null,
    };

    /// <summary>What a decision is about.</summary>
    public AwaitedDecision? Awaits(ReleaseDecision decision) => decision switch
    {
        ReleaseDecision.APPROVE or ReleaseDecision.REJECT => Proposal,
        ReleaseDecision.UPHOLD or ReleaseDecision.OBJECT => Lone,
        ReleaseDecision.PROPOSE or ReleaseDecision.ALONE => null,
    };
}
