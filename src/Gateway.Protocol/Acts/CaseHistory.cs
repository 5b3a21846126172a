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
    private readonly ImmutableDictionary<string, (int Place, CaseSide Side)> _places;
    private readonly ActEntry? _lastAsked;
    private readonly ActEntry? _lastAsking;

    // Whether every act names one that stands before it, so that one that knows all of them comes behind all of them.
    private readonly bool _whole = true;

    private CaseHistory(Standing from, ImmutableList<ActEntry> acts)
    {
        From = from;
        _acts = acts;
        var places = ImmutableDictionary.CreateBuilder<string, (int Place, CaseSide Side)>(StringComparer.Ordinal);
        var place = 0;
        foreach (var act in acts)
        {
            _whole &= !places.ContainsKey(act.Id) && (act.After is null || (places.TryGetValue(act.After, out var named) && named.Side != act.Side));
            if (!places.ContainsKey(act.Id))
                places[act.Id] = (place, act.Side);
            (_lastAsked, _lastAsking) = act.Side == CaseSide.Requested ? (act, _lastAsking) : (_lastAsked, act);
            place++;
        }
        _places = places.ToImmutable();
        (Standing, Void) = Fold(from, InOrder(acts));
    }

    // An act that knows everything: it stands behind all others, whatever order they are in.
    private CaseHistory(CaseHistory before, ActEntry act, Standing standing)
    {
        (From, Standing, Void) = (before.From, standing, before.Void);
        _acts = before._acts.Add(act);
        _places = before._places.SetItem(act.Id, (before._acts.Count, act.Side));
        (_lastAsked, _lastAsking) = act.Side == CaseSide.Requested ? (act, before._lastAsking) : (before._lastAsked, act);
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
    public string? LastOf(CaseSide side) => (side == CaseSide.Requested ? _lastAsked : _lastAsking)?.Id;

    /// <summary>How many acts <see cref="Take"/> looks at for this one: those that cross with others are judged anew, with all that their author knew.</summary>
    internal int CostOf(ActEntry act) => KnowsAll(act) ? 1 : _acts.Count + 1;

    /// <summary>
    /// Takes an act, own or received. V042 or V043 when it is not possible by what its author could know, then nothing changes;
    /// an act taken before gives the same history again.
    /// </summary>
    public Outcome<CaseHistory> Take(ActEntry act)
    {
        if (_places.ContainsKey(act.Id))
            return this;
        var seen = Seen(act);
        if (act.After is not null && seen < 0)
            return new Refusal(RefusalCode.TransitionNotAllowed, "the act names an act of the other side that is not there", "after");
        // An author does not forget: it knew what its earlier acts named.
        var before = (act.Side == CaseSide.Requested ? _lastAsked : _lastAsking)?.After is { } earlier && _places.TryGetValue(earlier, out var told) ? told.Place : -1;
        if (seen < before)
            return new Refusal(RefusalCode.TransitionNotAllowed, "the act names an earlier act of the other side than the one before it", "after");
        if (KnowsAll(act))
            return Transitions.Apply(Standing, act).TryGet(out var next, out var impossible) ? new CaseHistory(this, act, next) : impossible;
        return Transitions.Apply(Fold(From, InOrder(KnownTo(act))).Standing, act).TryGet(out _, out var refusal)
            ? new CaseHistory(From, _acts.Add(act))
            : refusal;
    }

    /// <summary>The question that is open as far as the author of an act of the requested side could know: the id of the act that asked; null: none is.</summary>
    public string? OpenQuestion(ActEntry act)
    {
        ArgumentNullException.ThrowIfNull(act);
        var known = KnownTo(act);
        return Fold(From, InOrder(known)).Standing.State == CaseState.RETURNED_FOR_INFO ? known.LastOrDefault(entry => entry.Kind == ActKind.RETURNED_FOR_INFO)?.Id : null;
    }

    /// <summary>The history without an act that the other side rejected.</summary>
    public CaseHistory Without(string id) => new(From, _acts.RemoveAll(act => act.Id == id));

    // Where the last act of the other side stands that the author had; -1: nowhere.
    private int Seen(ActEntry act) => act.After is not null && _places.TryGetValue(act.After, out var named) && named.Side != act.Side ? named.Place : -1;

    private List<ActEntry> KnownTo(ActEntry act)
    {
        var seen = Seen(act);
        return [.. _acts.Where((entry, index) => entry.Id != act.Id && (entry.Side == act.Side || index <= seen))];
    }

    private bool KnowsAll(ActEntry act) => _whole && act.After == LastOf(act.Side == CaseSide.Requested ? CaseSide.Requesting : CaseSide.Requested);

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
