namespace Gateway.Tests.Infrastructure;

/// <summary>The machine's clock, moved by an offset that a test chooses. Timers run in real time.</summary>
internal sealed class TestClock : TimeProvider
{
    public TimeSpan Offset { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
}
