using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.V1;

namespace Gateway.Notification;

/// <summary>What officers who watch hear of as it happens, and nobody afterwards: deadlines of urgent cases, whether the other side's officer was reached, that an item for an emergency is whole, what waits for a decision about its marks, and that a case was handed to their authority.</summary>
internal sealed class LiveNotices(Database database, Devices devices, DescribeAlert describe, ActNotices acts)
{
    private const int MaxRows = 100;
    private const int MaxRequests = 20;

    /// <summary>Tells of the events between two cursors.</summary>
    public void Tell(long after, long upTo, Shift? shift)
    {
        if (upTo <= after || devices.Users.Count == 0)
            return;
        Requests(after, upTo, shift);
        HandedOver(after, upTo);
        Held(after, upTo, shift);
        Whole(after, upTo, shift);
        acts.Tell(after, upTo, shift);
        // Of a rule with numbers (deliveries, questions, reviews) the event tells the date of the one that it is about.
        var happened = database.Read(s => s.Query("""
            SELECT e.kind, e.case_id, e.subject, e.text, c.kind, c.urgency, c.side, d.side, d.due FROM events e JOIN cases c ON c.id = e.case_id
            LEFT JOIN deadlines d ON d.case_id = e.case_id AND d.rule = e.subject
              AND d.number = coalesce((SELECT min(n.number) FROM deadlines n WHERE n.case_id = e.case_id AND n.rule = e.subject AND instr(e.text, ', due ' || n.due || ',') > 0), 1)
            WHERE e.cursor > $1 AND e.cursor <= $2 AND (e.kind IN ('deadline.reminder', 'deadline.escalated', 'deadline.missed', 'deadline.ended') OR (e.kind = 'receipt.received' AND e.text LIKE 'ConsignmentNotification%'))
            ORDER BY e.cursor LIMIT $3
            """, r => new Happened(r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.Word<RequestKind>(4), r.Word<Urgency>(5), r.GetString(6) == r.TextOrNull(7), r.TextOrNull(8) ?? ""), after, upTo, MaxRows));
        foreach (var one in happened)
        {
            var notice = new AlertNotice { CaseId = one.CaseId, Kind = one.Request.ToString(), Urgency = one.Urgency.ToString(), Due = one.Due };
            if (one.Kind == "receipt.received")
                (notice.Type, notice.Ring, notice.Alert) = ("SENDER", one.Text.StartsWith("ConsignmentNotificationFailure", StringComparison.Ordinal), one.Subject);
            else
                (notice.Type, notice.Rule, notice.Ring) = ("DEADLINE", one.Subject, one.Own && one.Urgency == Urgency.EMERGENCY);
            // Little time is left: the next officer of the roster is named.
            if (one.Own && one.Kind == "deadline.escalated" && shift is { Key.Length: > 0, Officers.Count: > 1 })
                notice.Officer = $"{shift.Officers[1].User} {shift.Officers[1].Phone}".Trim();
            devices.Tell(device => device.Sees(one.CaseId) ? notice : null);
        }
    }

    // Requests that are no emergencies: a line, and one ring for an urgent one. They wait in the inbox.
    private void Requests(long after, long upTo, Shift? shift)
    {
        var called = (shift?.Officers ?? []).Select(o => o.User).ToHashSet(StringComparer.Ordinal);
        foreach (var (caseId, urgency) in database.Read(s => s.Query($"""
            SELECT e.case_id, m.urgency FROM events e JOIN messages m ON m.id = e.subject
            WHERE e.cursor > $1 AND e.cursor <= $2 AND m.urgency <> 'EMERGENCY' AND {AlertRow.Arrival} ORDER BY e.cursor LIMIT $3
            """, r => (r.GetString(0), r.Word<Urgency>(1)), after, upTo, MaxRequests)))
        {
            if (describe.Of(caseId) is { } line)
                devices.Tell(device => line.IsFor(device.Sees, called.Contains(device.User)) ? line.As("ALERT", urgency == Urgency.URGENT && called.Contains(device.User)) : null);
        }
    }

    // What waits for a decision about its marks: a line, and one ring for what is no ordinary request. No case may be open, so nothing else of it is said.
    private void Held(long after, long upTo, Shift? shift)
    {
        var called = (shift?.Officers ?? []).Select(o => o.User).ToHashSet(StringComparer.Ordinal);
        foreach (var notice in database.Read(s => s.Query("""
            SELECT m.id, m.case_id, coalesce(c.kind, m.kind), m.urgency, m.sender, e.time FROM events e JOIN messages m ON m.id = e.subject LEFT JOIN cases c ON c.id = m.case_id
            WHERE e.cursor > $1 AND e.cursor <= $2 AND e.kind = 'message.held' AND e.text NOT LIKE 'judged again:%' ORDER BY e.cursor LIMIT $3
            """, r => new AlertNotice { Type = "HELD", Message = r.GetString(0), CaseId = r.GetString(1), Kind = r.GetString(2), Urgency = r.GetString(3), FromAuthority = r.GetString(4), Raised = r.GetString(5) }, after, upTo, MaxRequests)))
        {
            var line = new AlertLine(notice, Listed: !Enum.TryParse<RequestKind>(notice.Kind, out var kind) || RequestKinds.Of(kind).NeedToKnow);
            devices.Tell(device => line.IsFor(device.Sees, called.Contains(device.User)) ? line.As("HELD", notice.Urgency != nameof(Urgency.ORDINARY) && called.Contains(device.User)) : null);
        }
    }

    // What an emergency asked for is here. The act that says so may come later, or never.
    private void Whole(long after, long upTo, Shift? shift)
    {
        var called = (shift?.Officers ?? []).Select(o => o.User).ToHashSet(StringComparer.Ordinal);
        foreach (var (notice, desks) in database.Read(s => s.Query($"""
            SELECT e.case_id, c.kind, c.urgency, c.peer_authority, e.time, {ActNotices.Desks} FROM events e JOIN cases c ON c.id = e.case_id
            WHERE e.cursor > $1 AND e.cursor <= $2 AND e.kind = 'item.complete' AND c.urgency = 'EMERGENCY' ORDER BY e.cursor LIMIT $3
            """, r => (new AlertNotice { CaseId = r.GetString(0), Kind = r.GetString(1), Urgency = r.GetString(2), FromAuthority = r.GetString(3), Raised = r.GetString(4) }, r.GetString(5).Split(' ')), after, upTo, MaxRows)))
        {
            var line = new AlertLine(notice, RequestKinds.Of(Enum.Parse<RequestKind>(notice.Kind)).NeedToKnow);
            devices.Tell(device => line.IsFor(device.Sees, called.Contains(device.User)) ? line.As("EVIDENCE", called.Contains(device.User) || desks.Contains(device.Authority)) : null);
        }
    }

    // A case that was given to an authority of this State: its people hear whose request it is, how urgent and what they are to do with it, and no word of the content.
    private void HandedOver(long after, long upTo)
    {
        foreach (var (notice, authority) in database.Read(s => s.Query("""
            SELECT e.case_id, e.subject, d.part, c.kind, c.urgency, c.peer_authority, coalesce((SELECT min(x.due) FROM deadlines x WHERE x.case_id = c.id AND x.rule = 'DECIDE' AND x.number = 1), '')
            FROM events e JOIN cases c ON c.id = e.case_id JOIN case_desks d ON d.case_id = e.case_id AND d.authority = e.subject
            WHERE e.cursor > $1 AND e.cursor <= $2 AND e.kind = 'case.handedOver' ORDER BY e.cursor LIMIT $3
            """, r => (new AlertNotice { Type = "HANDOVER", CaseId = r.GetString(0), Standing = r.GetString(2), Kind = r.GetString(3), Urgency = r.GetString(4), FromAuthority = r.GetString(5), Due = r.GetString(6), Ring = r.GetString(2) != "COPY" && r.GetString(4) != "ORDINARY" }, r.GetString(1)), after, upTo, MaxRows)))
            devices.Tell(device => device.Authority == authority && device.Sees(notice.CaseId) ? notice : null);
    }

    private sealed record Happened(string Kind, string CaseId, string Subject, string Text, RequestKind Request, Urgency Urgency, bool Own, string Due);
}
