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
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

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
                var due = _behind || woken.IsCompleted;
                // A peer that never brings its receipts back is looked at ever more seldom.
                pause = !woken.IsCompleted && _behind && pause * 2 < Longest ? pause * 2 : !woken.IsCompleted && _behind ? Longest : Again;
                if (woken.IsCompleted)
                    woken = changed.WaitAsync(stoppingToken);
                if (!due)
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
