using Gateway.Runtime;
using Gateway.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Runtime;

/// <summary>What ends a round, and what ends the gateway.</summary>
public sealed class RoundsTests
{
    private readonly Alarms _alarms = new(TimeProvider.System, NullLogger<Alarms>.Instance);
    private readonly Rounds _rounds;

    public RoundsTests() => _rounds = new Rounds(_alarms, NullLogger<Rounds>.Instance);

    [Fact]
    public async Task A_broken_ledger_ends_more_than_the_round()
        => await Assert.ThrowsAsync<LedgerBrokenException>(() => _rounds.Run("x", () => throw new LedgerBrokenException("x"), CancellationToken.None));

    [Fact]
    public async Task The_wish_to_stop_is_no_failure_and_a_peer_that_is_slow_is_one()
    {
        using var stop = new CancellationTokenSource();
        Assert.False(await _rounds.Run("x", () => throw new OperationCanceledException(), stop.Token));
        await stop.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => _rounds.Run("x", () => throw new OperationCanceledException(), stop.Token));
    }

    [Fact]
    public async Task A_loop_goes_on_behind_a_round_that_failed_and_ends_with_the_wish_to_stop()
    {
        using var stop = new CancellationTokenSource();
        var times = 0;
        await _rounds.Every(TimeSpan.FromMilliseconds(1), "x", async () =>
        {
            if (++times == 5)
                await stop.CancelAsync();
            if (times % 2 == 1)
                throw new InvalidOperationException("every other time");
        }, TimeProvider.System, stop.Token);
        Assert.Equal(5, times);
        await Assert.ThrowsAsync<LedgerBrokenException>(() => _rounds.Every(TimeSpan.FromMilliseconds(1), "x", () => throw new LedgerBrokenException("x"), TimeProvider.System, CancellationToken.None));
    }

    [Fact]
    public async Task A_round_that_fails_again_and_again_is_an_alarm_until_it_goes_well()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Empty(_alarms.All);
            Assert.False(await _rounds.Run("asking XB", () => throw new InvalidOperationException("whatever a peer brings about"), CancellationToken.None));
            Assert.True(await _rounds.Run("asking XC", () => Task.CompletedTask, CancellationToken.None));
        }
        var alarm = Assert.Single(_alarms.All);
        Assert.Equal((AlarmCode.ROUND_FAILS, "asking XB"), (alarm.Code, alarm.Subject));
        Assert.DoesNotContain("whatever", alarm.Text, StringComparison.Ordinal);
        Assert.True(await _rounds.Run("asking XB", () => Task.CompletedTask, CancellationToken.None));
        Assert.Empty(_alarms.All);
    }
}
