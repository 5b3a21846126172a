using Gateway.Protocol.Bundles;
using Gateway.Protocol.MerkleLog;

namespace Gateway.Protocol.Verification;

/// <summary>
/// Proofs that a State split its log: two checkpoints of one size with different roots, both signed by the log. As with receipts, only the exporter breaks its own bundle: another State could
/// sign a second checkpoint at any later time, to break that of the honest side. A log in which nothing stands that is here says nothing of it.
/// </summary>
internal sealed class LogConflictCheck(Facts facts, TrustRing ring, IReadOnlySet<string> proved, Findings findings)
{
    public const int MaxFiles = 256;

    public void All()
    {
        foreach (var halves in facts.LogConflicts.GroupBy(c => BundleLayout.ConflictOf(c.File)!.Value.Log.Origin + " " + BundleLayout.ConflictOf(c.File)!.Value.Size))
        {
            var (first, problem) = (halves.First(), Problem([.. halves]));
            var (log, size, _) = BundleLayout.ConflictOf(first.File)!.Value;
            if (problem is not null)
                findings.Add(FindingCode.ProofUnreferenced, $"what is to show that {log.Origin} was split proves nothing: {problem}", first.File);
            else if (!proved.Contains(log.Origin))
                findings.Add(FindingCode.ProofUnreferenced, $"{log.State} signed two checkpoints of {log.Origin} of size {size} with different roots: keep both files, they prove that its log was split; nothing that is here stands in that log", first.File);
            else
                findings.Add(facts.CaseFile is { } file && file.Exporter.State != log.State ? FindingCode.PeerLogForked : FindingCode.LogForked,
                    $"{log.State} signed two checkpoints of {log.Origin} of size {size} with different roots: keep both files, they prove that its log was split", first.File);
        }
    }

    private string? Problem(List<CheckpointFact> halves)
    {
        if (halves.Count != 2)
            return "only one of two checkpoints is here";
        var read = new List<Checkpoint>();
        foreach (var half in halves)
        {
            var (log, size, _) = BundleLayout.ConflictOf(half.File)!.Value;
            // Any key that a card ever named for that log: a checkpoint bears no time.
            if (ring.LogKeys(log.State, log) is not { Count: > 0 } keys)
                return $"no card of {log.State} here names a key of its log";
            if (!VerifiedCheckpoint.Open(half.Note, [.. keys.Select(k => k.Key)]).TryGet(out var verified, out var refusal))
                return refusal.Detail;
            if (verified.Checkpoint.Origin != log.Origin || verified.Checkpoint.Size != size)
                return $"a checkpoint is of {verified.Checkpoint.Origin} with {verified.Checkpoint.Size} leaves";
            read.Add(verified.Checkpoint);
        }
        return read[0].Root == read[1].Root ? "both have the same root" : null;
    }
}
