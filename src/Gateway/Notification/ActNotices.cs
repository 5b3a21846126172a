using System.Collections.Frozen;
using Gateway.Cases;
using Gateway.Deadlines;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.V1;

namespace Gateway.Notification;

/// <summary>
/// What the other side does on a case: one line for each act that comes, on the screens of those on duty and of those who see the case, and of what came back rejected. Whose act,
/// on what, and what is due next; no word of its content.
/// </summary>
internal sealed class ActNotices(Database database, Devices devices, CaseClock cases, PeerDirectory peers)
{
    private const int MaxRows = 100;

    // A word that asks for nothing, and that nobody is woken for again and again: the case goes on as it should, or a machine said it.
    private static readonly FrozenSet<ActKind> s_quiet = FrozenSet.ToFrozenSet(
    [
        ActKind.ACKNOWLEDGED, ActKind.ACCEPTED, ActKind.IN_EXECUTION, ActKind.COMPLETED, ActKind.CONSULTATION_CLOSED, ActKind.STATUS_REPORT, ActKind.USE_REPORT, ActKind.DELETION_CERTIFICATE,
        ActKind.RETURN_OF_OBJECT, ActKind.PRESERVED, ActKind.MEASURE_STARTED, ActKind.ORIGINAL_RECEIVED, ActKind.CALLED_BACK, ActKind.POST_REVIEWED, ActKind.DEADLINE_MISSED,
    ]);

    /// <summary>Whether people are called about such an act in an emergency until one of them looked at it: it asks for something, answers, or ends the case.</summary>
    public static bool CallsPeople(string act) => !Enum.TryParse<ActKind>(act, out var kind) || !s_quiet.Contains(kind);

    /// <summary>The notice without its type, and whether the case has a list; null when there is no such message or case.</summary>
    public AlertLine? Of(string message, string alert = "")
    {
        var found = database.Read(s => s.One("SELECT case_id, kind, sender, created FROM messages WHERE id = $1 AND direction = 'IN'", r => new Came(r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3)), message) is { } came
            && CaseRow.Find(s, came.CaseId) is { } row ? (Came: came, Row: row) : default);
        if (found is not ({ } act, { } of))
            return null;
        var sender = peers.CardOf(of.Peer)?.Find(act.Sender);
        var notice = new AlertNotice
        {
            Alert = alert,
            CaseId = of.Id,
            Message = message,
            Kind = of.Kind.ToString(),
            Urgency = of.Urgency.ToString(),
            Act = act.Kind,
            FromAuthority = act.Sender,
            FromName = sender?.Name ?? "",
            FromNames = { PeerViews.Names(sender) },
            Raised = act.Created,
        };
        if (Next(of) is { } next)
            (notice.Rule, notice.Due, notice.DueBy) = (next.Rule.ToString(), DocumentWriter.FormatTime(When(next, of)), next.By == of.Side ? of.OwnAuthority : of.PeerAuthority);
        return new AlertLine(notice, RequestKinds.Of(of.Kind).NeedToKnow);
    }

    /// <summary>Tells of the events between two cursors. Of what rings until somebody looks, that loop tells.</summary>
    public void Tell(long after, long upTo, Shift? shift)
    {
        var called = (shift?.Officers ?? []).Select(o => o.User).ToHashSet(StringComparer.Ordinal);
        foreach (var (message, desks) in database.Read(s => s.Query($"""
            SELECT m.id, m.kind, m.urgency, {Desks} FROM events e JOIN messages m ON m.id = e.subject
            WHERE e.cursor > $1 AND e.cursor <= $2 AND {AlertRow.ActArrival} ORDER BY e.cursor LIMIT $3
            """, r => (Message: r.GetString(0), Act: r.GetString(1), Urgency: r.Word<Urgency>(2), Desks: r.GetString(3)), after, upTo, MaxRows)).Where(one => one.Urgency != Urgency.EMERGENCY || !CallsPeople(one.Act)).Select(one => (one.Message, one.Desks)))
        {
            if (Of(message) is { } line)
                Show(line, "ACT", called, desks);
        }
        foreach (var (notice, desks) in database.Read(s => s.Query($"""
            SELECT m.id, m.case_id, c.kind, m.urgency, m.recipient, {AlertRow.Done}, coalesce(m.refusal, ''), {Desks} FROM events e JOIN messages m ON m.id = e.subject JOIN cases c ON c.id = m.case_id
            WHERE e.cursor > $1 AND e.cursor <= $2 AND {AlertRow.Returned} AND m.urgency <> 'EMERGENCY' ORDER BY e.cursor LIMIT $3
            """, r => (new AlertNotice { Message = r.GetString(0), CaseId = r.GetString(1), Kind = r.GetString(2), Urgency = r.GetString(3), FromAuthority = r.GetString(4), Act = r.GetString(5), What = r.GetString(6) }, r.GetString(7)), after, upTo, MaxRows)))
            Show(new AlertLine(notice, RequestKinds.Of(Enum.Parse<RequestKind>(notice.Kind)).NeedToKnow), "REJECTED", called, desks);
    }

    // Whose desk the case lies on hears it ring too, whoever is on duty.
    internal const string Desks = "coalesce((SELECT group_concat(d.authority, ' ') FROM case_desks d WHERE d.case_id = e.case_id AND d.part <> 'COPY'), '')";

    private void Show(AlertLine line, string type, HashSet<string> called, string desks)
    {
        var urgent = line.Notice.Urgency != nameof(Urgency.ORDINARY);
        devices.Tell(device => line.IsFor(device.Sees, called.Contains(device.User)) ? line.As(type, urgent && (called.Contains(device.User) || desks.Split(' ').Contains(device.Authority))) : null);
    }

    // What is to be done next: ours before theirs, a question in an urgent case by when people are called about it. Reckoned here, since the clock's own loop may come later.
    private Deadline? Next(CaseRow row)
    {
        var running = cases.Read(row.Id) is { } read ? LegalClock.Of(read).Where(d => d.State == DeadlineState.RUNNING && !Deadline.IsEnd(d.Rule)).ToList() : [];
        return running.OrderBy(d => d.By == row.Side ? 0 : 1).ThenBy(d => When(d, row)).FirstOrDefault();
    }

    private static DateTimeOffset When(Deadline deadline, CaseRow row) => ReminderPlan.Soon(deadline, row.Urgency) is { } soon ? deadline.From + soon : deadline.Due;

    private sealed record Came(string CaseId, string Kind, string Sender, string Created);
}
