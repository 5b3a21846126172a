using System.Globalization;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.PeerCards;

namespace Gateway.Peers;

/// <summary>
/// Whether this machine's clock can be right: our card is issued by a person on a day that people know, and it expires. A log is named after the year that the clock
/// shows when it begins, and a name that is used up does not come back when the clock is right again.
/// </summary>
internal static class ClockDoubt
{
    /// <summary>What is wrong, for people; null when nothing shows that the clock is.</summary>
    public static string? Of(PeerCard own, DateTimeOffset now)
    {
        if (own.Issued - now > TlogPolicy.ClockTolerance)
            return string.Create(CultureInfo.InvariantCulture, $"the clock shows {now:yyyy-MM-dd HH:mm} UTC, and card {own.Version} of this gateway was issued {own.Issued:yyyy-MM-dd HH:mm} UTC");
        return now > own.Expires
            ? string.Create(CultureInfo.InvariantCulture, $"the clock shows {now:yyyy-MM-dd HH:mm} UTC, and card {own.Version} of this gateway expired {own.Expires:yyyy-MM-dd HH:mm} UTC")
            : null;
    }
}
