using Gateway.AuditLog;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Requests;
using Gateway.Storage;

namespace Gateway.Submission;

/// <summary>
/// A legal hold that is declared with personal data (<c>handling.legalHold</c>): it holds the case of the side that receives them, as if that side had set it. That side's people lift it, with their reason.
/// </summary>
internal static class DeclaredHold
{
    /// <summary>The act of the record that a hold was set; it stays when the case is erased.</summary>
    public const string Kept = "erasure.held";

    /// <summary>Of a request, on the side by whose records the case is opened.</summary>
    public static void Of(Session s, string caseId, Request request, CaseSide side, DateTimeOffset now)
    {
        if (side.IsIn(request.Receiver) && request.Fields.TryGetProperty("handling", out var handling) && new ItemHandling(handling).IsHeld)
            Set(s, caseId, request.RequestingAuthority, "declared in the request (handling.legalHold)", now);
    }

    /// <summary>Of an item that arrives.</summary>
    public static void Of(Session s, string caseId, string itemId, ItemHandling? handling, string sender, DateTimeOffset now)
    {
        if (handling is { IsHeld: true })
            Set(s, caseId, sender, $"declared with the item {itemId} (handling.legalHold)", now);
    }

    private static void Set(Session s, string caseId, string by, string reason, DateTimeOffset now)
    {
        if (s.Run("INSERT INTO case_holds (case_id, by, reason, since) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", caseId, by, reason, now) == 0)
            return;
        new AuditRecord("case.held", by, caseId, caseId, reason).Append(s, now);
        new AuditRecord(Kept, by, caseId, caseId).Append(s, now);
        Events.Append(s, now, "case.held", caseId, caseId, $"by {by}: {reason}");
    }
}
