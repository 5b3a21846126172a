using Gateway.Judging;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.Reception;

/// <summary>A message that waits because a mark could not be decided.</summary>
/// <param name="Message">Its id.</param>
/// <param name="CaseId">Its case, which may not be open yet.</param>
/// <param name="Code">Why it waits: V027, V028.</param>
/// <param name="Detail">The same in words.</param>
/// <param name="Body">The sealed cover, encrypted under the case key.</param>
internal sealed record HeldMessage(string Message, string CaseId, string Code, string Detail, byte[] Body)
{
    /// <summary>The state of a message that waits.</summary>
    public const string State = "HELD";

    private const string Open = "FROM recognition_holds h JOIN messages m ON m.id = h.message WHERE h.decided IS NULL AND m.body IS NOT NULL";

    public static void Hold(Session s, Cover cover, Refusal why, DateTimeOffset now) => s.RunOne(
        "INSERT INTO recognition_holds (message, case_id, refusal, detail, since) VALUES ($1, $2, $3, $4, $5)", cover.Message, cover.Case, why.Code.Text(), why.Detail, now);

    /// <summary>Whether what follows in the case waits behind a message. It does not for one that brought records only: nothing rests on them but what they say themselves.</summary>
    public static bool Waits(Session s, string caseId) => s.Number(
        "SELECT count(*) FROM recognition_holds h WHERE h.case_id = $1 AND h.decided IS NULL AND NOT EXISTS (SELECT 1 FROM held_records r WHERE r.message = h.message)", caseId) > 0;

    public static List<string> All(Session s) => s.Query($"SELECT h.message {Open} ORDER BY h.since, h.message", r => r.GetString(0));

    public static HeldMessage? Find(Session s, string message)
        => s.One($"SELECT h.case_id, h.refusal, h.detail, m.body {Open} AND h.message = $1", r => new HeldMessage(message, r.GetString(0), r.GetString(1), r.GetString(2), r.Bytes(3)), message);

    /// <summary>The sealed cover, which was verified on arrival; null when its case was erased just now.</summary>
    public SignedDocument? Seal(CaseKeys keys) => keys.TryOpen(CaseId, $"message:{Message}", Body) is { } plain ? SignedDocument.Open(plain).Value : null;

    /// <summary>Our receipt for it: it existed then.</summary>
    public Acceptance? Accepted(Session s, string ownState) => s.One(
        "SELECT seq, time FROM receipts WHERE message = $1 AND chain = $2 AND issuer = $3 AND event = $4 ORDER BY seq LIMIT 1",
        r => new Acceptance(r.Time(1), $"receipt {ReceiptEvent.RelayAcceptance} {r.GetInt64(0)} of {ownState}"), Message, CaseId, ownState, ReceiptEvent.RelayAcceptance);

    /// <summary>It goes on waiting, for another reason. False when it waits no more: somebody has decided, or its case was erased.</summary>
    public bool WaitsFor(Session s, Refusal why)
        => s.Run("UPDATE recognition_holds SET refusal = $1, detail = $2 WHERE message = $3 AND decided IS NULL AND EXISTS (SELECT 1 FROM messages WHERE id = $3 AND body IS NOT NULL)",
            why.Code.Text(), why.Detail, Message) == 1;
}
