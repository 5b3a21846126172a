using System.Text;
using System.Text.Json;
using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;
using Gateway.V1;
using Google.Protobuf;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Drafts;

/// <summary>
/// Signing and sending a draft, by one person or by two. What is signed must be what the draft says; what is sent must have been
/// approved in this very version, where the own State wants that. The draft's words go once the case has them.
/// </summary>
internal sealed class SendDraft(Database database, CaseKeys caseKeys, UserDirectory users, NeedToKnow access, DraftRequest compose, SendRequest send, ApprovalOptions approval, ShowDrafts show, TimeProvider clock)
{
    // Filled anew each time that a request is composed.
    private static readonly string[] Fresh = ["id", "created", "reference", "originalFollowup"];

    public static Refusal MarkMissing(ApprovalOptions approval)
        => new(RefusalCode.ApprovalMissing, $"a classification is needed: {string.Join(", ", approval.Marks)}", "mark");

    public async Task<Outcome<DraftView>> Sign(SignDraftRequest request, User by)
    {
        if (ShowDrafts.RefuseTo(by) is { } notPermitted)
            return notPermitted;
        // Seen before it is asked whether the call was taken: when it comes twice at once, one that finds no earlier call has seen the draft as it was.
        var seen = database.Read(s => DraftRow.Seen(s, access.Of(by, Permission.DraftRequest), by.Name, request.Draft));
        if (!DraftCall.Of(nameof(Operator.OperatorBase.SignDraft), request.IdempotencyKey, request, by).TryGet(out var call, out var refusal) || !call.Earlier(database).TryGet(out var earlier, out refusal))
            return refusal;
        if (earlier is not null)
            return show.Again(earlier, by);
        if (seen is not { IsOpen: true } row)
            return ShowDrafts.None;
        if (request.Version != 0 && (long)request.Version != row.Version)
            return new Refusal(RefusalCode.StateConflict, $"the draft has version {row.Version} meanwhile; look at it and repeat", "version");
        if (!SubmittedDocument.Open(by, request.SignedDocument.ToByteArray(), clock.GetUtcNow()).TryGet(out var document, out refusal) || !Request.Read(document.Content).TryGet(out _, out refusal))
            return refusal;
        if (send.Judge(document) is { } problem)
            return problem;
        if (!SaysTheSame(row, document.Content, by))
            return new Refusal(RefusalCode.StateConflict, "what was signed is not what the draft says", "signedDocument");
        var now = clock.GetUtcNow();
        if (caseKeys.TrySeal(DraftRow.KeyOf(row.Id), $"signed:{row.Version}", document.Signed.Der.Span) is not { } sealedDocument)
            return DraftRow.Moved;
        var moved = await call.Write(database, row.Id, now, s =>
        {
            if (!row.Move(s, DraftState.SIGNED, now, row.Reviewer, by.Name, sealedDocument))
                return false;
            DraftRow.Step(s, row.Id, row.Version, "SIGNED", by.Name, null, now);
            new AuditRecord("draft.signed", by.Name, row.Id, Detail: document.Signed.Sha256.ToString()).Append(s, now);
            Events.Append(s, now, "draft.signed", row.Id, row.Id, $"version {row.Version}, by {by.Name}");
            return true;
        });
        return moved ? show.Show(new ShowDraftRequest { Draft = row.Id }, by) : show.Lost(call, by);
    }

    public async Task<Outcome<SubmitReply>> Send(SendDraftRequest request, User by)
    {
        if (ShowDrafts.RefuseTo(by) is { } notPermitted)
            return notPermitted;
        if (database.Read(s => DraftRow.Seen(s, access.Of(by, Permission.DraftRequest), by.Name, request.Draft)) is not { } row)
            return ShowDrafts.None;
        if (row.State == DraftState.SENT)
            return await Again(row);
        if (by.Authority != row.Authority)
            return new Refusal(RefusalCode.RoleMissing, $"{by.Name} works for {by.Authority} and does not send for {row.Authority}", "draft");
        if (row.State != DraftState.SIGNED || row.SignedDocument(caseKeys) is not { } signed || users.ByName(row.Signer ?? "") is not { Revoked: null } signer)
            return new Refusal(RefusalCode.StateConflict, $"the draft is {row.State}; it is signed first ('gatewayctl request sign')", "draft");
        if ((Permissions.PermitSending(row.Kind, by.Roles) ?? Unapproved(row)) is { } refusal)
            return refusal;
        if (!TakeSubmission.Attachments(request.Attachments).TryGet(out var attachments, out refusal)
            || !SubmittedDocument.Open(signer, signed, clock.GetUtcNow()).TryGet(out var document, out refusal)
            || !IdempotencyTicket.For(by.Name, row.Id, signed).TryGet(out var ticket, out refusal))
            return refusal;
        if (attachments.Any(a => document.Content.Span.IndexOf(Encoding.ASCII.GetBytes(a.Sha256.ToString())) < 0))
            return new Refusal(RefusalCode.ArgumentNotValid, "a file is attached that the signed request does not name by its digest: nobody reviewed it", "attachments");
        var now = clock.GetUtcNow();
        try
        {
            if (!(await send.Send(document, attachments, ticket, (s, caseId) => Sent(s, row, by, caseId, now))).TryGet(out var kept, out refusal))
                return refusal;
            await caseKeys.Forget(DraftRow.KeyOf(row.Id));
            return Reply(kept.Message, kept.CaseId, kept.Sentence, duplicate: false);
        }
        catch (CaseMovedException)
        {
            // Whoever sent it first, it is sent once.
            return database.Read(s => DraftRow.Seen(s, access.Of(by, Permission.DraftRequest), by.Name, row.Id)) is { State: DraftState.SENT } sent ? await Again(sent) : DraftRow.Moved;
        }
    }

    // In the transaction that opens the case: sent and kept as sent, or neither.
    private static void Sent(Session s, DraftRow row, User by, string caseId, DateTimeOffset now)
    {
        if (!row.Move(s, DraftState.SENT, now, row.Reviewer, row.Signer, null, caseId))
            throw new CaseMovedException();
        DraftRow.Forget(s, row.Id);
        DraftRow.Step(s, row.Id, row.Version, "SENT", by.Name, null, now);
        s.Run("UPDATE cases SET mark = $1 WHERE id = $2", row.Mark.Length == 0 ? null : row.Mark, caseId);
        new AuditRecord("draft.sent", by.Name, row.Id, caseId, row.Mark.Length == 0 ? null : row.Mark).Append(s, now);
    }

    private Refusal? Unapproved(DraftRow row)
    {
        if (approval.Marks.Count > 0 && row.Mark.Length == 0)
            return MarkMissing(approval);
        if (!approval.NeedsApproval(row.Kind, row.Mark))
            return null;
        return database.Read(s => DraftRow.Steps(s, row.Id)).Exists(step => step.Version == row.Version && step.Step == ReviewDraft.Approved)
            ? null
            : new Refusal(RefusalCode.ApprovalMissing, $"{row.Kind}{(row.Mark.Length > 0 ? $" marked {row.Mark}" : "")} needs the approval of a second person ('gatewayctl request draft review {row.Id} --approve')", "draft");
    }

    // Composed again from the draft: all that a person wrote must be equal.
    private bool SaysTheSame(DraftRow row, ReadOnlyMemory<byte> signed, User by)
    {
        if (row.FieldsText(caseKeys) is not { Length: > 0 } text)
            return false;
        using var fields = JsonDocument.Parse(text);
        if (compose.Compose(by, fields.RootElement, row.Authority).Document is not { } composed)
            return false;
        using var ours = JsonDocument.Parse(composed);
        using var theirs = JsonDocument.Parse(signed);
        var (left, right) = (Members(ours.RootElement), Members(theirs.RootElement));
        return left.Count == right.Count && left.All(member => right.TryGetValue(member.Key, out var other) && JsonElement.DeepEquals(member.Value, other));
    }

    private static Dictionary<string, JsonElement> Members(JsonElement document) => document.EnumerateObject().Where(m => !Fresh.Contains(m.Name)).ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal);

    private async Task<Outcome<SubmitReply>> Again(DraftRow row)
    {
        // Whoever sent it may have been stopped before its key went.
        if (caseKeys.Named(DraftRow.KeyOf(row.Id)).Count > 0)
            await caseKeys.Forget(DraftRow.KeyOf(row.Id));
        return Reply(database.Read(s => s.One("SELECT request_message FROM cases WHERE id = $1", r => r.GetString(0), row.CaseId)) ?? "", row.CaseId ?? "", "the draft was sent before", duplicate: true);
    }

    private SubmitReply Reply(string message, string caseId, string outcome, bool duplicate)
    {
        var reply = new SubmitReply { Message = message, CaseId = caseId, Outcome = outcome, Duplicate = duplicate };
        reply.Receipts.AddRange(database.Read(s => s.Query("SELECT der FROM receipts WHERE message = $1 AND chain = $2 AND event = 'SubmissionAcceptance' ORDER BY seq", r => r.Bytes(0), message, caseId)).Select(der => UnsafeByteOperations.UnsafeWrap(der)));
        return reply;
    }
}
