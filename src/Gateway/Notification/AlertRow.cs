using Gateway.Protocol.Requests;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Notification;

/// <summary>An alarm as stored. The alarm of a request bears the id of its message.</summary>
internal sealed record AlertRow(string Id, string Kind, string CaseId, Urgency Urgency, string Shift, DateTimeOffset Raised, int Level, DateTimeOffset? Ring, DateTimeOffset? Climb, DateTimeOffset? Confirmed, DateTimeOffset? Failed)
{
    public const string Request = "REQUEST";
    public const string Test = "TEST";
    public const string Deadline = "DEADLINE";
    public const string Sending = "SENDING";
    public const string Act = "ACT";

    /// <summary>Before the id of the message with the act: a peer chooses those, and its act must not take the place of another alarm.</summary>
    public const string OfAct = "act-";

    /// <summary>
    /// Of a message <c>m</c>, for SQL: a request of ours that arrived, of which the other side certified that no device of an officer confirmed the alarm, and nothing since; nobody acknowledged it.
    /// </summary>
    public const string Unheard = """
        EXISTS (SELECT 1 FROM receipts f JOIN cases u ON u.id = f.chain AND u.peer = f.issuer
          WHERE f.message = m.id AND f.event = 'ConsignmentNotificationFailure' AND u.state IN ('SENT', 'PENDING_RECOGNITION', 'DELIVERED')
            AND NOT EXISTS (SELECT 1 FROM receipts n WHERE n.message = f.message AND n.issuer = f.issuer AND n.event = 'ConsignmentNotification'))
        """;

    /// <summary>Of a message <c>m</c>, for SQL: a request of ours that arrived, and that nobody there has acknowledged, or judged the marks of, although the time for it passed.</summary>
    public const string Unacknowledged = """
        EXISTS (SELECT 1 FROM cases w JOIN deadlines k ON k.case_id = w.id AND k.rule = 'ACKNOWLEDGE' AND k.number = 1
          WHERE w.id = m.case_id AND w.request_message = m.id AND w.side = 'Requesting' AND w.state IN ('PENDING_RECOGNITION', 'DELIVERED') AND k.state = 'RUNNING' AND k.passed IS NOT NULL)
        """;

    /// <summary>Of an event <c>e</c> about a message <c>m</c>, for SQL: a request came. One that came on paper was entered by an officer, and is what opened its case.</summary>
    public const string Arrival = """
        ((e.kind = 'message.received' AND m.direction = 'IN' AND m.about = 'REQUEST')
          OR (e.kind = 'paper.received' AND EXISTS (SELECT 1 FROM cases p WHERE p.id = e.case_id AND p.side = 'Requested' AND p.request_message = e.subject)))
        """;

    /// <summary>Of an event <c>e</c> about a message <c>m</c>, for SQL: an act of the other side came, or was accepted after it had waited for a decision about its marks.</summary>
    public const string ActArrival = "(e.kind = 'message.received' AND m.direction = 'IN' AND m.about = 'ACT' AND m.case_id = e.case_id)";

    /// <summary>Of a message <c>m</c>, for SQL: a person did it and waits for it to arrive: a request, an act, an item of evidence. That a machine tells a missed deadline wakes nobody.</summary>
    public const string ByPersons = "(m.about IN ('REQUEST', 'EVIDENCE') OR (m.about = 'ACT' AND m.kind <> 'DEADLINE_MISSED'))";

    /// <summary>Of a message <c>m</c> of ours, for SQL: what an officer's screen calls it; empty for the request itself.</summary>
    public const string Done = "CASE m.about WHEN 'REQUEST' THEN '' WHEN 'ACT' THEN m.kind ELSE m.about END";

    /// <summary>Of an event <c>e</c> about a message <c>m</c>, for SQL: a request, an act or an item of ours was rejected there, at once or by a person. Emergencies that come back are told by their own loop.</summary>
    public const string Returned = """
        (e.kind = 'message.rejected' AND m.direction = 'OUT' AND m.about IN ('REQUEST', 'ACT', 'EVIDENCE') AND m.case_id = e.case_id AND NOT (m.about = 'REQUEST' AND m.urgency = 'EMERGENCY'))
        """;

    private const string Columns = "id, kind, case_id, urgency, shift, raised, level, ring, climb, confirmed, failed";

    /// <summary>Alarms that ring at once; more than people can answer, and few enough for every look.</summary>
    public const int Most = 2000;

    /// <summary>
    /// What rings until somebody acknowledges or confirms it: of each State the oldest, in turns, so that one that sends thousands silences nobody else. What does not
    /// ring yet takes its turn when one before it has been answered.
    /// </summary>
    public static List<AlertRow> Open(Session s) => s.Query($"""
        SELECT {Columns} FROM (
          SELECT a.*, row_number() OVER (PARTITION BY coalesce(c.peer, '') ORDER BY a.raised, a.id) AS turn
          FROM alerts a LEFT JOIN cases c ON c.id = a.case_id WHERE a.ended IS NULL AND a.kind <> $1)
        ORDER BY turn, raised, id LIMIT $2
        """, Read, Deadline, Most);

    /// <summary>Deadlines about which people are to be called.</summary>
    public static List<AlertRow> OpenDeadlines(Session s) => s.Query($"SELECT {Columns} FROM alerts WHERE ended IS NULL AND kind = $1 ORDER BY raised LIMIT 200", Read, Deadline);

    /// <summary>
    /// Ids of open alarms that nobody needs to be called for any more: requests that were acknowledged, or are gone; requests of our own that arrived, were not certified as unheard there and were acknowledged in time, or whose rejection was heard; rejected acts and items of our own that a person opened;
    /// acts of the other side that a person opened, or behind which our side acted.
    /// </summary>
    public static HashSet<string> Answered(Session s) => [.. s.Query($"""
        SELECT a.id FROM alerts a LEFT JOIN cases c ON c.id = a.case_id WHERE a.ended IS NULL AND a.kind = $1 AND coalesce(c.state, '') NOT IN ('SENT', 'DELIVERED')
        UNION ALL
        SELECT a.id FROM alerts a LEFT JOIN messages m ON m.id = a.id AND m.direction = 'OUT'
        WHERE a.ended IS NULL AND a.kind = $2 AND NOT (coalesce(m.state, '') IN ('QUEUED', 'DEAD') OR (coalesce(m.state, '') = 'REJECTED' AND CASE m.about WHEN 'REQUEST' THEN a.confirmed IS NULL ELSE m.opened IS NULL AND m.body IS NOT NULL END) OR {Unheard} OR {Unacknowledged})
        UNION ALL
        SELECT a.id FROM alerts a LEFT JOIN messages m ON m.id = substr(a.id, length($4) + 1) AND m.direction = 'IN' LEFT JOIN cases c ON c.id = a.case_id
        WHERE a.ended IS NULL AND a.kind = $3 AND (m.body IS NULL OR m.opened IS NOT NULL OR coalesce(c.state, 'COMPLETED') IN ('COMPLETED', 'REJECTED_TECHNICAL')
          OR EXISTS (SELECT 1 FROM case_acts t JOIN case_acts o ON o.case_id = t.case_id AND o.position > t.position WHERE t.message = m.id AND o.side = c.side AND o.kind <> 'DEADLINE_MISSED'))
        """, r => r.GetString(0), Request, Sending, Act, OfAct)];

    /// <summary>An alarm that a screen can confirm.</summary>
    public static AlertRow? Find(Session s, string id) => s.One($"SELECT {Columns} FROM alerts WHERE id = $1 AND kind <> $2", Read, id, Deadline);

    /// <summary>Stores it; false when it is there already.</summary>
    public bool Add(Session s) => s.Run("INSERT INTO alerts (id, kind, case_id, urgency, shift, raised, level, ring, climb) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        Id, Kind, CaseId, Urgency, Shift, Raised, Level, Ring, Climb) == 1;

    /// <summary>Rings anew under its id, for another reason than before: what was heard then was something else.</summary>
    public void Again(Session s) => s.Run("UPDATE alerts SET ring = $1, climb = $2, confirmed = NULL, device = NULL, ended = NULL WHERE id = $3 AND kind = $4", Ring, Climb, Id, Kind);

    /// <summary>Goes on to the next ring or person; false when it ended or another look did it.</summary>
    public bool Advance(Session s, int level, DateTimeOffset? ring, DateTimeOffset? climb)
        => s.Run("UPDATE alerts SET level = $1, ring = $2, climb = $3 WHERE id = $4 AND level = $5 AND ended IS NULL", level, ring, climb, Id, Level) == 1;

    public bool End(Session s, DateTimeOffset now) => s.Run("UPDATE alerts SET ended = $1, ring = NULL, climb = NULL WHERE id = $2 AND ended IS NULL", now, Id) == 1;

    /// <summary>Records what was tried; targets are names of devices and hosts, never content.</summary>
    public static void Called(Session s, string alert, DateTimeOffset now, string way, string target, string outcome)
        => s.Run("INSERT INTO alert_calls (alert, seq, time, way, target, outcome) VALUES ($1, (SELECT coalesce(max(seq), 0) + 1 FROM alert_calls WHERE alert = $1), $2, $3, $4, $5)", alert, now, way, target, outcome);

    private static AlertRow Read(SqliteDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.Word<Urgency>(3), row.GetString(4), row.Time(5), row.GetInt32(6),
        TimeOrNull(row, 7), TimeOrNull(row, 8), TimeOrNull(row, 9), TimeOrNull(row, 10));

    private static DateTimeOffset? TimeOrNull(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.Time(column);
}
