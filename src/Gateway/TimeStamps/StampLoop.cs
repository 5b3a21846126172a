using System.Collections.Concurrent;
using System.Globalization;
using Gateway.AuditLog;
using Gateway.Protocol.Refusals;
using Gateway.Recognition.Certificates;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Witness;

namespace Gateway.TimeStamps;

/// <summary>
/// Has our newest checkpoint stamped by every authority of the configuration, at its interval, when the log has grown, and the last one of a log that
/// ended. One token covers every leaf below. Nothing waits for it: when an authority stays away, it is asked again ever more slowly; after the grace
/// an alarm rises, and if no authority at all answers, the configuration decides whether new acts are still taken.
/// </summary>
internal sealed class StampLoop(Database database, OwnLog ownLog, SignAgain again, AskAuthority ask, TimeStampOptions options, Alarms alarms, Standstill standstill, Rounds rounds, Drain drain, TimeProvider clock, ILogger<StampLoop> log)
    : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, (int Failures, DateTimeOffset Next)> _tried = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<long, bool> _unreadable = new();
    private readonly ConcurrentDictionary<string, TrustAnchors> _roots = new(StringComparer.Ordinal);

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
    public Task Round(CancellationToken cancellation) => rounds.Run("asking for time-stamps", async () =>
    {
        var logs = ownLog.Sizes();
        if (logs.Count == 0)
            return;
        var stamped = Stamped(logs);
        await Task.WhenAll(options.Authorities.Select(a => AskOne(a, [.. logs.Where(l => Due(a, l.Epoch == logs[^1].Epoch, l.Size, stamped.GetValueOrDefault((l.Epoch.Name.Origin, a.Name)))).Select(l => l.Epoch)], logs[^1].Epoch, cancellation)));
        TellWhoIsLate(logs);
    }, cancellation);

    private Dictionary<(string Origin, string Authority), TimeStampRow> Stamped(IReadOnlyList<(LogEpoch Epoch, long Size)> logs)
        => database.Read(s => logs.SelectMany(l => TimeStampRows.Newest(s, l.Epoch.Name.Origin)).ToDictionary(t => (t.Origin, t.Authority)));

    private bool Due(TimeStampAuthorityOptions authority, bool grows, long size, TimeStampRow? last)
    {
        var now = clock.GetUtcNow();
        if (last is not null && (last.Size >= size || (grows && now < last.Time + TimeSpan.FromMinutes(options.EveryMinutes) && now >= last.Time - TimeSpan.FromMinutes(options.EveryMinutes))))
            return false;
        lock (_tried)
            return !_tried.TryGetValue(authority.Name, out var tried) || now >= tried.Next || now < tried.Next - LongestPause;
    }

    // What fails with one authority keeps nobody from asking the others, nor from telling who is late.
    private async Task AskOne(TimeStampAuthorityOptions authority, IReadOnlyList<LogEpoch> due, LogEpoch current, CancellationToken cancellation)
    {
        var what = $"time-stamps of {authority.Name}";
        try
        {
            foreach (var checkpoint in due.Select(epoch => Last(epoch, epoch.Number == current.Number)).OfType<OwnCheckpoint>())
            {
                if (await Shown(checkpoint) is not { } note)
                    continue;
                if (!(await Stamp(authority, checkpoint, note, cancellation)).TryGet(out _, out var refusal))
                {
                    Failed(authority, refusal.Detail);
                    return;
                }
            }
            if (due.Count > 0)
                rounds.Went(what);
        }
        catch (Exception e) when (Rounds.GoesOnAfter(e, cancellation))
        {
            Failed(authority, e.Message);
            rounds.Failed(what, e);
        }
    }

    // What rotted in a log of a former year is named by the check of the records, and stops nothing that is done today.
    private OwnCheckpoint? Last(LogEpoch epoch, bool current)
    {
        if (_unreadable.ContainsKey(epoch.Number))
            return null;
        try
        {
            return ownLog.Last(epoch);
        }
        catch (LedgerBrokenException e) when (!current)
        {
            if (_unreadable.TryAdd(epoch.Number, true))
                log.LogError(e, "The last checkpoint of {Origin} is not stamped", epoch.Name.Origin);
            return null;
        }
    }

    // Authorities that stamp one checkpoint stamp the same bytes. Where none has yet, a key in force must have signed it: no cosignature beside the stamp shows that the checkpoint is older.
    private async Task<ReadOnlyMemory<byte>?> Shown(OwnCheckpoint checkpoint)
        => database.Read(s => TimeStampRows.Of(s, checkpoint.Origin, checkpoint.Size)).Select(stamped => (ReadOnlyMemory<byte>?)stamped.Note).FirstOrDefault() ?? (await again.Run(checkpoint))?.Note;

    private async Task<Outcome<DateTimeOffset>> Stamp(TimeStampAuthorityOptions authority, OwnCheckpoint newest, ReadOnlyMemory<byte> note, CancellationToken cancellation)
    {
        // Read before anybody is asked for an answer that nobody could judge, and once: a file that is exchanged meanwhile counts from the next start on.
        var roots = _roots.GetOrAdd(authority.Name, _ => TimeStampCheck.Trust(authority));
        var request = TimeStampRequest.New(note.Span, authority.Policy.Length == 0 ? null : authority.Policy);
        if (!(await ask.Run(authority, request, cancellation)).TryGet(out var reply, out var refusal) || !TimeStampCheck.Open(authority, roots, request, note, reply, clock.GetUtcNow()).TryGet(out var time, out refusal))
            return refusal;
        await database.Write(Lane.Bulk, s => TimeStampRows.Store(s, new TimeStampRow(newest.Origin, newest.Size, authority.Name, note, reply, time)));
        lock (_tried)
            _tried.Remove(authority.Name);
        log.LogInformation("{Authority} stamped checkpoint {Size} of {Origin} at {Time}", authority.Name, newest.Size, newest.Origin, time);
        return time;
    }

    private void Failed(TimeStampAuthorityOptions authority, string why)
    {
        lock (_tried)
        {
            var failures = _tried.GetValueOrDefault(authority.Name).Failures + 1;
            var pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, FirstPause.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 10))));
            _tried[authority.Name] = (failures, clock.GetUtcNow() + pause);
        }
        log.LogWarning("No time-stamp of {Authority}: {Why}", authority.Name, why);
    }

    private void TellWhoIsLate(IReadOnlyList<(LogEpoch Epoch, long Size)> logs)
    {
        var stamped = Stamped(logs);
        var late = Late(logs.Where(l => !_unreadable.ContainsKey(l.Epoch.Number)));
        foreach (var authority in options.Authorities)
        {
            if (late.Contains(authority.Name))
                alarms.Raise(AlarmCode.TIME_STAMP_LATE, authority.Name, string.Create(CultureInfo.InvariantCulture, $"{authority.Name} has not stamped our checkpoints for more than {options.EveryMinutes + options.GraceMinutes} minutes"));
            else
                alarms.Clear(AlarmCode.TIME_STAMP_LATE, authority.Name);
        }
        if (options.OnLateness == Lateness.STOP && Late(Stopping(logs)).Count == options.Authorities.Count)
            standstill.Hold(RefusalCode.TimeStampMissing, "no time-stamp authority has answered within the grace that the configuration gives");
        else
            standstill.Release(RefusalCode.TimeStampMissing);

        HashSet<string> Late(IEnumerable<(LogEpoch Epoch, long Size)> of)
            => options.Authorities.Where(a => of.Any(l => IsLate(l.Epoch, stamped.GetValueOrDefault((l.Epoch.Name.Origin, a.Name))))).Select(a => a.Name).ToHashSet(StringComparer.Ordinal);
    }

    // What was late when a log ended is late in it still, until the one that follows is old enough to be late itself: the turn of the year ends no standstill. A log that ended
    // before an authority was named is stamped, and stops nothing.
    private IEnumerable<(LogEpoch Epoch, long Size)> Stopping(IReadOnlyList<(LogEpoch Epoch, long Size)> logs)
        => logs.TakeLast(ownLog.MadeAfter(logs[^1].Epoch, 0) is { } begun && clock.GetUtcNow() <= begun + Allowed ? 2 : 1).Where(l => !_unreadable.ContainsKey(l.Epoch.Number));

    private TimeSpan Allowed => TimeSpan.FromMinutes(options.EveryMinutes + options.GraceMinutes);

    /// <summary>Late: the oldest checkpoint that the authority has not covered is older than interval and grace together.</summary>
    private bool IsLate(LogEpoch epoch, TimeStampRow? last)
        => ownLog.MadeAfter(epoch, last?.Size ?? 0) is { } since
            && clock.GetUtcNow() > (last is { } stamp && stamp.Time > since ? stamp.Time : since) + Allowed;
}
