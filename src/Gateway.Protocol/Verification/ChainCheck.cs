using Gateway.Protocol.Bundles;
using Gateway.Protocol.Receipts;

namespace Gateway.Protocol.Verification;

/// <summary>Each State's chain in a case by itself, and the two chains against each other.</summary>
internal sealed class ChainCheck(TrustRing ring, IReadOnlySet<string> onPaper, string? exporter, Findings findings)
{
    /// <summary>Checks one case.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="chains">Each State's receipts in the order of their numbers.</param>
    public IReadOnlyList<ChainReport> Case(string caseId, IReadOnlyList<(string State, IReadOnlyList<ReceiptFact> Receipts)> chains)
    {
        foreach (var (state, receipts) in chains)
        {
            Numbers(state, receipts);
            Seals(receipts);
        }
        if (chains.Count > 2)
            findings.Add(FindingCode.ReceiptMisplaced, $"receipts of {chains.Count} States stand in case {caseId}; a case has two", chains[^1].Receipts[0].File);
        if (chains.Count == 1 && !chains[0].Receipts.All(r => r.Receipt is { } receipt && onPaper.Contains(receipt.Peer.State)))
            findings.Add(FindingCode.ChainAbsent, $"in case {caseId} only {chains[0].State} issued receipts; nothing here shows what the other State did", chains[0].Receipts[0].File);
        var confirmed = chains.ToDictionary(c => c.State, _ => 0L);
        if (chains.Count == 2)
        {
            confirmed[chains[1].State] = Heads(chains[0].State, chains[0].Receipts, chains[1].State, chains[1].Receipts);
            confirmed[chains[0].State] = Heads(chains[1].State, chains[1].Receipts, chains[0].State, chains[0].Receipts);
            Closing(chains[0].Receipts, chains[1].Receipts);
            Closing(chains[1].Receipts, chains[0].Receipts);
        }
        return [.. chains.Select(c => Report(caseId, c.State, c.Receipts, confirmed[c.State]))];
    }

    private static ChainReport Report(string caseId, string state, IReadOnlyList<ReceiptFact> receipts, long confirmed)
    {
        var read = receipts.Where(r => r.Receipt is not null).ToList();
        return new ChainReport(caseId, state, read.Count, read.FirstOrDefault()?.Receipt!.Time, read.LastOrDefault()?.Receipt!.Time, receipts[^1].Sha256, confirmed);
    }

    private void Numbers(string state, IReadOnlyList<ReceiptFact> receipts)
    {
        ReceiptFact? before = null;
        var held = 0;
        foreach (var fact in receipts)
        {
            var due = (before?.Seq ?? 0) + 1;
            if (fact.Seq != due)
            {
                findings.Add(FindingCode.ReceiptMissing, fact.Seq == due + 1 ? $"receipt {due} of {state} is missing" : $"the receipts {due} to {fact.Seq - 1} of {state} are missing", fact.File, due);
                before = null;
            }
            if (fact.Receipt is { } receipt)
            {
                if (before is not null && receipt.Previous != before.Sha256)
                    findings.Add(FindingCode.ChainBroken, $"the receipt names another receipt before it ({receipt.Previous}) than the one that is here ({before.Sha256})", fact.File, fact.Seq);
                if (before?.Receipt is { } earlier && receipt.Time < earlier.Time)
                    findings.Add(FindingCode.TimeBackwards, $"the receipt is dated {TrustRing.Show(receipt.Time)}, before the one that it follows ({TrustRing.Show(earlier.Time)})", fact.File, fact.Seq);
                held += receipt.ClockHeld ? 1 : 0;
            }
            before = fact;
        }
        if (held > 0)
            findings.Add(FindingCode.ClockFlagged, $"{held} receipts of {state} say that the gateway's clock stood behind the receipt before; their time repeats that one", receipts[0].File);
    }

    private void Seals(IReadOnlyList<ReceiptFact> receipts)
    {
        foreach (var fact in receipts)
        {
            if (fact.Receipt is { } receipt && ring.Seal(fact.Signer!, receipt.Issuer, receipt.Time, fact.SigningTime) is { } problem)
                findings.Add(problem.Code, problem.Text, fact.File, fact.Seq);
        }
    }

    // Returns up to which number the chain of 'other' is named by the receipts of 'state'.
    private long Heads(string state, IReadOnlyList<ReceiptFact> receipts, string other, IReadOnlyList<ReceiptFact> others)
    {
        var bySeq = others.ToDictionary(r => r.Seq, r => r.Sha256);
        var last = others[^1].Seq;
        var reached = 0L;
        foreach (var fact in receipts)
        {
            if (fact.Receipt is not { } receipt)
                continue;
            if (receipt.Peer.State != other)
                findings.Add(FindingCode.ReceiptMisplaced, $"the receipt is for {receipt.Peer.Authority}; the other State of this case is {other}", fact.File, fact.Seq);
            if (receipt.PeerSeq < reached)
                findings.Add(FindingCode.PeerHeadBackwards, $"the receipt knows {receipt.PeerSeq} receipts of {other}; an earlier one of {state} knew {reached}", fact.File, fact.Seq);
            if (receipt.PeerHead is { } head)
            {
                if (receipt.PeerSeq > last)
                    findings.Add(FindingCode.PeerHeadUnknown, $"the receipt names receipt {receipt.PeerSeq} of {other}, but the chain of {other} ends here at {last}: its tail was cut", fact.File, fact.Seq);
                else if (bySeq.TryGetValue(receipt.PeerSeq, out var held) && held != head)
                    findings.Add(FindingCode.PeerHeadUnknown, $"the receipt names another receipt {receipt.PeerSeq} of {other} than the one that is here: two chains of {other} exist, or one was replaced", fact.File, fact.Seq);
            }
            reached = Math.Max(reached, receipt.PeerSeq);
        }
        if (reached < last)
            findings.Add(FindingCode.TailUnconfirmed, reached == 0
                ? $"no receipt of {state} names one of {other}: nothing but {other}'s own chain shows that {last} is its last receipt"
                : $"the receipts of {state} name those of {other} up to {reached} of {last}: nothing here shows that {last} is the last", others[^1].File, last);
        return Math.Min(reached, last);
    }

    // After CaseClosed a chain says at most that something was not taken. It names the other side's last receipt; what follows that one without knowing of the closing crossed it,
    // and what knows of it is that side's own CaseClosed.
    private void Closing(IReadOnlyList<ReceiptFact> receipts, IReadOnlyList<ReceiptFact> others)
    {
        var closed = receipts.FirstOrDefault(r => r.Receipt?.Event == ReceiptEvent.GatewayCaseClosed);
        if (closed is null)
            return;
        if (receipts.Any(r => r.Seq > closed.Seq && !SaysNotTaken(r)))
            findings.Add(FindingCode.ClosingDiffers, $"receipts of {closed.State} follow the one that closed the case", closed.File, closed.Seq);
        // Who holds the closing has closed too; only in the bundle of who closed may the other chain end in the middle.
        var mayCross = others.Any(r => r.Receipt?.Event == ReceiptEvent.GatewayCaseClosed) || (others.Count > 0 && others[0].State != exporter);
        var after = others.Where(r => r.Seq > closed.Receipt!.PeerSeq && r.Receipt?.Event != ReceiptEvent.GatewayCaseClosed && !SaysNotTaken(r) && (!mayCross || r.Receipt is null || r.Receipt.PeerSeq >= closed.Seq)).ToList();
        if (after.Count > 0)
            findings.Add(FindingCode.ClosingDiffers, $"the receipt closes the case at receipt {closed.Receipt!.PeerSeq} of {after[0].State}; {after[0].State} issued further ones", closed.File, closed.Seq);
    }

    private static bool SaysNotTaken(ReceiptFact fact) => fact.Receipt?.Event is ReceiptEvent.RelayRejection or ReceiptEvent.RelayFailure;
}
