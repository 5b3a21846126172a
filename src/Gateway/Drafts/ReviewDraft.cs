using System.Text;
using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Drafts;

/// <summary>Another person looks at a draft: comments, or approves this version. Who wrote it does not approve it.</summary>
internal sealed class ReviewDraft(Database database, CaseKeys caseKeys, UserDirectory users, PeerDirectory peers, NeedToKnow access, ShowDrafts show, TimeProvider clock)
{
    /// <summary>The step that an approval is.</summary>
    public const string Approved = "APPROVED";

    private const int MaxComment = 10_000;

    public async Task<Outcome<DraftView>> Run(ReviewDraftRequest request, User by)
    {
        if (ShowDrafts.RefuseTo(by) is { } notPermitted)
            return notPermitted;
        // Seen before it is asked whether the call was taken: when it comes twice at once, one that finds no earlier call has seen the draft as it was.
        var seen = database.Read(s => DraftRow.Seen(s, access.Of(by, Permission.DraftRequest), by.Name, request.Draft));
        if (!DraftCall.Of(nameof(Operator.OperatorBase.ReviewDraft), request.IdempotencyKey, request, by).TryGet(out var call, out var refusal) || !call.Earlier(database).TryGet(out var earlier, out refusal))
            return refusal;
        if (earlier is not null)
            return show.Again(earlier, by);
        if (seen is not { IsOpen: true } row)
            return ShowDrafts.None;
        if (request.Version != 0 && (long)request.Version != row.Version)
            return new Refusal(RefusalCode.StateConflict, $"the draft has version {row.Version} meanwhile; look at it and repeat", "version");
        var comment = request.Comment.Trim();
        if (comment.Length > MaxComment || (comment.Length == 0 && !request.Approve))
            return new Refusal(RefusalCode.ArgumentNotValid, $"a review approves, or says something in 1 to {MaxComment} characters", "comment");
        if (request.Approve && (Permissions.Permit(Permission.ApproveRequest, by.Roles, row.Kind, row.Urgency, peers.OwnCard.Card.Profile) ?? Same(row, by)) is { } notApproving)
            return notApproving;
        var now = clock.GetUtcNow();
        var sealedComment = comment.Length == 0 ? null : caseKeys.TrySeal(DraftRow.KeyOf(row.Id), $"comment:{row.Version}", Encoding.UTF8.GetBytes(comment));
        if (comment.Length > 0 && sealedComment is null)
            return DraftRow.Moved;
        var moved = await call.Write(database, row.Id, now, s =>
        {
            // An approval of a signed draft does not take the signature away.
            if (!row.Move(s, request.Approve && row.State == DraftState.DRAFT ? DraftState.REVIEWED : row.State, now, request.Approve ? by.Name : row.Reviewer, row.Signer, row.Signed))
                return false;
            DraftRow.Step(s, row.Id, row.Version, request.Approve ? Approved : "COMMENTED", by.Name, sealedComment, now);
            new AuditRecord(request.Approve ? "draft.approved" : "draft.commented", by.Name, row.Id, Detail: $"version {row.Version}").Append(s, now);
            Events.Append(s, now, request.Approve ? "draft.approved" : "draft.commented", row.Id, row.Id, $"version {row.Version}, by {by.Name}");
            return true;
        });
        return moved ? show.Show(new ShowDraftRequest { Draft = row.Id }, by) : show.Lost(call, by);
    }

    private Refusal? Same(DraftRow row, User by)
        => row.Author == by.Name || (users.ByName(row.Author) is { } author && author.IsSamePersonAs(by)) ? new Refusal(RefusalCode.SamePersonTwice, $"{by.Name} wrote this version; another person approves it") : null;
}
