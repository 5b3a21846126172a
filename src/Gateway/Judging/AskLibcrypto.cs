using Gateway.Recognition.Algorithms;
using Gateway.Runtime;

namespace Gateway.Judging;

/// <summary>
/// Lets libcrypto, and its gost engine where installed, verify GOST, SM2 and EdDSA signatures beside managed code. Where they differ the mark is undetermined and an alarm stands until the next
/// start: it is a defect of one of the two, never of the sender. Where there is no libcrypto, managed code stands alone.
/// </summary>
internal sealed class AskLibcrypto(Alarms alarms, ILogger<AskLibcrypto> log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        log.LogInformation("National algorithms are verified by managed code{Second}", SecondOpinion.TurnOn() is { } found ? $" and by {found}" : " alone");
        SecondOpinion.Differed += Tell;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        SecondOpinion.Differed -= Tell;
        return Task.CompletedTask;
    }

    private void Tell(string text) => alarms.Raise(AlarmCode.IMPLEMENTATIONS_DIFFER, "signatures", text);
}
