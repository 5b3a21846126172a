using Gateway.Cases;
using Gateway.Judging;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Reception;
using Gateway.Storage;

namespace Gateway.Paper;

/// <summary>The other side says that a copy of one of its messages also goes by e-mail, INTERPOL or a carrier: who opens the parcel then knows that it is the same, and does nothing twice.</summary>
internal sealed class ReadPaper(Database database, CaseKeys caseKeys, JudgeFiles files, TimeProvider clock)
{
    // The other gateway lets five minutes pass between two clocks; its own may have been set while the record was made.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(10);

    public Outcome<ReceivedContent> Read(OpenedMessage message, CaseRow? existing)
    {
        var cover = message.Cover;
        if (existing is null)
            return new Refusal(RefusalCode.NotFound, $"there is no case {cover.Case} between these States", "case");
        if (existing.State is CaseState.COMPLETED or CaseState.REJECTED_TECHNICAL)
            return new Refusal(RefusalCode.TransitionNotAllowed, $"the case is {existing.State}; it takes nothing more", "case");
        if (cover.Parts is not [{ Role: PartRole.paper } part])
            return new Refusal(RefusalCode.ManifestIncomplete, "such a message carries one record and nothing else", "parts");
        if (!SignedDocument.Open(part.Content).TryGet(out var signed, out var refusal) || !PaperRecord.Read(signed.Content).TryGet(out var record, out refusal))
            return refusal;
        if (record.Case != cover.Case || Ids.StateOf(record.Authority) != cover.Sender.State || record.Way != PaperWay.SENT)
            return new Refusal(RefusalCode.CoverRouting, "the record is of another case or State than the cover, or about what came", "case");
        if (database.Read(s => s.Number("SELECT count(*) FROM messages WHERE id = $1 AND sender = $2 AND case_id = $3 AND cover_sha256 = $4", record.Message, cover.Sender.Authority, cover.Case, record.CoverSha256)) == 0)
            return new Refusal(RefusalCode.NotFound, "the message of which a copy is said to be on its way never came here", "message");
        if (!message.WasTaken && Contradicts(message, record) is { } contradiction)
            return contradiction;
        var now = clock.GetUtcNow();
        var occasion = message.Judge(existing.Kind.ToString(), now);
        var marks = DecidingMarks.Of([JudgeMarks.Signature(signed, message.Peer.Card, files, occasion)], occasion.Judged, message, existing.Urgency);
        if (marks.Rejects is { } mark)
            return mark;
        return new ReceivedContent(PaperRecord.Type, existing.Urgency, Consigned: true, ClosesCase: false, s =>
            Events.Append(s, now, "message.copyAnnounced", cover.Case, record.Message, $"a copy goes by {record.Channel}"))
        {
            Held = marks.Holds,
            Recognitions = occasion.Judged,
        };
    }

    // What cannot be as the record says, whoever looks at it: the sender's own times, digests and receipts. The clock here has no part in it.
    private Refusal? Contradicts(OpenedMessage message, PaperRecord record)
    {
        var cover = message.Cover;
        if (record.At - cover.Created > Tolerance)
            return new Refusal(RefusalCode.ClockSkew, $"the record dates what left {DocumentWriter.FormatTime(record.At)}, and was itself sealed {DocumentWriter.FormatTime(cover.Created)}", "at");
        if (Sealed(cover, record) is { } created && created - record.At > Tolerance)
            return new Refusal(RefusalCode.ClockSkew, $"the record dates what left {DocumentWriter.FormatTime(record.At)}, before its message was sealed, {DocumentWriter.FormatTime(created)}", "at");
        var left = record.Files[0].Sha256;
        if (record.EncryptedTo is null && left != record.CoverSha256)
            return new Refusal(RefusalCode.ManifestMismatch, $"what left without encryption is the sealed message itself, {record.CoverSha256}, and not {left}", "files");
        return Certified(message, record) ? null
            : new Refusal(RefusalCode.ReceiptLacking, $"no RelayToNonERDS of {cover.Sender.State} names the file {left}, which the record says left", "files");
    }

    // By the cover as it came; null when it is not kept.
    private DateTimeOffset? Sealed(Cover cover, PaperRecord record)
        => database.Read(s => s.One("SELECT body FROM messages WHERE id = $1 AND sender = $2 AND case_id = $3 AND body IS NOT NULL", r => r.Bytes(0), record.Message, cover.Sender.Authority, cover.Case)) is { } body
            && caseKeys.TryOpen(cover.Case, $"message:{record.Message}", body) is { } plain ? Cover.Read(SignedDocument.Open(plain).Value.Content).Value.Created : null;

    // The receipt stands before the record's own SubmissionAcceptance: it came with the record, or before it.
    private bool Certified(OpenedMessage message, PaperRecord record)
    {
        bool Names(Receipt receipt) => receipt.Event == ReceiptEvent.RelayToNonERDS && receipt.Subject == new ReceiptSubject(record.Message, record.CoverSha256, record.Files[0].Sha256);
        return message.Receipts.Any(r => Names(r.Receipt)) || database.Read(s => s.Query("SELECT der FROM receipts WHERE chain = $1 AND issuer = $2 AND message = $3 AND event = $4",
            r => r.Bytes(0), message.Cover.Case, message.Cover.Sender.State, record.Message, ReceiptEvent.RelayToNonERDS)).Any(der => Names(Receipt.Read(SignedDocument.Open(der).Value.Content).Value));
    }
}
