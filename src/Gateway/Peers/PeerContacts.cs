using System.Collections.Concurrent;
using Gateway.Runtime;

namespace Gateway.Peers;

/// <summary>When each peer was last heard of or reached. In memory: after a restart the cards are pushed again, which finds out.</summary>
internal sealed class PeerContacts(Alarms alarms, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, PeerContact> _contacts = new(StringComparer.Ordinal);
    private readonly Lock _order = new();
    private long _begun;

    public PeerContact? Of(string state) => _contacts.GetValueOrDefault(state);

    /// <summary>The peer called us: it is alive, whether or not we reach it.</summary>
    public void Heard(string state)
        => _contacts.AddOrUpdate(state, static (_, now) => new PeerContact(now, false), static (_, old, now) => old with { Last = now }, clock.GetUtcNow());

    /// <summary>A call of ours begins: by its number a failure that is told late is known from one that is new.</summary>
    public long Begin() => Interlocked.Increment(ref _begun);

    /// <summary>A call of ours was answered.</summary>
    public void Reached(string state)
    {
        lock (_order)
        {
            _contacts[state] = new PeerContact(clock.GetUtcNow(), true) { Answered = Interlocked.Read(ref _begun) };
            alarms.Clear(AlarmCode.PEER_UNREACHABLE, state);
        }
    }

    /// <summary>A call of ours found nobody. One that began before another was answered says nothing about now: it only took longer to fail.</summary>
    public void Failed(string state, string text, long call)
    {
        lock (_order)
        {
            if (Of(state) is { Reachable: true } known && known.Answered >= call)
                return;
            _contacts.AddOrUpdate(state, new PeerContact(null, false), (_, old) => old with { Reachable = false });
            alarms.Raise(AlarmCode.PEER_UNREACHABLE, state, text);
        }
    }
}

/// <summary>Last sign of life, and whether the last call of ours was answered.</summary>
internal sealed record PeerContact(DateTimeOffset? Last, bool Reachable)
{
    /// <summary>How many calls of ours, to whomever, had begun when the last answer came.</summary>
    public long Answered { get; init; }
}
