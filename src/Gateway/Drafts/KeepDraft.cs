using System.Text;
using System.Text.Json;
using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Drafts;

/// <summary>Keeps the fields of a request that is being written, complete or not; every change is a new version that has to be reviewed and signed anew.</summary>
internal sealed class KeepDraft(Database database, CaseKeys caseKeys, PeerDirectory peers, NeedToKnow access, ApprovalOptions approval, ShowDrafts show, TimeProvider clock)
{
    private const int MaxDepth = 32;
    private const int MaxBytes = 4 * 1024 * 1024;

    public async Task<Outcome<DraftView>> Run(KeepDraftRequest request, User by)
    {
        if (ShowDrafts.RefuseTo(by) is { } notPermitted)
            return notPermitted;
        if (!Read(request.FieldsJson).TryGet(out var given, out var refusal) || !Authority(given, by).TryGet(out var authority, out refusal))
            return refusal;
        // Before it is asked whether the call was taken, as everywhere here.
        var existing = request.Draft.Length > 0 ? database.Read(s => DraftRow.Seen(s, access.Of(by, Permission.DraftRequest), by.Name, request.Draft)) : null;
        if (!DraftCall.Of(nameof(Operator.OperatorBase.KeepDraft), request.IdempotencyKey, request, by).TryGet(out var call, out refusal) || !call.Earlier(database).TryGet(out var earlier, out refusal))
            return refusal;
        if (earlier is not null)
            return show.Again(earlier, by);
        if (request.Mark.Length > 0 && !approval.Marks.Contains(request.Mark))
            return new Refusal(RefusalCode.ArgumentNotValid, approval.Marks.Count == 0 ? "this installation has no classification marks" : $"the mark is not one of {string.Join(", ", approval.Marks)}", "mark");
        var id = request.Draft.Length > 0 ? request.Draft : Ids.New();
        if (request.Draft.Length > 0 && existing is not { IsOpen: true })
            return ShowDrafts.None;
        if (existing is not null && request.Version != 0 && (long)request.Version != existing.Version)
            return new Refusal(RefusalCode.StateConflict, $"the draft has version {existing.Version} meanwhile, by {existing.Author}; look at it and repeat", "version");

        var now = clock.GetUtcNow();
        var version = (existing?.Version ?? 0) + 1;
        await caseKeys.Ensure(DraftRow.KeyOf(id), Lane.Ordinary);
        if (caseKeys.TrySeal(DraftRow.KeyOf(id), $"fields:{version}", Encoding.UTF8.GetBytes(given.Text)) is not { } fields)
            return DraftRow.Moved;
        var mark = request.Mark.Length > 0 ? request.Mark : existing?.Mark ?? "";
        var readers = access.ReadersOf(Encoding.UTF8.GetBytes(given.Text));
        if (await call.Write(database, id, now, Keep))
            return show.Show(new ShowDraftRequest { Draft = id }, by);
        // The same call came twice at once, and the other one won: the key made here has nothing to keep.
        if (existing is null)
            await caseKeys.Forget(DraftRow.KeyOf(id));
        return show.Lost(call, by);

        bool Keep(Session s)
        {
            if (existing is null)
                s.RunOne("INSERT INTO drafts (id, authority, kind, urgency, mark, state, version, author, changed, fields) VALUES ($1, $2, $3, $4, $5, 'DRAFT', 1, $6, $7, $8)", id, authority, given.Kind, given.Urgency, mark, by.Name, now, fields);
            else if (s.Run("UPDATE drafts SET authority = $1, kind = $2, urgency = $3, mark = $4, state = 'DRAFT', version = $5, author = $6, reviewer = NULL, signer = NULL, signed = NULL, changed = $7, fields = $8 WHERE id = $9 AND version = $10 AND state <> 'SENT' AND state <> 'DROPPED'",
                authority, given.Kind, given.Urgency, mark, version, by.Name, now, fields, id, existing.Version) != 1)
                return false;
            s.Run("DELETE FROM case_desks WHERE case_id = $1", id);
            s.Run("DELETE FROM case_readers WHERE case_id = $1", id);
            Desks.Give(s, id, authority, DeskPart.DESK, by.Name, now);
            if (readers is not null)
                Desks.Restrict(s, id, [.. readers, Desks.Reader(by.Authority, by.PersonName)]);
            DraftRow.Step(s, id, version, "KEPT", by.Name, null, now);
            new AuditRecord("draft.kept", by.Name, id, Detail: $"version {version}").Append(s, now);
            Events.Append(s, now, "draft.kept", id, id, $"{given.Kind}, version {version}, by {by.Name}");
            return true;
        }
    }

    /// <summary>Gives a draft up: its words and their key are destroyed.</summary>
    public async Task<Outcome<DraftView>> Drop(DropDraftRequest request, User by)
    {
        if (ShowDrafts.RefuseTo(by) is { } notPermitted)
            return notPermitted;
        // Seen before it is asked whether the call was taken: when it comes twice at once, one that finds no earlier call has seen the draft as it was.
        var seen = database.Read(s => DraftRow.Seen(s, access.Of(by, Permission.DraftRequest), by.Name, request.Draft));
        if (!DraftCall.Of(nameof(Operator.OperatorBase.DropDraft), request.IdempotencyKey, request, by).TryGet(out var call, out var refusal) || !call.Earlier(database).TryGet(out var earlier, out refusal))
            return refusal;
        if (earlier is not null)
        {
            // Whoever dropped it may have been stopped before its key went.
            await caseKeys.Forget(DraftRow.KeyOf(earlier));
            return show.Again(earlier, by);
        }
        if (seen is not { IsOpen: true } row)
            return ShowDrafts.None;
        var now = clock.GetUtcNow();
        var dropped = await call.Write(database, row.Id, now, s =>
        {
            if (!row.Move(s, DraftState.DROPPED, now, row.Reviewer, row.Signer, null))
                return false;
            DraftRow.Forget(s, row.Id);
            DraftRow.Step(s, row.Id, row.Version, "DROPPED", by.Name, null, now);
            new AuditRecord("draft.dropped", by.Name, row.Id).Append(s, now);
            return true;
        });
        if (!dropped)
            return show.Lost(call, by);
        await caseKeys.Forget(DraftRow.KeyOf(row.Id));
        return ShowDrafts.Head(row with { State = DraftState.DROPPED, Changed = now });
    }

    // A body that may not send drafts for the authority above it that may.
    private Outcome<string> Authority(Given given, User by)
    {
        var card = peers.OwnCard.Card;
        var line = card.WithParents(by.Authority);
        if (given.Authority is { } named)
            return line.Contains(named) ? named : new Refusal(RefusalCode.RoleMissing, $"{by.Name} works for {by.Authority} and does not draft for {(Ids.IsAuthority(named) ? named : "what is named there")}", "requestingAuthority");
        var senders = RequestKinds.Of(given.Kind).Senders;
        return line.FirstOrDefault(id => Roles.Of(card.Find(id)!.Roles).Any(senders.Contains)) ?? by.Authority;
    }

    private static Outcome<Given> Read(string text)
    {
        if (text.Length > MaxBytes)
            return new Refusal(RefusalCode.DocumentLimit, $"the fields have more than {MaxBytes} characters", "fieldsJson");
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth, CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return new Refusal(RefusalCode.DocumentNotJson, "the fields must be one JSON object", "fieldsJson");
            if (!Enum.TryParse<RequestKind>(Surroundings.TextOf(json.RootElement, "kind"), out var kind) || !Enum.IsDefined(kind))
                return new Refusal(RefusalCode.RequiredFieldEmpty, "a draft names at least its kind", "kind");
            var urgency = Enum.TryParse<Urgency>(Surroundings.TextOf(json.RootElement, "urgency"), out var word) && Enum.IsDefined(word) ? word : Urgency.ORDINARY;
            var authority = Surroundings.TextOf(json.RootElement, "requestingAuthority");
            return new Given(kind, urgency, string.IsNullOrWhiteSpace(authority) ? null : authority, Plain(json.RootElement));
        }
        catch (JsonException e)
        {
            return new Refusal(RefusalCode.DocumentNotJson, $"not JSON near line {e.LineNumber + 1}", "fieldsJson");
        }
    }

    // Without the comments that a form has.
    private static string Plain(JsonElement fields)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            fields.WriteTo(writer);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private sealed record Given(RequestKind Kind, Urgency Urgency, string? Authority, string Text);
}
