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
internal sealed record ReceivedContent(string Kind, Urgency Urgency, bool Consigned, bool ClosesCase, Action<Session> Store)
{
    /// <summary>A mark could not be decided: the message is kept, and nothing follows from it until an officer has decided.</summary>
    public Refusal? Held { get; init; }

    /// <summary>Written when the message waits and the case goes on without it.</summary>
    public Action<Session>? SetAside { get; init; }

    /// <summary>For a message that opens a case: written in any event, also when the message waits, so that what waits is open to the right people only.</summary>
    public Action<Session>? OpenDesk { get; init; }

    /// <summary>Signed files that were judged with it.</summary>
    public IReadOnlyList<JudgedFile> Recognitions { get; init; } = [];
}

/// <summary>Reads and judges the parts of one <c>CoverAbout</c>; what it refuses is rejected with a signed receipt.</summary>
internal delegate Outcome<ReceivedContent> ContentReader(OpenedMessage message, CaseRow? existing);

/// <summary>Marks that decide: a failed one rejects; an undetermined one waits for an officer, unless life is at risk, where it is shown with its warning at once.</summary>
internal sealed record DecidingMarks(Refusal? Rejects, Refusal? Holds)
{
    public static DecidingMarks Of(IReadOnlyList<MarkVerdict> verdicts, IReadOnlyList<JudgedFile> files, OpenedMessage message, Urgency urgency)
    {
        var rejects = verdicts.FirstOrDefault(v => v is { Refusal: not null, IsUndetermined: false })?.Refusal ?? files.FirstOrDefault(f => f is { Refusal: not null, IsUndetermined: false })?.Refusal;
        var open = verdicts.FirstOrDefault(v => v.IsUndetermined)?.Refusal ?? files.FirstOrDefault(f => f.IsUndetermined)?.Refusal;
        return new(rejects, message.MarksDecided || urgency == Urgency.EMERGENCY ? null : open);
    }
}
