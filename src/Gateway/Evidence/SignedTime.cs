using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Evidence;

/// <summary>
/// The time that a person signed is the time that the custody shows to a court: a clock that is wrong, or somebody who back-dates, is found out when the document comes (V045).
/// Receipts and the log say by themselves when it came.
/// </summary>
internal static class SignedTime
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(15);

    /// <summary>For what was signed elsewhere, and may have been on its way for weeks: not ahead of our clock.</summary>
    /// <param name="time">As signed.</param>
    /// <param name="now">By our clock.</param>
    /// <param name="what">The document, for the sentence.</param>
    /// <param name="path">Its member.</param>
    public static Refusal? Ahead(DateTimeOffset time, DateTimeOffset now, string what, string path = "time") => time - now <= Tolerance ? null
        : new Refusal(RefusalCode.ClockSkew, $"the {what} is dated {DocumentWriter.FormatTime(time)}, ahead of {DocumentWriter.FormatTime(now)} by the clock of this gateway", path);

    /// <summary>For what this gateway composed and a person signed at once: neither ahead nor old.</summary>
    public static Refusal? Composed(DateTimeOffset time, DateTimeOffset now, string what) => Ahead(time, now, what) ?? (now - time <= Fresh ? null
        : new Refusal(RefusalCode.ClockSkew, $"the {what} is dated {DocumentWriter.FormatTime(time)}, more than {Fresh.TotalMinutes:0} minutes ago; compose and sign it again", "time"));
}
