using Gateway.Protocol.Bundles;
using Gateway.Protocol.MerkleLog;

namespace Gateway.Protocol.Verification;

/// <summary>
/// The logs of one State that proofs here rest on, one after the other. A log that follows another holds a leaf with the digest of the last checkpoint of the one before
/// (docs/protocol.md §20, Epochs). Without it a State can keep two logs, have both cosigned, and prove from the one what it wrote anew.
/// </summary>
/// <param name="ring">Keys of the logs.</param>
/// <param name="trusted">Policies of the person who verifies: a log that one of them names needs no predecessor.</param>
/// <param name="findings">Takes what is wrong.</param>
internal sealed class LogSuccession(TrustRing ring, IReadOnlyList<TlogPolicy> trusted, Findings findings)
{
    /// <summary>Judges the logs of a State.</summary>
    /// <param name="state">Whose.</param>
    /// <param name="proved">What counts.</param>
    /// <param name="beginnings">Leaves that name a log before, each under a checkpoint that holds.</param>
    public void All(string state, IEnumerable<ProvedLeaf> proved, IReadOnlyList<(ProofFact Proof, LogNote Note)> beginnings)
    {
        var logs = proved.Where(leaf => leaf.Witnessed).GroupBy(leaf => leaf.Note.Checkpoint.Origin, StringComparer.Ordinal).Select(LogUse.Of).OfType<LogUse>().OrderBy(l => l.Place).ToList();
        for (var i = 0; i < logs.Count; i++)
        {
            if (logs[i].Name.Number > 1 || i > 0)
                Judge(state, logs[i], logs[..i], beginnings);
        }
    }

    private void Judge(string state, LogUse log, List<LogUse> earlier, IReadOnlyList<(ProofFact Proof, LogNote Note)> beginnings)
    {
        // Neither itself nor a log after it is the one before; of several the latest counts, and of that the largest end.
        var shown = beginnings.Where(b => b.Note.Checkpoint.Origin == log.Name.Origin).Select(b => End(state, b.Proof)).OfType<Ended>()
            .Where(e => e.Place.CompareTo(log.Place) < 0).OrderBy(e => e.Place).ThenBy(e => e.Size).ToList();
        // Of a log that a card announces only what the card names: somebody else may have begun one of that name.
        var said = ring.Ends.Begun(log.Name);
        var followed = shown.LastOrDefault(e => said?.Names(e.Note) != false);
        if (shown.LastOrDefault() is { } latest && earlier.Find(l => l.Name == latest.Name) is { } before && before.Last >= latest.Size)
        {
            findings.Add(FindingCode.LogOrder, $"{log.Name.Origin} says that {before.Name.Origin} ended with {latest.Size} leaves; what is proved here stands at index {before.Last} of it: the log was written on beside its successor", before.File);
            return;
        }
        if (trusted.SelectMany(p => p.Logs).Any(l => l.Name == log.Name.Origin))
            return;
        if (followed is null && said is not null)
            findings.Add(FindingCode.LogBeginningNotShown, $"card {said.Version} of {state} says that {log.Name.Origin} was begun behind {said.Renewal.End.Size} leaves of {said.Renewal.Ended.Origin}; what is proved here under that name rests on a log that does not show so, and that somebody else may have begun; ask for a bundle that shows it", log.File);
        else if (followed is null)
            findings.Add(FindingCode.LogBeginningNotShown, $"what is proved here under {log.Name.Origin} rests on a log that does not show which log of {state} it follows and where that one ended: a State that keeps two logs can write in the one what the other never held; ask for a bundle that shows it", log.File);
        else if (earlier.Find(l => l.Place.CompareTo(followed.Place) > 0) is { } between)
            findings.Add(FindingCode.LogBeginningNotShown, $"{log.Name.Origin} says that it follows {followed.Name.Origin}, and what is proved here under {between.Name.Origin} came between: a State that keeps two logs can write in the one what the other never held; ask {state} which of them it went on with", log.File);
        else if (said is not null)
            findings.Add(FindingCode.LogBegunAnew, $"what is proved here under {log.Name.Origin} rests on a log that {state} began on purpose behind {followed.Name.Origin}, of {followed.Size} leaves, as card {said.Version} of {state} says (\"{said.Renewal.Reason}\"): what no witness had seen in that one was logged anew", log.File);
        else if (log.Name.Number > 1)
            findings.Add(FindingCode.LogBegunAnew, $"what is proved here under {log.Name.Origin} rests on a log that {state} began when it could not go on with {followed.Name.Origin}, of {followed.Size} leaves: what that one had lost could be written otherwise then; ask {state} why, and the States that cosigned it since when", log.File);
    }

    // Any key that a card ever named for that log: which one it had when it ended is nothing that the log after it could change.
    private Ended? End(string state, ProofFact proof)
        => proof.Followed is { } note && Checkpoint.Read(note.Text).TryGet(out var checkpoint, out _) && LogName.TryParse(checkpoint.Origin, out var name) && name.State == state
            && ring.LogKeys(state, name) is { Count: > 0 } keys && VerifiedCheckpoint.Open(note, [.. keys.Select(k => k.Key)]).TryGet(out _, out _)
            ? new Ended(name, checkpoint.Size, note)
            : null;

    private sealed record Ended(LogName Name, long Size, SignedNote Note)
    {
        public (int Year, int Number) Place => (Name.Year, Name.Number);
    }

    private sealed record LogUse(LogName Name, long Last, string File)
    {
        public (int Year, int Number) Place => (Name.Year, Name.Number);

        public static LogUse? Of(IGrouping<string, ProvedLeaf> leaves)
            => LogName.TryParse(leaves.Key, out var name) && leaves.MaxBy(l => l.Proof.Index) is { } last ? new LogUse(name, last.Proof.Index, last.Proof.File) : null;
    }
}
