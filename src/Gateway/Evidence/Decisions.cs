using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>Signed decisions on an item, in order: the words of <see cref="Protocol.Evidence.ReleaseDecision"/>, SHIPPED, LOST, HAND_OVER. Kept under the case key.</summary>
internal sealed record Decision(string Kind, string User, SignedDocument Signed)
{
    public const string HandOver = "HAND_OVER";
    public const string Shipped = "SHIPPED";
    public const string Lost = "LOST";

    public static IReadOnlyList<Decision> Of(Session session, CaseKeys keys, ItemRow item) => session.Query(
        "SELECT kind, user, document FROM item_decisions WHERE item = $1 ORDER BY seq",
        row => new Decision(row.GetString(0), row.GetString(1), SignedDocument.Open(keys.Open(item.CaseId, Purpose(item.Id), row.Bytes(2))).Value), item.Id);

    /// <summary>The newest of one kind; null when there is none. Only that one is opened: the other State may have sent many.</summary>
    public static Decision? Last(Session session, CaseKeys keys, ItemRow item, string kind) => session.One(
        "SELECT kind, user, document FROM item_decisions WHERE item = $1 AND kind = $2 ORDER BY seq DESC LIMIT 1",
        row => new Decision(row.GetString(0), row.GetString(1), SignedDocument.Open(keys.Open(item.CaseId, Purpose(item.Id), row.Bytes(2))).Value), item.Id, kind);

    public void Append(Session session, CaseKeys keys, ItemRow item, DateTimeOffset now)
        => session.RunOne("INSERT INTO item_decisions (item, seq, kind, user, time, document) SELECT $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5 FROM item_decisions WHERE item = $1",
            item.Id, Kind, User, now, keys.Seal(item.CaseId, Purpose(item.Id), Signed.Der.Span));

    /// <summary>The lone release of an item that nobody has reviewed; null when there is none.</summary>
    public static LoneRelease? Unreviewed(Session session, string item)
        => session.One($"SELECT d.seq, d.time FROM item_decisions d WHERE d.item = $1 AND {UnreviewedAlone} ORDER BY d.seq DESC LIMIT 1", row => new LoneRelease(row.GetInt64(0), row.Time(1)), item);

    /// <summary>What makes a row <c>d</c> a lone release that nobody has reviewed.</summary>
    public const string UnreviewedAlone = "d.kind = 'ALONE' AND NOT EXISTS (SELECT 1 FROM item_decisions r WHERE r.item = d.item AND r.seq > d.seq AND r.kind IN ('UPHOLD', 'OBJECT'))";

    public static string Purpose(string item) => $"decision:{item}";
}

/// <summary>A release by one person: its place among the item's decisions, and when it was made.</summary>
internal sealed record LoneRelease(long Seq, DateTimeOffset Time);
