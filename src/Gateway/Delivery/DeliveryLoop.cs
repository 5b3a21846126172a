using System.Collections.Concurrent;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.V1;
using Grpc.Core;
using Polly.CircuitBreaker;
using Polly.Timeout;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Delivery;

/// <summary>
/// Empties the outbox: per peer up to a number of messages at once, emergencies first, one per case at a time. A failed attempt
/// waits longer each time (durably, in the row); a peer that keeps failing is left alone by its circuit breaker meanwhile.
/// </summary>
internal sealed class DeliveryLoop(
    Database database,
    PeerChannels channels,
    PeerContacts contacts,
    DeliverMessage deliver,
    PeerCircuits circuits,
    DeliveryOptions options,
    LedgerGate gate,
    DeadLetters dead,
    Halt halt,
    TimeProvider clock,
    ILogger<DeliveryLoop> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, byte> _underWay = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _perPeer = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _wake = new(0, 1);

    /// <summary>Look at the outbox now rather than at the next tick.</summary>
    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // A wake-up is pending already.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        gate.Changed += Wake;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // What a delivery brings may have to be signed for.
                foreach (var peer in gate.Shut is null ? database.Read(Outbox.Peers) : [])
                    Start(peer, stoppingToken);
            }
            catch (Exception e) when (Rounds.GoesOnAfter(e, stoppingToken))
            {
                log.LogError(e, "the outbox cannot be read; trying again");
            }
            await Sleep(stoppingToken);
        }
        while (!_underWay.IsEmpty)
            await Task.Delay(10, CancellationToken.None);
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    private async Task Sleep(CancellationToken stop)
    {
        using var tick = new CancellationTokenSource(Look, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tick.Token, stop);
        try
        {
            await _wake.WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            // The tick, or the end of the service, which the loop sees itself.
        }
    }

    private void Start(string peer, CancellationToken stop)
    {
        var room = options.ParallelPerPeer - _perPeer.GetValueOrDefault(peer);
        if (room <= 0)
            return;
        var rows = database.Read(s => Outbox.Due(s, peer, clock.GetUtcNow(), options.ParallelPerPeer + room));
        foreach (var row in rows.Where(r => !_underWay.ContainsKey(r.Message)).Take(room))
        {
            _underWay[row.Message] = 0;
            _perPeer.AddOrUpdate(peer, 1, (_, n) => n + 1);
            _ = Task.Run(() => Carry(row, stop), CancellationToken.None);
        }
    }

    private async Task Carry(OutboxRow row, CancellationToken stop)
    {
        try
        {
            var (attempt, why) = await Try(row, stop);
            if (attempt == Attempt.Settled)
            {
                log.LogInformation("settled {Message} in {Case} with {Peer}", row.Message, row.CaseId, row.Peer);
                Telemetry.Count("delivered", "");
                return;
            }
            if (stop.IsCancellationRequested)
                return;
            var age = clock.GetUtcNow() - row.Queued;
            var limit = TimeSpan.FromHours(row.Lane == Lane.Emergency ? options.GiveUpEmergencyHours : options.GiveUpHours);
            if ((attempt == Attempt.Hopeless || age >= limit) && await GivenUp(row, why!))
                dead.Look();
            else
                await database.Write(row.Lane, s => Outbox.Postpone(s, row.Message, clock.GetUtcNow() + Pause(row.Attempts), why!.ToString()));
            log.LogWarning("delivery of {Message} in {Case} to {Peer}: {Refusal}", row.Message, row.CaseId, row.Peer, why!.Code.Text());
        }
        catch (LedgerBrokenException e)
        {
            halt.Now(e, "delivery");
        }
        catch (Exception e)
        {
            // A fault of this side (disk full, for one): the row stays as it is and is looked at again with the next tick.
            log.LogError(e, "delivery of {Message} in {Case} to {Peer} failed here", row.Message, row.CaseId, row.Peer);
            await Task.Delay(Look, clock, CancellationToken.None);
        }
        finally
        {
            _underWay.TryRemove(row.Message, out _);
            _perPeer.AddOrUpdate(row.Peer, 0, (_, n) => n - 1);
            Wake();
        }
    }

    // The receipt that says so is signed later, when the chain is whole again.
    private async Task<bool> GivenUp(OutboxRow row, Refusal why)
    {
        try
        {
            await deliver.GiveUp(row, why);
            return true;
        }
        catch (ChainBehindException)
        {
            return false;
        }
    }

    private async Task<(Attempt, Refusal?)> Try(OutboxRow row, CancellationToken stop)
    {
        var recipient = database.Read(s => s.One("SELECT recipient FROM messages WHERE position = $1", r => r.GetString(0), row.Position))!;
        if (!channels.To(recipient).TryGet(out var channel, out var refusal))
            return (Attempt.Later, refusal);
        var client = new Exchange.ExchangeClient(channel);
        var call = contacts.Begin();
        try
        {
            var result = await circuits.Run(row.Peer, async token => await deliver.Deliver(row, client, token), stop);
            contacts.Reached(row.Peer);
            return result;
        }
        catch (ChainBehindException e)
        {
            return (Attempt.Later, e.Refusal);
        }
        catch (BrokenCircuitException)
        {
            return (Attempt.Later, new(RefusalCode.PeerUnreachable, $"{row.Peer} did not answer lately; waiting before the next attempt"));
        }
        catch (TimeoutRejectedException)
        {
            return (Attempt.Later, new(RefusalCode.PeerUnreachable, $"{row.Peer} did not answer within {options.AttemptSeconds} s"));
        }
        catch (RpcException e)
        {
            contacts.Failed(row.Peer, e.StatusCode.ToString(), call);
            return (Attempt.Later, RefusalWire.Of(e) ?? new(RefusalCode.PeerUnreachable, $"{row.Peer}: {e.StatusCode}"));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return (Attempt.Later, new(RefusalCode.ShuttingDown, "the gateway stops; the message stays in the outbox"));
        }
    }

    // Doubles from one second, with jitter so that a returning peer is not met by everything at once.
    private TimeSpan Pause(int attempts)
    {
        var seconds = Math.Min(options.LongestPauseSeconds, Math.Pow(2, Math.Min(attempts, 16)));
        return TimeSpan.FromSeconds(seconds * (0.75 + System.Security.Cryptography.RandomNumberGenerator.GetInt32(500) / 1000.0));
    }
}
