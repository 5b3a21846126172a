using Gateway.Cases;
using Gateway.Judging;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;

namespace Gateway.Reception;

/// <summary>What the content of a message leads to when it is accepted.</summary>
/// <param name="Kind">Request kind, act, or MANIFEST.</param>
/// <param name="Urgency">Of the case.</param>
/// <param name="Consigned">Whether the content is complete with the message; evidence is complete only with its last chunk.</param>
/// <param name="ClosesCase">Whether the receiver closes its chain with this message.</param>
/// <param name="Store">Written in the transaction of reception.</param>
internal sealed record ReceivedContent(string Kind, Urgency Urgency, bool Consigned, bool ClosesCase, Action<Session> Store);

/// <summary>Reads and judges the parts of one <c>CoverAbout</c>; what it refuses is rejected with a signed receipt.</summary>
internal delegate Outcome<ReceivedContent> ContentReader(OpenedMessage message, CaseRow? existing);

/// <summary>Marks that decide: a failed one rejects; an undetermined one rejects too, unless life is at risk, where it is shown with its warning.</summary>
internal static class DecidingMarks
{
    public static Refusal? Of(IEnumerable<MarkVerdict> verdicts, Urgency urgency)
        => verdicts.FirstOrDefault(v => v.Refusal is not null && !(v.IsUndetermined && urgency == Urgency.EMERGENCY))?.Refusal;
}
