using Gateway.Protocol.Receipts;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>An item that is to be brought to the other side.</summary>
internal sealed record TransferRow(string Item, string Peer, string Message, int Attempts, long SizeBytes, string CaseId, bool IsEmergency, string Authority)
{
    /// <summary>Items whose announcement was accepted and whose next attempt is due: those of emergencies first, then the oldest.</summary>
    /// <param name="session">The database.</param>
    /// <param name="now">The time.</param>
    /// <param name="perPeer">At most so many to each authority, so that one that takes nothing does not hide the items of others.</param>
    public static List<TransferRow> Due(Session session, DateTimeOffset now, int perPeer) => session.Query("""
        SELECT item, peer, message, attempts, size, case_id, emergency, authority FROM (
          SELECT t.item, t.peer, i.message, t.attempts, coalesce(i.size_bytes, 0) AS size, i.case_id, m.position, c.urgency = 'EMERGENCY' AS emergency, c.peer_authority AS authority,
            row_number() OVER (PARTITION BY c.peer_authority ORDER BY CASE c.urgency WHEN 'EMERGENCY' THEN 0 ELSE 1 END, m.position) AS place FROM item_transfers t
          JOIN items i ON i.id = t.item JOIN cases c ON c.id = i.case_id JOIN messages m ON m.id = i.message AND m.direction = 'OUT'
          WHERE t.state <> 'DONE' AND t.next_attempt <= $1 AND m.state = 'DELIVERED')
        WHERE place <= $2 ORDER BY emergency DESC, position
        """, row => new TransferRow(row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetInt64(4), row.GetString(5), row.GetBoolean(6), row.GetString(7)), now, perPeer);

    /// <summary>Items whose announcement the other side rejected.</summary>
    public static List<string> Rejected(Session session) => session.Query("""
        SELECT t.item FROM item_transfers t JOIN items i ON i.id = t.item JOIN messages m ON m.id = i.message AND m.direction = 'OUT'
        WHERE t.state <> 'DONE' AND m.state = 'REJECTED'
        """, row => row.GetString(0));

    public static void Begin(Session session, string item, string peer, DateTimeOffset now)
        => session.RunOne("INSERT INTO item_transfers (item, peer, state, next_attempt) VALUES ($1, $2, 'WAITING', $3)", item, peer, now);

    public static void Sending(Session session, string item) => session.Run("UPDATE item_transfers SET state = 'SENDING' WHERE item = $1 AND state <> 'DONE'", item);

    public static void Postpone(Session session, string item, DateTimeOffset next, string error, bool progress)
        => session.Run("UPDATE item_transfers SET state = 'WAITING', attempts = CASE WHEN $4 THEN 1 ELSE attempts + 1 END, next_attempt = $1, last_error = $2 WHERE item = $3 AND state <> 'DONE'", next, error, item, progress);

    /// <summary>The next attempt is due at once.</summary>
    public static void Hurry(Session session, string item, DateTimeOffset now) => session.Run("UPDATE item_transfers SET attempts = 0, next_attempt = $2 WHERE item = $1 AND state = 'WAITING'", item, now);

    /// <summary>Adds chunks that one attempt brought. A killed process forgets those of its last attempt: never more is said than went.</summary>
    public static void Brought(Session session, string item, long chunks) => session.Run("UPDATE item_transfers SET by_wire = by_wire + $2 WHERE item = $1", item, chunks);

    /// <summary>Chunks that earlier attempts brought.</summary>
    public static long ByWire(Session session, string item) => session.Number("SELECT coalesce(max(by_wire), 0) FROM item_transfers WHERE item = $1", item);

    public static void Done(Session session, string item)
        => session.Run("UPDATE item_transfers SET state = 'DONE', last_error = NULL WHERE item = $1", item);

    /// <summary>An item that was given up arrived after all, as the State to which it went certifies in its case, of its manifest: it is asked once more, and its answer settles the item.</summary>
    public static void ReopenGivenUp(Session session, string caseId, string issuer, ReceiptSubject subject, DateTimeOffset now) => session.Run("""
        UPDATE item_transfers SET state = 'WAITING', attempts = 0, next_attempt = $2 WHERE item = $1 AND state = 'DONE' AND EXISTS (
          SELECT 1 FROM items i JOIN cases c ON c.id = i.case_id WHERE i.id = $1 AND i.direction = 'OUT' AND i.state = 'GIVEN_UP' AND i.case_id = $3 AND c.peer = $4 AND i.manifest_sha256 = $5)
        """, subject.Item!, now, caseId, issuer, subject.ManifestSha256);

    /// <summary>The other side was asked about an item that was given up, and does not have it, or knows nothing of it: it is not asked again. False for any other item.</summary>
    public static bool EndGivenUp(Session session, string item, string error) => session.Run(
        "UPDATE item_transfers SET state = 'DONE', last_error = $2 WHERE item = $1 AND EXISTS (SELECT 1 FROM items i WHERE i.id = $1 AND i.state = 'GIVEN_UP')", item, error) == 1;

    /// <summary>Opens a transfer that had ended; false when it is under way.</summary>
    public static bool Reopen(Session session, string item, DateTimeOffset now)
        => session.Run("UPDATE item_transfers SET state = 'WAITING', attempts = 0, next_attempt = $2 WHERE item = $1 AND state = 'DONE'", item, now) == 1;

    public static void Remove(Session session, string item) => session.Run("DELETE FROM item_transfers WHERE item = $1", item);
}
