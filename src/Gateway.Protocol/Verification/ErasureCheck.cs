using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;

namespace Gateway.Protocol.Verification;

/// <summary>Erasures: sealed by the authority whose copy is gone, decided by two persons, and about what is here.</summary>
internal sealed class ErasureCheck(Facts facts, TrustRing ring, Findings findings)
{
    public IReadOnlyList<ErasureReport> All()
    {
        foreach (var erasure in facts.Erasures)
        {
            var document = erasure.Document;
            if (ring.Seal(erasure.Signer, document.Authority, document.Time, erasure.SigningTime) is { } problem)
                findings.Add(problem.Code, $"seal of the erasure: {problem.Text}", erasure.File);
            Chains(erasure);
            Decisions(erasure);
            // Where the other side kept the request, it says itself until when: an erasure could leave that out.
            var asked = facts.By.KeptUntil.GetValueOrDefault(document.Case);
            if (document.IsEarly || asked > document.Time)
                findings.Add(FindingCode.ErasureEarly, $"the copy of {document.Authority.Authority} was erased {TrustRing.Show(document.Time)}; it might be kept until {TrustRing.Show(document.IsEarly ? document.RetainUntil!.Value : asked!.Value)}{(document.IsEarly ? "" : ", as the request says and the erasure does not")}: somebody should ask why", erasure.File);
        }
        return [.. facts.Erasures.Select(e => new ErasureReport(e.Document.Case, e.Document.Authority.Authority, e.Document.Time, e.Document.Reason.ToString(), e.Document.LegalBasis,
            e.Document.BackupsUntil, e.Document.Messages.Count, e.Document.Items.Count, e.File))];
    }

    /// <summary>Documents that are gone, each with the erasure that covers it. What the other side erased is no reason why the exporter does not have it.</summary>
    public static IReadOnlyDictionary<Digest, Signed<Erasure>> Covered(Facts facts)
        => facts.Erasures.Where(e => facts.CaseFile is not { } file || e.Document.Authority.State == file.Exporter.State).SelectMany(e => e.Document.Messages.Select(m => (m.CoverSha256, Erasure: e))).DistinctBy(c => c.CoverSha256).ToDictionary(c => c.CoverSha256, c => c.Erasure);

    // The receipts outlive what they are about: as many as the erasure counted must be here, ending as it says.
    private void Chains(Signed<Erasure> erasure)
    {
        var document = erasure.Document;
        if (facts.CaseFile is not null && !facts.By.CaseEntries.ContainsKey(document.Case))
        {
            findings.Add(FindingCode.ErasureDiffers, $"the erasure is of case {document.Case}, which is not in this bundle", erasure.File);
            return;
        }
        foreach (var chain in document.Chains)
        {
            var last = facts.By.ReceiptAt.GetValueOrDefault((document.Case, chain.State, chain.Count));
            if (last is null || last.Sha256 != chain.Head)
                findings.Add(FindingCode.ErasureDiffers, $"the erasure names {chain.Count} receipts of {chain.State} that end with {chain.Head}; {(last is null ? "so many are not here" : "another one stands there")}", erasure.File);
        }
        foreach (var message in document.Messages.Where(m => document.Authority.State == facts.CaseFile?.Exporter.State && facts.Documents.Contains(m.CoverSha256)))
            findings.Add(FindingCode.ErasureDiffers, $"the document {message.CoverSha256} is stated as erased by the exporting State, but is here", erasure.File);
    }

    private void Decisions(Signed<Erasure> erasure)
    {
        var document = erasure.Document;
        var proposal = facts.By.ErasureDecisions.GetValueOrDefault(document.Proposal);
        var approval = facts.By.ErasureDecisions.GetValueOrDefault(document.Approval);
        if (proposal is null || approval is null)
        {
            // Who exports has them in his own database, and puts them into each bundle: without them nothing shows that a second person agreed.
            if (document.Authority.State == facts.CaseFile?.Exporter.State)
                findings.Add(FindingCode.ErasureDecisionAbsent, $"the exporting State erased, and the decisions of its two persons are not here: nothing shows that two persons decided; ask {document.Authority.Authority} for the documents {document.Proposal} and {document.Approval}", erasure.File);
            else
                findings.Add(FindingCode.ErasureDecisionLacking, "the decisions of the two persons are not here; the erasure names their digests only", erasure.File);
            return;
        }
        foreach (var decision in (Signed<ErasureDecision>[])[proposal, approval])
        {
            if (ring.Person(decision.Signer, document.Authority.State, decision.SigningTime) is { } problem)
                findings.Add(problem.Code, $"signature on the decision to erase: {problem.Text}", decision.File);
            if (decision.Document.Case != document.Case || decision.Document.Id != document.Id || decision.Document.Time - document.Time > TimeSpan.FromMinutes(5))
                findings.Add(FindingCode.ErasureDiffers, "a decision to erase is of another case or proposal, or later than the erasure", decision.File);
        }
        if (proposal.Document.Decision != ErasureStep.PROPOSE || approval.Document.Decision != ErasureStep.APPROVE
            || proposal.Signer.SpkiSha256 == approval.Signer.SpkiSha256 || proposal.Signer.SubjectDer.Span.SequenceEqual(approval.Signer.SubjectDer.Span))
            findings.Add(FindingCode.ErasureDiffers, "the erasure was not proposed by one person and approved by another", erasure.File);
    }
}
