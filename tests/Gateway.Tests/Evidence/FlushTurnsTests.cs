using Gateway.Evidence;
using Gateway.Runtime;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>Who flushes when: one item at a time, none before an emergency that is under way, and a flush that fails keeps nobody else waiting.</summary>
public sealed class FlushTurnsTests
{
    [Fact]
    public async Task Flushes_of_several_items_never_overlap_and_each_is_made()
    {
        using var turns = new FlushTurns(new RightOfWay(TimeProvider.System));
        var (now, made, most) = (0, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => turns.Run(() =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            Thread.Yield();
            made++;
            Interlocked.Decrement(ref now);
        })));
        Assert.Equal((40, 1), (made, most));
    }

    [Fact]
    public async Task A_flush_that_has_not_begun_waits_for_an_emergency_and_one_that_fails_is_the_callers()
    {
        var way = new RightOfWay(new StillClock());
        using var turns = new FlushTurns(way);
        var emergency = way.Take(emergency: true);
        var flushed = false;
        var waiting = turns.Run(() => flushed = true);
        Assert.False(flushed || waiting.IsCompleted);
        emergency!.Dispose();
        await waiting;
        Assert.True(flushed);
        await Assert.ThrowsAsync<IOException>(() => turns.Run(() => throw new IOException("no disk")));
        await turns.Run(() => flushed = false);
        Assert.False(flushed);
    }

    // Its timers never ring: what waits, waits for the emergency.
    private sealed class StillClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Never();

        private sealed class Never : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => false;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
