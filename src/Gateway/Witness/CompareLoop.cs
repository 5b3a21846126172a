using Gateway.Runtime;

namespace Gateway.Witness;

/// <summary>Runs <see cref="CompareCopies"/> at start and every few minutes. Until its first round has ended nothing is cosigned.</summary>
internal sealed class CompareLoop(CompareCopies compare, WitnessOptions options, Rounds rounds, Drain drain, TimeProvider clock, ILogger<CompareLoop> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(options.CompareMinutes), clock);
        try
        {
            do
                await rounds.Run("comparing checkpoints", () => compare.Round(stop.Token), stop.Token);
            while (await timer.WaitForNextTickAsync(stop.Token));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            log.LogDebug("Checkpoints are no longer compared: the gateway stops");
        }
    }
}
