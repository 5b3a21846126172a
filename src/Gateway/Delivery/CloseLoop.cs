using Gateway.Receipts;
using Gateway.Runtime;

namespace Gateway.Delivery;

/// <summary>
/// Closes what a push could not: the other side's receipt of our confirmation was taken while nothing could be signed, while receipts of the chain had not come back, or the gateway was
/// killed behind it. The other side does not bring that receipt again.
/// </summary>
internal sealed class CloseLoop(CloseChain close, LedgerGate gate, Rounds rounds, TimeProvider clock) : BackgroundService
{
    // Receipts that come back to a chain that is behind change nothing else: it is asked again until it is not.
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private volatile bool _behind;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var changed = new SemaphoreSlim(1);
        void Wake() => changed.Release();
        void Later() => _behind = true;
        gate.Changed += Wake;
        close.Behind += Later;
        try
        {
            var woken = changed.WaitAsync(stoppingToken);
            var pause = Again;
            while (true)
            {
                await Task.WhenAny(woken, Task.Delay(pause, clock, stoppingToken));
                stoppingToken.ThrowIfCancellationRequested();
                // Once: what comes behind this line is seen in the next round.
                var (wake, behind) = (woken.IsCompleted, _behind);
                // A peer that never brings its receipts back is looked at more seldom.
                pause = wake || !behind ? Again : pause * 2 < Longest ? pause * 2 : Longest;
                if (wake)
                    woken = changed.WaitAsync(stoppingToken);
                if (!wake && !behind)
                    continue;
                _behind = false;
                foreach (var (caseId, peerState) in gate.Shut is null ? close.Overdue() : [])
                    await rounds.Run($"closing {caseId}", () => Close(caseId, peerState), stoppingToken, caseId);
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
        finally
        {
            gate.Changed -= Wake;
            close.Behind -= Later;
        }
    }

    private async Task Close(string caseId, string peerState)
    {
        try
        {
            await close.Run(caseId, peerState);
        }
        catch (ChainBehindException)
        {
            // No failure of this round: the next one looks again.
        }
    }
}
