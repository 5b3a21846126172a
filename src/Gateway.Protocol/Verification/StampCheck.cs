using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;

namespace Gateway.Protocol.Verification;

/// <summary>A checkpoint whose log and cosignatures hold.</summary>
/// <param name="Checkpoint">What it says.</param>
/// <param name="Cosigners">Which States cosigned it, and when.</param>
/// <param name="Signed">As it came.</param>
internal sealed record LogNote(Checkpoint Checkpoint, IReadOnlyList<Cosigner> Cosigners, SignedNote Signed)
{
    /// <summary>The note without the cosignatures that were passed over.</summary>
    public SignedNote Counted { get; init; } = Signed;
}

/// <summary>A receipt that stands in a log.</summary>
/// <param name="Proof">Where.</param>
/// <param name="Note">Under which checkpoint.</param>
/// <param name="Witnessed">Whether that one, or one that it became, has the witnesses that are asked for.</param>
internal sealed record ProvedLeaf(ProofFact Proof, LogNote Note, bool Witnessed);

/// <summary>When somebody outside first saw a leaf in a log, as far as the bundle shows it.</summary>
/// <param name="Time">By the clock of who saw it.</param>
/// <param name="By">The State, or the time-stamp authority.</param>
internal sealed record SeenLeaf(DateTimeOffset Time, string By)
{
    /// <summary>The earlier of two; null where nobody saw it.</summary>
    public static SeenLeaf? Earlier((DateTimeOffset Time, string By)? one, (DateTimeOffset Time, string By)? other)
        => (one is { } first && !(other?.Time < first.Time) ? one : other) is { } earlier ? new SeenLeaf(earlier.Time, earlier.By) : null;
}

/// <summary>
/// Time-stamps over checkpoints: whether each is of the bytes beside it, who made it, and that the log only grew from there to what the proofs name. Only then
/// does a stamp say of a receipt that it existed. A receipt that is dated later than somebody outside saw it in the log has a wrong date.
/// </summary>
/// <param name="facts">What was read.</param>
/// <param name="judge">Judges replies; null when nobody can.</param>
/// <param name="read">Judges a checkpoint of a State once; the time is when it was there at the latest.</param>
/// <param name="fits">Whether what a leaf of a State's log says is what bears its digest here.</param>
/// <param name="latest">No time-stamp may be later.</param>
/// <param name="findings">Takes what is wrong.</param>
internal sealed class StampCheck(Facts facts, TimeStampJudge? judge, Func<string, SignedNote, string, DateTimeOffset?, LogNote?> read, Func<string, ProofFact, bool> fits, DateTimeOffset latest, Findings findings)
{
    /// <summary>Files of time-stamps that are kept and judged.</summary>
    public const int MaxFiles = 10_000;

    private static readonly TimeSpan s_tolerance = TimeSpan.FromMinutes(5);

    private ILookup<Digest, Place>? _places;
    private Dictionary<(string, long, Digest), (List<long> Sizes, (DateTimeOffset, string)[] First)>? _confirmed;

    /// <summary>The earliest time-stamp over a leaf by an authority that is confirmed; null without one. Asked after <see cref="All"/>.</summary>
    public (DateTimeOffset Time, string By)? Stamped(Digest leaf) => Seen(null, _places![leaf], _confirmed!);

    /// <summary>The stamps on a State's logs that hold, in order of time.</summary>
    public IReadOnlyList<LogStamp> All(string state, IReadOnlyDictionary<Digest, ProvedLeaf> proved, LogGrowth grown)
    {
        var stamps = new List<(LogStamp Stamp, Checkpoint From, Checkpoint To)>();
        var places = new List<Place>();
        var further = facts.StampedLeaves.Where(p => p.State == state).ToLookup(p => Stem(p.File), StringComparer.Ordinal);
        var stems = new HashSet<string>(StringComparer.Ordinal);
        foreach (var group in facts.Stamps.Where(s => BundleLayout.Owner(s.File) == state).GroupBy(s => Stem(s.File)))
        {
            stems.Add(group.Key);
            var held = Checkpoint(state, group.Key, [.. group]).ToList();
            stamps.AddRange(held);
            if (held.Count > 0)
                places.AddRange(further[group.Key].Where(p => Under(state, p, held[0].To)).Select(p => new Place(p.Sha256, p.Index, Key(held[0].To))));
        }
        foreach (var stray in further.Where(g => !stems.Contains(g.Key)).SelectMany(g => g))
            findings.Add(FindingCode.ProofUnreferenced, "the proof is under a checkpoint of which no time-stamp is here", stray.File);
        // A leaf stands under every checkpoint that the one of its proof became; those that no stamp leads to say nothing of its age.
        var stamped = stamps.Select(s => Key(s.To)).ToHashSet();
        if (stamped.Count > 0)
            places.AddRange(proved.Values.SelectMany(leaf => grown.Became(leaf.Note).Select(Key).Where(stamped.Contains).Select(under => new Place(leaf.Proof.Sha256, leaf.Proof.Index, under))));
        Dates(state, proved, places, stamps);
        var leaves = places.Where(p => facts.BySha256.ContainsKey(p.Receipt)).Distinct().GroupBy(p => p.Under, p => p.Index).ToDictionary(g => g.Key, g => g.Order().ToList());
        return [.. stamps.Select(s => s.Stamp with { Receipts = leaves.TryGetValue(Key(s.To), out var under) ? Below(under, s.From.Size) : 0 }).OrderBy(s => s.Time).ThenBy(s => s.Authority, StringComparer.Ordinal)];
    }

    // What stands in a log that was ended is proved a second time in the one that followed: a stamp over the first says more of its age.
    private bool Under(string state, ProofFact proof, Checkpoint to)
    {
        if (read(state, facts.Notes[proof.Note], proof.File, null) is not { } note || !fits(state, proof))
            return false;
        if (Key(note.Checkpoint) == Key(to))
            return true;
        findings.Add(FindingCode.TimeStampBroken, $"the proof is under checkpoint {note.Checkpoint.Size} of {note.Checkpoint.Origin}; the time-stamp leads to checkpoint {to.Size} of {to.Origin}", proof.File);
        return false;
    }

    private IEnumerable<(LogStamp Stamp, Checkpoint From, Checkpoint To)> Checkpoint(string state, string stem, List<StampFact> files)
    {
        var replies = files.FindAll(f => f.Place == BundlePlace.TimeStamp);
        var stamped = files.Find(f => f.Place == BundlePlace.StampedCheckpoint);
        var growth = files.Find(f => f.Place == BundlePlace.StampGrowth);
        if (stamped is null || growth is null || replies.Count == 0)
        {
            findings.Add(FindingCode.TimeStampBroken, $"a time-stamp, the checkpoint that it stamps and the way from there belong together; {(stamped is null ? "the checkpoint" : growth is null ? "the way" : "the time-stamp")} is missing", files[0].File);
            return [];
        }
        var judged = Judge(replies, stamped);
        if (judged.Count == 0 || Grown(state, stem, stamped, growth, judged.Min(j => j.Time)) is not { } grown)
            return [];
        return judged.Select(j => (new LogStamp(j.Authority, j.Time, grown.From.Origin, grown.From.Size, 0, j.Confirmed), grown.From, grown.To));
    }

    private List<(DateTimeOffset Time, string Authority, bool Confirmed)> Judge(List<StampFact> replies, StampFact stamped)
    {
        var held = new List<(DateTimeOffset, string, bool)>();
        foreach (var (reply, judgement) in replies.AsParallel().AsOrdered().Select(r => (r, judge?.Invoke(r.Bytes, stamped.Bytes))))
        {
            if (judgement is null)
                findings.Add(FindingCode.TimeStampNotConfirmed, "the time-stamp is listed and hashed; nobody judged it", reply.File);
            else if (judgement.Broken is { } broken || judgement.Time is null)
                findings.Add(FindingCode.TimeStampBroken, judgement.Broken ?? "the time-stamp states no time", reply.File);
            else if (judgement.Time - latest > s_tolerance)
                findings.Add(FindingCode.TimeStampBroken, $"the time-stamp is dated {TrustRing.Show(judgement.Time.Value)}, after this bundle was sealed or judged", reply.File);
            else
            {
                var authority = judgement.Authority ?? "an authority without a name";
                if (judgement.Unconfirmed is { } why)
                    findings.Add(FindingCode.TimeStampNotConfirmed, $"nothing that you trust confirms {authority}, who stamped the checkpoint at {TrustRing.Show(judgement.Time.Value)}: {why}", reply.File);
                held.Add((judgement.Time.Value, authority, judgement.Unconfirmed is null));
            }
        }
        return held;
    }

    // A stamp on some tree says nothing of ours: the one must have become the other by growing only.
    private (Checkpoint From, Checkpoint To)? Grown(string state, string stem, StampFact stamped, StampFact growth, DateTimeOffset made)
    {
        (Checkpoint, Checkpoint)? Bad(string text, string file)
        {
            findings.Add(FindingCode.TimeStampBroken, text, file);
            return null;
        }
        if (!SignedNote.Read(stamped.Bytes).TryGet(out var note, out var refusal))
            return Bad(refusal.ToString(), stamped.File);
        if (read(state, note, stamped.File, made) is not { Checkpoint: var from })
            return null;
        if (!LogName.TryParse(from.Origin, out var log) || BundleLayout.Stamped(log, from.Size) != stem)
            return Bad($"the file holds checkpoint {from.Size} of {from.Origin}", stamped.File);
        if (CheckpointSubmission.Read(growth.Bytes) is not { } submission || !SignedNote.Read(submission.Note).TryGet(out var later, out _))
            return Bad("the proof of growth cannot be read", growth.File);
        if (read(state, later, growth.File, null) is not { Checkpoint: var to })
            return null;
        return submission.Old == from.Size && to.Origin == from.Origin && ConsistencyProof.Verify((ulong)from.Size, (ulong)to.Size, from.Root, to.Root, submission.Proof)
            ? (from, to)
            : Bad($"the way does not lead from the checkpoint that was stamped to checkpoint {to.Size} of {to.Origin}: the log was not only added to", growth.File);
    }

    // A stamp covers the leaves under the checkpoint to which the log grew from it, up to the size that was stamped.
    private static (string Origin, long Size, Digest Root) Key(Checkpoint checkpoint) => (checkpoint.Origin, checkpoint.Size, checkpoint.Root);

    // How many of the ordered numbers are below one.
    private static int Below(List<long> ordered, long size)
    {
        var (low, high) = (0, ordered.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = ordered[middle] < size ? (middle + 1, high) : (low, middle);
        }
        return low;
    }

    private void Dates(string state, IReadOnlyDictionary<Digest, ProvedLeaf> proved, List<Place> places, List<(LogStamp Stamp, Checkpoint From, Checkpoint To)> stamps)
    {
        var firsts = stamps.GroupBy(s => Key(s.To)).ToDictionary(g => g.Key, g => Firsts([.. g.OrderBy(s => s.From.Size)]));
        var placesOf = _places = places.ToLookup(p => p.Receipt);
        _confirmed = stamps.Where(s => s.Stamp.Confirmed).GroupBy(s => Key(s.To)).ToDictionary(g => g.Key, g => Firsts([.. g.OrderBy(s => s.From.Size)]));
        foreach (var chain in facts.Receipts.Where(r => r.Receipt is not null && (proved.ContainsKey(r.Sha256) || placesOf.Contains(r.Sha256))).GroupBy(r => (r.Case, r.State)))
        {
            var wrong = chain.OrderBy(r => r.Seq)
                .Select(r => (Fact: r, Seen: Seen(proved.GetValueOrDefault(r.Sha256), placesOf[r.Sha256], firsts)))
                .Where(r => r.Seen is { } seen && r.Fact.Receipt!.Time - seen.Time > s_tolerance).ToList();
            if (wrong is [var first, ..])
                findings.Add(FindingCode.DatedAfterLogged, $"receipt {first.Fact.Seq} of {first.Fact.State} is dated {TrustRing.Show(first.Fact.Receipt!.Time)}; {first.Seen!.Value.By} saw it in the log of {state} at {TrustRing.Show(first.Seen.Value.Time)} already{(wrong.Count > 1 ? $", and {wrong.Count - 1} more receipts of this chain are like it" : "")}", first.Fact.File, first.Fact.Seq);
        }
    }

    // Who outside saw the leaf first.
    private static (DateTimeOffset Time, string By)? Seen(ProvedLeaf? leaf, IEnumerable<Place> places, Dictionary<(string, long, Digest), (List<long> Sizes, (DateTimeOffset, string)[] First)> stamps)
    {
        var seen = leaf?.Note.Cosigners.Select(c => (c.Time, By: c.State)).ToList() ?? [];
        foreach (var place in places)
        {
            if (stamps.TryGetValue(place.Under, out var over) && Below(over.Sizes, place.Index + 1) is var at && at < over.Sizes.Count)
                seen.Add(over.First[at]);
        }
        return seen.Count == 0 ? null : seen.MinBy(s => s.Time);
    }

    // From the smallest stamped size on: the earliest stamp of this size or a larger one.
    private static (List<long> Sizes, (DateTimeOffset Time, string By)[] First) Firsts(List<(LogStamp Stamp, Checkpoint From, Checkpoint To)> bySize)
    {
        var first = new (DateTimeOffset Time, string By)[bySize.Count];
        for (var i = bySize.Count - 1; i >= 0; i--)
        {
            var own = (bySize[i].Stamp.Time, bySize[i].Stamp.Authority);
            first[i] = i + 1 < bySize.Count && first[i + 1].Time < own.Time ? first[i + 1] : own;
        }
        return (bySize.ConvertAll(s => s.From.Size), first);
    }

    private static string Stem(string file) => BundleLayout.StampOf(file) is { } stamp ? BundleLayout.Stamped(stamp.Log, stamp.Size) : file;

    // Where a receipt stands under which checkpoint.
    private readonly record struct Place(Digest Receipt, long Index, (string Origin, long Size, Digest Root) Under);
}
