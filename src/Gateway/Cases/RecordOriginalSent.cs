using System.Globalization;
using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Cases;

/// <summary>
/// Whoever asked hands the signed original over, to a carrier or at a counter: our part is done with that, be it that the case is closed and nobody there can write to us any more. Recorded
/// here alone; a later record takes the place of an earlier one.
/// </summary>
internal sealed class RecordOriginalSent(Database database, PeerDirectory peers, ShowCases show, NeedToKnow access, TimeProvider clock)
{
    public async Task<Outcome<CaseView>> Run(RecordOriginalSentRequest request, User by)
    {
        if (by.Refuse(Permission.ReadContent) is { } notPermitted)
            return notPermitted;
        var now = clock.GetUtcNow();
        // Where it is already tomorrow, today here is not in the future.
        if (!DateOnly.TryParseExact(request.Day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) || day > DateOnly.FromDateTime(now.UtcDateTime).AddDays(1))
            return new Refusal(RefusalCode.ArgumentNotValid, "a day is written 2026-12-31, and is not in the future", "day");
        if (database.Read(s => CaseRow.Seen(s, access.Of(by, Permission.ReadContent), request.CaseId)) is not { } row)
            return NeedToKnow.NoCase();
        if (database.Read(s => access.RefuseActing(s, by, row.Id)) is { } elsewhere)
            return elsewhere;
        if (row.Side != CaseSide.Requesting)
            return new Refusal(RefusalCode.StateConflict, "the original of this request comes to us: record it as received (ORIGINAL_RECEIVED)", "caseId");
        // Whoever may write to the other side on the request may hand its original over.
        if (Transitions.Permit(ActKind.SUPPLEMENTED, row.Side, by.Roles, row.Kind, peers.OwnCard.Card.Profile) is { } notHis)
            return notHis;
        if (day < DateOnly.FromDateTime(row.Opened.UtcDateTime).AddDays(-1))
            return new Refusal(RefusalCode.ArgumentNotValid, "the day is before that of the request", "day");
        var refusal = await database.Write<Refusal?>(row.Lane, s =>
        {
            if (CaseFacts.Of(s, row.Id).OriginalBy is null)
                return new Refusal(RefusalCode.StateConflict, "no original of this request is to follow", "caseId");
            s.RunOne("UPDATE cases SET original_handed = $1 WHERE id = $2", request.Day, row.Id);
            new AuditRecord("original.handedOver", by.Name, row.Id, row.Id, request.Day).Append(s, now);
            Events.Append(s, now, "original.handed", row.Id, row.Id, $"handed over on {request.Day}, recorded by {by.Name}");
            return null;
        });
        return refusal ?? show.Show(new ShowCaseRequest { CaseId = row.Id }, by);
    }
}
