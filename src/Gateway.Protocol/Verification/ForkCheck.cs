using Gateway.Protocol.Bundles;
using Gateway.Protocol.Receipts;

namespace Gateway.Protocol.Verification;

/// <summary>
/// Receipts that lie among the documents: second ones with a number that stands in a chain here. One number twice, both sealed by the same authority, proves that the chain was split;
/// a chain alone can show only one of them. Only the exporter breaks its own bundle: any other State could sign a second receipt at any later time, and so take the honest side's evidence out of court.
/// </summary>
internal sealed class ForkCheck(Facts facts, TrustRing ring, Findings findings)
{
    public void All()
    {
        foreach (var second in facts.SecondReceipts)
        {
            var receipt = second.Document;
            var first = receipt.Case is { } caseId ? facts.By.ReceiptAt.GetValueOrDefault((caseId, receipt.Issuer.State, receipt.Seq)) : null;
            if (ring.Seal(second.Signer, receipt.Issuer, second.SigningTime) is { } problem)
                findings.Add(FindingCode.DocumentUnreferenced, $"a receipt lies among the documents, and proves nothing: {problem.Text}", second.File);
            else if (first?.Receipt is null || first.Sha256 == second.Sha256)
                findings.Add(FindingCode.DocumentUnreferenced, $"receipt {receipt.Seq} of {receipt.Issuer.State} lies among the documents; {(first is null ? "no other one with its number is here" : "it is the one that stands in the chain")}", second.File);
            else
                findings.Add(facts.CaseFile is { } file && file.Exporter.State != receipt.Issuer.State ? FindingCode.PeerReceiptForked : FindingCode.ReceiptForked, $"{receipt.Issuer.Authority} issued two receipts {receipt.Seq} in case {receipt.Case}; the other is {second.File}: keep both, they prove that its chain was split", first.File, receipt.Seq);
        }
    }
}
