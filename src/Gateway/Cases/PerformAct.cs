using System.Text.Json;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;

namespace Gateway.Cases;

/// <summary>What a person does on a case: composed against the case as it stands, then signed, judged again, and sent to the other side.</summary>
internal sealed class PerformAct(Database database, SendMessage send, PeerDirectory peers, TimeProvider clock)
{
    public Composition Compose(User user, JsonElement fields)
    {
        var caseId = fields.ValueKind == JsonValueKind.Object && fields.TryGetProperty("case", out var value) ? value.GetString() ?? "" : "";
        if (database.Read(s => CaseRow.Find(s, caseId)) is not { } row)
            return new Composition(null, [new Refusal(RefusalCode.NotFound, $"there is no case '{caseId}'", "case")], []);
        var composition = ActComposer.Compose(fields, new ActContext(clock.GetUtcNow(), row.Id, row.RequestMessage, row.OwnAuthority, row.Side, row.State));
        return composition.Document is { } bytes && Act.Read(bytes) is { Succeeded: true, Value: var act } && NotPermitted(user, row, act) is { } refusal
            ? new Composition(null, [refusal], [])
            : composition;
    }

    public async Task<Outcome<KeptOutcome>> Submit(SubmittedDocument document, IReadOnlyList<Part> attachments, IdempotencyTicket ticket)
    {
        if (!Act.Read(document.Content).TryGet(out var act, out var refusal))
            return refusal;
        if (database.Read(s => CaseRow.Find(s, act.Case)) is not { } row)
            return new Refusal(RefusalCode.NotFound, $"there is no case '{act.Case}'", "case");
        if (act.RequestMessage != row.RequestMessage || act.Authority != row.OwnAuthority)
            return new Refusal(RefusalCode.StateConflict, "the act was composed for another case", "requestMessage");
        if (NotPermitted(document.User, row, act) is { } notPermitted)
            return notPermitted;
        if (act.Check() is [var missing, ..])
            return missing;
        if (!Transitions.Apply(row.State, act.Kind, row.Side).TryGet(out var next, out refusal))
            return refusal;
        // A closed chain takes no more receipts: what is on its way must have arrived.
        if (next == CaseState.COMPLETED && database.Read(s => s.Number("SELECT count(*) FROM items WHERE case_id = $1 AND state IN ('RELEASED', 'SENT', 'RECEIVING')", row.Id)) > 0)
            return new Refusal(RefusalCode.ItemIncomplete, "an evidence item of this case is still on its way", "kind");
        var message = new OutgoingMessage(Ids.New(), row.Id, row.OwnAuthority, row.PeerAuthority, CoverAbout.ACT, act.Kind.ToString(), row.Urgency, row.RequestMessage,
            [Part.Of(PartRole.act, "act.cms", "application/pkcs7-mime", document.Signed.Der.ToArray()), .. attachments]);
        var kept = new KeptOutcome(message.Id, row.Id, $"{row.Reference} is {next}");
        var sent = await send.Send(message, s =>
        {
            row.Move(s, next, clock.GetUtcNow());
            ticket.Keep(s, kept, clock.GetUtcNow());
        });
        return sent.Then<KeptOutcome>(_ => kept);
    }

    private Refusal? NotPermitted(User user, CaseRow row, Act act) => Transitions.Permit(act.Kind, row.Side, user.Roles, row.Kind, peers.OwnCard.Card.Profile);
}
