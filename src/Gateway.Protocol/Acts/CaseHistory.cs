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

    // All of them in the one order, each with where the case stood behind it: an act that crossed goes back only as far as it crossed.
    private readonly ImmutableList<Step> _steps;

    // Whether every act names one that stands before it, and none names an earlier one than its author did before: then a further one finds its place from the end.
    private readonly bool _whole = true;

    private CaseHistory(Standing from, ImmutableList<ActEntry> acts)
    {
        From = from;
        _acts = acts;
        var places = ImmutableDictionary.CreateBuilder<string, (int Place, CaseSide Side)>(StringComparer.Ordinal);
        var (place, heardAsked, heardAsking) = (0, -1, -1);
        foreach (var act in acts)
        {
            var heard = act.After is null ? -1 : places.TryGetValue(act.After, out var named) && named.Side != act.Side ? named.Place : int.MinValue;
            _whole &= !places.ContainsKey(act.Id) && heard >= (act.Side == CaseSide.Requested ? heardAsked : heardAsking);
            (heardAsked, heardAsking) = act.Side == CaseSide.Requested ? (heard, heardAsking) : (heardAsked, heard);
            if (!places.ContainsKey(act.Id))
                places[act.Id] = (place, act.Side);
            (_lastAsked, _lastAsking) = act.Side == CaseSide.Requested ? (act, _lastAsking) : (_lastAsked, act);
            place++;
        }
        _places = places.ToImmutable();
        (_steps, Void) = Fold(from, InOrder(acts), [], []);
        Standing = StandingOf(_steps, from);
    }

    // One act more in a whole history.
    private CaseHistory(CaseHistory before, ActEntry act, ImmutableList<Step> steps, ImmutableHashSet<string> without)
    {
        (From, Standing, Void, _steps) = (before.From, steps[^1].After, without, steps);
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

    /// <summary>Every act known, in the one order that both sides compute, whichever came first here.</summary>
    public IEnumerable<ActEntry> Ordered => _steps.Select(step => step.Act);

    /// <summary>The acts that a gateway stored, each side's in its order.</summary>
    public static CaseHistory Of(CaseState from, IEnumerable<ActEntry> acts) => new(Standing.Delivered with { State = from }, [.. acts]);

    /// <summary>A history that begins where another one stands, when both sides know the same acts.</summary>
    public static CaseHistory Continue(Standing standing) => new(standing, []);

    /// <summary>The last act of a side, which the other side's next act names; null when it did nothing yet.</summary>
    public string? LastOf(CaseSide side) => (side == CaseSide.Requested ? _lastAsked : _lastAsking)?.Id;

    /// <summary>How many acts <see cref="Take"/> looks at for this one: those that it crosses are judged anew, with all that their author knew.</summary>
    internal int CostOf(ActEntry act) => KnowsAll(act) ? 1 : _whole ? 1 + _steps.Count - Math.Min(FirstUnknown(act), PlaceOf(act)) : _acts.Count + 1;

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
        if (seen < Heard(act.Side))
            return new Refusal(RefusalCode.TransitionNotAllowed, "the act names an earlier act of the other side than the one before it", "after");
        return Transitions.Apply(Known(act), act).TryGet(out _, out var refusal) ? With(act) : refusal;
    }

    /// <summary>The history with one more act that a gateway stored behind these: the same as that of all of them read anew, whatever its author could know.</summary>
    public CaseHistory With(ActEntry act)
    {
        ArgumentNullException.ThrowIfNull(act);
        if (!_whole || _places.ContainsKey(act.Id) || (act.After is not null && Seen(act) < 0) || Seen(act) < Heard(act.Side))
            return new CaseHistory(From, _acts.Add(act));
        var place = PlaceOf(act);
        var behind = _steps.Count - place;
        var (steps, without) = Fold(place == 0 ? From : _steps[place - 1].After, [act, .. _steps.GetRange(place, behind).Select(step => step.Act)], _steps.RemoveRange(place, behind), Void);
        return new CaseHistory(this, act, steps, without);
    }

    /// <summary>The question that is open as far as the author of an act of the requested side could know: the id of the act that asked; null: none is.</summary>
    public string? OpenQuestion(ActEntry act)
    {
        ArgumentNullException.ThrowIfNull(act);
        var known = KnownTo(act);
        return StandingOf(Fold(From, InOrder(known), [], []).Steps, From).State == CaseState.RETURNED_FOR_INFO ? known.LastOrDefault(entry => entry.Kind == ActKind.RETURNED_FOR_INFO)?.Id : null;
    }

    /// <summary>The history without an act that the other side rejected.</summary>
    public CaseHistory Without(string id) => new(From, _acts.RemoveAll(act => act.Id == id));

    // Where the last act of the other side stands that the author had; -1: nowhere.
    private int Seen(ActEntry act) => act.After is not null && _places.TryGetValue(act.After, out var named) && named.Side != act.Side ? named.Place : -1;

    // The same of the last act of a side.
    private int Heard(CaseSide side) => (side == CaseSide.Requested ? _lastAsked : _lastAsking)?.After is { } earlier && _places.TryGetValue(earlier, out var told) ? told.Place : -1;

    private List<ActEntry> KnownTo(ActEntry act)
    {
        var seen = Seen(act);
        return [.. _acts.Where((entry, index) => entry.Id != act.Id && (entry.Side == act.Side || index <= seen))];
    }

    private bool KnowsAll(ActEntry act) => _whole && act.After == LastOf(act.Side == CaseSide.Requested ? CaseSide.Requesting : CaseSide.Requested);

    // Where the case stood for the author of an act that is not in it yet: up to the first act that he did not know in the order that all have, behind it his own acts alone.
    private Standing Known(ActEntry act)
    {
        if (KnowsAll(act))
            return Standing;
        if (!_whole)
            return StandingOf(Fold(From, InOrder(KnownTo(act)), [], []).Steps, From);
        var first = FirstUnknown(act);
        var before = first == 0 ? From : _steps[first - 1].After;
        return StandingOf(Fold(before, _steps.GetRange(first, _steps.Count - first).Select(step => step.Act).Where(known => known.Side == act.Side), [], []).Steps, before);
    }

    private int FirstUnknown(ActEntry act)
    {
        var (seen, first) = (Seen(act), _steps.Count);
        for (var i = _steps.Count - 1; !KnowsAll(act) && i >= 0 && (_steps[i].Act.Side == act.Side || _places[_steps[i].Act.Id].Place > seen); i--)
            first = _steps[i].Act.Side == act.Side ? first : i;
        return first;
    }

    // Of two that crossed, the requested side's comes first: behind its own acts and the one that it names. The other side's comes behind all.
    private int PlaceOf(ActEntry act)
    {
        var place = _steps.Count;
        while (act.Side == CaseSide.Requested && place > 0 && _steps[place - 1].Act is { Side: CaseSide.Requesting } other && other.Id != act.After)
            place--;
        return place;
    }

    private static Standing StandingOf(ImmutableList<Step> steps, Standing from) => steps is [.., var last] ? last.After : from;

    // Behind steps that are done, and what of them was without effect.
    private static (ImmutableList<Step> Steps, ImmutableHashSet<string> Void) Fold(Standing standing, IEnumerable<ActEntry> acts, ImmutableList<Step> done, ImmutableHashSet<string> without)
    {
        var steps = done.ToBuilder();
        foreach (var act in acts)
        {
            var possible = Transitions.Apply(standing, act).TryGet(out var next, out _);
            standing = possible ? next! : standing;
            without = possible ? without.Remove(act.Id) : without.Add(act.Id);
            steps.Add(new Step(act, standing));
        }
        return (steps.ToImmutable(), without);
    }

    private sealed record Step(ActEntry Act, Standing After);

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
