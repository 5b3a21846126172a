using Gateway.Evidence;
using Gateway.Protocol.Evidence;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>The rate of one State (<c>PeerMiBPerSecond</c>), on a clock that only the test moves.</summary>
public sealed class PeerSharesTests
{
    private readonly StoppedClock _clock = new();

    [Fact]
    public async Task Transfers_of_one_State_share_its_rate_and_delay_no_other_State()
    {
        var shares = new PeerShares(new EvidenceOptions { PeerMiBPerSecond = 4 }, _clock);
        // A second's worth at once, then each waits for its turn.
        var first = Enumerable.Range(0, 3).Select(_ => shares.Wait("XB", 1, default)).ToList();
        Assert.All(first, turn => Assert.True(turn.IsCompletedSuccessfully));
        var (one, two) = (shares.Wait("XB", 2, default), shares.Wait("XB", 2, default));
        Assert.False(one.IsCompleted || two.IsCompleted);
        Assert.True(shares.Wait("XC", 3, default).IsCompletedSuccessfully);

        _clock.Move(TimeSpan.FromSeconds(0.3));
        await one;
        Assert.False(two.IsCompleted);
        _clock.Move(TimeSpan.FromSeconds(0.51));
        await two;
    }

    [Fact]
    public async Task Over_a_while_the_rate_is_what_the_setting_says_and_idle_time_is_not_saved_up()
    {
        var shares = new PeerShares(new EvidenceOptions { PeerMiBPerSecond = 10 }, _clock);
        _clock.Move(TimeSpan.FromHours(1));
        Assert.True(shares.Wait("XB", 1, default).IsCompletedSuccessfully);
        _clock.Move(TimeSpan.FromHours(1));
        var begun = _clock.Elapsed;
        const int Count = 200;
        for (var i = 0; i < Count; i++)
        {
            var turn = shares.Wait("XB", 1, default);
            while (!turn.IsCompleted)
                _clock.Move(TimeSpan.FromMilliseconds(10));
            await turn;
        }
        // Twenty seconds for 200 MiB, less the one that may be ahead.
        var seconds = (_clock.Elapsed - begun).TotalSeconds;
        Assert.InRange(seconds, (Count * (Chunk.StoredBytes / 1048576.0) / 10) - 1.2, (Count * (Chunk.StoredBytes / 1048576.0) / 10) + 1);
    }

    [Fact]
    public async Task Without_a_setting_nobody_waits_and_a_transfer_that_ends_waits_no_longer()
    {
        var free = new PeerShares(new EvidenceOptions(), _clock);
        for (var i = 0; i < 1000; i++)
            Assert.True(free.Wait("XB", 8, default).IsCompletedSuccessfully);
        var slow = new PeerShares(new EvidenceOptions { PeerMiBPerSecond = 1 }, _clock);
        using var end = new CancellationTokenSource();
        var turn = slow.Wait("XB", 100, end.Token);
        Assert.False(turn.IsCompleted);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => turn);
    }

    private sealed class StoppedClock : TimeProvider
    {
        private readonly List<Alarm> _alarms = [];

        public TimeSpan Elapsed { get; private set; } = TimeSpan.FromDays(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Elapsed.Ticks;

        public void Move(TimeSpan by)
        {
            Elapsed += by;
            foreach (var due in _alarms.FindAll(alarm => alarm.Due <= Elapsed))
            {
                _alarms.Remove(due);
                due.Ring();
            }
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var alarm = new Alarm(() => callback(state), _alarms) { Due = Elapsed + dueTime };
            _alarms.Add(alarm);
            return alarm;
        }

        private sealed class Alarm(Action ring, List<Alarm> alarms) : ITimer
        {
            public TimeSpan Due { get; init; }

            public void Ring() => ring();

            public bool Change(TimeSpan dueTime, TimeSpan period) => false;

            public void Dispose() => alarms.Remove(this);

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
