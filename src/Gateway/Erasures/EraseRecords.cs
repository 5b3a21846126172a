using System.Text;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Evidence;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Storage;

namespace Gateway.Erasures;

/// <summary>What an erasure takes out of the database, and what its document says about it: both from one place, so that they cannot differ.</summary>
internal static class EraseRecords
{
    /// <summary>The act of the record that a hold was lifted; it stays.</summary>
    public const string Unheld = "erasure.unheld";

    // Records about the erasure itself name nobody of the case, and are what an auditor asks for.
    private const string Kept = "erasure.%";

    public static List<ErasedChain> Chains(Session s, string caseId)
        => s.Query("SELECT issuer, seq, sha256 FROM chains WHERE chain = $1 ORDER BY issuer", row => new ErasedChain(row.GetString(0), row.GetInt64(1), row.Digest(2)), caseId);

    /// <summary>Users who lifted a hold of the case.</summary>
    public static List<string> Lifters(Session s, string caseId)
        => [.. s.Query("SELECT body FROM audit_records WHERE case_id = $1 AND act = $2", row => DocumentReader.Read(row.Bytes(0), AuditRecord.Type, 1, AuditRecord.Read).Value.By, caseId, Unheld).Distinct()];

    public static List<ErasedMessage> Messages(Session s, string caseId)
        => s.Query("SELECT id, cover_sha256 FROM messages WHERE case_id = $1 AND body IS NOT NULL ORDER BY position", row => new ErasedMessage(row.GetString(0), row.Digest(1)), caseId);

    public static List<ErasedItem> Items(Session s, string caseId)
        => s.Query("SELECT id, manifest_sha256 FROM items WHERE case_id = $1 AND state <> 'ERASED' ORDER BY created, id", row => new ErasedItem(row.GetString(0), row.IsDBNull(1) ? null : row.Digest(1)), caseId);

    public static List<Digest> Records(Session s, string caseId)
        => s.Query("""
            SELECT l.sha256 FROM log_leaves l WHERE l.idx IN (SELECT idx FROM audit_records WHERE case_id = $1 AND act NOT LIKE $2 UNION ALL SELECT leaf FROM custody_events WHERE case_id = $1
              UNION ALL SELECT leaf FROM item_records WHERE case_id = $1) ORDER BY l.idx
            """, row => row.Digest(0), caseId, Kept);

    /// <summary>Takes out everything that the document lists. Overwritten on the disk by <c>secure_delete</c>, and in the log of the database by the checkpoint that follows.</summary>
    public static void Run(Session s, string caseId)
    {
        s.Run("UPDATE messages SET body = NULL, detail = NULL WHERE case_id = $1", caseId);
        foreach (var item in s.Query("SELECT id FROM items WHERE case_id = $1", row => row.GetString(0), caseId))
            ItemDamage.Forget(s, item);
        s.Run("DELETE FROM item_decisions WHERE item IN (SELECT id FROM items WHERE case_id = $1)", caseId);
        s.Run("DELETE FROM item_ranges WHERE item IN (SELECT id FROM items WHERE case_id = $1)", caseId);
        s.Run("DELETE FROM item_transfers WHERE item IN (SELECT id FROM items WHERE case_id = $1)", caseId);
        // The digest of the plaintext and the root could be compared with a guess; the digest of the signed manifest cannot.
        s.Run("""
            UPDATE items SET state = $2, uploader = NULL, exhibit = NULL, root_exhibit = NULL, parent_item = NULL, derivation = NULL, file_name = NULL, size_bytes = NULL, chunks = NULL, tree_root = NULL, sha256 = NULL, manifest = NULL, grant_envelope = NULL
            WHERE case_id = $1
            """, caseId, ItemState.ERASED);
        s.Run("DELETE FROM custody_events WHERE case_id = $1", caseId);
        s.Run("DELETE FROM item_records WHERE case_id = $1", caseId);
        s.Run("DELETE FROM held_records WHERE case_id = $1", caseId);
        // Nobody can decide any more what is not here; the reason may name who signed.
        s.Run("UPDATE recognition_holds SET decided = coalesce(decided, since), by = coalesce(by, 'erasure'), detail = '', reason = NULL WHERE case_id = $1", caseId);
        s.Run("DELETE FROM audit_records WHERE case_id = $1 AND act NOT LIKE $2", caseId, Kept);
        s.Run("UPDATE events SET text = '' WHERE case_id = $1", caseId);
        s.Run("UPDATE cases SET reference = '' WHERE id = $1", caseId);
        // What was on its way to the other side once more had been delivered.
        s.Run("UPDATE messages SET state = 'DELIVERED' WHERE case_id = $1 AND direction = 'OUT' AND state = 'QUEUED'", caseId);
        s.Run("DELETE FROM outbox WHERE case_id = $1", caseId);
        s.Run("DELETE FROM recognitions WHERE case_id = $1", caseId);
        s.Run("UPDATE breaches SET text = NULL, told_how = NULL WHERE case_id = $1", caseId);
        s.Run("DELETE FROM paper_files WHERE case_id = $1", caseId);
        s.Run("DELETE FROM late_originals WHERE case_id = $1", caseId);
        s.Run("UPDATE case_reviews SET note = x'' WHERE case_id = $1", caseId);
        s.Run("UPDATE retention_reviews SET reason = NULL WHERE case_id = $1", caseId);
        // Sent, they had no words left; of what a draft still has nothing else would take it away.
        s.Run("UPDATE draft_steps SET comment = NULL WHERE draft IN (SELECT id FROM drafts WHERE case_id = $1)", caseId);
        s.Run("UPDATE drafts SET fields = NULL, signed = NULL WHERE case_id = $1", caseId);
        // The key of a submission stays: sent once more it must not become a new request.
        foreach (var (user, key, reply) in s.Query("SELECT user, key, reply FROM idempotency WHERE instr(CAST(reply AS TEXT), $1) > 0", row => (row.GetString(0), row.GetString(1), row.Bytes(2)), caseId))
        {
            var lines = Encoding.UTF8.GetString(reply).Split('\n', 3);
            s.Run("UPDATE idempotency SET reply = $1 WHERE user = $2 AND key = $3", Encoding.UTF8.GetBytes($"{lines[0]}\n{caseId}\nthe case was erased"), user, key);
        }
    }
}
