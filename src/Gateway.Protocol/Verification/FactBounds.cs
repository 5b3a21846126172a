using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;

namespace Gateway.Protocol.Verification;

/// <summary>
/// How many facts of one kind are judged against many of another. Nothing honest comes near; a stranger's bundle could have hundreds of thousands of each, and every one of them
/// would be judged against every other. What is beyond is named and not judged, which breaks the bundle.
/// </summary>
internal static class FactBounds
{
    /// <summary>Versions of the card of one State.</summary>
    public const int MaxCards = 1000;

    /// <summary>Requests in one case: it has one.</summary>
    public const int MaxOpenings = 16;

    /// <summary>Reviews of one release: it has one.</summary>
    public const int MaxReviews = 16;

    /// <summary>States whose logs are in one bundle.</summary>
    public const int MaxLogStates = 32;

    /// <summary>Logs of one State that checkpoints and policies name: it has one in a year.</summary>
    public const int MaxLogNames = 100;

    /// <summary>Called once, when the facts are in order.</summary>
    public static void Apply(Facts facts, Findings findings, BundleLimits limits)
    {
        // Which of them were kept is chance, so none is: an honest bundle has a few, one for each day on which something was proved at the most.
        if (facts.NoteBytes > limits.MaxHeldBytes)
        {
            findings.Add(FindingCode.LimitExceeded, $"the checkpoints below the proofs have more than {limits.MaxHeldBytes} bytes; no proof is judged", "log");
            facts.Notes.Clear();
            facts.Proofs.Clear();
            facts.StampedLeaves.Clear();
            facts.Growths.Clear();
        }
        foreach (var state in facts.Cards.GroupBy(c => c.Signed.Card.State, StringComparer.Ordinal).Where(g => g.Count() > MaxCards))
            findings.Add(FindingCode.LimitExceeded, $"there are {state.Count()} cards of {state.Key}; the first {MaxCards} are judged", state.ElementAt(MaxCards).File);
        var cards = facts.Cards.GroupBy(c => c.Signed.Card.State, StringComparer.Ordinal).SelectMany(g => g.Take(MaxCards)).ToList();
        facts.Cards.Clear();
        facts.Cards.AddRange(cards);
        foreach (var opened in facts.Covers.Where(c => c.Request is not null).GroupBy(c => c.Cover.Case, StringComparer.Ordinal).Where(g => g.Count() > MaxOpenings))
            findings.Add(FindingCode.LimitExceeded, $"there are {opened.Count()} requests in case {opened.Key}, which has one; what follows from the first {MaxOpenings} is judged", opened.ElementAt(MaxOpenings).File);
        foreach (var reviews in facts.By.Reviews.Where(g => g.Count() > MaxReviews))
            findings.Add(FindingCode.LimitExceeded, $"there are {reviews.Count()} reviews of the release {reviews.Key.Id}; the first {MaxReviews} are judged", reviews.ElementAt(MaxReviews).File);
    }
}

/// <summary>Counts what the acts of a bundle cost: each that crossed with another one is judged with all that its author knew.</summary>
internal sealed class ActWork(BundleLimits limits, Findings findings)
{
    private long _steps;
    private bool _said;

    /// <summary>Whether the act may still be judged; the first one that may not is named.</summary>
    public bool May(CaseHistory history, TakenAct act)
    {
        _steps += history.CostOf(act.Entry);
        if (_steps <= limits.MaxActSteps)
            return true;
        if (!_said)
            findings.Add(FindingCode.LimitExceeded, $"so many acts crossed with each other that more than {limits.MaxActSteps} steps would be needed; from this one on they are not judged", act.Cover.File);
        _said = true;
        return false;
    }
}

/// <summary>Of the receipts that stand in one log before an index, the one with the latest date.</summary>
internal sealed class NewestBelow
{
    private readonly List<(long Index, ReceiptFact Newest)> _ordered = [];

    private NewestBelow(IEnumerable<(long Index, ReceiptFact Fact)> receipts)
    {
        foreach (var (index, fact) in receipts.OrderBy(r => r.Index))
            _ordered.Add((index, _ordered.Count > 0 && _ordered[^1].Newest.Receipt!.Time >= fact.Receipt!.Time ? _ordered[^1].Newest : fact));
    }

    /// <summary>By log, for the receipts whose clock ran.</summary>
    public static ILookup<string, NewestBelow> Of(IEnumerable<ReceiptFact> receipts, IReadOnlyDictionary<Documents.Digest, ProvedLeaf> proved)
        => receipts.Where(r => r.Receipt is { ClockHeld: false }).Select(r => (Fact: r, Leaf: proved.GetValueOrDefault(r.Sha256))).Where(r => r.Leaf is not null)
            .GroupBy(r => r.Leaf!.Note.Checkpoint.Origin, r => (r.Leaf!.Proof.Index, r.Fact), StringComparer.Ordinal).ToLookup(g => g.Key, g => new NewestBelow(g), StringComparer.Ordinal);

    public ReceiptFact? Find(long index)
    {
        var (low, high) = (0, _ordered.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _ordered[middle].Index < index ? (middle + 1, high) : (low, middle);
        }
        return low == 0 ? null : _ordered[low - 1].Newest;
    }
}
