using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Submission;

namespace Gateway.Cases;

/// <summary>
/// A second person before an act leaves, where the own State wants one (<c>Approval:Acts</c>): one officer signs the act and sends nothing, another one who may approve reads what was signed and sends it.
/// Who approved, and the classification, stand in the log and are never sent.
/// </summary>
internal sealed class ApproveAct(Database database, PeerDirectory peers, NeedToKnow access, ApprovalOptions approval)
{
    /// <summary>Null when the act may leave; T807 without an approval or a classification that it needs, T802 and T804 when this person may not give it.</summary>
    public Refusal? Refuse(ActKind kind, CaseRow row, Approver? approved)
    {
        if (approved is null)
            return approval.NeedsApproval(kind) ? Missing(kind) : null;
        if (approved.Mark.Length > 0 && !approval.Marks.Contains(approved.Mark))
            return new Refusal(RefusalCode.ArgumentNotValid, approval.Marks.Count == 0 ? "this installation has no classification marks" : $"the mark is not one of {string.Join(", ", approval.Marks)}", "mark");
        if (approval.NeedsApproval(kind) && approval.Marks.Count > 0 && approved.Mark.Length == 0)
            return new Refusal(RefusalCode.ApprovalMissing, $"a classification is needed: {string.Join(", ", approval.Marks)}", "mark");
        var user = approved.User;
        return Permissions.Permit(Permission.ApproveRequest, user.Roles, row.Kind, row.Urgency, peers.OwnCard.Card.Profile)
            ?? database.Read(s => CaseRow.Seen(s, access.Of(user, Permission.ReadContent), row.Id) is null ? NeedToKnow.NoCase("case") : access.RefuseDeciding(s, user, row.Id));
    }

    /// <summary>Said while the act is composed, so that nobody signs first and learns afterwards.</summary>
    public IEnumerable<Refusal> Tell(ActKind kind) => approval.NeedsApproval(kind) ? [Missing(kind)] : [];

    /// <summary>Records the approval in the transaction of the message.</summary>
    public static void Record(Session s, ActKind kind, string message, CaseRow row, SubmittedDocument document, DateTimeOffset now)
    {
        if (document.Approved is not { } approved)
            return;
        new AuditRecord("act.approved", approved.User.Name, message, row.Id, $"{kind} signed by {document.User.Name}{(approved.Mark.Length > 0 ? $", {approved.Mark}" : "")}").Append(s, now);
        Events.Append(s, now, "act.approved", row.Id, message, $"{kind} signed by {document.User.Name}, approved by {approved.User.Name}");
    }

    private static Refusal Missing(ActKind kind)
        => new(RefusalCode.ApprovalMissing, $"{kind} leaves only when a second person approves it: sign it with --hold FILE; another officer sends it with 'gatewayctl request approve FILE'", "kind");
}
