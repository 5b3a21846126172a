using System.Globalization;
using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Notification;

/// <summary>What happened in a shift and what is left to the next one; numbers, ids and times, no content.</summary>
internal sealed class ShowShift(Database database, DutyDesk desk, NeedToKnow access, Alarms alarms, TimeProvider clock)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(31);

    public Outcome<ShiftReportReply> Run(ShiftReportRequest request, User by)
    {
        if (by.Refuse(Permission.ReadReceipts) is { } notPermitted)
            return notPermitted;
        var now = clock.GetUtcNow();
        var shift = desk.Now(now);
        var from = shift is { Key.Length: > 0 } ? shift.From : now.AddHours(-12);
        var to = now;
        if ((request.From.Length > 0 && !TryTime(request.From, out from)) || (request.To.Length > 0 && !TryTime(request.To, out to)) || to <= from || to - from > Longest)
            return new Refusal(RefusalCode.ArgumentNotValid, "from and to are UTC times such as 2026-03-01T20:00:00.000Z, at most 31 days apart", "from");
        var reply = new ShiftReportReply { From = DocumentWriter.FormatTime(from), To = DocumentWriter.FormatTime(to), Shift = shift?.Name ?? "" };
        reply.OnDuty.AddRange((shift?.Officers ?? []).Select(o => o.User));
        reply.Troubles.AddRange(Troubles.Of(alarms));
        var reach = access.Of(by, Permission.ReadReceipts);
        database.Read(s =>
        {
            s.Each($"""
                SELECT a.id, a.kind, a.case_id, a.urgency, a.raised, a.level, coalesce(a.confirmed, ''), coalesce(a.device, ''), coalesce(a.failed, ''), coalesce(a.ended, ''), coalesce(c.kind, ''), coalesce(c.peer_authority, ''), coalesce(c.reference, '')
                FROM alerts a LEFT JOIN cases c ON c.id = a.case_id
                WHERE a.kind <> 'DEADLINE' AND ((a.raised >= $1 AND a.raised < $2) OR a.ended IS NULL) AND (a.case_id = '' OR {Reach.Sees("a.case_id", "coalesce(c.kind, '')", 3)}) ORDER BY a.raised LIMIT 1000
                """, row => reply.Alerts.Add(new AlertView
            {
                Alert = row.GetString(0),
                Test = row.GetString(1) == AlertRow.Test,
                CaseId = row.GetString(2),
                Urgency = row.GetString(3),
                Raised = row.GetString(4),
                Level = (uint)row.GetInt64(5),
                Confirmed = row.GetString(6),
                Device = row.GetString(7),
                Failed = row.GetString(8),
                Ended = row.GetString(9),
                Kind = row.GetString(10),
                FromAuthority = row.GetString(11),
                Reference = row.GetString(12),
            }), reach.With(from, to));
            s.Each($"""
                SELECT m.id, m.case_id, coalesce(c.kind, m.kind), m.urgency, m.sender, h.since, h.refusal
                FROM recognition_holds h JOIN messages m ON m.id = h.message LEFT JOIN cases c ON c.id = m.case_id
                WHERE h.decided IS NULL AND m.body IS NOT NULL AND {Reach.Sees("m.case_id", "coalesce(c.kind, m.kind)", 1)} ORDER BY h.since LIMIT 1000
                """, row => reply.Held.Add(new HeldView
            {
                Message = row.GetString(0),
                CaseId = row.GetString(1),
                Kind = row.GetString(2),
                Urgency = row.GetString(3),
                FromAuthority = row.GetString(4),
                Since = row.GetString(5),
                Why = row.GetString(6),
            }), reach.With());
            // From the events on: a message bears the time at which it was sealed, not that of its coming.
            s.Each($"""
                SELECT m.id, m.case_id, c.kind, m.urgency, m.sender, m.kind, e.time, coalesce(m.opened, '')
                FROM events e JOIN messages m ON m.id = e.subject JOIN cases c ON c.id = m.case_id
                WHERE e.kind = 'message.received' AND e.time >= $1 AND e.time < $2 AND {AlertRow.ActArrival} AND {Reach.Sees("m.case_id", "c.kind", 3)} ORDER BY e.time, e.cursor LIMIT 1000
                """, row => reply.Acts.Add(new ActView
            {
                Message = row.GetString(0),
                CaseId = row.GetString(1),
                Kind = row.GetString(2),
                Urgency = row.GetString(3),
                FromAuthority = row.GetString(4),
                Act = row.GetString(5),
                Came = row.GetString(6),
                Opened = row.GetString(7),
            }), reach.With(from, to));
            s.Each($"""
                SELECT m.id, m.case_id, c.kind, m.urgency, m.recipient, {AlertRow.Done},
                  coalesce((SELECT max(r.time) FROM receipts r WHERE r.message = m.id AND r.event IN ('RelayRejection', 'ContentConsignmentFailure')), m.created), coalesce(m.refusal, '')
                FROM messages m JOIN cases c ON c.id = m.case_id
                WHERE m.direction = 'OUT' AND m.state = 'REJECTED' AND m.opened IS NULL AND m.body IS NOT NULL AND m.about IN ('REQUEST', 'ACT', 'EVIDENCE') AND {Reach.Sees("m.case_id", "c.kind", 1)} ORDER BY 7 LIMIT 1000
                """, row => reply.Rejected.Add(new RejectedView
            {
                Message = row.GetString(0),
                CaseId = row.GetString(1),
                Kind = row.GetString(2),
                Urgency = row.GetString(3),
                ByAuthority = row.GetString(4),
                Act = row.GetString(5),
                At = row.GetString(6),
                Why = row.GetString(7),
            }), reach.With());
            return true;
        });
        return reply;
    }

    private static bool TryTime(string text, out DateTimeOffset time)
        => DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
}

/// <summary>An emergency is looked at afterwards: was it one? Kept here, with the reason under the case key; the other side is told by an act while the case is open.</summary>
internal sealed class ReviewEmergency(Database database, CaseKeys caseKeys, NeedToKnow access, TimeProvider clock)
{
    private static readonly string[] Results = ["CONFIRMED", "NOT_AN_EMERGENCY", "ABUSED"];
    private const int MinNote = 10;
    private const int MaxNote = 4000;

    public async Task<Outcome<ReviewEmergencyReply>> Run(ReviewEmergencyRequest request, User by)
    {
        if (by.Refuse(Permission.DecideMarks) is { } notPermitted)
            return notPermitted;
        if (!Results.Contains(request.Result))
            return new Refusal(RefusalCode.ArgumentNotValid, $"the result is one of {string.Join(", ", Results)}", "result");
        if (request.Note.Trim().Length is < MinNote or > MaxNote)
            return new Refusal(RefusalCode.ArgumentNotValid, $"say in {MinNote} to {MaxNote} characters what was found", "note");
        var found = database.Read(s => !access.Sees(s, by, Permission.DecideMarks, request.CaseId) ? null : s.One("SELECT urgency, side FROM cases WHERE id = $1", r => new Found(r.Word<Urgency>(0), r.Word<CaseSide>(1)), request.CaseId));
        if (found is not { Side: CaseSide.Requested } || !caseKeys.Has(request.CaseId))
            return NeedToKnow.NoCase();
        if (found.Urgency != Urgency.EMERGENCY)
            return new Refusal(RefusalCode.StateConflict, "the case is no emergency", "caseId");
        var note = caseKeys.Seal(request.CaseId, "review", System.Text.Encoding.UTF8.GetBytes(request.Note.Trim()));
        var now = clock.GetUtcNow();
        return await database.Write<Outcome<ReviewEmergencyReply>>(Lane.Ordinary, s =>
        {
            if (s.Run("INSERT INTO case_reviews (case_id, result, by, time, note) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", request.CaseId, request.Result, by.Name, now, note) != 1)
                return new Refusal(RefusalCode.StateConflict, "it was reviewed before", "caseId");
            new AuditRecord("emergency.reviewed", by.Name, request.CaseId, request.CaseId, request.Result).Append(s, now);
            Events.Append(s, now, "case.reviewed", request.CaseId, request.CaseId, request.Result);
            return new ReviewEmergencyReply { CaseId = request.CaseId, Result = request.Result };
        });
    }

    private sealed record Found(Urgency Urgency, CaseSide Side);
}
