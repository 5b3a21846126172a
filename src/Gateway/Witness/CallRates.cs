using System.Collections.Concurrent;

namespace Gateway.Witness;

/// <summary>How many witness calls each caller may make: a full minute's worth at once, then at an even pace.</summary>
internal sealed class CallRates(int perMinute, TimeProvider clock)
{
    private static readonly double s_ticksPerMinute = TimeSpan.FromMinutes(1).Ticks;

    private readonly ConcurrentDictionary<string, Allowance> _callers = new(StringComparer.Ordinal);

    /// <summary>False when this caller must wait.</summary>
    public bool Take(string caller)
    {
        var allowance = _callers.GetOrAdd(caller, _ => new Allowance { Left = perMinute, At = clock.GetTimestamp() });
        lock (allowance)
        {
            var now = clock.GetTimestamp();
            allowance.Left = Math.Min(perMinute, allowance.Left + (clock.GetElapsedTime(allowance.At, now).Ticks / s_ticksPerMinute * perMinute));
            allowance.At = now;
            if (allowance.Left < 1)
                return false;
            allowance.Left--;
            return true;
        }
    }

    private sealed class Allowance
    {
        public double Left { get; set; }

        public long At { get; set; }
    }
}
