using System.Text.Json;
using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Evidence;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;

namespace Gateway.Erasures;

/// <summary>Two persons decide that a case is erased: one proposes, another approves or rejects. The approval erases.</summary>
internal sealed class DecideErasure(Database database, EraseCase erase, UserDirectory users, PeerDirectory peers, NeedToKnow access, TimeProvider clock)
{
    public Composition Compose(User user, JsonElement fields)
    {
        var given = new GivenFields(fields, "case", "decision", "reason", "legalBasis");
        var step = given.Word<ErasureStep>("decision");
        var found = Find(user, given.Text("case"));
        var proposal = found.Succeeded ? found.Value.Proposal : null;
        // Who approves what another proposed need not repeat why.
        var reason = given.Optional("reason") is null && proposal is not null ? proposal.Decision.Reason : given.Word<ErasureReason>("reason");
        var decision = new ErasureDecision(step == ErasureStep.PROPOSE || proposal is null ? Ids.New() : proposal.Decision.Id, given.Text("case"), user.Authority, step, reason, given.Text("legalBasis"), clock.GetUtcNow());
        if (given.Failed)
            return given.Refused;
        var bytes = decision.Write();
        if (ErasureDecision.Read(bytes).Refusal is { } malformed)
            given.Refuse(malformed);
        else if (!found.TryGet(out var view, out var refusal) || (refusal = Judge(view, decision, user)) is not null)
            given.Refuse(refusal);
        return given.Failed ? given.Refused : new Composition(bytes, [], []);
    }

    public async Task<Outcome<KeptOutcome>> Submit(SubmittedDocument document, IReadOnlyList<Part> attachments, IdempotencyTicket ticket)
    {
        if (attachments.Count > 0)
            return new Refusal(RefusalCode.AttachmentNotAllowed, "nothing travels beside a decision to erase", "attachments");
        if (!ErasureDecision.Read(document.Content).TryGet(out var decision, out var refusal) || !Find(document.User, decision.Case).TryGet(out var view, out refusal))
            return refusal;
        if (Judge(view, decision, document.User) is { } no)
            return no;
        var stored = new StoredDecision(decision.Decision.ToString(), document.User.Name, document.Signed, decision);
        if (decision.Decision == ErasureStep.APPROVE)
            return view.Proposal!.Signed.Signer.SpkiSha256 == document.Signed.Signer.SpkiSha256
                ? new Refusal(RefusalCode.SamePersonTwice, "the proposal bears the same signature")
                : await erase.Run(view.Case, view.Proposal, stored, ticket);
        var kept = new KeptOutcome("", decision.Case, decision.Decision == ErasureStep.PROPOSE ? "the erasure waits for a second person" : "the case is not erased");
        var now = clock.GetUtcNow();
        await database.Write(view.Case.Lane, s =>
        {
            ErasureRows.Append(s, decision, document.User.Name, document.Signed, now);
            new AuditRecord($"erasure.{decision.Decision.ToString().ToLowerInvariant()}", document.User.Name, decision.Case, decision.Case, document.Signed.Sha256.ToString()).Append(s, now);
            Events.Append(s, now, decision.Decision == ErasureStep.PROPOSE ? "erasure.proposed" : "erasure.rejected", decision.Case, decision.Id, $"by {document.User.Name}");
            ticket.Keep(s, kept, now);
        });
        return kept;
    }

    private Outcome<ErasureView> Find(User user, string caseId) => user.Refuse(Permission.EraseCase) is { } notPermitted ? notPermitted : database.Read<Outcome<ErasureView>>(s => CaseRow.Seen(s, access.Of(user, Permission.EraseCase), caseId) is { } row
        ? new ErasureView(row, ErasureRows.Proposal(s, caseId), erase.Judge(s, caseId), access.RefuseAnswering(s, user, row.Id), EraseRecords.Lifters(s, row.Id))
        : NeedToKnow.NoCase("case"));

    private Refusal? Judge(ErasureView view, ErasureDecision decision, User user)
    {
        var row = view.Case;
        if (Permissions.Permit(Permission.EraseCase, user.Roles, row.Kind, row.Urgency, peers.OwnCard.Card.Profile) is { } notPermitted)
            return notPermitted;
        if (view.Elsewhere is { } elsewhere)
            return elsewhere;
        if (decision.Authority != user.Authority)
            return new Refusal(RefusalCode.RoleMissing, $"{user.Name} works for {user.Authority}", "authority");
        // A proposal that can no longer be carried out may still be rejected.
        if (decision.Decision != ErasureStep.REJECT && view.Obstacle is { } obstacle)
            return obstacle;
        return decision.Decision switch
        {
            ErasureStep.PROPOSE => view.Proposal is null ? null : new Refusal(RefusalCode.StateConflict, $"{view.Proposal.User} has proposed it already; a second person approves or rejects", "decision"),
            ErasureStep.APPROVE or ErasureStep.REJECT when view.Proposal is null => new Refusal(RefusalCode.TransitionNotAllowed, "nobody has proposed to erase the case", "decision"),
            ErasureStep.APPROVE or ErasureStep.REJECT when view.Proposal.Decision.Id != decision.Id => new Refusal(RefusalCode.StateConflict, "the decision is about another proposal", "id"),
            ErasureStep.APPROVE when view.Proposal.Decision.Reason != decision.Reason => new Refusal(RefusalCode.StateConflict, $"the case was proposed for {view.Proposal.Decision.Reason}", "reason"),
            ErasureStep.APPROVE when IsSamePerson(view.Proposal.User, user) => new Refusal(RefusalCode.SamePersonTwice, "the person who proposed cannot approve"),
            // Else one person lifts the hold, and the second look is at nothing.
            ErasureStep.APPROVE when view.Lifters.Any(lifter => IsSamePerson(lifter, user)) => new Refusal(RefusalCode.SamePersonTwice, "who lifted the legal hold cannot approve the erasure"),
            ErasureStep.APPROVE or ErasureStep.REJECT => null,
        };
    }

    private bool IsSamePerson(string name, User user) => name == user.Name || (users.ByName(name) is { } first && first.IsSamePersonAs(user));

    private sealed record ErasureView(CaseRow Case, StoredDecision? Proposal, Refusal? Obstacle, Refusal? Elsewhere, IReadOnlyList<string> Lifters);
}
