using System.Globalization;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Witness;

namespace Gateway.TimeStamps;

/// <summary>
/// Has our newest checkpoint stamped by every authority of the configuration, at its interval, when the log has grown. One token
/// covers every leaf below. Nothing waits for it: when an authority stays away, it is asked again ever more slowly; after the grace
/// an alarm rises, and if no authority at all answers, the configuration decides whether new acts are still taken.
/// </summary>
internal sealed class StampLoop(Database database, OwnLog ownLog, AskAuthority ask, TimeStampOptions options, Alarms alarms, Standstill standstill, Drain drain, TimeProvider clock, ILogger<StampLoop> log)
    : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, (int Failures, DateTimeOffset Next)> _tried = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Authorities.Count == 0)
            return;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        using var timer = new PeriodicTimer(Look, clock);
        try
        {
            do
                await Round(stop.Token);
            while (await timer.WaitForNextTickAsync(stop.Token));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            log.LogDebug("No more time-stamps are asked for: the gateway stops");
        }
    }

    /// <summary>One look: asks the authorities that are due, then says who is late.</summary>
    public async Task Round(CancellationToken cancellation)
    {
        try
        {
            if (ownLog.Newest() is not { } newest)
                return;
            var stamped = database.Read(s => TimeStampRows.Newest(s, newest.Origin)).ToDictionary(t => t.Authority, StringComparer.Ordinal);
            await Task.WhenAll(options.Authorities.Where(a => Due(a, newest, stamped.GetValueOrDefault(a.Name))).ToList().Select(a => Stamp(a, newest, cancellation)));
            TellWhoIsLate(newest);
        }
        catch (Exception e) when (Rounds.GoesOnAfter(e, cancellation))
        {
            log.LogError(e, "Time-stamps were not asked for; it is tried again");
        }
    }

    private bool Due(TimeStampAuthorityOptions authority, OwnCheckpoint newest, TimeStampRow? last)
    {
        var now = clock.GetUtcNow();
        if (last is not null && (last.Size >= newest.Size || (now < last.Time + TimeSpan.FromMinutes(options.EveryMinutes) && now >= last.Time - TimeSpan.FromMinutes(options.EveryMinutes))))
            return false;
        return !_tried.TryGetValue(authority.Name, out var tried) || now >= tried.Next || now < tried.Next - LongestPause;
    }

    private async Task Stamp(TimeStampAuthorityOptions authority, OwnCheckpoint newest, CancellationToken cancellation)
    {
        var note = newest.Note;
        var request = TimeStampRequest.New(note.Span, authority.Policy.Length == 0 ? null : authority.Policy);
        var outcome = (await ask.Run(authority, request, cancellation)).Then(reply => TimeStampCheck.Open(authority, request, note, reply, clock.GetUtcNow()).Then<(byte[] Reply, DateTimeOffset Time)>(time => (reply, time)));
        if (!outcome.TryGet(out var stamp, out var refusal))
        {
            Failed(authority, refusal);
            return;
        }
        await database.Write(Lane.Bulk, s => TimeStampRows.Store(s, new TimeStampRow(newest.Origin, newest.Size, authority.Name, note, stamp.Reply, stamp.Time)));
        lock (_tried)
            _tried.Remove(authority.Name);
        log.LogInformation("{Authority} stamped checkpoint {Size} at {Time}", authority.Name, newest.Size, stamp.Time);
    }

    private void Failed(TimeStampAuthorityOptions authority, Refusal refusal)
    {
        lock (_tried)
        {
            var failures = _tried.GetValueOrDefault(authority.Name).Failures + 1;
            var pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, FirstPause.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 10))));
            _tried[authority.Name] = (failures, clock.GetUtcNow() + pause);
        }
        log.LogWarning("No time-stamp of {Authority}: {Refusal}", authority.Name, refusal.Detail);
    }

    private void TellWhoIsLate(OwnCheckpoint newest)
    {
        var stamped = database.Read(s => TimeStampRows.Newest(s, newest.Origin)).ToDictionary(t => t.Authority, StringComparer.Ordinal);
        var late = options.Authorities.Where(a => IsLate(newest, stamped.GetValueOrDefault(a.Name))).Select(a => a.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var authority in options.Authorities)
        {
            if (late.Contains(authority.Name))
                alarms.Raise(AlarmCode.TIME_STAMP_LATE, authority.Name, string.Create(CultureInfo.InvariantCulture, $"{authority.Name} has not stamped our checkpoints for more than {options.EveryMinutes + options.GraceMinutes} minutes"));
            else
                alarms.Clear(AlarmCode.TIME_STAMP_LATE, authority.Name);
        }
        if (options.OnLateness == Lateness.STOP && late.Count == options.Authorities.Count)
            standstill.Hold(RefusalCode.TimeStampMissing, "no time-stamp authority has answered within the grace that the configuration gives");
        else
            standstill.Release(RefusalCode.TimeStampMissing);
    }

    /// <summary>Late: the oldest checkpoint that the authority has not covered is older than interval and grace together.</summary>
    private bool IsLate(OwnCheckpoint newest, TimeStampRow? last)
        => ownLog.MadeAfter(newest.Epoch, last?.Size ?? 0) is { } since
            && clock.GetUtcNow() > (last is { } stamp && stamp.Time > since ? stamp.Time : since) + TimeSpan.FromMinutes(options.EveryMinutes + options.GraceMinutes);
}
