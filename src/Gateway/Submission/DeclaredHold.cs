using Gateway.AuditLog;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Requests;
using Gateway.Storage;

namespace Gateway.Submission;

/// <summary>
/// A legal hold that is declared with personal data (<c>handling.legalHold</c>): it holds the case of the side that receives them, as if that side had set it, beside every other hold. That side's people
/// lift it, with their reason.
/// </summary>
internal static class DeclaredHold
{
    /// <summary>The act of the record that a hold was set; it stays when the case is erased.</summary>
    public const string Kept = "erasure.held";

    /// <summary>The act of the record that says why.</summary>
    public const string Held = "case.held";

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

    // One that was set before stands, or was lifted by people here: it is not set once more.
    private static void Set(Session s, string caseId, string by, string reason, DateTimeOffset now)
    {
        if (s.Query("SELECT body FROM audit_records WHERE case_id = $1 AND act = $2", r => DocumentReader.Read(r.Bytes(0), AuditRecord.Type, 1, AuditRecord.Read).Value, caseId, Held)
            .Exists(record => record.By == by && record.Detail == reason))
            return;
        var number = CaseHolds.Set(s, caseId, by, reason, until: null, now);
        new AuditRecord(Held, by, caseId, caseId, reason).Append(s, now);
        new AuditRecord(Kept, by, caseId, caseId).Append(s, now);
        Events.Append(s, now, Held, caseId, caseId, $"hold {number} by {by}: {reason}");
    }
}
