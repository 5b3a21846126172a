using System.Collections.Concurrent;
using System.Globalization;
using Gateway.AuditLog;
using Gateway.Protocol.Requests;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Notification;

/// <summary>
/// Tells people of the legal clock when nobody sits before a screen: of reminders and escalations of our own deadlines, of those that passed, and of what ends by itself
/// (a preservation, data, a measure) on either side. One call for each moment; it stands in the database until it was carried through, so that a restart neither forgets nor repeats it.
/// Where every way failed it is made again, until one works or nothing is due any more.
/// </summary>
internal sealed class CallDeadlines(Database database, CallOut callOut, NotificationOptions options, TimeProvider clock, ILogger<CallDeadlines> log)
{
    private const string Cursor = "alerts.deadlines";
    private const int EventsPerLook = 200;

    // What was over long before it was reckoned for the first time, as after an upgrade, stands in the lists; nobody is called at night about it.
    private static readonly TimeSpan LongAgo = TimeSpan.FromDays(30);

    private readonly ConcurrentDictionary<string, Task> _calling = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _again = new(StringComparer.Ordinal);
    private long? _cursor;

    /// <summary>One look.</summary>
    public async Task Look(DateTimeOffset now, Shift? shift)
    {
        await Follow(now, shift);
        var open = database.Read(AlertRow.OpenDeadlines);
        // Only what is open no more: one that could not be ended is called again after the next start, not at every look.
        foreach (var over in _calling.Keys.Except(open.Select(a => a.Id), StringComparer.Ordinal).ToList())
        {
            if (_calling.TryGetValue(over, out var call) && call.IsCompleted && _calling.TryRemove(over, out _))
                await call;
        }
        foreach (var broken in _calling.Values.Where(c => c.IsFaulted).ToList())
            await broken;
        foreach (var alert in open.Where(a => !_calling.ContainsKey(a.Id) || (_again.TryGetValue(a.Id, out var next) && next <= now)))
        {
            if (_again.TryRemove(alert.Id, out _) && database.Read(s => IsOver(s, alert)))
                await database.Write(Lane.Ordinary, s => alert.End(s, now));
            else
                _calling[alert.Id] = Call(alert);
        }
    }

    private async Task Follow(DateTimeOffset now, Shift? shift)
    {
        var (happened, upTo) = database.Read(s =>
        {
            _cursor ??= s.Number("SELECT CAST(value AS INTEGER) FROM facts WHERE name = $1", Cursor);
            var newest = s.Number("SELECT max(cursor) FROM events");
            // Of a rule with numbers (deliveries, questions, reviews) the event tells the date of the one that it is about.
            // An emergency that nobody acknowledged rings by itself until somebody does; what is left to do when it is over wakes nobody.
            var rows = newest == _cursor ? [] : s.Query("""
                SELECT e.cursor, e.kind, e.case_id, CASE WHEN c.urgency = 'EMERGENCY' AND e.subject NOT IN ('ACKNOWLEDGE', 'ACKNOWLEDGE_LATEST', 'DECIDE', 'EXECUTE', 'PROMISED', 'ANSWER_QUESTIONS', 'STATUS_REPORT', 'CALL_BACK', 'DATA_LOSS') THEN 'ORDINARY' ELSE c.urgency END
                FROM events e JOIN cases c ON c.id = e.case_id
                WHERE e.cursor > $1 AND e.cursor <= $2 AND e.kind IN ('deadline.reminder', 'deadline.escalated', 'deadline.missed', 'deadline.ended')
                  AND (e.subject IN ('PRESERVATION_ENDS', 'DATA_LOSS', 'MEASURE_ENDS') OR EXISTS (SELECT 1 FROM deadlines d WHERE d.case_id = e.case_id AND d.rule = e.subject AND d.side = c.side))
                  AND NOT EXISTS (SELECT 1 FROM deadlines d WHERE d.case_id = e.case_id AND d.rule = e.subject AND d.due < $4 AND instr(e.text, ', due ' || d.due || ',') > 0)
                  AND NOT (c.urgency = 'EMERGENCY' AND e.subject IN ('ACKNOWLEDGE', 'ACKNOWLEDGE_LATEST') AND c.state IN ('SENT', 'DELIVERED'))
                ORDER BY e.cursor LIMIT $3
                """, r => new Moment(r.GetInt64(0), r.GetString(1) != "deadline.reminder", r.GetString(2), r.Word<Urgency>(3)), _cursor, newest, EventsPerLook, now - LongAgo);
            return (rows, rows.Count == EventsPerLook ? rows[^1].Cursor : newest);
        });
        if (happened.Count > 0)
        {
            await database.Write(Lane.Ordinary, s =>
            {
                foreach (var one in happened)
                {
                    // Little time is left, or none: the next officer of the roster, as for an emergency that nobody acknowledges.
                    var alert = new AlertRow(string.Create(CultureInfo.InvariantCulture, $"event-{one.Cursor}"), AlertRow.Deadline, one.CaseId, one.Urgency, shift?.Key ?? "", now, one.Next ? 1 : 0, now, null, null, null);
                    if (alert.Add(s) && one.Next && shift is { Key.Length: > 0 })
                        new AuditRecord("deadline.escalated", "gateway", alert.Id, alert.CaseId, shift.Officers.Count > 1 ? shift.Officers[1].User : "nobody further in the roster").Append(s, now);
                }
                s.Run("INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", Cursor, upTo.ToString(CultureInfo.InvariantCulture));
            });
        }
        _cursor = upTo;
    }

    // Done meanwhile: nobody is called days later about what is due no more.
    private static bool IsOver(Session s, AlertRow alert) => s.Number("""
        SELECT (SELECT count(*) FROM events e WHERE 'event-' || e.cursor = $1 AND e.cursor = CAST(substr($1, 7) AS INTEGER)
            AND NOT EXISTS (SELECT 1 FROM deadlines d WHERE d.case_id = e.case_id AND d.rule = e.subject AND d.state = 'RUNNING'))
          + ($1 LIKE 'rejected-%' AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = substr($1, 10) AND m.direction = 'OUT' AND m.state = 'REJECTED' AND m.opened IS NULL AND m.body IS NOT NULL))
          + ($1 LIKE 'held-%' AND NOT EXISTS (SELECT 1 FROM recognition_holds h JOIN messages m ON m.id = h.message WHERE h.message = substr($1, 6) AND h.decided IS NULL AND m.body IS NOT NULL))
        """, alert.Id) > 0;

    private async Task Call(AlertRow alert)
    {
        try
        {
            var came = await callOut.Start(alert);
            if (came == CallOutcome.Done)
                await database.Write(Lane.Ordinary, s => alert.End(s, clock.GetUtcNow()));
            else if (came == CallOutcome.NobodyReached)
                _again[alert.Id] = clock.GetUtcNow().AddMinutes(options.RepeatMinutes);
        }
        catch (Exception e) when (Rounds.GoesOnAfter(e, CancellationToken.None))
        {
            log.LogError(e, "that people were called about a deadline could not be kept; they are called again after the next start");
        }
    }

    private sealed record Moment(long Cursor, bool Next, string CaseId, Urgency Urgency);
}
