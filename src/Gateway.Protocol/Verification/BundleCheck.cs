using System.Collections.Concurrent;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.PeerCards;

namespace Gateway.Protocol.Verification;

/// <summary>
/// Judges a bundle. Pure: the same bytes, anchors and time give the same report. It never stops at the first problem. Only faults of the stream itself
/// (a disk that cannot be read) are thrown.
/// </summary>
public static class BundleCheck
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>Judges the bundle in a stream that can seek.</summary>
    /// <param name="bundle">The ZIP.</param>
    /// <param name="anchors">Card keys obtained elsewhere; without any, the best verdict is CONSISTENT.</param>
    /// <param name="at">The time of the judgement, when what is dated later is to be named.</param>
    /// <param name="limits">Bounds; the default is that of docs/protocol.md.</param>
    /// <param name="policies">Logs and witnesses that the person who verifies trusts, beyond what the cards say.</param>
    /// <param name="further">Checks that need more than this library, such as repeating verdicts on foreign signatures.</param>
    /// <param name="timeStamps">Judges time-stamps; without it they are named as not judged.</param>
    public static BundleReport Run(
        Stream bundle, IReadOnlyCollection<TrustAnchor> anchors, DateTimeOffset? at = null, BundleLimits? limits = null, IReadOnlyList<TlogPolicy>? policies = null, IReadOnlyList<FurtherCheck>? further = null, TimeStampJudge? timeStamps = null)
    {
        var findings = new Findings();
        var facts = new Facts();
        limits ??= BundleLimits.Default;
        var reader = BundleReader.Open(bundle, limits, findings);
        facts.Expect(reader.Entries.Count, reader.Entries.Count(e => e.Place == BundlePlace.Receipt));
        var files = new FileReading(reader, facts, findings, limits);
        Parallel.ForEach(Partitioner.Create(reader.Entries, EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            entry =>
            {
                if (entry.Place is not (BundlePlace.EvidenceContent or BundlePlace.Manifest or BundlePlace.ManifestSeal))
                    files.Read(entry);
            });
        facts.Sort();
        FactBounds.Apply(facts, findings, limits);

        var ring = new TrustRing(facts.Cards, anchors.Select(a => a.Card).OfType<SignedCard>());
        var covers = new CoverCheck(facts, ring, findings);
        var records = new RecordCheck(facts, ring, findings);
        // Neither part looks at what the other found, so that a long chain is not waited for; findings are sorted in the end.
        IReadOnlyList<ItemReport> items = [];
        IReadOnlyList<CustodyRow> custody = [];
        IReadOnlyList<DeadlineReport> deadlines = [];
        IReadOnlyList<ChainReport> chains = [];
        BundleManifest? manifest = null;
        Parallel.Invoke(
            () => chains = Chains(facts, ring, findings),
            () =>
            {
                covers.All();
                items = new EvidenceCheck(facts, ring, covers, findings).All(reader);
                new LossCheck(facts, ring, findings).All();
                new CustodyChainCheck(facts, ring, findings).All();
                new CustodyTails(facts, findings).All();
                new ForkCheck(facts, ring, findings).All();
                records.All();
                custody = new CustodyCheck(facts, covers, findings).All();
                deadlines = new DeadlineCheck(facts, ring, covers, limits, findings).All();
                new LifeCycleCheck(facts, covers, limits, findings).All();
                new PaperCheck(facts, findings).All();
                manifest = new ManifestCheck(reader, facts, ring, findings).All();
            });
        var anchorCheck = new AnchorCheck(facts, ring, anchors, findings);
        var (states, used) = (anchorCheck.All(), anchorCheck.Used());
        // A card of today says nothing of a bundle that was made before it.
        var named = anchors.Where(a => a.LogNamedFrom is { } from && from <= (facts.CaseFile?.Exported ?? at ?? DateTimeOffset.MaxValue)).Select(a => a.State!);
        // Of a card that is younger nobody can tell whether those before it named a log too, and the exporter chooses which of them are here.
        if (facts.CaseFile is { } stated && facts.Checkpoints.TrueForAll(c => c.State != stated.Exporter.State) && facts.Proofs.TrueForAll(p => p.State != stated.Exporter.State)
            && anchors.FirstOrDefault(a => a.State == stated.Exporter.State && a.LogNamedFrom > stated.Exported) is { } younger && !anchors.Any(a => a.State == younger.State && a.LogNamedFrom <= stated.Exported))
            findings.Add(FindingCode.LogNotNamed, $"the card of {younger.State} that you hold is of {TrustRing.Show(younger.LogNamedFrom!.Value)} and names a log; whether the card of the day on which this was exported did is not shown: ask {younger.State} for that one", BundleLayout.CaseFile);
        var logCheck = new LogCheck(facts, ring, states.Where(s => s.Confirmed).Select(s => s.State).ToHashSet(), [.. named], policies ?? [], timeStamps, at, findings);
        var logs = logCheck.All();
        new LogConflictCheck(facts, ring, logCheck.Origins, findings).All();
        var erasures = new ErasureCheck(facts, ring, findings).All();
        if (at is { } time)
            Future(facts, time, findings);
        var contents = new BundleContents(reader, facts, covers, at);
        foreach (var finding in (further ?? []).SelectMany(check => check(contents)))
            findings.Add(finding);

        var all = findings.Sorted();
        return new BundleReport
        {
            Verdict = all.Any(f => f.Severity == Severity.Broken) ? Verdict.BROKEN
                : all.Any(f => f.Severity == Severity.Unconfirmed) || states.Count == 0 || states.Any(s => !s.Confirmed && facts.Parties.Contains(s.State)) ? Verdict.CONSISTENT
                : Verdict.VALID,
            Case = manifest?.Case ?? facts.CaseFile?.Case,
            Exporter = manifest?.Exporter ?? facts.CaseFile?.Exporter,
            Exported = manifest?.Exported ?? facts.CaseFile?.Exported,
            Files = reader.Entries.Count,
            States = states,
            Anchors = used,
            Chains = Seen(facts, chains, logCheck.Seen),
            Story = StoryTelling.Of(facts),
            Scope = Scope.Of(facts),
            Deadlines = deadlines,
            Items = [.. items.Select(item => item with { Records = records.Of(item.Item), Stated = records.Stated(item.Item) })],
            Custody = custody,
            Timeline = Timeline.Of(facts, covers),
            Logs = logs,
            PolicyGiven = policies is { Count: > 0 },
            Erasures = erasures,
            Findings = all,
        };
    }

    private static List<ChainReport> Chains(Facts facts, TrustRing ring, Findings findings)
    {
        var check = new ChainCheck(ring, facts.OnPaper, facts.CaseFile?.Exporter.State, findings);
        var reports = new List<ChainReport>();
        foreach (var caseReceipts in facts.Receipts.GroupBy(r => r.Case))
        {
            var chains = caseReceipts.GroupBy(r => r.State).Select(g => (g.Key, (IReadOnlyList<ReceiptFact>)[.. g.OrderBy(r => r.Seq)])).ToList();
            reports.AddRange(check.Case(caseReceipts.Key, chains));
        }
        return reports;
    }

    private static List<ChainReport> Seen(Facts facts, IReadOnlyList<ChainReport> chains, IReadOnlyDictionary<Digest, SeenLeaf> seen)
    {
        var receipts = facts.Receipts.Where(r => r.Receipt is not null && seen.ContainsKey(r.Sha256)).ToLookup(r => (r.Case, r.State), r => (Seen: seen[r.Sha256], Behind: seen[r.Sha256].Time - r.Receipt!.Time));
        return [.. chains.Select(c => c with { Seen = Of([.. receipts[(c.Case, c.State)]]) })];

        static ChainSeen? Of(List<(SeenLeaf Seen, TimeSpan Behind)> leaves)
        {
            if (leaves.Count == 0)
                return null;
            var (first, last, longest) = (leaves.MinBy(l => l.Seen.Time).Seen, leaves.MaxBy(l => l.Seen.Time).Seen, leaves.Max(l => l.Behind));
            return new ChainSeen(leaves.Count, first.By, first.Time, last.By, last.Time, longest > TimeSpan.Zero ? longest : TimeSpan.Zero);
        }
    }

    private static void Future(Facts facts, DateTimeOffset at, Findings findings)
    {
        foreach (var fact in facts.Receipts.Where(r => r.Receipt is not null && r.Receipt.Time - at > Tolerance))
            findings.Add(FindingCode.TimeInFuture, $"the receipt is dated {TrustRing.Show(fact.Receipt!.Time)}, after the time of this judgement", fact.File, fact.Seq);
        if (facts.CaseFile is { } file && file.Exported - at > Tolerance)
            findings.Add(FindingCode.TimeInFuture, $"the export is dated {TrustRing.Show(file.Exported)}, after the time of this judgement", BundleLayout.CaseFile);
    }
}
