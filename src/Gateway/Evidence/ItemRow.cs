using Gateway.Access;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Evidence;

/// <summary>Whether an item came from the other side or goes there.</summary>
internal enum ItemDirection
{
    IN,
    OUT,
}

/// <summary>Where an item stands. Up to CONSIGNED on the sending side, from RECEIVING on the receiving side.</summary>
internal enum ItemState
{
    ATTACHING,
    ATTACHED,
    PROPOSED,
    RELEASED,
    SENT,
    CONSIGNED,
    RECEIVING,
    COMPLETE,
    HANDED_OVER,

    /// <summary>It does not come: nothing came for long, or its sender said so (<see cref="Protocol.Evidence.Loss"/>). It does not hold the case open, and takes room only by the chunks that are here. It is received again when it comes after all.</summary>
    GIVEN_UP,

    /// <summary>Its case was erased; only its id and the digest of its manifest are left.</summary>
    ERASED,
}

/// <summary>An item as stored, without its papers. Size, chunks and digests are null until its manifest is here; so is the lineage, which rows of before schema 43 lack (<see cref="ItemLineage.Of(Session, CaseKeys, ItemRow)"/>).</summary>
internal sealed record ItemRow(
    string Id,
    string CaseId,
    ItemDirection Direction,
    ItemState State,
    string? Uploader,
    string? Message,
    string? Exhibit,
    string? FileName,
    long SizeBytes,
    long Chunks,
    string? Sha256,
    Digest? ManifestSha256,
    long? AttachedLeaf,
    ItemLineage? Lineage,
    bool ByCarrier)
{
    private const string Columns = "id, case_id, direction, state, uploader, message, exhibit, file_name, size_bytes, chunks, sha256, manifest_sha256, attached_leaf, parent_item, derivation, root_exhibit, by_carrier";

    public static ItemRow? Find(Session session, string id) => session.One($"SELECT {Columns} FROM items WHERE id = $1", Read, id);

    public static List<ItemRow> OfCase(Session session, string caseId, int limit = 10_000)
        => session.Query($"SELECT {Columns} FROM items WHERE case_id = $1 ORDER BY created, id LIMIT $2", Read, caseId, limit);

    /// <summary>Every item, for the gateway itself.</summary>
    public static List<ItemRow> All(Session session) => session.Query($"SELECT {Columns} FROM items ORDER BY created, id", Read);

    /// <summary>The items of all cases that the user sees, the oldest first.</summary>
    /// <param name="session">The session.</param>
    /// <param name="reach">What the user sees.</param>
    /// <param name="uploader">Only what this user attached; empty: everything.</param>
    /// <param name="limit">At most so many.</param>
    public static List<ItemRow> Seen(Session session, Reach reach, string uploader, int limit = 10_000)
        => session.Query(SeenSql(reach.HasFew(session)), Read, reach.With(uploader, limit));

    internal static string SeenSql(bool few) => $"""
        SELECT {string.Join(", ", Columns.Split(", ").Select(column => $"t.{column}"))} FROM {(few ? $"{Reach.Cases(3)} k CROSS JOIN items t ON t.case_id = k.case_id" : "items t")} LEFT JOIN cases c ON c.id = t.case_id
        WHERE ($1 = '' OR t.uploader = $1) AND {Reach.Sees("t.case_id", "coalesce(c.kind, '')", 3)}
        ORDER BY t.created, t.id LIMIT $2
        """;

    /// <summary>Moves the item; it must still be where it was judged, else <see cref="CaseMovedException"/>.</summary>
    public void Move(Session session, ItemState to)
    {
        if (session.Run("UPDATE items SET state = $1 WHERE id = $2 AND state = $3", to, Id, State) != 1)
            throw new CaseMovedException();
    }

    /// <summary>Chunks flushed, from the first on.</summary>
    public static long Stored(Session session, string item) => session.Number("SELECT past FROM item_ranges WHERE item = $1 AND first = 0", item);

    /// <summary>Records what was flushed. Chunks come in order, so that one range says it. Of an erased item nothing is recorded any more: a stream may end behind its erasure.</summary>
    public static void Record(Session session, string item, long count)
    {
        if (count == 0)
            session.Run("DELETE FROM item_ranges WHERE item = $1", item);
        else
            session.Run("INSERT INTO item_ranges (item, first, past) SELECT $1, 0, $2 WHERE NOT EXISTS (SELECT 1 FROM items WHERE id = $1 AND state = 'ERASED') ON CONFLICT (item, first) DO UPDATE SET past = $2", item, count);
    }

    private static ItemRow Read(SqliteDataReader row) => new(
        row.GetString(0),
        row.GetString(1),
        row.Word<ItemDirection>(2),
        row.Word<ItemState>(3),
        row.TextOrNull(4),
        row.TextOrNull(5),
        row.TextOrNull(6),
        row.TextOrNull(7),
        row.IsDBNull(8) ? 0 : row.GetInt64(8),
        row.IsDBNull(9) ? 0 : row.GetInt64(9),
        row.TextOrNull(10),
        row.IsDBNull(11) ? null : row.Digest(11),
        row.IsDBNull(12) ? null : row.GetInt64(12),
        row.IsDBNull(14) ? null : new ItemLineage(row.TextOrNull(13), row.GetString(14), row.GetString(15)),
        row.GetInt64(16) != 0);
}

/// <summary>The papers of an item: its manifest as signed, and the key grant to the authority that keeps it; empty until a transfer brought it.</summary>
internal sealed record ItemPapers(SignedDocument Signed, Manifest Manifest, byte[] Grant)
{
    /// <summary>Opens what is stored under the case key. The item has a manifest: it was attached or received.</summary>
    public static ItemPapers Open(Session session, CaseKeys keys, ItemRow item)
    {
        var sealedPapers = session.One("SELECT manifest, grant_envelope FROM items WHERE id = $1 AND manifest IS NOT NULL", row => Tuple.Create(row.Bytes(0), row.BytesOrNull(1)), item.Id)
            ?? throw new LedgerBrokenException($"item {item.Id} is {item.State} and has no manifest");
        var signed = SignedDocument.Open(keys.Open(item.CaseId, ManifestName(item.Id), sealedPapers.Item1)).Value;
        return new ItemPapers(signed, Manifest.Read(signed.Content).Value, sealedPapers.Item2 is { } grant ? keys.Open(item.CaseId, $"grant:{item.Id}", grant) : []);
    }

    /// <summary>Keeps the grant that a transfer brought; the newest counts until the item is complete.</summary>
    public static void KeepGrant(Session session, CaseKeys keys, ItemRow item, ReadOnlySpan<byte> grant)
    {
        var sealedGrant = keys.Seal(item.CaseId, $"grant:{item.Id}", grant);
        if (session.Run("UPDATE items SET grant_envelope = $1 WHERE id = $2 AND state = 'RECEIVING'", sealedGrant, item.Id) != 1)
            throw new CaseMovedException();
    }

    /// <summary>Keeps a grant for an item that is complete without one, or whose grant did not open (<see cref="ItemDamage.Grant"/>); true for the latter. No other is replaced.</summary>
    public static bool KeepLateGrant(Session session, CaseKeys keys, ItemRow item, ReadOnlySpan<byte> grant)
    {
        var replaces = ItemDamage.Mended(session, item.Id, ItemDamage.Grant);
        if (replaces || session.Number("SELECT count(*) FROM items WHERE id = $1 AND state = 'COMPLETE' AND grant_envelope IS NULL", item.Id) > 0)
            session.Run("UPDATE items SET grant_envelope = $1 WHERE id = $2", keys.Seal(item.CaseId, $"grant:{item.Id}", grant), item.Id);
        return replaces;
    }

    public byte[] SealManifest(CaseKeys keys) => keys.Seal(Manifest.Case, ManifestName(Manifest.ItemId), Signed.Der.Span);

    /// <summary>As what a manifest is sealed under the key of its case.</summary>
    public static string ManifestName(string item) => $"manifest:{item}";

    public (byte[] Manifest, byte[] Grant) Seal(CaseKeys keys) => (SealManifest(keys), keys.Seal(Manifest.Case, $"grant:{Manifest.ItemId}", Grant));
}
