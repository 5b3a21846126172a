using System.Globalization;
using System.Text;
using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Erasures;

/// <summary>Somebody looks whether received data are still needed: yes, until the next review; or no, from a day on, which is then the day on which they are to be erased.</summary>
internal sealed class ReviewRetention(Database database, CaseKeys caseKeys, PeerDirectory peers, ShowCases show, NeedToKnow access, TimeProvider clock)
{
    private const int MinReason = 10;
    private const int MaxReason = 2000;
    private const int MaxYears = 100;

    private static Refusal NothingReceived => new(RefusalCode.StateConflict, "nothing was received here whose keeping is to be reviewed", "caseId");

    public async Task<Outcome<CaseView>> Run(ReviewRetentionRequest request, User by)
    {
        if (by.Refuse(Permission.EraseCase) is { } notPermitted)
            return notPermitted;
        if (request.Reason.Trim().Length is < MinReason or > MaxReason)
            return new Refusal(RefusalCode.ArgumentNotValid, $"say in {MinReason} to {MaxReason} characters why", "reason");
        var now = clock.GetUtcNow();
        if (request.EraseOn.Length > 0 && (!DateOnly.TryParseExact(request.EraseOn, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) || Outside(day, now)))
            return new Refusal(RefusalCode.ArgumentNotValid, $"a day is written 2031-12-31; it is today or later, and at most {MaxYears} years from now", "eraseOn");
        if (database.Read(s => CaseRow.Seen(s, access.Of(by, Permission.EraseCase), request.CaseId)) is not { } row)
            return NeedToKnow.NoCase();
        if (database.Read(s => access.RefuseAnswering(s, by, row.Id)) is { } elsewhere)
            return elsewhere;
        if (Permissions.Permit(Permission.EraseCase, by.Roles, row.Kind, row.Urgency, peers.OwnCard.Card.Profile) is { } notHis)
            return notHis;
        if (caseKeys.TrySeal(row.Id, "retention", Encoding.UTF8.GetBytes(request.Reason.Trim())) is not { } reason)
            return new Refusal(RefusalCode.RetentionPassed, "the case is erased already", "caseId");
        var refusal = await database.Write<Refusal?>(Lane.Ordinary, s =>
        {
            if (s.Number("SELECT count(*) FROM deadlines WHERE case_id = $1 AND side = $2 AND rule IN ('RETENTION', 'RETENTION_REVIEW') AND state <> 'VOID'", row.Id, row.Side) == 0)
                return NothingReceived;
            s.RunOne("INSERT INTO retention_reviews (case_id, seq, by, time, erase_on, reason) SELECT $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5 FROM retention_reviews WHERE case_id = $1",
                row.Id, by.Name, now, request.EraseOn.Length > 0 ? request.EraseOn : null, reason);
            var result = request.EraseOn.Length > 0 ? $"erase on {request.EraseOn}" : "needed";
            new AuditRecord("retention.reviewed", by.Name, row.Id, row.Id, result).Append(s, now);
            Events.Append(s, now, "retention.reviewed", row.Id, row.Id, $"{result}, by {by.Name}");
            return null;
        });
        return refusal ?? show.Show(new ShowCaseRequest { CaseId = row.Id }, by);
    }

    // Where it is already tomorrow, today here is not in the past.
    private static bool Outside(DateOnly day, DateTimeOffset now)
        => DateOnly.FromDateTime(now.UtcDateTime) is var today && (day < today.AddDays(-1) || day > today.AddYears(MaxYears));
}
