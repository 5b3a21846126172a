using Gateway.Receipts;
using Gateway.Runtime;

namespace Gateway.Witness;

/// <summary>
/// Runs <see cref="CompareCopies"/> at start and every few minutes, and oftener as long as the ledger is shut: then people wait for the answers.
/// Until its first round has ended nothing is cosigned.
/// </summary>
internal sealed class CompareLoop(CompareCopies compare, WitnessOptions options, LedgerGate gate, Rounds rounds, Drain drain, TimeProvider clock, ILogger<CompareLoop> log) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastPause = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        try
        {
            for (var pause = Tick; ; pause = gate.Standing == LedgerStanding.OPEN ? Tick : pause < LastPause ? pause * 2 : LastPause)
            {
                await rounds.Run("comparing checkpoints", () => compare.Round(stop.Token), stop.Token);
                var begun = clock.GetTimestamp();
                do
                    await Task.Delay(Tick, clock, stop.Token);
                while (clock.GetElapsedTime(begun) < (gate.Standing == LedgerStanding.OPEN ? TimeSpan.FromMinutes(options.CompareMinutes) : pause));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            log.LogDebug("Checkpoints are no longer compared: the gateway stops");
        }
    }
}
