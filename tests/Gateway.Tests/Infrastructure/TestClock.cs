namespace Gateway.Tests.Infrastructure;

/// <summary>The machine's clock, moved by an offset that a test chooses: as if somebody set it. Timers run in real time.</summary>
internal sealed class TestClock : TimeProvider
{
    public TimeSpan Offset { get; set; }

    /// <summary>Timers of this length never ring: who waits so long at most waits for what ends it earlier.</summary>
    public TimeSpan? Mute { get; set; }

    private TimeSpan _passed;

    /// <summary>So much time passes: both clocks move, the one that people read and the one that nobody sets.</summary>
    public void Pass(TimeSpan time)
    {
        _passed += time;
        Offset += time;
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;

    public override long GetTimestamp() => base.GetTimestamp() + (long)(_passed.TotalSeconds * TimestampFrequency);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        => base.CreateTimer(callback, state, dueTime == Mute ? Timeout.InfiniteTimeSpan : dueTime, period);
}
