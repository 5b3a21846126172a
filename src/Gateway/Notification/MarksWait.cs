using System.Globalization;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;
using Gateway.Runtime;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Notification;

/// <summary>
/// Messages that wait for a person's decision about their marks. No case may be open, so no clock runs for them, and what follows in the case waits behind them: each stands on the
/// board until it is decided (of many the most urgent, of each State in turn), and when it has waited for as long as a request of its urgency may for its acknowledgement, people are called who sit before no screen, once.
/// </summary>
internal sealed class MarksWait(Database database, Alarms alarms)
{
    private const int Most = 200;

    private HashSet<string> _standing = [];

    /// <summary>One look.</summary>
    public async Task Look(DateTimeOffset now, Shift? shift)
    {
        var waiting = database.Read(s => s.Query("""
            SELECT m.id, m.case_id, coalesce(c.kind, m.kind), m.urgency, m.sender, h.since, h.refusal
            FROM recognition_holds h JOIN messages m ON m.id = h.message LEFT JOIN cases c ON c.id = m.case_id WHERE h.decided IS NULL AND m.body IS NOT NULL
            ORDER BY CASE m.urgency WHEN 'EMERGENCY' THEN 0 WHEN 'URGENT' THEN 1 ELSE 2 END, row_number() OVER (PARTITION BY m.urgency, substr(m.sender, 1, 2) ORDER BY h.since, m.id), h.since, m.id LIMIT $1
            """, Read, Most));
        var ids = waiting.Select(w => w.Message).ToHashSet(StringComparer.Ordinal);
        foreach (var over in _standing.Except(ids, StringComparer.Ordinal))
            alarms.Clear(AlarmCode.MARKS_WAIT, over);
        _standing = ids;
        foreach (var one in waiting)
            alarms.Raise(AlarmCode.MARKS_WAIT, one.Message, string.Create(CultureInfo.InvariantCulture, $"{one.Urgency} {one.Kind}: {one.Message} of {one.Sender} waits since {DocumentWriter.FormatTime(one.Since)} for a decision about its marks ({one.Why})"), one.CaseId);
        // Those that were called out before take nobody's place here; who stands longer than allowed, the longest first, of each urgency for itself.
        var late = Enum.GetValues<Urgency>().SelectMany(urgency => database.Read(s => s.Query("""
            SELECT m.id, m.case_id, coalesce(c.kind, m.kind), m.urgency, m.sender, h.since, h.refusal
            FROM recognition_holds h JOIN messages m ON m.id = h.message LEFT JOIN cases c ON c.id = m.case_id
            WHERE h.decided IS NULL AND m.body IS NOT NULL AND m.urgency = $2 AND h.since <= $3 AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.id = 'held-' || m.id) ORDER BY h.since, m.id LIMIT $1
            """, Read, Most, urgency, now - LegalClock.AcknowledgeWithin(urgency)))).ToList();
        if (late.Count == 0)
            return;
        await database.Write(Lane.Ordinary, s =>
        {
            foreach (var one in late)
                new AlertRow($"held-{one.Message}", AlertRow.Deadline, one.CaseId, one.Urgency, shift?.Key ?? "", now, 0, now, null, null, null).Add(s);
        });
    }

    private static Waiting Read(SqliteDataReader r) => new(r.GetString(0), r.GetString(1), r.GetString(2), r.Word<Urgency>(3), r.GetString(4), r.Time(5), r.GetString(6));

    private sealed record Waiting(string Message, string CaseId, string Kind, Urgency Urgency, string Sender, DateTimeOffset Since, string Why);
}
