using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>Signed decisions on an item, in order: PROPOSE, APPROVE, REJECT, HAND_OVER. Kept under the case key.</summary>
internal sealed record Decision(string Kind, string User, SignedDocument Signed)
{
    public const string HandOver = "HAND_OVER";

    public static IReadOnlyList<Decision> Of(Session session, CaseKeys keys, ItemRow item) => session.Query(
        "SELECT kind, user, document FROM item_decisions WHERE item = $1 ORDER BY seq",
        row => new Decision(row.GetString(0), row.GetString(1), SignedDocument.Open(keys.Open(item.CaseId, Purpose(item.Id), row.Bytes(2))).Value), item.Id);

    public void Append(Session session, CaseKeys keys, ItemRow item, DateTimeOffset now)
        => session.RunOne("INSERT INTO item_decisions (item, seq, kind, user, time, document) SELECT $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5 FROM item_decisions WHERE item = $1",
            item.Id, Kind, User, now, keys.Seal(item.CaseId, Purpose(item.Id), Signed.Der.Span));

    public static string Purpose(string item) => $"decision:{item}";
}
