using Gateway.Cases;
using Gateway.Judging;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;

namespace Gateway.Reception;

/// <summary>An act of the other side: the same transition table decides here as decided there.</summary>
internal sealed class ReadAct(TimeProvider clock)
{
    public Outcome<ReceivedContent> Read(OpenedMessage message, CaseRow? existing)
    {
        var cover = message.Cover;
        if (existing is null)
            return new Refusal(RefusalCode.NotFound, $"there is no case {cover.Case} between these States", "case");
        if (cover.In(PartRole.act).ToList() is not [var part])
            return new Refusal(RefusalCode.ManifestIncomplete, "an act message carries one act", "parts");
        if (!SignedDocument.Open(part.Content).TryGet(out var signed, out var refusal))
            return refusal;
        if (!Act.Read(signed.Content).TryGet(out var act, out refusal))
            return refusal;
        if (act.Case != existing.Id || act.RequestMessage != existing.RequestMessage || act.Authority != cover.Sender.Authority)
            return new Refusal(RefusalCode.CoverRouting, "the act is about another case or by another authority than the cover", "case");
        if (DecidingMarks.Of([JudgeMarks.Signature(signed, message.Peer.Card.Card)], existing.Urgency) is { } mark)
            return mark;
        if (act.Check() is [var missing, ..])
            return missing;
        // Whoever acts on our request has received it, even if the answer that would have told us was lost: the act may come first.
        var from = existing.State == CaseState.SENT ? CaseState.DELIVERED : existing.State;
        if (!Transitions.Apply(from, act.Kind, existing.OtherSide).TryGet(out var next, out refusal))
            return refusal;
        return new ReceivedContent(act.Kind.ToString(), existing.Urgency, Consigned: true, ClosesCase: next == CaseState.COMPLETED,
            s => existing.Move(s, next, clock.GetUtcNow()));
    }
}
