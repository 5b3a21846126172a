using Gateway.AuditLog;
using Gateway.Recovery;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.Witness;
using Xunit;

namespace Gateway.Tests.Hosting;

/// <summary>The name of a log holds its year for good: a clock that is wrong when it begins must not give it one.</summary>
public sealed class FirstStartTests
{
    [Theory]
    [InlineData(-1)]
    [InlineData(500)]
    public async Task With_a_clock_outside_the_time_of_the_card_no_first_log_is_begun(int days)
    {
        await using var state = await TestState.Initialised();
        state.Configure(LogOfState.EverySecond);
        state.Clock.Offset = TimeSpan.FromDays(days);
        var refused = await Assert.ThrowsAsync<DatabaseNotUsableException>(state.Start);
        Assert.Contains("the clock shows", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Set the clock", refused.Message, StringComparison.Ordinal);
        await using (var database = Database.Open(state.DataFolder))
            Assert.Null(database.Read(LogEpoch.Current));

        state.Clock.Offset = TimeSpan.Zero;
        await state.Start();
        await Eventually.Holds(() => state.Get<Database>().Read(LogEpoch.Current) is not null);
        Assert.Equal(state.Clock.GetUtcNow().Year, LogOfState.Epoch(state).Name.Year);
        // A log that is there has its name: the clock is for people to look at, and stops nothing.
        await state.Stop();
        state.Clock.Offset = TimeSpan.FromDays(days);
        await state.Start();
    }

    [Fact]
    public async Task A_log_that_is_begun_anew_by_a_wrong_clock_stays_in_the_year_of_the_one_before()
    {
        await using var state = await TestState.Initialised();
        state.Configure(LogOfState.EverySecond);
        await state.Start();
        Task Signed() => Eventually.Holds(() => state.Get<Database>().Read(s => Checkpoints.Latest(s, LogEpoch.Current(s)!)) is not null);
        await Eventually.Holds(() => state.Get<Database>().Read(LogEpoch.Current) is not null);
        await Signed();
        var before = LogOfState.Epoch(state).Name;
        state.Clock.Offset = TimeSpan.FromDays(500);
        await state.Get<CompareHeads>().Reopen("administrator", "looked into");
        Assert.Equal(before with { Number = 2 }, LogOfState.Epoch(state).Name);
        await Signed();
        state.Clock.Offset = TimeSpan.Zero;
        await state.Get<CompareHeads>().Reopen("administrator", "once more");
        Assert.Equal(before with { Number = 3 }, LogOfState.Epoch(state).Name);
    }
}
