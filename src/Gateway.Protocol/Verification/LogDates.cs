using Gateway.Protocol.Bundles;

namespace Gateway.Protocol.Verification;

/// <summary>
/// Dates of what the exporter's own State made, against the order and the age of its log. Its gateway logs an act in the transaction that records it, so that one which stands a day
/// behind its date was written, or written otherwise, later. What came from elsewhere is logged when it comes, and not judged here.
/// </summary>
internal sealed class LogDates(Facts facts, Findings findings)
{
    private static readonly TimeSpan s_tolerance = TimeSpan.FromMinutes(5);

    /// <summary>Judges the custody events, records and verdicts of the State, and its receipts.</summary>
    /// <param name="state">Whose log it is; only what it made itself is judged.</param>
    /// <param name="proved">What stands in its logs.</param>
    /// <param name="stamps">Time-stamps over their checkpoints.</param>
    /// <param name="seen">When somebody whose word counts first saw what is proved.</param>
    public void All(string state, IReadOnlyDictionary<Documents.Digest, ProvedLeaf> proved, IReadOnlyList<LogStamp> stamps, IReadOnlyDictionary<Documents.Digest, SeenLeaf> seen)
    {
        if (facts.CaseFile?.Exporter.State != state)
            return;
        Order(state, proved);
        var newest = NewestBelow.Of(facts.Receipts.Where(r => r.State == state), proved);
        var sizes = Sizes(proved.Values.Select(leaf => leaf.Note).Distinct(), stamps);
        foreach (var dated in Dated(state).Select(d => (Dated: d, Leaf: proved.GetValueOrDefault(d.Sha256))).Where(d => d.Leaf is not null).GroupBy(d => d.Dated.Group))
        {
            var early = dated.Where(d => d.Dated is { Group: not Receipts, SeenOnly: false } && Seen(d.Leaf!, d.Dated.Time) is not null).ToList();
            if (early is [var (first, leaf), ..])
                findings.Add(FindingCode.DatedAfterLogged, $"{first.What} is dated {TrustRing.Show(first.Time)}; {Seen(leaf!, first.Time)} already{More(early.Count)}", first.File, first.Seq);
            var tooLate = dated.Where(d => TooLate(d.Dated, d.Leaf!, sizes) is not null).ToList();
            if (tooLate is [var (never, there), ..])
                findings.Add(FindingCode.LoggedTooLate, $"{never.What} is dated {TrustRing.Show(never.Time)}; {TooLate(never, there!, sizes)}{More(tooLate.Count)}", never.File, never.Seq);
            var open = dated.Except(tooLate).Where(d => Behind(d.Dated, seen) > MerkleLog.ProofAge.Longest && d.Dated.Group != Records).ToList();
            if (open is [var (unseen, _), ..])
                findings.Add(FindingCode.TimeNotProved, NotProved(state, unseen, seen[unseen.Sha256], open.Count), unseen.File, unseen.Seq);
            var late = dated.Except(tooLate).Except(open).Where(d => Before(state, d.Dated, d.Leaf!, newest, sizes, seen) is not null).ToList();
            if (late is [var (one, place), ..])
                findings.Add(FindingCode.LoggedLater, $"{one.What} is dated {TrustRing.Show(one.Time)}; {Before(state, one, place!, newest, sizes, seen)}{More(late.Count)}", one.File, one.Seq);
        }
    }

    // Whoever exports chooses the checkpoints that are shown, and can leave out time-stamps: a later one than there was says less, never more.
    private static TimeSpan Behind(DatedFact dated, IReadOnlyDictionary<Documents.Digest, SeenLeaf> seen) => seen.TryGetValue(dated.Sha256, out var first) ? first.Time - dated.Time : TimeSpan.Zero;

    private static string NotProved(string state, DatedFact dated, SeenLeaf first, int count)
        => $"{dated.What} is dated {TrustRing.Show(dated.Time)}, and as far as this bundle shows nobody outside saw it in the log before {TrustRing.Show(first.Time)}, when {first.By} did: it is not proved when between the two it was recorded, and {state} alone could have dated it back{More(count)}. Witnesses that were away for days, a log that was lost, or a bundle that leaves out earlier checkpoints explain it as well";

    private const string Receipts = "receipts";
    private const string Verdicts = "verdicts";
    private const string Records = "records";

    // Receipts and verdicts are made by the gateway alone, and logged when they are made. What is not in the log after so many hours counts as never logged, also when it is put there afterwards. That the log
    // was there before the date leaves out what came back after a loss: no log is continued that was lost.
    private static string? TooLate(DatedFact dated, ProvedLeaf leaf, Dictionary<string, List<(long Size, DateTimeOffset Time, string By)>> sizes)
        => dated.Group is Receipts or Verdicts && sizes.TryGetValue(leaf.Note.Checkpoint.Origin, out var known) && Last(known, leaf.Proof.Index) is { } seen
            && known[0].Time <= dated.Time && seen.Time - dated.Time > MerkleLog.ProofAge.Longest
                ? $"at {TrustRing.Show(seen.Time)} {seen.By} saw a log of {seen.Size} leaves without it, and {known[0].By} had seen that log before its date, at {TrustRing.Show(known[0].Time)}: after {MerkleLog.ProofAge.Longest.TotalHours:0} hours it counted as never logged, and was written, or written otherwise, later, unless the clock of the gateway was wrong by days"
                : null;

    private static string More(int count) => count > 1 ? $"; {count - 1} more are like it" : "";

    private IEnumerable<DatedFact> Dated(string state) => facts.Custody.Where(e => e.Document.State == state)
        .Select(e => new DatedFact(e.Sha256, e.Document.Item, $"custody event {e.Document.Seq} of {state} ({e.Document.Event})", e.SigningTime, e.File, e.Document.Seq))
        .Concat(facts.Records.Select(r => new DatedFact(r.Sha256, Records, $"the {r.Document.Form.Type} signed by '{r.Signer.CommonName ?? r.Signer.Subject}'", r.SigningTime, r.File, null)))
        .Concat(facts.VerdictRecords.Select(r => new DatedFact(r.Sha256, Verdicts, "the record of a verdict", r.Record.Time, r.File, null)))
        // A receipt whose clock stood repeats the time of the one before, so that it is dated late, never early; an erasure is held against the order of the log by itself (B806).
        .Concat(facts.Receipts.Where(r => r.State == state && r.Receipt is not null).Select(r => new DatedFact(r.Sha256, r.Receipt!.ClockHeld ? "held" : Receipts, $"receipt {r.Seq} of {state} in case {r.Case}", r.Receipt.Time, r.File, r.Seq, r.Receipt.ClockHeld)))
        .Concat(facts.Erasures.Where(e => e.Document.Authority.State == state).Select(e => new DatedFact(e.Sha256, "erasures", $"the erasure by {e.Document.Authority.Authority}", e.Document.Time, e.File, null, SeenOnly: true)));

    // The gateway numbers and logs an event in one transaction.
    private void Order(string state, IReadOnlyDictionary<Documents.Digest, ProvedLeaf> proved)
    {
        foreach (var chain in facts.Custody.Where(e => e.Document.State == state).GroupBy(e => e.Document.Item, StringComparer.Ordinal))
        {
            var last = new Dictionary<string, (long Index, long Seq)>(StringComparer.Ordinal);
            foreach (var custody in chain.OrderBy(e => e.Document.Seq))
            {
                if (!proved.TryGetValue(custody.Sha256, out var leaf))
                    continue;
                var (origin, seq) = (leaf.Note.Checkpoint.Origin, custody.Document.Seq);
                if (last.TryGetValue(origin, out var before) && leaf.Proof.Index <= before.Index)
                    findings.Add(FindingCode.LogOrder, $"custody event {seq} of {state} stands at index {leaf.Proof.Index} of {origin}, event {before.Seq} at {before.Index}: it was logged in another order", leaf.Proof.File, seq);
                last[origin] = (leaf.Proof.Index, seq);
            }
        }
    }

    private static string? Seen(ProvedLeaf leaf, DateTimeOffset time)
        => leaf.Note.Cosigners.Count > 0 && leaf.Note.Cosigners.MinBy(c => c.Time)! is var seen && time - seen.Time > s_tolerance ? $"{seen.State} saw it in the log at {TrustRing.Show(seen.Time)}" : null;

    private static string? Before(string state, DatedFact dated, ProvedLeaf leaf, ILookup<string, NewestBelow> newest, Dictionary<string, List<(long Size, DateTimeOffset Time, string By)>> sizes, IReadOnlyDictionary<Documents.Digest, SeenLeaf> seenFirst)
    {
        var origin = leaf.Note.Checkpoint.Origin;
        if (dated is { Group: not Receipts, SeenOnly: false } && newest[origin].SingleOrDefault()?.Find(leaf.Proof.Index) is { } before && before.Receipt!.Time - dated.Time > MerkleLog.ProofAge.Expected)
            return $"receipt {before.Seq} of {state}, dated {TrustRing.Show(before.Receipt.Time)}, stands before it in the log";
        return !dated.SeenOnly && sizes.TryGetValue(origin, out var known) && Last(known, leaf.Proof.Index) is { } seen && seen.Time - dated.Time > MerkleLog.ProofAge.Expected
            ? $"at {TrustRing.Show(seen.Time)} {seen.By} saw a log of {seen.Size} leaves, and it stands behind them at {leaf.Proof.Index}"
            // A record is signed by a person, often long before it is brought.
            : dated.Group != Records && Behind(dated, seenFirst) > MerkleLog.ProofAge.Expected && seenFirst[dated.Sha256] is var first
            ? $"as far as this bundle shows nobody outside saw it in the log before {TrustRing.Show(first.Time)}, when {first.By} did: it is not proved when between the two it was recorded"
            : null;
    }

    // What was seen last of all that does not reach the index.
    private static (long Size, DateTimeOffset Time, string By)? Last(List<(long Size, DateTimeOffset Time, string By)> known, long index)
    {
        var (low, high) = (0, known.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = known[middle].Size <= index ? (middle + 1, high) : (low, middle);
        }
        return low == 0 ? null : known[low - 1];
    }

    // Who outside saw how much of each log, and when: by size, each with the latest time of those up to it. A note counts from its first cosignature; the others may have come days later.
    private static Dictionary<string, List<(long Size, DateTimeOffset Time, string By)>> Sizes(IEnumerable<LogNote> notes, IReadOnlyList<LogStamp> stamps)
    {
        var all = notes.Where(n => n.Cosigners.Count > 0).Select(n => (n.Checkpoint.Origin, n.Checkpoint.Size, First: n.Cosigners.MinBy(c => c.Time)!)).Select(n => (n.Origin, n.Size, n.First.Time, By: n.First.State))
            .Concat(stamps.Select(s => (s.Origin, s.Size, s.Time, By: s.Authority)));
        var sizes = new Dictionary<string, List<(long Size, DateTimeOffset Time, string By)>>(StringComparer.Ordinal);
        foreach (var log in all.GroupBy(s => s.Origin, StringComparer.Ordinal))
        {
            var known = sizes[log.Key] = [];
            foreach (var (_, size, time, by) in log.OrderBy(s => s.Size))
                known.Add(known.Count > 0 && known[^1].Time >= time ? known[^1] : (size, time, by));
        }
        return sizes;
    }

    private sealed record DatedFact(Documents.Digest Sha256, string Group, string What, DateTimeOffset Time, string File, long? Seq, bool SeenOnly = false);
}
