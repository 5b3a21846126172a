using System.Collections.Concurrent;
using System.Threading.Channels;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Peers;

/// <summary>
/// Pushes our card to every approved peer: at start, when it changed, when a peer was approved, when one says that it lacks it. Those that did not take it are tried
/// again, ever more slowly. It is also how a gateway learns after its start who is reachable.
/// </summary>
internal sealed class AnnounceCardLoop(Database database, PeerDirectory peers, PushOwnCard push, Rounds rounds, Drain drain, TimeProvider clock, ILogger<AnnounceCardLoop> log) : BackgroundService
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(5);
    private const int MostFailed = 2;
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(10);

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<string, long> _holds = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _lost = new(StringComparer.Ordinal);

    /// <summary>A peer no longer holds our newest card, but that of this version; 0: it does not say.</summary>
    public void Again(string state, long held)
    {
        if (held > 0)
            _lost[state] = held;
        _holds.TryRemove(state, out _);
        _wake.Writer.TryWrite(true);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        void Wake() => _wake.Writer.TryWrite(true);
        peers.Changed += Wake;
        try
        {
            var wait = FirstRetry;
            while (true)
            {
                wait = await Round(stop.Token) ? LastRetry : wait * 2 < LastRetry ? wait * 2 : LastRetry;
                if (await WokenOr(wait, stop.Token))
                    wait = FirstRetry;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            log.LogDebug("Cards are no longer announced: the gateway stops");
        }
        finally
        {
            peers.Changed -= Wake;
        }
    }

    /// <summary>True when every approved peer holds our card.</summary>
    private async Task<bool> Round(CancellationToken cancellation)
    {
        var own = peers.OwnCard.Card.Version;
        var complete = true;
        foreach (var peer in peers.All.Where(p => p.RefuseAt(clock.GetUtcNow()) is null))
        {
            if (_holds.GetValueOrDefault(peer.State) == own)
                continue;
            await rounds.Run($"showing our card to {peer.State}", () => Show(peer.State, cancellation), cancellation);
            complete &= _holds.GetValueOrDefault(peer.State) == own;
        }
        return complete;
    }

    private async Task Show(string state, CancellationToken cancellation)
    {
        // What it lost in between it needs for what was sealed then. One that it refuses, as an expired one, is passed over.
        if (_lost.TryRemove(state, out var held))
        {
            var failed = 0;
            foreach (var der in database.Read(s => PeerRows.Above(s, peers.OwnCard.Card.State, held, PeerRows.EarlierCards)).SkipLast(1))
            {
                // One that does not answer at all must not keep the others from our newest card.
                if (!(await push.Run(state, cancellation, der)).Succeeded && ++failed == MostFailed)
                    break;
            }
        }
        if ((await push.Run(state, cancellation)).TryGet(out var version, out var refusal))
        {
            _holds[state] = version;
            log.LogInformation("{State} holds card {Version} of ours", state, version);
        }
        else
            log.LogInformation("{State} was not shown our card: {Refusal}", state, refusal.Code.Text());
    }

    private async Task<bool> WokenOr(TimeSpan wait, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var timer = clock.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), limit, wait, Timeout.InfiniteTimeSpan);
        try
        {
            return await _wake.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
