using Gateway.Protocol.Refusals;
using Gateway.Runtime;

namespace Gateway.Witness;

/// <summary>How our log stands, for people.</summary>
/// <param name="Size">Leaves under the newest checkpoint.</param>
/// <param name="Witnessed">Leaves under the newest checkpoint that reached its quorum.</param>
internal sealed record LogStanding(Standing Standing, string Origin, long Size, long Witnessed, int Witnesses, int Quorum, string Text);

/// <summary>Says whether our log is witnessed, raises the alarm when it is not, and stops new acts when the configuration asks for that.</summary>
internal sealed class WatchStanding(KnownLogs logs, OwnLog ownLog, WitnessPolicy policy, WitnessOptions options, Alarms alarms, Standstill standstill, TimeProvider clock)
{
    private const string Quorum = "quorum";

    private bool _hadWitnesses;

    /// <summary>What the last look found; null before the first checkpoint.</summary>
    public LogStanding? Now { get; private set; }

    public void Look()
    {
        var open = ownLog.ToWitness();
        if (open.Count == 0)
            return;
        var newest = open[^1];
        var witnessed = ownLog.Witnessed(newest.Epoch);
        // The log before counts as long as its last checkpoint lacks its quorum.
        var since = open.Select(c => ownLog.MadeAfter(c.Epoch, c.Epoch.Number == newest.Epoch.Number ? witnessed : ownLog.Witnessed(c.Epoch))).Min();
        var (witnesses, quorum, doubt) = (logs.Counted.Count(), policy.Quorum, policy.Doubt);
        // A witness that fell away is missed like one that is silent; and who wants acts to stop without witnesses wants it also before the first has come.
        _hadWitnesses |= witnesses > 0 || ownLog.WasWitnessed;
        var standing = WitnessStanding.Of(!_hadWitnesses && options.OnLateness != Lateness.STOP, since, clock.GetUtcNow(), options);
        var text = WitnessStanding.Describe(standing, witnesses, quorum, newest.Size, witnessed);
        var now = new LogStanding(standing, newest.Origin, newest.Size, witnessed, witnesses, quorum, doubt is null ? text : $"{text}; {doubt}");
        Now = now;
        Tell(now);
        if (doubt is null)
            alarms.Clear(AlarmCode.WITNESS_QUORUM, Quorum);
        else
            alarms.Raise(AlarmCode.WITNESS_QUORUM, Quorum, doubt);
    }

    private void Tell(LogStanding now)
    {
        if (now.Standing is Standing.LAGGING or Standing.UNWITNESSED)
            alarms.Raise(AlarmCode.LOG_UNWITNESSED, now.Origin, now.Text);
        // One that was raised before the year turned bears the name of the log before.
        foreach (var past in alarms.All.Where(a => a.Code == AlarmCode.LOG_UNWITNESSED && (a.Subject != now.Origin || now.Standing is Standing.ALONE or Standing.WITNESSED)))
            alarms.Clear(past.Code, past.Subject);
        if (now.Standing == Standing.UNWITNESSED && options.OnLateness == Lateness.STOP)
            standstill.Hold(RefusalCode.LogUnwitnessed, now.Text);
        else
            standstill.Release(RefusalCode.LogUnwitnessed);
    }
}
