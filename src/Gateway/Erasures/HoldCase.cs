using System.Globalization;
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

/// <summary>
/// Legal holds: while one stands, nothing of the case can be erased. Several persons hold a case for reasons of their own, beside those that either State declared; each is lifted by its number, and no
/// other with it. Setting and lifting are recorded with their reason.
/// </summary>
internal sealed class HoldCase(Database database, PeerDirectory peers, ShowCases show, NeedToKnow access, string ownState, TimeProvider clock)
{
    private const int MaxReason = 500;

    public Task<Outcome<CaseView>> Hold(HoldCaseRequest request, User by) => Change(request, by, DeclaredHold.Held, DeclaredHold.Kept, (s, now) =>
    {
        if (ErasureRows.IsErased(s, request.CaseId, ownState))
            return new Refusal(RefusalCode.RetentionPassed, "the case is erased already", "caseId");
        if (request.Until.Length > 0 && (!DateOnly.TryParseExact(request.Until, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) || day < DateOnly.FromDateTime(now.UtcDateTime)))
            return new Refusal(RefusalCode.ArgumentNotValid, "'until' is a day that has not passed (2031-12-31)", "until");
        if (CaseHolds.Of(s, request.CaseId).Find(hold => hold.By == by.Name && hold.Reason == request.Reason) is { } same)
            return new Refusal(RefusalCode.StateConflict, string.Create(CultureInfo.InvariantCulture, $"you hold the case for this reason already, as hold {same.Number}"), "reason");
        var number = CaseHolds.Set(s, request.CaseId, by.Name, request.Reason, request.Until.Length > 0 ? request.Until : null, now);
        return (request.Reason, string.Create(CultureInfo.InvariantCulture, $"hold {number} by {by.Name}"));
    });

    public Task<Outcome<CaseView>> Unhold(HoldCaseRequest request, User by) => Change(request, by, "case.unheld", EraseRecords.Unheld, (s, _) =>
    {
        var holds = CaseHolds.Of(s, request.CaseId);
        if (holds.Count == 0)
            return new Refusal(RefusalCode.StateConflict, "the case is not held", "caseId");
        // Without a number: the one that is left, by whoever set it. That of somebody else was perhaps never seen by this caller, whose own one was lifted before.
        if (request.Number == 0 && (holds.Count > 1 || holds[0].By != by.Name))
            return new Refusal(RefusalCode.ArgumentNotValid, $"{(holds.Count > 1 ? "the case is held more than once" : "the case is held by somebody else")}; say which hold is lifted: {string.Join("; ", holds.Select(hold => string.Create(CultureInfo.InvariantCulture, $"{hold.Number} ({hold.By})")))}", "number");
        if ((request.Number == 0 ? holds[0] : holds.Find(hold => hold.Number == request.Number)) is not { } lifted)
            return new Refusal(RefusalCode.StateConflict, string.Create(CultureInfo.InvariantCulture, $"the case has no hold {request.Number}"), "number");
        CaseHolds.Lift(s, request.CaseId, lifted.Number);
        return (string.Create(CultureInfo.InvariantCulture, $"hold {lifted.Number} of {lifted.By}: {request.Reason}"), string.Create(CultureInfo.InvariantCulture, $"hold {lifted.Number} of {lifted.By}, by {by.Name}"));
    });

    private async Task<Outcome<CaseView>> Change(HoldCaseRequest request, User by, string act, string kept, Func<Session, DateTimeOffset, Outcome<(string Detail, string Told)>> change)
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
            var now = clock.GetUtcNow();
            if (!change(s, now).TryGet(out var changed, out var no))
                return no;
            new AuditRecord(act, by.Name, request.CaseId, request.CaseId, changed.Detail).Append(s, now);
            // Who held and who lifted outlives the case; why they did goes with it.
            new AuditRecord(kept, by.Name, request.CaseId, request.CaseId).Append(s, now);
            Events.Append(s, now, act, request.CaseId, request.CaseId, changed.Told);
            return null;
        });
        return refusal ?? show.Show(new ShowCaseRequest { CaseId = request.CaseId }, by);
    }
}
