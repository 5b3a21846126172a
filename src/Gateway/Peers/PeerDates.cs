using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Peers;

/// <summary>
/// Dates that a peer writes into what stays here for ever: deadlines are reckoned from them, and verifiers judge certificates and orders by them. A clock that is some minutes wrong is
/// nobody's harm; a day that is still to come is refused when it arrives (V045).
/// </summary>
internal static class PeerDates
{
    private static readonly TimeSpan s_allowed = TimeSpan.FromDays(1);

    /// <summary>Null when the time is not more than a day ahead of our clock.</summary>
    /// <param name="time">As the peer wrote it. Compared by the difference: a sum could leave the calendar.</param>
    /// <param name="now">By our clock.</param>
    /// <param name="what">The document, for the sentence.</param>
    /// <param name="path">Its member.</param>
    public static Refusal? Ahead(DateTimeOffset time, DateTimeOffset now, string what, string path = "time") => time - now <= s_allowed ? null
        : new Refusal(RefusalCode.ClockSkew, $"the {what} is dated {DocumentWriter.FormatTime(time)}, more than a day ahead of {DocumentWriter.FormatTime(now)} by the clock of this gateway", path);
}
