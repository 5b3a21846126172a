using System.Collections.Concurrent;
using Gateway.Protocol.Evidence;

namespace Gateway.Evidence;

/// <summary>
/// The rate that one State's transfers have together. Each stream waits for its own turn after each chunk, in the order in which they
/// ask: so several items of one State share its rate alike, and no State takes another's.
/// </summary>
internal sealed class PeerShares(EvidenceOptions options, TimeProvider clock)
{
    // What was not used for a while is not saved up.
    private static readonly TimeSpan Burst = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Turn> _turns = new(StringComparer.Ordinal);

    /// <summary>Waits until a State may bring so many more chunks.</summary>
    public Task Wait(string peer, int chunks, CancellationToken cancellation)
    {
        if (options.PeerMiBPerSecond == 0)
            return Task.CompletedTask;
        var turn = _turns.GetOrAdd(peer, _ => new Turn());
        var now = clock.GetTimestamp();
        TimeSpan wait;
        lock (turn)
        {
            var elapsed = turn.Ticks == 0 ? Burst : clock.GetElapsedTime(turn.Ticks, now);
            turn.Ticks = now;
            turn.Ahead = TimeSpan.FromTicks(Math.Max(-Burst.Ticks, (turn.Ahead - elapsed).Ticks)) + TimeSpan.FromSeconds(chunks * (Chunk.StoredBytes / 1048576.0) / options.PeerMiBPerSecond);
            wait = turn.Ahead;
        }
        return wait > TimeSpan.Zero ? Task.Delay(wait, clock, cancellation) : Task.CompletedTask;
    }

    private sealed class Turn
    {
        public long Ticks;
        public TimeSpan Ahead;
    }
}
