using System.CommandLine;
using System.Globalization;
using Gateway.Cli.Output;

namespace Gateway.Cli.Sources;

/// <summary>What a shared line may be asked for: so many bytes in a second, between such hours of local time.</summary>
/// <param name="BytesPerSecond">Null: no limit.</param>
/// <param name="From">Begin of the hours; null: always.</param>
/// <param name="To">Their end; before <paramref name="From"/> when midnight lies between.</param>
/// <param name="Clock">Local time and waiting.</param>
internal sealed record Pace(long? BytesPerSecond, TimeOnly? From, TimeOnly? To, TimeProvider Clock)
{
    public static readonly Option<string?> Limit = new("--limit") { Description = "Not more than so many bytes in a second: 500K, 20M, 1G", HelpName = "RATE" };

    public static readonly Option<string?> Between = new("--between") { Description = "Only at these hours of local time, else wait: 20:00-06:00", HelpName = "HOURS" };

    /// <summary>Null when neither option was given.</summary>
    public static Pace? Read(string? limit, string? between, TimeProvider clock)
    {
        if (limit is null && between is null)
            return null;
        if (between is null)
            return new Pace(Rate(limit!), null, null, clock);
        var hours = between.Split('-');
        return hours.Length == 2 && Hour(hours[0]) is { } from && Hour(hours[1]) is { } to && from != to
            ? new Pace(limit is null ? null : Rate(limit), from, to, clock)
            : throw StopException.Usage($"--between {between}: expected two different hours such as 20:00-06:00");
    }

    /// <summary>How long nothing may be read; zero inside the hours.</summary>
    public TimeSpan Closed(TimeOnly now) => From is not { } from || To is not { } to || now.IsBetween(from, to) ? TimeSpan.Zero : from - now;

    private static long Rate(string text)
    {
        var factor = text[^1..].ToUpperInvariant() switch { "K" => 1_000L, "M" => 1_000_000L, "G" => 1_000_000_000L, _ => 1L };
        var digits = factor == 1 ? text : text[..^1];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 1_000_000_000
            ? number * factor
            : throw StopException.Usage($"--limit {text}: expected a number of bytes with K, M or G (10^3, 10^6, 10^9) such as 20M");
    }

    private static TimeOnly? Hour(string text)
        => TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;
}

/// <summary>Waits until the pace allows so many bytes more.</summary>
internal sealed class Meter(Pace pace)
{
    private static readonly TimeSpan s_credit = TimeSpan.FromSeconds(-1);

    // The hours are those of the wall: it may be set forward or back meanwhile, and a machine that slept through a timer wakes with what was left of it.
    private static readonly TimeSpan s_look = TimeSpan.FromMinutes(1);

    private long _begun;
    private long _taken;

    public async Task WaitAsync(int bytes, CancellationToken cancel)
    {
        for (var closed = Closed(); closed > TimeSpan.Zero; closed = Closed())
        {
            await Task.Delay(closed < s_look ? closed : s_look, pace.Clock, cancel);
            _begun = 0;
        }
        if (pace.BytesPerSecond is not { } rate)
            return;
        if (_begun == 0)
            (_begun, _taken) = (pace.Clock.GetTimestamp(), 0);
        var due = TimeSpan.FromSeconds((double)_taken / rate) - pace.Clock.GetElapsedTime(_begun);
        if (due > TimeSpan.Zero)
            await Task.Delay(due, pace.Clock, cancel);
        // A line that was slower than allowed, or dead, is not made up for in a burst.
        else if (due < s_credit)
            (_begun, _taken) = (pace.Clock.GetTimestamp(), 0);
        _taken += bytes;
    }

    private TimeSpan Closed() => pace.Closed(TimeOnly.FromDateTime(pace.Clock.GetLocalNow().DateTime));
}

/// <summary>Reads no faster than the pace allows, once it is behind what the line or the disk has already. What waits behind it (encryption, sending) then waits too.</summary>
internal sealed class PacedStream(Stream source, Pace pace, long free) : ForwardStream
{
    // Small enough that a slow line sees an even flow rather than a burst every second.
    private const int MaxRead = 64 * 1024;

    private readonly Meter _meter = new(pace);
    private long _position;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var wanted = (int)Math.Min(buffer.Length, Math.Min(MaxRead, pace.BytesPerSecond ?? MaxRead));
        if (_position < free)
            wanted = (int)Math.Min(buffer.Length, free - _position);
        var read = await source.ReadAsync(buffer[..wanted], cancellationToken);
        // Counted when it is known how much there was: that nothing follows needs no waiting.
        if (_position >= free && read > 0)
            await _meter.WaitAsync(read, cancellationToken);
        _position += read;
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            source.Dispose();
        base.Dispose(disposing);
    }
}
