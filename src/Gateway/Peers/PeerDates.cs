using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Peers;

/// <summary>
/// Dates that a peer writes into what stays here for ever: deadlines are reckoned from them, and verifiers judge certificates and orders by them. What is absurd
/// is refused when it arrives (V045): no more, for the clock that is wrong may be ours, and a signed refusal is final.
/// </summary>
internal static class PeerDates
{
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    // A clock that was a month ahead for an hour has dated what honest people sent, and a chain of receipts never goes back behind it.
    private static readonly TimeSpan s_absurd = TimeSpan.FromDays(366);

    /// <summary>Null when the time is not more than a year ahead of our clock: for what would be lost if it were refused.</summary>
    /// <param name="time">As the peer wrote it.</param>
    /// <param name="now">By our clock.</param>
    /// <param name="what">The document, for the sentence.</param>
    /// <param name="path">Its member.</param>
    public static Refusal? FarAhead(DateTimeOffset time, DateTimeOffset now, string what, string path = "time") => Refuse(time, now, s_absurd, "a year", what, path);

    /// <summary>Null when the time is not more than a day ahead of our clock: for what can be brought again.</summary>
    /// <param name="time">As the peer wrote it. Compared by the difference: a sum could leave the calendar.</param>
    /// <param name="now">By our clock.</param>
    /// <param name="what">The document, for the sentence.</param>
    /// <param name="path">Its member.</param>
    public static Refusal? Ahead(DateTimeOffset time, DateTimeOffset now, string what, string path = "time") => Refuse(time, now, s_day, "a day", what, path);

    private static Refusal? Refuse(DateTimeOffset time, DateTimeOffset now, TimeSpan allowed, string span, string what, string path) => time - now <= allowed ? null
        : new Refusal(RefusalCode.ClockSkew, $"the {what} is dated {DocumentWriter.FormatTime(time)}, more than {span} ahead of {DocumentWriter.FormatTime(now)} by the clock of this gateway", path);
}
