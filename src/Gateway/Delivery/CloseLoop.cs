using Gateway.Receipts;
using Gateway.Runtime;

namespace Gateway.Delivery;

/// <summary>
/// Closes what a push could not: the other side's receipt of our confirmation was taken while nothing could be signed, or the gateway was killed behind it. The other
/// side does not bring that receipt again.
/// </summary>
internal sealed class CloseLoop(CloseChain close, LedgerGate gate, Rounds rounds) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var changed = new SemaphoreSlim(1);
        void Wake() => changed.Release();
        gate.Changed += Wake;
        try
        {
            while (true)
            {
                await changed.WaitAsync(stoppingToken);
                foreach (var (caseId, peerState) in gate.Shut is null ? close.Overdue() : [])
                    await rounds.Run($"closing {caseId}", () => close.Run(caseId, peerState), stoppingToken, caseId);
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
        finally
        {
            gate.Changed -= Wake;
        }
    }
}
