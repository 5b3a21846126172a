using Gateway.Cases;
using Gateway.Judging;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Refusals;
using Gateway.Reception;
using Gateway.Storage;

namespace Gateway.Paper;

/// <summary>The other side says that a copy of one of its messages also goes by e-mail, INTERPOL or a carrier: who opens the parcel then knows that it is the same, and does nothing twice.</summary>
internal sealed class ReadPaper(Database database, JudgeFiles files, TimeProvider clock)
{
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
}
