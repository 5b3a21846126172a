using System.Collections.Immutable;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Acts;

/// <summary>
/// The acts on a case as one side knows them, and what follows from them. Acts cross: each side may act before it has what the other
/// did. So an act names the last one of the other side that its author had, and is judged by what its author could know; where the
/// case stands follows from all acts in one order that both sides compute. An act that finds nothing left to do there is without
/// effect, on both sides alike.
/// </summary>
public sealed class CaseHistory
{
    private readonly ImmutableList<ActEntry> _acts;

    private CaseHistory(Standing from, ImmutableList<ActEntry> acts)
    {
        From = from;
        _acts = acts;
        (Standing, Void) = Fold(from, InOrder(acts));
    }

    /// <summary>A case that was delivered and on which nothing was done yet.</summary>
    public static CaseHistory New { get; } = new(Standing.Delivered, []);

    /// <summary>Where it stood before the acts known here.</summary>
    public Standing From { get; }

    /// <summary>Where it stands now.</summary>
    public Standing Standing { get; }

    /// <summary>Ids of the acts that crossed with another one and found nothing left to do.</summary>
    public ImmutableHashSet<string> Void { get; }

    /// <summary>Every act known, each side's in its order.</summary>
    public IReadOnlyList<ActEntry> Acts => _acts;

    /// <summary>The acts that a gateway stored, each side's in its order.</summary>
    public static CaseHistory Of(CaseState from, IEnumerable<ActEntry> acts) => new(Standing.Delivered with { State = from }, [.. acts]);

    /// <summary>A history that begins where another one stands, when both sides know the same acts.</summary>
    public static CaseHistory Continue(Standing standing) => new(standing, []);

    /// <summary>The last act of a side, which the other side's next act names; null when it did nothing yet.</summary>
    public string? LastOf(CaseSide side) => _acts.FindLast(act => act.Side == side)?.Id;

    /// <summary>
    /// Takes an act, own or received. V042 or V043 when it is not possible by what its author could know, then nothing changes;
    /// an act taken before gives the same history again.
    /// </summary>
    public Outcome<CaseHistory> Take(ActEntry act)
    {
        if (_acts.Exists(known => known.Id == act.Id))
            return this;
        var seen = act.After is null ? -1 : _acts.FindIndex(known => known.Id == act.After && known.Side != act.Side);
        if (act.After is not null && seen < 0)
            return new Refusal(RefusalCode.TransitionNotAllowed, "the act names an act of the other side that is not there", "after");
        // An author does not forget: it knew what its earlier acts named.
        var before = _acts.FindLast(known => known.Side == act.Side)?.After is { } earlier ? _acts.FindIndex(known => known.Id == earlier) : -1;
        if (seen < before)
            return new Refusal(RefusalCode.TransitionNotAllowed, "the act names an earlier act of the other side than the one before it", "after");
        var known = _acts.Where((entry, index) => entry.Side == act.Side || index <= seen).ToList();
        return Transitions.Apply(Fold(From, InOrder(known)).Standing, act).TryGet(out _, out var refusal)
            ? new CaseHistory(From, _acts.Add(act))
            : refusal;
    }

    /// <summary>The history without an act that the other side rejected.</summary>
    public CaseHistory Without(string id) => new(From, _acts.RemoveAll(act => act.Id == id));

    private static (Standing Standing, ImmutableHashSet<string> Void) Fold(Standing standing, IEnumerable<ActEntry> acts)
    {
        var without = ImmutableHashSet<string>.Empty;
        foreach (var act in acts)
        {
            if (Transitions.Apply(standing, act).TryGet(out var next, out _))
                standing = next;
            else
                without = without.Add(act.Id);
        }
        return (standing, without);
    }

    // Each side's acts in their order, none before the one that it names; of two that crossed, the requested side's first: what was
    // done cannot be undone by a wish that came too late.
    private static IEnumerable<ActEntry> InOrder(IReadOnlyList<ActEntry> acts)
    {
        var asked = new Queue<ActEntry>(acts.Where(act => act.Side == CaseSide.Requested));
        var asking = new Queue<ActEntry>(acts.Where(act => act.Side == CaseSide.Requesting));
        var told = new HashSet<string>();
        bool Ready(Queue<ActEntry> queue) => queue.TryPeek(out var head) && (head.After is null || told.Contains(head.After));
        while (asked.Count + asking.Count > 0)
        {
            var next = Ready(asked) ? asked.Dequeue() : Ready(asking) ? asking.Dequeue()
                // What is named was taken out again (the other side rejected it): the order within each side remains.
                : asked.Count > 0 ? asked.Dequeue() : asking.Dequeue();
            told.Add(next.Id);
            yield return next;
        }
    }
}
