using System.Globalization;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Cases;

/// <summary>
/// What an officer should know of a case: the original that is overdue (V047) and the call-back that nobody recorded (V050). Both warn;
/// only when the grace after an original's day has passed is the execution suspended, on the side that asked for the original.
/// </summary>
internal static class CaseWarnings
{
    private static readonly TimeSpan CallBackWithin = TimeSpan.FromMinutes(60);
    private const int GraceDays = 14;

    // What executes the request; everything else stays possible.
    private static readonly ActKind[] Execution = [ActKind.IN_EXECUTION, ActKind.PARTIALLY_ANSWERED, ActKind.EXECUTED, ActKind.MEASURE_STARTED, ActKind.MEASURE_DELIVERY];

    public static IEnumerable<Refusal> Of(CaseRow row, CaseFacts facts, Standing standing, PeerDirectory peers, DateTimeOffset now)
    {
        if (row.State.IsFinal())
            yield break;
        if (Overdue(facts, standing, now) is { } by)
        {
            var state = Ids.StateOf(row.Side == CaseSide.Requested ? row.OwnAuthority : row.PeerAuthority);
            yield return new Refusal(RefusalCode.OriginalOverdue, $"Original for {row.Reference} was due on {Text(by)}{(now > Suspended(by) ? $"; execution suspended by {state}'s profile" : "")}.", "originalFollowup");
        }
        if (row is { Side: CaseSide.Requested, Urgency: Urgency.EMERGENCY } && !standing.CalledBack && now - row.Opened > CallBackWithin)
            yield return new Refusal(RefusalCode.CallBackMissing, $"Call-back to {CallBackNumber(peers, row)} not recorded.", "calledBack");
    }

    /// <summary>V047 when the act would execute a request whose original is overdue beyond the grace; judged by the side that waits for it.</summary>
    public static Refusal? Suspends(CaseRow row, CaseFacts facts, Standing standing, ActKind act, DateTimeOffset now)
        => Execution.Contains(act) ? Suspended(row, facts, standing, now, "kind") : null;

    /// <summary>
    /// Why no evidence is released now: the execution is suspended for an original beyond its grace (V047), or the other side has not answered what was proposed to it (V043). An emergency is
    /// answered before its original comes, and waits for it as little as every other request: until the grace has passed.
    /// </summary>
    public static Refusal? HoldsBack(CaseRow row, CaseFacts facts, Standing standing, DateTimeOffset now)
        => row is { Side: CaseSide.Requested, State: CaseState.CONDITIONS_PROPOSED or CaseState.CONFIDENTIALITY_NOT_POSSIBLE }
            ? new Refusal(RefusalCode.TransitionNotAllowed, $"the case is {row.State}; nothing leaves before {row.PeerAuthority} has answered", "case")
            : Suspended(row, facts, standing, now, "case");

    private static Refusal? Suspended(CaseRow row, CaseFacts facts, Standing standing, DateTimeOffset now, string path)
        => row.Side == CaseSide.Requested && Overdue(facts, standing, now) is { } by && now > Suspended(by)
            ? new Refusal(RefusalCode.OriginalOverdue, $"Original for {row.Reference} was due on {Text(by)}; execution suspended by {Ids.StateOf(row.OwnAuthority)}'s profile.", path)
            : null;

    private static DateOnly? Overdue(CaseFacts facts, Standing standing, DateTimeOffset now)
        => standing.Original == OriginalState.NOT_RECEIVED && facts.OriginalBy is { } by && DateOnly.FromDateTime(now.UtcDateTime) > by ? by : null;

    private static DateTimeOffset Suspended(DateOnly by) => new(by.AddDays(GraceDays + 1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    private static string CallBackNumber(PeerDirectory peers, CaseRow row)
        => peers.CardOf(row.Peer)?.Find(row.PeerAuthority)?.CallBackPhone ?? $"{row.PeerAuthority}, whose card names no number,";

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
