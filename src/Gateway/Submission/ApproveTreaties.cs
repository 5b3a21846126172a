using System.Text.Json;
using Gateway.AuditLog;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Submission;

/// <summary>
/// The lawyer approves provisions of the table after comparing them with the official text, by a signed document; from then on they are
/// cited without "unconfirmed". Until then nobody can take a number from memory for a confirmed one.
/// </summary>
internal sealed class ApproveTreaties(Database database, TimeProvider clock)
{
    /// <summary>From <c>{"provisions": ["UNCC 42", …], "checkedAgainst": "…"}</c>.</summary>
    public Composition Compose(User user, JsonElement fields)
    {
        if (user.Refuse(Permission.ApproveTreaties) is { } notPermitted)
            return new Composition(null, [notPermitted], []);
        if (fields.ValueKind != JsonValueKind.Object || !fields.TryGetProperty("provisions", out var list) || list.ValueKind != JsonValueKind.Array || list.EnumerateArray().Any(e => e.ValueKind != JsonValueKind.String))
            return new Composition(null, [new Refusal(RefusalCode.RequiredFieldEmpty, "name the provisions that were compared", "provisions")], []);
        var text = fields.TryGetProperty("checkedAgainst", out var said) && said.ValueKind == JsonValueKind.String ? said.GetString()!.Trim() : "";
        if (text.Length == 0)
            return new Composition(null, [new Refusal(RefusalCode.RequiredFieldEmpty, "name the text with which they were compared", "checkedAgainst")], []);
        var ids = list.EnumerateArray().Select(e => e.GetString()!).Distinct().ToList();
        var unknown = ids.Where(id => Treaties.ById(id) is null).Select(id => new Refusal(RefusalCode.NotFound, $"'{(id.Length <= 60 ? id : "…")}' is not in the table of provisions", "provisions")).ToList();
        if (unknown.Count > 0)
            return new Composition(null, unknown, []);
        var approval = new TreatyApproval(Ids.New(), user.Authority, [.. ids.Select(id => new ApprovedProvision(id, Treaties.ById(id)!.Sha256))], text, clock.GetUtcNow());
        var bytes = approval.Write();
        return (TreatyApproval.Read(bytes).Refusal ?? approval.Check()) is { } problem ? new Composition(null, [problem], []) : new Composition(bytes, [], []);
    }

    public async Task<Outcome<KeptOutcome>> Submit(SubmittedDocument document, IReadOnlyList<Part> attachments, IdempotencyTicket ticket)
    {
        if (attachments.Count > 0)
            return new Refusal(RefusalCode.AttachmentNotAllowed, "nothing travels beside an approval", "attachments");
        if (document.User.Refuse(Permission.ApproveTreaties) is { } notPermitted)
            return notPermitted;
        if (!TreatyApproval.Read(document.Content).TryGet(out var approval, out var refusal))
            return refusal;
        if (approval.Check() is { } problem)
            return problem;
        if (approval.Authority != document.User.Authority)
            return new Refusal(RefusalCode.RoleMissing, $"{document.User.Name} works for {document.User.Authority}", "authority");
        var kept = new KeptOutcome("", "", $"{approval.Provisions.Count} provisions are approved, checked against {approval.CheckedAgainst}");
        var now = clock.GetUtcNow();
        await database.Write(Lane.Ordinary, s =>
        {
            foreach (var provision in approval.Provisions)
            {
                s.RunOne("INSERT INTO treaty_approvals (id, sha256, approval, checked_against, by, time) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET sha256 = $2, approval = $3, checked_against = $4, by = $5, time = $6",
                    provision.Id, provision.Sha256, document.Signed.Sha256, approval.CheckedAgainst, document.User.Name, now);
            }
            s.RunOne("INSERT INTO treaty_documents (sha256, document) VALUES ($1, $2)", document.Signed.Sha256, document.Signed.Der);
            new AuditRecord("treaty.approved", document.User.Name, approval.Id, Detail: $"{string.Join(", ", approval.Provisions.Select(p => p.Id))}; {document.Signed.Sha256}").Append(s, now);
            ticket.Keep(s, kept, now);
        });
        return kept;
    }

    /// <summary>The provisions that are approved as they stand in the table today.</summary>
    public static IReadOnlySet<string> Approved(Session s)
        => s.Query("SELECT id, sha256 FROM treaty_approvals", row => (Id: row.GetString(0), Sha256: row.Digest(1))).Where(row => Treaties.ById(row.Id)?.Sha256 == row.Sha256).Select(row => row.Id).ToHashSet();

    /// <summary>The whole table with what was approved of it; open to every user.</summary>
    public Outcome<ListTreatiesReply> List() => database.Read(s =>
    {
        var rows = s.Query("SELECT id, sha256, checked_against, by, time FROM treaty_approvals", row => (Id: row.GetString(0), Sha256: row.Digest(1), Against: row.GetString(2), By: row.GetString(3), Time: row.GetString(4)));
        var reply = new ListTreatiesReply();
        foreach (var entry in Treaties.All)
        {
            var view = new TreatyView { Id = entry.Id, Subject = entry.Subject, Status = entry.Status == TreatyStatus.CONFIRMED ? "CONFIRMED" : "UNCONFIRMED", CheckedAgainst = entry.CheckedAgainst ?? "" };
            if (rows.Find(r => r.Id == entry.Id) is { Id: not null } row)
                (view.Status, view.CheckedAgainst, view.ApprovedBy, view.Time) = row.Sha256 == entry.Sha256 ? ("APPROVED", row.Against, row.By, row.Time) : ("CHANGED", row.Against, row.By, row.Time);
            reply.Treaties.Add(view);
        }
        return reply;
    });
}
