using System.Text;
using System.Text.Json;
using Gateway.Access;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Drafts;

/// <summary>Drafts as people see them: those of the own authority and of the bodies that draft for it, with everything that is still to be corrected.</summary>
internal sealed class ShowDrafts(Database database, CaseKeys caseKeys, NeedToKnow access, DraftRequest compose, ApprovalOptions approval)
{
    private const int MaxRows = 500;

    /// <summary>The answer for a draft that is not there, is closed, or is not open to the user.</summary>
    public static Refusal None => new(RefusalCode.NotFound, "there is no such open draft, or it is not open to you", "draft");

    /// <summary>Null for a person who drafts. A system hands in what a person signed; it neither writes nor approves in a person's place.</summary>
    public static Refusal? RefuseTo(User by) => by.Refuse(Permission.DraftRequest)
        ?? (by.SystemAccount ? new Refusal(RefusalCode.RoleMissing, "drafts are written, reviewed, signed and sent by persons; a system submits what a person signed") : null);

    public Outcome<ListDraftsReply> List(ListDraftsRequest request, User by)
    {
        if (RefuseTo(by) is { } notPermitted)
            return notPermitted;
        var reply = new ListDraftsReply();
        var limit = request.Limit is 0 or > MaxRows ? MaxRows : (int)request.Limit;
        reply.Drafts.AddRange(database.Read(s => DraftRow.Newest(s, access.Of(by, Permission.DraftRequest), by.Name, request.OpenOnly, limit)).Select(Head));
        return reply;
    }

    public Outcome<DraftView> Show(ShowDraftRequest request, User by)
    {
        if (RefuseTo(by) is { } notPermitted)
            return notPermitted;
        var (row, steps) = database.Read(s => (DraftRow.Seen(s, access.Of(by, Permission.DraftRequest), by.Name, request.Draft), DraftRow.Steps(s, request.Draft)));
        if (row is null or { State: DraftState.DROPPED })
            return None;
        var view = Head(row);
        view.FieldsJson = row.FieldsText(caseKeys);
        view.NeedsApproval = row.IsOpen && approval.NeedsApproval(row.Kind, row.Mark) && !steps.Exists(step => step.Version == row.Version && step.Step == ReviewDraft.Approved);
        view.Steps.AddRange(steps.Select(step => new DraftStep
        {
            Version = (ulong)step.Version,
            Step = step.Step,
            User = step.User,
            Time = step.Time,
            Comment = step.Comment is { } comment ? Encoding.UTF8.GetString(caseKeys.TryOpen(DraftRow.KeyOf(row.Id), $"comment:{step.Version}", comment) ?? []) : "",
        }));
        if (view.FieldsJson.Length == 0)
            return view;
        using var fields = JsonDocument.Parse(view.FieldsJson);
        var composition = compose.Compose(by, fields.RootElement, row.Authority);
        view.Problems.AddRange(composition.Problems.Select(RefusalWire.ToWire));
        view.Warnings.AddRange(composition.Warnings.Select(RefusalWire.ToWire));
        if (approval.Marks.Count > 0 && row.Mark.Length == 0)
            view.Problems.Add(RefusalWire.ToWire(SendDraft.MarkMissing(approval)));
        return view;
    }

    /// <summary>The answer to a call that was taken before: the draft as it stands now, also when it was given up.</summary>
    public Outcome<DraftView> Again(string draft, User by)
        => database.Read(s => DraftRow.Seen(s, access.Of(by, Permission.DraftRequest), by.Name, draft)) is { State: DraftState.DROPPED } dropped ? Head(dropped) : Show(new ShowDraftRequest { Draft = draft }, by);

    /// <summary>The answer to a call that wrote nothing: that of the same call that was taken in its place, else that the draft moved.</summary>
    public Outcome<DraftView> Lost(DraftCall call, User by) => call.Earlier(database).Then<DraftView>(draft => draft is null ? DraftRow.Moved : Again(draft, by));

    /// <summary>A draft in a list.</summary>
    public static DraftView Head(DraftRow row) => new()
    {
        Draft = row.Id,
        Authority = row.Authority,
        Kind = row.Kind.ToString(),
        Urgency = row.Urgency.ToString(),
        Mark = row.Mark,
        State = row.State.ToString(),
        Version = (ulong)row.Version,
        Author = row.Author,
        Reviewer = row.Reviewer ?? "",
        Signer = row.Signer ?? "",
        CaseId = row.CaseId ?? "",
        Changed = DocumentWriter.FormatTime(row.Changed),
    };
}
