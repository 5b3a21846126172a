using System.Globalization;
using Gateway.Cases;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.V1;

namespace Gateway.Notification;

/// <summary>
/// Emergencies of our own that do not arrive, or reach nobody, and what we did on one. Whoever sent it went back to work; while there is still time to take the telephone the officers on duty hear that it
/// waits, was given up, was rejected, arrived where no officer was reached, or was heard there and not acknowledged in time, again and again, as for one that came. It ends when it is
/// delivered, one that was unheard when an officer there was reached, each of them when it is acknowledged; a rejected one when a screen said that it rang: nothing more will come of itself.
/// </summary>
internal sealed class OwnEmergencies(Database database, PeerDirectory peers, NotificationOptions options, Alarms alarms)
{
    private const string Cursor = "alerts.sending";
    private const string Unheard = "UNHEARD";
    private const string Unacknowledged = "UNACKNOWLEDGED";
    private const int EventsPerLook = 200;

    private long? _cursor;

    /// <summary>Raises what has waited too long or came back. Ids are those of the messages.</summary>
    public async Task Look(DateTimeOffset now, Shift? shift)
    {
        var (late, rejected, upTo) = database.Read(s =>
        {
            _cursor ??= s.Number("SELECT CAST(value AS INTEGER) FROM facts WHERE name = $1", Cursor);
            var newest = s.Number("SELECT max(cursor) FROM events");
            // Of each case only the first: what is behind it waits for it.
            var waits = s.Query($"""
                SELECT m.id, m.case_id FROM outbox o JOIN messages m ON m.position = o.position
                WHERE o.lane = 'Emergency' AND o.queued <= $1 AND {AlertRow.ByPersons}
                  AND NOT EXISTS (SELECT 1 FROM outbox e JOIN alerts f ON f.id = e.message AND f.ended IS NULL WHERE e.case_id = o.case_id AND e.position < o.position) AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.id = m.id) ORDER BY o.queued LIMIT $2
                """, r => (r.GetString(0), r.GetString(1)), now.AddSeconds(-options.ConfirmSeconds), EventsPerLook);
            var back = newest == _cursor ? [] : s.Query($"""
                SELECT e.cursor, m.id, m.case_id FROM events e
                JOIN messages m ON m.id = CASE WHEN e.kind = 'deadline.missed' THEN (SELECT q.request_message FROM cases q WHERE q.id = e.case_id) ELSE e.subject END
                WHERE e.cursor > $1 AND e.cursor <= $2 AND m.direction = 'OUT' AND m.about = 'REQUEST' AND m.urgency = 'EMERGENCY'
                  AND (e.kind = 'message.rejected' OR (e.kind = 'deadline.missed' AND e.subject = 'ACKNOWLEDGE' AND {AlertRow.Unacknowledged}) OR (e.kind = 'receipt.received' AND e.text LIKE 'ConsignmentNotificationFailure %' AND {AlertRow.Unheard})) ORDER BY e.cursor LIMIT $3
                """, r => (Cursor: r.GetInt64(0), Message: r.GetString(1), Case: r.GetString(2)), _cursor, newest, EventsPerLook);
            return (waits.DistinctBy(w => w.Item2).ToList(), back, back.Count == EventsPerLook ? back[^1].Cursor : newest);
        });
        if (late.Count > 0 || rejected.Count > 0)
        {
            await database.Write(Lane.Emergency, s =>
            {
                foreach (var (message, caseId) in late)
                    New(message, caseId).Add(s);
                foreach (var (_, message, caseId) in rejected)
                {
                    // It may ring already because it waited.
                    if (New(message, caseId) is var alert && !alert.Add(s))
                        alert.Again(s);
                }
                s.Run("INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", Cursor, upTo.ToString(CultureInfo.InvariantCulture));
            });
        }
        _cursor = upTo;

        AlertRow New(string message, string caseId) => new(message, AlertRow.Sending, caseId, Urgency.EMERGENCY, shift?.Key ?? "", now, 0, now, now.AddMinutes(options.EscalateMinutes), null, null);
    }

    /// <summary>What the screens say of it now, and the board; null when there is nothing to say any more.</summary>
    public AlertLine? Line(AlertRow alert)
    {
        var found = database.Read(s => CaseRow.Find(s, alert.CaseId) is { } row
            ? s.One($"SELECT CASE WHEN m.state NOT IN ('QUEUED', 'DEAD', 'REJECTED') AND {AlertRow.Unheard} THEN '{Unheard}' WHEN m.state NOT IN ('QUEUED', 'DEAD', 'REJECTED') AND {AlertRow.Unacknowledged} THEN '{Unacknowledged}' ELSE m.state END, coalesce(o.last_error, m.refusal, ''), coalesce(o.attempts, 0), o.next_attempt, m.recipient, {AlertRow.Done} FROM messages m LEFT JOIN outbox o ON o.position = m.position WHERE m.id = $1 AND m.direction = 'OUT'",
                r => new Standing(row, r.GetString(0), r.GetString(1), r.GetInt32(2), r.TextOrNull(3) ?? "", r.GetString(4), r.GetString(5)), alert.Id)
            : null);
        if (found is null)
            return null;
        var (row, state, why, attempts, next, recipient, act) = found;
        var card = peers.ByState(row.Peer)?.Card.Card;
        var authority = card?.Find(recipient);
        var notice = new AlertNotice
        {
            Alert = alert.Id,
            Message = alert.Id,
            CaseId = row.Id,
            Kind = row.Kind.ToString(),
            Urgency = row.Urgency.ToString(),
            FromAuthority = recipient,
            FromName = authority?.Name ?? "",
            FromNames = { PeerViews.Names(authority) },
            CallBackPhone = authority?.DutyPhone ?? authority?.CallBackPhone ?? "",
            Act = act,
            Standing = state,
            What = why,
            Attempts = (uint)attempts,
            AcceptsOral = card?.Profile.AcceptsOralInEmergency == true,
            Due = state == "QUEUED" ? next : "",
            Raised = DocumentWriter.FormatTime(alert.Raised),
        };
        return new AlertLine(notice, RequestKinds.Of(row.Kind).NeedToKnow);
    }

    /// <summary>Keeps the board true; what stands there is found again after a restart.</summary>
    public void Show(AlertRow alert, AlertLine line)
    {
        if (line.Notice.Standing is Unheard or Unacknowledged)
        {
            alarms.Clear(AlarmCode.EMERGENCY_NOT_DELIVERED, alert.Id);
            alarms.Raise(AlarmCode.EMERGENCY_UNHEARD, alert.Id, $"an emergency of ours arrived at {line.Notice.FromAuthority} and {(line.Notice.Standing == Unheard ? "reached no officer there" : "nobody there acknowledged it in time")}: call them, by the number in their card", alert.CaseId);
            return;
        }
        alarms.Raise(AlarmCode.EMERGENCY_NOT_DELIVERED, alert.Id, line.Notice.Standing == "REJECTED"
            ? $"{line.Notice.FromAuthority} rejected {(line.Notice.Act.Length > 0 ? $"{line.Notice.Act} of ours on an emergency" : "an emergency of ours")}: {line.Notice.What}"
            : string.Create(CultureInfo.InvariantCulture, $"{(line.Notice.Act.Length > 0 ? $"{line.Notice.Act} of ours on an emergency" : "an emergency of ours")} has not reached {line.Notice.FromAuthority} after {line.Notice.Attempts} attempts{(line.Notice.Standing == "DEAD" ? " and was given up ('gatewayctl delivery resend')" : "")}"), alert.CaseId);
    }

    private sealed record Standing(CaseRow Row, string State, string Why, int Attempts, string Next, string Recipient, string Act);
}
