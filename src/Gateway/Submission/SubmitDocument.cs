using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Users;
using Microsoft.Data.Sqlite;

namespace Gateway.Submission;

/// <summary>A type of document that people submit, and the slice that takes it.</summary>
internal delegate Task<Outcome<KeptOutcome>> DocumentTaker(SubmittedDocument document, IReadOnlyList<Part> attachments, IdempotencyTicket ticket);

/// <summary>What the submitter is answered.</summary>
internal sealed record SubmitResult(KeptOutcome Outcome, IReadOnlyList<byte[]> Receipts, bool Duplicate);

/// <summary>The one way in for signed documents: verifies the signer, gives a repeated submission its first answer, and hands each type to its slice.</summary>
internal sealed class SubmitDocument(Database database, IReadOnlyDictionary<string, DocumentTaker> takers, string ownState, TimeProvider clock)
{
    private const int SqliteConstraint = 19;

    /// <param name="caller">Who is connected; its name owns the idempotency key.</param>
    /// <param name="signer">Who signs: the caller, or the person a system account acts for.</param>
    /// <param name="signedDocument">CMS SignedData, DER.</param>
    /// <param name="key">The idempotency key.</param>
    /// <param name="attachments">Documents to travel beside it.</param>
    /// <param name="approved">Who approves it, when that is another person than the signer: acts only.</param>
    public async Task<Outcome<SubmitResult>> Submit(User caller, User signer, ReadOnlyMemory<byte> signedDocument, string key, IReadOnlyList<Part> attachments, Approver? approved = null)
    {
        if (!IdempotencyTicket.For(caller.Name, key, signedDocument.Span).TryGet(out var ticket, out var refusal))
            return refusal;
        if (!database.Read(ticket.Find).TryGet(out var earlier, out refusal))
            return refusal;
        if (earlier is not null)
            return Result(earlier, duplicate: true);
        if (!SubmittedDocument.Open(signer, signedDocument, clock.GetUtcNow(), approved).TryGet(out var document, out refusal))
            return refusal;
        var type = DocumentReader.TypeOf(document.Content);
        if (type is null || !takers.TryGetValue(type, out var taker))
            return new Refusal(RefusalCode.DocumentType, $"documents of type '{type}' are not submitted; expected {string.Join(", ", takers.Keys.Order())}", "type");
        if (approved is not null && type != Act.Type)
            return new Refusal(RefusalCode.ArgumentNotValid, "only acts on a case are approved so; a request is kept as a draft, a release has two decisions", "signedBy");
        var taken = await Take(() => taker(document, attachments, ticket));
        // It may have arrived twice at once, after a line that broke: what the first one did is what refuses the second, and is its answer.
        if (!taken.Succeeded && database.Read(ticket.Find) is { Succeeded: true, Value: { } won })
            return Result(won, duplicate: true);
        return taken.Then<SubmitResult>(outcome => Result(outcome, duplicate: false));
    }

    private static async Task<Outcome<KeptOutcome>> Take(Func<Task<Outcome<KeptOutcome>>> taker)
    {
        try
        {
            return await taker();
        }
        catch (CaseMovedException)
        {
            return new Refusal(RefusalCode.StateConflict, "the case moved at the same moment; look at it and repeat");
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SqliteConstraint)
        {
            return new Refusal(RefusalCode.StateConflict, "the same thing was submitted at the same moment; look and repeat");
        }
    }

    private SubmitResult Result(KeptOutcome outcome, bool duplicate) => new(
        outcome,
        outcome.Message.Length == 0 ? [] : database.Read(s => s.Query(
            "SELECT der FROM receipts WHERE message = $1 AND issuer = $2 AND chain = $3 ORDER BY seq", row => row.Bytes(0), outcome.Message, ownState, outcome.CaseId)),
        duplicate);
}
