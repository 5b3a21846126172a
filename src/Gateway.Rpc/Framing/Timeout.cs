using System.Globalization;

namespace Gateway.Rpc.Framing;

/// <summary>grpc-timeout: at most eight digits and a unit (PROTOCOL-HTTP2.md, Timeout).</summary>
internal static class Timeout
{
    private const int MaxDigits = 8;

    // Timers take no more than this; a deadline beyond it is as good as none.
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(int.MaxValue);

    private static readonly (char Unit, long Ticks)[] Units =
    [
        ('u', TimeSpan.TicksPerMicrosecond),
        ('m', TimeSpan.TicksPerMillisecond),
        ('S', TimeSpan.TicksPerSecond),
        ('M', TimeSpan.TicksPerMinute),
        ('H', TimeSpan.TicksPerHour),
    ];

    /// <summary>In the smallest unit that fits, rounded up: the peer must not give up before us.</summary>
    public static string Encode(TimeSpan timeout)
    {
        var ticks = Math.Max(timeout.Ticks, 1);
        foreach (var (unit, size) in Units)
        {
            var count = ticks / size + (ticks % size == 0 ? 0 : 1);
            if (count <= 99_999_999) return string.Create(CultureInfo.InvariantCulture, $"{count}{unit}");
        }
        return "99999999H";
    }

    public static bool TryDecode(string text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > MaxDigits + 1) return false;
        if (!long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return false;
        if (text[^1] == 'n')
        {
            timeout = TimeSpan.FromTicks((count + TimeSpan.NanosecondsPerTick - 1) / TimeSpan.NanosecondsPerTick);
            return true;
        }
        foreach (var (unit, size) in Units)
        {
            if (unit != text[^1]) continue;
            // 99,999,999 hours are more ticks than a TimeSpan has room for.
            timeout = count > TimeSpan.MaxValue.Ticks / size ? TimeSpan.MaxValue : TimeSpan.FromTicks(count * size);
            return true;
        }
        return false;
    }
}
