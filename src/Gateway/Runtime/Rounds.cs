using System.Collections.Concurrent;
using Gateway.Storage;

namespace Gateway.Runtime;

/// <summary>
/// Rounds of the loops, each for one peer or one case. One that fails is logged, stands on the board when it fails again and again, and the loop goes on: nothing
/// that a stranger sends may stop the gateway. What must never be false and is, does, and so does the wish to stop.
/// </summary>
internal sealed class Rounds(Alarms alarms, ILogger<Rounds> log)
{
    private const int Patience = 3;

    private readonly ConcurrentDictionary<string, int> _failed = new(StringComparer.Ordinal);

    /// <summary>Whether a loop goes on behind this.</summary>
    public static bool GoesOnAfter(Exception e, CancellationToken stop) => e is not LedgerBrokenException && !(e is OperationCanceledException && stop.IsCancellationRequested);

    /// <summary>Runs one round; false when it failed.</summary>
    /// <param name="what">What is done, and for whom: the subject of the alarm.</param>
    /// <param name="round">The round.</param>
    /// <param name="stop">The gateway stops; then whoever is cancelled has not failed.</param>
    /// <param name="caseId">The case that <paramref name="what"/> names.</param>
    public async Task<bool> Run(string what, Func<Task> round, CancellationToken stop, string? caseId = null)
    {
        try
        {
            await round();
        }
        catch (Exception e) when (GoesOnAfter(e, stop))
        {
            Failed(what, e, caseId: caseId);
            return false;
        }
        Went(what);
        return true;
    }

    /// <summary>One round after the other until the gateway stops, the first at once.</summary>
    /// <param name="period">What lies between two rounds.</param>
    /// <param name="what">As in <see cref="Run"/>.</param>
    /// <param name="round">The round.</param>
    /// <param name="clock">By which it passes.</param>
    /// <param name="stop">As in <see cref="Run"/>.</param>
    public async Task Every(TimeSpan period, string what, Func<Task> round, TimeProvider clock, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Run(what, round, stop);
            await Task.Delay(period, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A round failed.</summary>
    /// <param name="what">As in <see cref="Run"/>.</param>
    /// <param name="cause">Why.</param>
    /// <param name="patience">After how many failures in a row people are told.</param>
    /// <param name="caseId">The case that <paramref name="what"/> names.</param>
    public void Failed(string what, Exception cause, int patience = Patience, string? caseId = null)
    {
        var times = _failed.AddOrUpdate(what, 1, (_, before) => before + 1);
        log.LogError(cause, "{What} failed ({Type}, {Code:X8}), {Times} times in a row; the others go on", what, cause.GetType().Name, cause.HResult, times);
        if (times >= patience)
            alarms.Raise(AlarmCode.ROUND_FAILS, what, $"{what} failed: {cause.GetType().Name}", caseId);
    }

    /// <summary>A round went well.</summary>
    public void Went(string what)
    {
        if (_failed.TryRemove(what, out _))
            alarms.Clear(AlarmCode.ROUND_FAILS, what);
    }
}
