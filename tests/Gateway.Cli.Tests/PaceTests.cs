using System.Text.Json;
using Gateway.Cli.Output;
using Gateway.Cli.Sources;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>A shared line: so many bytes in a second, between such hours. The clock is one that goes on by what is waited for.</summary>
public sealed class PaceTests
{
    [Theory]
    [InlineData("20:00-06:00", "12:00", 8 * 60)]
    [InlineData("20:00-06:00", "06:00", 14 * 60)]
    [InlineData("20:00-06:00", "05:59", 0)]
    [InlineData("20:00-06:00", "20:00", 0)]
    [InlineData("20:00-06:00", "23:59", 0)]
    [InlineData("09:00-17:00", "17:00", 16 * 60)]
    [InlineData("09:00-17:00", "08:59", 1)]
    [InlineData("09:00-17:00", "16:59", 0)]
    public void Outside_the_hours_it_is_closed_until_they_begin(string hours, string now, int minutes)
        => Assert.Equal(TimeSpan.FromMinutes(minutes), Pace.Read(null, hours, TimeProvider.System)!.Closed(TimeOnly.Parse(now, System.Globalization.CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData("500K", 500_000)]
    [InlineData("20M", 20_000_000)]
    [InlineData("1g", 1_000_000_000)]
    [InlineData("77", 77)]
    public void A_limit_is_bytes_in_a_second(string text, long bytes) => Assert.Equal(bytes, Pace.Read(text, null, TimeProvider.System)!.BytesPerSecond);

    [Fact]
    public async Task What_is_read_takes_as_long_as_the_limit_says()
    {
        var clock = new WaitedClock(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        var begun = clock.GetUtcNow();
        Assert.Equal(10 << 20, await ReadAsync(Pace.Read("1M", null, clock)!, 10 << 20));
        // A timer knows whole milliseconds.
        // Behind the last piece nothing has to wait.
        Assert.Equal(((10 << 20) - (64 << 10)) / 1e6, (clock.GetUtcNow() - begun).TotalSeconds, tolerance: 0.002);
    }

    [Fact]
    public async Task What_the_gateway_has_already_is_read_again_at_once_and_at_any_hour()
    {
        var clock = new WaitedClock(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        var begun = clock.GetUtcNow();
        Assert.Equal(10_000_000, await ReadAsync(Pace.Read("1M", "20:00-06:00", clock)!, 10_000_000, free: 10_000_000));
        Assert.Equal(begun, clock.GetUtcNow());
        Assert.Equal(10_000_000, await ReadAsync(Pace.Read("1M", null, clock)!, 10_000_000, free: 7_000_000));
        Assert.Equal(3, (clock.GetUtcNow() - begun).TotalSeconds, tolerance: 0.1);
    }

    [Fact]
    public async Task A_line_that_stood_still_is_not_made_up_for()
    {
        var clock = new WaitedClock(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        var meter = new Meter(Pace.Read("1M", null, clock)!);
        await meter.WaitAsync(1_000_000, default);
        clock.Advance(TimeSpan.FromHours(1));
        var begun = clock.GetUtcNow();
        for (var i = 0; i < 10; i++)
            await meter.WaitAsync(1_000_000, default);
        Assert.InRange((clock.GetUtcNow() - begun).TotalSeconds, 8.9, 10);
    }

    [Fact]
    public void An_interruption_is_waited_for_longer_and_longer_and_at_most_a_minute()
        => Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60, 60], Enumerable.Range(1, 9).Select(n => (int)Gateway.Cli.Evidence.Interruption.Pause(n).TotalSeconds));

    [Fact]
    public async Task What_begins_outside_the_hours_waits_for_them_and_stops_when_they_end()
    {
        var clock = new WaitedClock(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        Assert.Equal(1, await ReadAsync(Pace.Read(null, "20:00-06:00", clock)!, 1));
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 20, 0, 0, TimeSpan.Zero), clock.GetUtcNow());

        // Ten seconds are left of the night: what they do not carry goes on in the evening.
        clock = new WaitedClock(new DateTimeOffset(2026, 3, 2, 5, 59, 50, TimeSpan.Zero));
        Assert.Equal(20_000_000, await ReadAsync(Pace.Read("1M", "20:00-06:00", clock)!, 20_000_000));
        Assert.InRange(clock.GetUtcNow(), new DateTimeOffset(2026, 3, 2, 20, 0, 9, TimeSpan.Zero), new DateTimeOffset(2026, 3, 2, 20, 0, 11, TimeSpan.Zero));
    }

    /// <summary>In the night of 29 March the clocks of Paris go from 02:00 to 03:00, in that of 25 October from 03:00 back to 02:00.</summary>
    [Theory]
    [InlineData("2026-03-28T22:30:00Z", "04:00-06:00", "2026-03-29T02:00:00Z")]
    [InlineData("2026-03-28T22:30:00Z", "02:15-06:00", "2026-03-29T01:00:00Z")]
    [InlineData("2026-10-24T21:30:00Z", "04:00-06:00", "2026-10-25T03:00:00Z")]
    public async Task The_hours_are_those_of_the_wall_also_in_the_night_in_which_the_clocks_are_changed(string now, string hours, string begins)
    {
        var clock = new WaitedClock(Time(now), TimeZoneInfo.FindSystemTimeZoneById("Europe/Paris"));
        Assert.Equal(1, await ReadAsync(Pace.Read(null, hours, clock)!, 1));
        Assert.Equal(Time(begins), clock.GetUtcNow());

        static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task A_program_gets_a_line_of_progress_in_a_second_with_rate_and_time_left()
    {
        var (clock, lines) = (new WaitedClock(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero)), new StringWriter());
        await ByteProgress.RunAsync(new Terminal(lines, TextWriter.Null, json: true, interactive: false), clock, "pack", 8_000, progress =>
        {
            for (var bytes = 1_000; bytes <= 8_000; bytes += 1_000)
            {
                clock.Advance(TimeSpan.FromMilliseconds(500));
                progress.Report(bytes);
            }
            return Task.FromResult(0);
        });
        var told = lines.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal([1_000L, 3_000, 5_000, 7_000], told.Select(line => line.GetProperty("bytes").GetInt64()));
        Assert.All(told, line => Assert.Equal(("pack", 8_000L), (line.GetProperty("progress").GetString(), line.GetProperty("totalBytes").GetInt64())));
        // What was there before the first report is not this run's speed: 6,000 bytes in 3.5 seconds.
        Assert.Equal((1_714L, 0L), (told[^1].GetProperty("bytesPerSecond").GetInt64(), told[^1].GetProperty("secondsLeft").GetInt64()));
    }

    private static async Task<int> ReadAsync(Pace pace, int bytes, long free = 0)
    {
        await using var paced = new PacedStream(new MemoryStream(new byte[bytes]), pace, free);
        var (buffer, all) = (new byte[1 << 20], 0);
        for (int read; (read = await paced.ReadAsync(buffer)) > 0;)
            all += read;
        return all;
    }

    /// <summary>Goes on by what somebody waits for, at once.</summary>
    private sealed class WaitedClock(DateTimeOffset now, TimeZoneInfo? zone = null) : TimeProvider
    {
        private long _ticks = now.UtcTicks;

        public override TimeZoneInfo LocalTimeZone => zone ?? TimeZoneInfo.Utc;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Advance(dueTime);
            return TimeProvider.System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }
}
