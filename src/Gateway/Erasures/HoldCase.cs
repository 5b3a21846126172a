using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Erasures;

/// <summary>A legal hold: while it stands, nothing of the case can be erased. Setting and lifting are recorded with their reason.</summary>
internal sealed class HoldCase(Database database, PeerDirectory peers, ShowCases show, NeedToKnow access, string ownState, TimeProvider clock)
{
    private const int MaxReason = 500;

    public Task<Outcome<CaseView>> Hold(HoldCaseRequest request, User by) => Change(request, by, "case.held", s =>
    {
        if (ErasureRows.IsErased(s, request.CaseId, ownState))
            return new Refusal(RefusalCode.RetentionPassed, "the case is erased already", "caseId");
        return s.Run("INSERT INTO case_holds (case_id, by, reason, since) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", request.CaseId, by.Name, request.Reason, clock.GetUtcNow()) == 1
            ? null
            : new Refusal(RefusalCode.StateConflict, $"the case is held already by {ErasureRows.Hold(s, request.CaseId)}", "caseId");
    });

    public Task<Outcome<CaseView>> Unhold(HoldCaseRequest request, User by) => Change(request, by, "case.unheld", s =>
        s.Run("DELETE FROM case_holds WHERE case_id = $1", request.CaseId) == 1 ? null : new Refusal(RefusalCode.StateConflict, "the case is not held", "caseId"));

    private async Task<Outcome<CaseView>> Change(HoldCaseRequest request, User by, string act, Func<Session, Refusal?> change)
    {
        if (request.Reason.Trim().Length is 0 or > MaxReason)
            return new Refusal(RefusalCode.ArgumentNotValid, $"a reason of 1 to {MaxReason} characters is needed; it is recorded", "reason");
        var refusal = await database.Write<Refusal?>(Lane.Ordinary, s =>
        {
            if (CaseRow.Seen(s, access.Of(by, Permission.EraseCase), request.CaseId) is not { } row)
                return by.Refuse(Permission.EraseCase) ?? NeedToKnow.NoCase();
            if (Permissions.Permit(Permission.EraseCase, by.Roles, row.Kind, row.Urgency, peers.OwnCard.Card.Profile) is { } notPermitted)
                return notPermitted;
            if (access.RefuseAnswering(s, by, row.Id) is { } elsewhere)
                return elsewhere;
            if (change(s) is { } no)
                return no;
            new AuditRecord(act, by.Name, request.CaseId, request.CaseId, request.Reason).Append(s, clock.GetUtcNow());
            // Who held and who lifted outlives the case; why they did goes with it.
            new AuditRecord(act == "case.held" ? DeclaredHold.Kept : EraseRecords.Unheld, by.Name, request.CaseId, request.CaseId).Append(s, clock.GetUtcNow());
            Events.Append(s, clock.GetUtcNow(), act, request.CaseId, request.CaseId, $"by {by.Name}");
            return null;
        });
        return refusal ?? show.Show(new ShowCaseRequest { CaseId = request.CaseId }, by);
    }
}
