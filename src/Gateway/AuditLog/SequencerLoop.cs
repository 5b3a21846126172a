using Gateway.Runtime;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.AuditLog;

/// <summary>Runs the sequencer as long as the gateway lives, and once more on the way down. Exchange never waits for it.</summary>
internal sealed class SequencerLoop(Sequencer sequencer, LogOptions options, Halt halt, Drain drain, Alarms alarms, TimeProvider clock, ILogger<SequencerLoop> log) : BackgroundService
{
    private const string Year = "year of the log";
    private static readonly TimeSpan WhileShut = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        while (true)
        {
            // Asked before the round: where the gate opens behind one that could sign nothing, the first checkpoint must not wait for a whole period.
            var may = sequencer.MaySign;
            if (!await Round() || stop.IsCancellationRequested)
                return;
            await Task.Delay(may ? TimeSpan.FromSeconds(options.CheckpointSeconds) : WhileShut, clock, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Everything that is new; false when the log is broken and the gateway stops.</summary>
    private async Task<bool> Round()
    {
        try
        {
            while (await sequencer.Advance() is { } made)
                log.LogDebug("Checkpoint {Size}: {Root}", made.Size, made.Root);
            if (sequencer.Doubt is { } doubt)
                alarms.Raise(AlarmCode.CLOCK_JUMPED, Year, doubt);
            else
                alarms.Clear(AlarmCode.CLOCK_JUMPED, Year);
            return true;
        }
        catch (LedgerBrokenException e)
        {
            halt.Now(e, "the log");
            return false;
        }
        catch (Exception e) when (e is SqliteException or IOException or System.Security.Cryptography.CryptographicException)
        {
            // Disk full or unreadable: leaves wait, and the acts that would add more are refused where they are committed.
            log.LogError(e, "No checkpoint could be made; it is tried again");
            return true;
        }
    }
}
