namespace Gateway.Tests.Infrastructure;

/// <summary>The machine's clock, moved by an offset that a test chooses. Timers run in real time.</summary>
internal sealed class TestClock : TimeProvider
{
    public TimeSpan Offset { get; set; }

    /// <summary>Timers of this length never ring: who waits so long at most waits for what ends it earlier.</summary>
    public TimeSpan? Mute { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        => base.CreateTimer(callback, state, dueTime == Mute ? Timeout.InfiniteTimeSpan : dueTime, period);
}
