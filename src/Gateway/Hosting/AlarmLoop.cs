using System.Globalization;
using Gateway.Delivery;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Recovery;
using Gateway.Runtime;
using Gateway.Witness;

namespace Gateway.Hosting;

/// <summary>Looks every minute for what people must know before it hurts: certificates and cards that end, a full disk, a clock that jumped, and what the database says since before the start.</summary>
internal sealed class AlarmLoop(KeyRing keys, PeerDirectory peers, Readiness readiness, GatewayOptions options, DeadLetters dead, ForkAlarms forks, SecondLogs second, Alarms alarms, Rounds rounds, Drain drain, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan JumpAllowed = TimeSpan.FromSeconds(5);
    private static readonly int[] Announced = [7, 30, 60];

    private DateTimeOffset _wall = clock.GetUtcNow();
    private long _ticks = clock.GetTimestamp();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        using var timer = new PeriodicTimer(Period, clock);
        try
        {
            do
            {
                await rounds.Run("looking for certificates that end, room and the clock", () => Done(Look), stop.Token);
                await rounds.Run("reading what the database says of dead letters, forks and second logs", () => Done(Recorded), stop.Token);
            }
            while (await timer.WaitForNextTickAsync(stop.Token));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    /// <summary>One look.</summary>
    public void Look()
    {
        foreach (var (name, certificate) in keys.Certificates)
            Expiry(AlarmCode.CERTIFICATE_EXPIRES, name, $"the certificate of {name}", certificate.NotAfter);
        Expiry(AlarmCode.CARD_EXPIRES, keys.State, "our own card", peers.OwnCard.Card.Expires);
        foreach (var peer in peers.All)
        {
            BlockPeer.Tell(alarms, peer);
            if (peer.Status == PeerStatus.APPROVED)
                Expiry(AlarmCode.CARD_EXPIRES, peer.State, $"the card of {peer.State}", peer.Card.Card.Expires);
            else
                alarms.Clear(AlarmCode.CARD_EXPIRES, peer.State);
        }
        var free = readiness.FreeMiB();
        if (free < options.MinFreeMiB)
            alarms.Raise(AlarmCode.DISK_LOW, options.DataFolder, string.Create(CultureInfo.InvariantCulture, $"{free} MiB are free in the data folder, fewer than {options.MinFreeMiB}"));
        else
            alarms.Clear(AlarmCode.DISK_LOW, options.DataFolder);
        Clock();
    }

    private void Recorded()
    {
        dead.Look();
        forks.Look();
        second.Look();
    }

    private static Task Done(Action look)
    {
        look();
        return Task.CompletedTask;
    }

    private void Expiry(AlarmCode code, string subject, string what, DateTimeOffset until)
    {
        var left = until - clock.GetUtcNow();
        var step = Array.Find(Announced, days => left <= TimeSpan.FromDays(days));
        if (step == 0)
            alarms.Clear(code, subject);
        else
            alarms.Raise(code, subject, left <= TimeSpan.Zero
                ? string.Create(CultureInfo.InvariantCulture, $"{what} expired on {until:yyyy-MM-dd}")
                : string.Create(CultureInfo.InvariantCulture, $"{what} expires on {until:yyyy-MM-dd}, in fewer than {step} days"));
    }

    // The wall clock and the monotonic one must tell the same time apart.
    private void Clock()
    {
        var (wall, ticks) = (clock.GetUtcNow(), clock.GetTimestamp());
        var jump = wall - _wall - clock.GetElapsedTime(_ticks, ticks);
        (_wall, _ticks) = (wall, ticks);
        if (jump.Duration() > JumpAllowed)
            alarms.Raise(AlarmCode.CLOCK_JUMPED, "clock", string.Create(CultureInfo.InvariantCulture, $"the clock jumped by {jump.TotalSeconds:0} s before {wall:yyyy-MM-dd HH:mm} UTC; check its reference"));
    }
}
