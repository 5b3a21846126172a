using Gateway.Runtime;

namespace Gateway.Evidence;

/// <summary>Looks at the start and every hour whether all grants are to the evidence key in use: what came to an older one meanwhile is wrapped anew, what none opens is alarmed.</summary>
internal sealed class WatchGrants(RenewGrants renew, Alarms alarms, Rounds rounds, Drain drain, TimeProvider clock, ILogger<WatchGrants> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        await rounds.Every(TimeSpan.FromHours(1), "the watch over key grants", () => Look(stop.Token), clock, stop.Token);
    }

    /// <summary>One look.</summary>
    public async Task Look(CancellationToken stop = default)
    {
        var (renewed, unreadable, spoiled) = await renew.Run(stop);
        foreach (var item in spoiled)
            log.LogWarning("what was sent as a key grant is none, and no key helps: {Item}; ask the State that sent it to release it again", item);
        if (renewed > 0)
            log.LogInformation("{Count} key grants were wrapped anew to the evidence key in use", renewed);
        var byAuthority = unreadable.GroupBy(u => u.Authority, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        foreach (var (authority, count) in byAuthority)
            alarms.Raise(AlarmCode.GRANTS_UNREADABLE, authority,
                $"no evidence key of {authority} in the configuration opens the key grants of {count} items: put the pair that was taken out back behind the first, restart; 'gateway key wrap' lists the items");
        foreach (var gone in alarms.All.Where(a => a.Code == AlarmCode.GRANTS_UNREADABLE && !byAuthority.ContainsKey(a.Subject)))
            alarms.Clear(gone.Code, gone.Subject);
    }
}
