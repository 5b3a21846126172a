using Gateway.Protocol.Refusals;
using Gateway.Runtime;

namespace Gateway.Judging;

/// <summary>
/// Fetches newer trusted lists and revocation lists from the addresses that the configuration names for each State, and from nowhere else: no address out of a certificate or list is ever
/// followed. What does not verify is refused with an alarm, and the last good one stays.
/// </summary>
internal sealed class FetchTrust(JudgingOptions options, TrustHttp http, ImportTrust import, TakeStatus status, TrustStore trust, Alarms alarms, Drain drain, TimeProvider clock, ILogger<FetchTrust> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(options.RefreshMinutes), clock);
        try
        {
            do
                await Round(stop.Token);
            while (await timer.WaitForNextTickAsync(stop.Token));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    /// <summary>One look at every source: lists first, since revocation lists are verified by what they name.</summary>
    public async Task Round(CancellationToken stop)
    {
        foreach (var source in options.Sources.Where(s => s.Kind != TrustSource.Ocsp).OrderBy(s => s.Kind != TrustSource.List))
            await Fetch(source, stop);
        trust.Look();
    }

    private async Task Fetch(TrustSource source, CancellationToken stop)
    {
        try
        {
            var bytes = await http.Get(source.Url, stop);
            var refusal = source.Kind == TrustSource.Crl ? await status.List(bytes, source) : (await import.TakeList(bytes, source.State, "gateway", byPerson: false)).Refusal;
            if (refusal is null)
                alarms.Clear(AlarmCode.TRUST_LIST_REFUSED, source.Url);
            else
                alarms.Raise(AlarmCode.TRUST_LIST_REFUSED, source.Url, $"what {source.Url} offers is refused ({refusal.Code.Text()}: {refusal.Detail}); the last good one stays in use");
        }
        catch (Exception e) when (Rounds.GoesOnAfter(e, stop))
        {
            // Not available, or not to be stored now, is not refused: the expiry of what is in use decides when that hurts.
            log.LogWarning("{Url} of {State} cannot be fetched: {Reason}", source.Url, source.State, e.Message);
        }
    }
}
