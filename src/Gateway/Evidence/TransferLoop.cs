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
/// Brings released items to the other side, several at once to each of its endpoints, each on a stream of its own. A failed attempt waits longer each time, durably; one that made progress begins anew.
/// While an item of an emergency is due or under way, and moves, the others leave it their places but one, and so most of line and rate: their attempts end between two chunks and go on
/// behind it. One place stays with them, so that an emergency of any size, or a receiver that acknowledges drop by drop, stops nothing.
/// </summary>
internal sealed class TransferLoop(
    Database database, PeerChannels channels, PeerContacts contacts, SendItem send, ChunkStore store, ScrubItems scrub, EvidenceOptions options, Alarms alarms, Drain drain, Halt halt, TimeProvider clock, ILogger<TransferLoop> log) : BackgroundService
{
    private const int Seen = 64;
    private const int LongestPauseSeconds = 300;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    // An emergency of which nothing was acknowledged for so long takes nothing from others.
    private static readonly TimeSpan Moves = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Attempt> _underWay = new(StringComparer.Ordinal);

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
                // A gateway that takes nothing, or drop by drop, delays what goes to it only.
                foreach (var waiting in database.Read(s => TransferRow.Due(s, clock.GetUtcNow(), Seen)).Where(t => !_underWay.ContainsKey(t.Item)).GroupBy(t => channels.LineTo(t.Authority)))
                    Begin(waiting.Key, [.. waiting]);
            }
            catch (Exception e) when (Rounds.GoesOnAfter(e, stop.Token))
            {
                log.LogError(e, "transfers cannot be read; trying again");
            }
            await Task.Delay(Look, clock, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        End(_underWay.Values);
        while (!_underWay.IsEmpty)
            await Task.Delay(10, CancellationToken.None);
    }

    private void Begin(string line, List<TransferRow> waiting)
    {
        var before = _underWay.Values.Where(attempt => attempt.Line == line).ToList();
        var (urgent, rest) = (before.FindAll(attempt => attempt.Transfer.IsEmergency), before.FindAll(attempt => !attempt.Transfer.IsEmergency));
        var free = options.ParallelPerPeer - before.Count;
        var kept = options.ParallelPerPeer > 1 ? 1 : 0;
        var first = Next(waiting.FindAll(t => t.IsEmergency), Math.Min(free, options.ParallelPerPeer - kept - urgent.Count));
        var others = free - first.Count;
        if (waiting.Exists(t => t.IsEmergency) || urgent.Exists(attempt => attempt.MovedSince(clock.GetUtcNow() - Moves)))
        {
            // Those that were ended before are on their way out: of the others the oldest stays.
            End(rest.Where(attempt => !attempt.End.IsCancellationRequested).OrderBy(attempt => attempt.Begun).Skip(kept));
            others = Math.Min(others, kept - rest.Count);
        }
        foreach (var transfer in first.Concat(Next(waiting.FindAll(t => !t.IsEmergency), others)))
        {
            var attempt = _underWay[transfer.Item] = new Attempt(transfer, line, clock.GetUtcNow(), new CancellationTokenSource());
            _ = Task.Run(() => Carry(attempt), CancellationToken.None);
        }
    }

    // Whoever reads the token goes on with what the end means to it, not this loop.
    private static void End(IEnumerable<Attempt> attempts)
    {
        foreach (var attempt in attempts)
            _ = attempt.End.CancelAsync();
    }

    // The oldest first; the last free place is for the smallest, which must not wait for days behind disks.
    private static List<TransferRow> Next(List<TransferRow> waiting, int places)
        => places <= 0 ? [] : waiting.Count <= places ? waiting : [.. waiting.Take(places - 1), waiting.Skip(places - 1).MinBy(t => t.SizeBytes)!];

    private async Task Carry(Attempt attempt)
    {
        var (transfer, stop) = (attempt.Transfer, attempt.End.Token);
        var progress = false;
        try
        {
            var givenUp = database.Read(s => ItemRow.Find(s, transfer.Item)) is { State: ItemState.GIVEN_UP };
            var why = await Try(transfer, () =>
            {
                progress = true;
                attempt.Advanced(clock.GetUtcNow());
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
    private async Task PostponeAfterFault(Attempt attempt, Exception fault, bool progress)
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

    // It ends with the gateway, or when an emergency needs what it takes. A source without timer and link holds nothing that is to be given back.
    private sealed record Attempt(TransferRow Transfer, string Line, DateTimeOffset Begun, CancellationTokenSource End)
    {
        private long _advanced = Begun.UtcTicks;

        public void Advanced(DateTimeOffset now) => Interlocked.Exchange(ref _advanced, now.UtcTicks);

        /// <summary>Whether it began, or something of it was acknowledged, since then.</summary>
        public bool MovedSince(DateTimeOffset since) => Interlocked.Read(ref _advanced) >= since.UtcTicks;
    }
}
