using Gateway.Protocol.Acts;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Paper;

/// <summary>
/// A letter tells the end, not the way to it: "here are the records" means that the request was taken, accepted and executed. These are the acts in between,
/// by the table of the life cycle and no other one.
/// </summary>
public static class ReplyPath
{
    // What goes without saying on the way to something else.
    private static readonly ActKind[] Silent = [ActKind.ACKNOWLEDGED, ActKind.ACCEPTED, ActKind.IN_EXECUTION];

    /// <summary>The shortest row of acts of one side that ends with <paramref name="says"/>; empty when the table has none. Nothing goes without saying of the side that asked.</summary>
    /// <param name="from">Where the case stands.</param>
    /// <param name="says">The last act.</param>
    /// <param name="kind">Kind of the request.</param>
    /// <param name="side">Who wrote the letter.</param>
    public static IReadOnlyList<ActKind> To(Standing from, ActKind says, RequestKind kind, CaseSide side = CaseSide.Requested)
    {
        if (Transitions.RefuseKind(says, kind) is not null || Transitions.IsAutomatic(says))
            return [];
        var open = new Queue<(Standing At, IReadOnlyList<ActKind> Way)>([(from, [])]);
        while (open.TryDequeue(out var one))
        {
            if (Apply(one.At, says, side) is not null)
                return [.. one.Way, says];
            foreach (var step in side == CaseSide.Requested && one.Way.Count < Silent.Length ? Silent.Where(s => s != says) : [])
            {
                if (Apply(one.At, step, side) is { } next)
                    open.Enqueue((next, [.. one.Way, step]));
            }
        }
        return [];
    }

    private static Standing? Apply(Standing at, ActKind kind, CaseSide side)
        => Transitions.Apply(at, new ActEntry("", side, kind, null) { Waived = true, Outcome = "" }) is { Succeeded: true, Value: var next } ? next : null;
}
