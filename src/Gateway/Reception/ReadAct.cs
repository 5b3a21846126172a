using Gateway.Cases;
using Gateway.Judging;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Submission;

namespace Gateway.Reception;

/// <summary>An act of the other side: the same table and the same history decide here as decided there.</summary>
internal sealed class ReadAct(Database database, CaseKeys caseKeys, PeerDirectory peers, JudgeFiles files, TimeProvider clock)
{
    public Outcome<ReceivedContent> Read(OpenedMessage message, CaseRow? existing)
    {
        var cover = message.Cover;
        if (existing is null)
            return new Refusal(RefusalCode.NotFound, $"there is no case {cover.Case} between these States", "case");
        // An act that crossed the confirmation comes behind the last receipt: only that it was not taken may still be said.
        if (database.Read(s => Chains.IsClosed(s, cover.Case)))
            return new Refusal(RefusalCode.TransitionNotAllowed, $"the case is {existing.State} and its chains are closed; it takes nothing more", "case");
        if (cover.In(PartRole.act).ToList() is not [var part])
            return new Refusal(RefusalCode.ManifestIncomplete, "an act message carries one act", "parts");
        var attachments = Attachments.Examine(cover.In(PartRole.attachment));
        if (attachments.Refused is { } file)
            return file;
        if (!SignedDocument.Open(part.Content).TryGet(out var signed, out var refusal))
            return refusal;
        if (!Act.Read(signed.Content).TryGet(out var act, out refusal))
            return refusal;
        if (NamedDocuments.Missing(act, part.Content.Length, [.. cover.In(PartRole.attachment)]) is { } incomplete)
            return incomplete;
        if (act.Case != existing.Id || act.RequestMessage != existing.RequestMessage || act.Authority != cover.Sender.Authority)
            return new Refusal(RefusalCode.CoverRouting, "the act is about another case or by another authority than the cover", "case");
        // A card that came while the message waited may name its authority no more.
        if (message.Peer.Card.Card.Find(cover.Sender.Authority) is not { } sender)
            return new Refusal(RefusalCode.MarkSignerUnknown, $"{cover.Sender.Authority} stands in the card of {message.Peer.State} no more", "sender");
        var occasion = message.Judge(existing.Kind.ToString(), clock.GetUtcNow());
        files.Attachments(cover, signed.Content, message.Peer.Card, occasion);
        var mark = Transitions.IsAutomatic(act.Kind)
            ? JudgeMarks.Automatic(signed, sender, message.Peer.Retired)
            : JudgeMarks.Signature(signed, message.Peer.Card, files, occasion);
        var marks = DecidingMarks.Of([mark], occasion.Judged, message, existing.Urgency);
        if (marks.Rejects is { } failed)
            return failed;
        // Read together, so that the acts are those of the row; one that is committed meanwhile is found out when this one is added.
        var (row, history) = database.Read(s => CaseRow.Find(s, existing.Id) is { } found ? (found, found.History(s)) : throw new CaseMovedException());
        var entry = ActEntry.Of(act, row.OtherSide);
        if (ActComposer.Judge(act, PerformAct.Context(database, peers, row, row.OtherSide, history, cover.Sender.Authority, clock.GetUtcNow())).ToList() is { Count: > 0 } problems)
            return Refusal.Joined(problems);
        if (database.Read(s => EarlyClosing.Refuse(s, caseKeys, row, row.OtherSide, act)) is { } early)
            return early;
        // A false one would be found by everybody who verifies the case, and breaks it.
        if (database.Read(s => PerformAct.AgainstRequest(s, caseKeys, row, act)) is { } contradiction)
            return contradiction;
        var next = history.Take(entry).Value;
        return new ReceivedContent(act.Kind.ToString(), existing.Urgency, Consigned: true, ClosesCase: act.Kind == ActKind.COMPLETED && next.Standing.State == CaseState.COMPLETED,
            s =>
            {
                row.Add(s, history, next, entry, cover.Message, clock.GetUtcNow());
                attachments.Tell(s, cover.Case, cover.Message, clock.GetUtcNow());
            })
        {
            Held = marks.Holds,
            Recognitions = occasion.Judged,
        };
    }
}
