using Gateway.AuditLog;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Records;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.Custody;

/// <summary>One person's signature over a record of an item, as it is kept.</summary>
internal sealed record KeptRecord(RecordDocument Record, SignedDocument Signed)
{
    /// <summary>Reads a signed record.</summary>
    public static Outcome<KeptRecord> Read(ReadOnlyMemory<byte> der)
        => SignedDocument.Open(der).Then<KeptRecord>(signed => RecordDocument.Read(signed.Content).Then<KeptRecord>(record => new KeptRecord(record, signed)));
}

/// <summary>A record that came and waits: an officer decides about its message.</summary>
internal sealed record HeldRecord(string Message, string Type, Digest Record, long Signatures, string Why);

/// <summary>Records in the database: the signed bytes under the case key, the leaf in the same transaction.</summary>
internal static class RecordRows
{
    /// <summary>Signatures kept with one item.</summary>
    public const int MaxPerItem = 200;

    /// <summary>Signatures over one record.</summary>
    public const int MaxSignatures = 20;

    /// <summary>One signed copy; also what one message brings, which holds several copies only up to this.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>All signed copies kept with one item: they are shown in one answer.</summary>
    public const int MaxBytesPerItem = 8 * 1024 * 1024;

    /// <summary>All of an item, those over the same bytes behind each other, in the order in which they were logged.</summary>
    public static List<KeptRecord> Of(Session session, CaseKeys keys, string caseId, string item)
        => [.. session.Query("SELECT sha256, document FROM item_records WHERE item = $1 ORDER BY leaf", row => Open(keys, caseId, item, row.Digest(0), row.Bytes(1)), item)
            .GroupBy(kept => kept.Record.Sha256).SelectMany(kept => kept)];

    /// <summary>The signatures over one record of an item.</summary>
    public static List<KeptRecord> Of(Session session, CaseKeys keys, string caseId, string item, Digest record)
        => session.Query("SELECT sha256, document FROM item_records WHERE item = $1 AND record = $2 ORDER BY leaf", row => Open(keys, caseId, item, row.Digest(0), row.Bytes(1)), item, record);

    /// <summary>The parts of a certificate that nobody signed whom they name, among what is kept and <paramref name="more"/>, which is over the same bytes; empty for other records.</summary>
    public static IReadOnlyList<string> Unsigned(Session session, CaseKeys keys, string caseId, IReadOnlyList<KeptRecord> more)
        => RecordSignatures.Unsigned(more[0].Record, [.. Of(session, keys, caseId, more[0].Record.Item!, more[0].Record.Sha256).Concat(more).Select(kept => kept.Signed.Signer)]);

    /// <summary>The same of every certificate that is kept with an item.</summary>
    public static IReadOnlyList<string> Unsigned(Session session, CaseKeys keys, string caseId, string item)
        => [.. Of(session, keys, caseId, item).GroupBy(kept => kept.Record.Sha256).SelectMany(copies => RecordSignatures.Unsigned(copies.First().Record, [.. copies.Select(kept => kept.Signed.Signer)]))];

    /// <summary>Opens one; what was stored was read before, so that anything else is a broken ledger.</summary>
    public static KeptRecord Open(CaseKeys keys, string caseId, string item, Digest sha256, byte[] document)
        => KeptRecord.Read(keys.Open(caseId, Purpose(item, sha256), document)).Value;

    /// <summary>Stores a signature with its leaf; nothing happens when it is there.</summary>
    public static void Append(Session session, CaseKeys keys, string caseId, string item, KeptRecord kept, bool tell)
    {
        var sha256 = kept.Signed.Sha256;
        if (session.Number("SELECT count(*) FROM item_records WHERE item = $1 AND sha256 = $2", item, sha256) > 0)
            return;
        var leaf = Leaves.Append(session, LeafKind.custody, sha256);
        session.RunOne("INSERT INTO item_records (item, sha256, record, case_id, leaf, tell, document) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            item, sha256, kept.Record.Sha256, caseId, leaf, tell, keys.Seal(caseId, Purpose(item, sha256), kept.Signed.Der.Span));
    }

    /// <summary>Notes what a message that waits for a decision brought.</summary>
    public static void SetAside(Session session, Cover cover, IReadOnlyList<KeptRecord> records)
    {
        foreach (var kept in records.DistinctBy(r => r.Signed.Sha256))
            session.RunOne("INSERT INTO held_records (message, sha256, item, record, case_id, type, bytes) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                cover.Message, kept.Signed.Sha256, kept.Record.Item, kept.Record.Sha256, cover.Case, kept.Record.Form.Type, kept.Signed.Der.Length);
    }

    /// <summary>Whether this copy came in another message that waits for a decision.</summary>
    public static bool Waits(Session session, KeptRecord kept, string of) => session.Number(
        "SELECT count(*) FROM held_records r JOIN recognition_holds h ON h.message = r.message WHERE r.item = $1 AND r.sha256 = $2 AND r.message <> $3 AND h.decided IS NULL", kept.Record.Item, kept.Signed.Sha256, of) > 0;

    /// <summary>What waits for a decision about a signature, message by message.</summary>
    public static List<HeldRecord> Held(Session session, string item) => session.Query("""
        SELECT r.message, r.type, r.record, count(*), h.refusal || ' ' || h.detail FROM held_records r JOIN recognition_holds h ON h.message = r.message
        WHERE r.item = $1 AND h.decided IS NULL GROUP BY r.message, r.type, r.record ORDER BY h.since, r.message, r.record
        """, row => new HeldRecord(row.GetString(0), row.GetString(1), row.Digest(2), row.GetInt64(3), row.GetString(4)), item);

    /// <summary>
    /// Why there is no room for these signatures of one item; null when there is. Whatever comes, from a person or from the other side, is measured here, all together, beside what is kept and what
    /// waits for a decision in other messages than <paramref name="of"/>. A copy that was taken before needs no room.
    /// </summary>
    public static Refusal? Room(Session session, string item, IReadOnlyCollection<KeptRecord> more, string of = "")
    {
        var there = session.Query("""
            SELECT sha256, record, length(document) FROM item_records WHERE item = $1
            UNION ALL SELECT r.sha256, r.record, r.bytes FROM held_records r JOIN recognition_holds h ON h.message = r.message WHERE r.item = $1 AND h.decided IS NULL AND r.message <> $2
            """, row => (Sha256: row.Digest(0), Record: row.Digest(1), Bytes: row.GetInt64(2)), item, of);
        var added = more.Select(kept => (kept.Signed.Sha256, Record: kept.Record.Sha256, Bytes: (long)kept.Signed.Der.Length)).ExceptBy(there.Select(t => t.Sha256), kept => kept.Sha256).ToList();
        if (added.Exists(a => a.Bytes > MaxBytes))
            return new Refusal(RefusalCode.MessageTooLarge, $"a signed copy of a record has at most {MaxBytes} bytes; name annexes by their digest", "signatures");
        // It travels whole, in one message, or not at all.
        if (added.GroupBy(a => a.Record).Any(g => g.Sum(a => a.Bytes) > MaxBytes && more.First(kept => kept.Record.Sha256 == g.Key).Record.Form == RecordForms.CustodianCertificate))
            return new Refusal(RefusalCode.MessageTooLarge, $"a certificate has at most {MaxBytes} bytes with all its signatures; name annexes by their digest", "signatures");
        var all = there.DistinctBy(t => t.Sha256).Concat(added).ToList();
        return added.Count > 0 && (all.Count > MaxPerItem || all.Sum(a => a.Bytes) > MaxBytesPerItem || all.GroupBy(a => a.Record).Any(g => g.Count() > MaxSignatures))
            ? new Refusal(RefusalCode.MessageTooLarge, $"an item has at most {MaxPerItem} signatures on records, {MaxSignatures} on each, {MaxBytesPerItem} bytes together; name annexes by their digest", "signatures")
            : null;
    }

    private static string Purpose(string item, Digest sha256) => $"record:{item}:{sha256}";
}
