using Gateway.Access;
using Gateway.Protocol.Documents;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Delivery;

/// <summary>A message that waits to be delivered.</summary>
internal sealed record OutboxRow(long Position, string Message, string CaseId, string Peer, Lane Lane, int Attempts, DateTimeOffset Queued, DateTimeOffset NextAttempt, string? LastError, bool Dead);

/// <summary>The table of what is to be delivered. Order is kept within a case: a message waits for earlier ones of its case, dead ones too.</summary>
internal static class Outbox
{
    private const string Columns = "position, message, case_id, peer, lane, attempts, queued, next_attempt, last_error, state";

    /// <summary>What may be sent to a peer now: emergencies first, then in order; of each case only the first.</summary>
    public static List<OutboxRow> Due(Session session, string peer, DateTimeOffset now, int limit) => session.Query($"""
        SELECT {Columns} FROM outbox AS o
        WHERE peer = $1 AND state = 'QUEUED' AND next_attempt <= $2
          AND NOT EXISTS (SELECT 1 FROM outbox AS e WHERE e.case_id = o.case_id AND e.position < o.position)
        ORDER BY CASE lane WHEN 'Emergency' THEN 0 WHEN 'Ordinary' THEN 1 ELSE 2 END, position LIMIT $3
        """, Read, peer, now, limit);

    public static OutboxRow? Find(Session session, string message) => session.One($"SELECT {Columns} FROM outbox WHERE message = $1", Read, message);

    /// <summary>What the user sees of it.</summary>
    public static List<OutboxRow> All(Session session, Reach reach, bool deadOnly) => session.Query(
        $"SELECT {Columns} FROM outbox o WHERE ($1 = 0 OR state = 'DEAD') AND {Reach.Sees("o.case_id", "coalesce((SELECT k.kind FROM cases k WHERE k.id = o.case_id), '')", 2)} ORDER BY position LIMIT 1000", Read, reach.With(deadOnly));

    public static List<string> Peers(Session session) => session.Query("SELECT DISTINCT peer FROM outbox WHERE state = 'QUEUED'", row => row.GetString(0));

    /// <summary>States for which something was given up.</summary>
    public static List<string> Dead(Session session) => session.Query("SELECT DISTINCT peer FROM outbox WHERE state = 'DEAD' ORDER BY peer", row => row.GetString(0));

    public static void Done(Session session, string message, string state, string? refusal, string? detail)
    {
        Leave(session, message);
        session.RunOne("UPDATE messages SET state = $1, refusal = $2, detail = $3 WHERE id = $4 AND direction = 'OUT'", state, refusal, detail, message);
    }

    /// <summary>It waits no more; how it ended is written down already.</summary>
    public static void Leave(Session session, string message) => session.Run("DELETE FROM outbox WHERE message = $1", message);

    public static void Postpone(Session session, string message, DateTimeOffset next, string error)
        => session.Run("UPDATE outbox SET attempts = attempts + 1, next_attempt = $1, last_error = $2 WHERE message = $3", next, error, message);

    public static void Bury(Session session, string message, string error)
    {
        session.RunOne("UPDATE outbox SET state = 'DEAD', last_error = $1 WHERE message = $2", error, message);
        session.RunOne("UPDATE messages SET state = 'DEAD' WHERE id = $1 AND direction = 'OUT'", message);
    }

    /// <summary>Queues again, at once; the age counts anew. False when it does not wait any more: it was delivered, or erased, at the same moment.</summary>
    public static bool Revive(Session session, string message, DateTimeOffset now)
    {
        if (Find(session, message) is not { } row || session.Run("UPDATE outbox SET state = 'QUEUED', next_attempt = $1, queued = $1, attempts = 0 WHERE message = $2", now, message) == 0)
            return false;
        session.RunOne("UPDATE messages SET state = 'QUEUED' WHERE id = $1 AND direction = 'OUT'", message);
        Events.Append(session, now, "delivery.resent", row.CaseId, message, "queued again");
        return true;
    }

    private static OutboxRow Read(SqliteDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.Word<Lane>(4), row.GetInt32(5), row.Time(6), row.Time(7), row.TextOrNull(8), row.GetString(9) == "DEAD");
}
