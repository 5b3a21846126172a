using System.Collections.Concurrent;
using Gateway.Cases;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.V1;
using Grpc.Core;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Evidence;

/// <summary>
/// Brings released items to the other side, several at once to each of its endpoints (<see cref="TransferPlaces"/>), each on a stream of its own. A failed attempt waits longer each time, durably; one that
/// made progress begins anew.
/// </summary>
internal sealed class TransferLoop(
    Database database, PeerChannels channels, PeerContacts contacts, SendItem send, ChunkStore store, ScrubItems scrub, EvidenceOptions options, Alarms alarms, Drain drain, Halt halt, TimeProvider clock, ILogger<TransferLoop> log) : BackgroundService
{
    private const int Seen = 64;
    private const int LongestPauseSeconds = 300;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    private readonly TransferPlaces _places = new(options.ParallelPerPeer);
    private readonly ConcurrentDictionary<string, TransferAttempt> _underWay = new(StringComparer.Ordinal);

    // Done when an emergency that stood still moves again: its place is given back at once.
    private volatile TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        SayOrphans();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                foreach (var item in database.Read(TransferRow.Rejected))
                    await TakeBack(item);
                // A gateway that takes nothing, or drop by drop, delays what goes to it only. A line on which nothing waits has places to give back, too.
                var waiting = database.Read(s => TransferRow.Due(s, clock.GetUtcNow(), Seen)).Where(t => !_underWay.ContainsKey(t.Item)).ToLookup(t => channels.LineTo(t.Authority));
                foreach (var line in waiting.Select(w => w.Key).Union(_underWay.Values.Select(attempt => attempt.Line)))
                    Begin(line, [.. waiting[line]]);
            }
            catch (Exception e) when (Rounds.GoesOnAfter(e, stop.Token))
            {
                log.LogError(e, "transfers cannot be read; trying again");
            }
            await Task.WhenAny(Task.Delay(Look, clock, stop.Token), _moved.Task);
            if (_moved.Task.IsCompleted)
                _moved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        End(_underWay.Values);
        while (!_underWay.IsEmpty)
            await Task.Delay(10, CancellationToken.None);
    }

    private void Begin(string line, List<TransferRow> waiting)
    {
        var (begin, end) = _places.Next([.. _underWay.Values.Where(attempt => attempt.Line == line)], waiting, clock.GetUtcNow());
        End(end);
        foreach (var transfer in begin)
        {
            var attempt = _underWay[transfer.Item] = new TransferAttempt(transfer, line, clock.GetUtcNow(), new CancellationTokenSource());
            _ = Task.Run(() => Carry(attempt), CancellationToken.None);
        }
    }

    // Whoever reads the token goes on with what the end means to it, not this loop.
    private static void End(IEnumerable<TransferAttempt> attempts)
    {
        foreach (var attempt in attempts)
            _ = attempt.End.CancelAsync();
    }

    private async Task Carry(TransferAttempt attempt)
    {
        var (transfer, stop) = (attempt.Transfer, attempt.End.Token);
        var progress = false;
        try
        {
            var givenUp = database.Read(s => ItemRow.Find(s, transfer.Item)) is { State: ItemState.GIVEN_UP };
            var why = await Try(transfer, () =>
            {
                progress = true;
                var (now, stood) = (clock.GetUtcNow(), !attempt.MovedSince(clock.GetUtcNow() - TransferPlaces.Moves));
                attempt.Advanced(now);
                if (stood && transfer.IsEmergency)
                    _moved.TrySetResult();
            }, stop);
            if (why is null)
                alarms.Clear(AlarmCode.DELIVERY_DEAD, transfer.Item);
            if (why is null || stop.IsCancellationRequested)
                return;
            log.LogWarning("transfer of {Item} to {Peer}: {Refusal}", transfer.Item, transfer.Peer, why.Code.Text());
            var refused = why.Code.After() == AfterRefusal.Correct;
            // What it certified, it does not have, or it takes no more of it: the officer's decision stands. Other refusals say nothing of the item.
            if (givenUp && why.Code is (RefusalCode.ItemIncomplete or RefusalCode.TransferUnknown or RefusalCode.TransitionNotAllowed or RefusalCode.RetentionPassed) && await database.Write(Lane.Bulk, s => TransferRow.EndGivenUp(s, transfer.Item, why.ToString())))
                return;
            if (refused)
                alarms.Raise(AlarmCode.DELIVERY_DEAD, transfer.Item, $"{transfer.Peer} does not take the item {transfer.Item}: {why.Code.Text()}", transfer.CaseId);
            // Changed on the way it is sent again; changed on our own disk it is found and named.
            if (why.Code is RefusalCode.ChunkMismatch or RefusalCode.TreeMismatch)
                await scrub.Ask(transfer.Item);
            await database.Write(Lane.Bulk, s => TransferRow.Postpone(s, transfer.Item, clock.GetUtcNow() + Pause(progress ? 0 : transfer.Attempts), why.ToString(), progress));
        }
        catch (LedgerBrokenException e)
        {
            halt.Now(e, "evidence transfer");
        }
        catch (Exception e)
        {
            log.LogError(e, "transfer of {Item} to {Peer} failed here", transfer.Item, transfer.Peer);
            await PostponeAfterFault(attempt, e, progress);
        }
        finally
        {
            _underWay.TryRemove(transfer.Item, out _);
        }
    }

    // A fault of this side, of its disk for one, waits longer each time as a refusal does: an emergency would else hold up its whole State every few seconds.
    private async Task PostponeAfterFault(TransferAttempt attempt, Exception fault, bool progress)
    {
        var transfer = attempt.Transfer;
        try
        {
            if (fault is InvalidDataException or IOException)
                await scrub.Ask(transfer.Item);
            await database.Write(Lane.Bulk, s => TransferRow.Postpone(s, transfer.Item, clock.GetUtcNow() + Pause(progress ? 0 : transfer.Attempts), $"failed here ({fault.GetType().Name}); see the log", progress));
        }
        catch (Exception e)
        {
            // Then it is the database: the row stays as it was.
            log.LogError(e, "the failed transfer of {Item} could not be recorded", transfer.Item);
            await Task.Delay(TimeSpan.FromSeconds(5), clock, attempt.End.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<Refusal?> Try(TransferRow transfer, Action advanced, CancellationToken stop)
    {
        if (!channels.ForBulk(transfer.Authority).TryGet(out var channel, out var refusal))
            return refusal;
        var call = contacts.Begin();
        try
        {
            var result = await send.Run(transfer, new Exchange.ExchangeClient(channel), advanced, stop);
            contacts.Reached(transfer.Peer);
            return result;
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException && stop.IsCancellationRequested)
        {
            return new Refusal(RefusalCode.ShuttingDown, "the attempt was ended here; the transfer goes on");
        }
        catch (RpcException e)
        {
            if (RefusalWire.Of(e) is { } refused)
                return refused;
            contacts.Failed(transfer.Peer, e.StatusCode.ToString(), call);
            return new Refusal(RefusalCode.PeerUnreachable, $"{transfer.Peer}: {e.StatusCode}");
        }
    }

    // The other side refused the announcement: the item waits for a person again.
    private Task TakeBack(string item) => database.Write(Lane.Ordinary, s =>
    {
        if (ItemRow.Find(s, item) is not { } row)
            return;
        TransferRow.Remove(s, item);
        row.Move(s, ItemState.ATTACHED);
        Events.Append(s, clock.GetUtcNow(), "item.rejected", row.CaseId, item, "the other side rejected its announcement; see the message");
    });

    private void SayOrphans()
    {
        foreach (var item in store.Items().Where(i => database.Read(s => ItemRow.Find(s, i)) is null))
            log.LogWarning("the chunks of {Item} belong to no item in the database; was an older backup restored?", item);
    }

    private static TimeSpan Pause(int attempts)
        => TimeSpan.FromSeconds(Math.Min(LongestPauseSeconds, Math.Pow(2, Math.Min(attempts, 16))) * (0.75 + (System.Security.Cryptography.RandomNumberGenerator.GetInt32(500) / 1000.0)));
}
