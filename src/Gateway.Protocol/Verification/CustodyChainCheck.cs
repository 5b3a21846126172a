using Gateway.Protocol.Bundles;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;

namespace Gateway.Protocol.Verification;

/// <summary>The signed custody events: who signed each, whether that person or gateway may say so, and whether each State's chain of an item hangs together.</summary>
internal sealed class CustodyChainCheck(Facts facts, TrustRing ring, Findings findings)
{
    private readonly IReadOnlySet<Digest> _withheld = facts.By.Withheld;
    private readonly HashSet<(string Item, string State, long Seq, Digest Sha256)> _here = [.. facts.Custody.Select(e => (e.Document.Item, e.Document.State, e.Document.Seq, e.Sha256))];
    private readonly Dictionary<(string Item, string State), Signed<CustodyEvent>> _last = facts.By.CustodyOf.ToDictionary(chain => chain.Key, chain => chain.MaxBy(e => e.Document.Seq)!);

    public void All()
    {
        var known = facts.Custody.Select(e => e.Sha256).Concat(facts.ItemManifests.Select(m => m.Sha256)).Concat(_withheld).ToHashSet();
        var items = facts.ItemManifests.DistinctBy(m => m.Document.ItemId).ToDictionary(m => m.Document.ItemId, StringComparer.Ordinal);
        foreach (var custody in facts.Custody)
            Signer(custody);
        foreach (var chain in facts.Custody.GroupBy(e => (e.Document.Item, e.Document.State)))
            Chain(chain.Key.State, items.GetValueOrDefault(chain.Key.Item), [.. chain.OrderBy(e => e.Document.Seq).ThenBy(e => e.File, StringComparer.Ordinal)]);
        foreach (var stated in facts.CaseFile?.Custody ?? [])
            Tail(stated, items.GetValueOrDefault(stated.Item));
        foreach (var correction in facts.Custody.Where(e => e.Document.DigestOf("corrects") is { } corrected && !known.Contains(corrected)))
            findings.Add(FindingCode.CustodySequence, $"a CORRECTION of {correction.Document.State} corrects {correction.Document.Text("corrects")}, which is not here", correction.File, correction.Document.Seq);
    }

    private void Signer(Signed<CustodyEvent> custody)
    {
        var (document, rule) = (custody.Document, custody.Document.Rule);
        if (document.RecordedBy.Name == CustodyEvent.Gateway)
        {
            if (!rule.Recorded)
                findings.Add(FindingCode.CustodySigner, $"{document.Event} must be signed by a person; this one claims to be by a gateway", custody.File, document.Seq);
            else if (ring.Seal(custody.Signer, Covers.Party.Of(document.RecordedBy.Authority), custody.SigningTime) is { } problem)
                findings.Add(problem.Code, $"seal of {document.Event}: {problem.Text}", custody.File, document.Seq);
            return;
        }
        if (ring.Person(custody.Signer, document.State, custody.SigningTime) is { } unknown)
            findings.Add(unknown.Code, $"signature on {document.Event}: {unknown.Text}", custody.File, document.Seq);
        if (CustodyRules.InRole(document, ring.RolesOf(document.RecordedBy.Authority)) is { } mayNot)
            findings.Add(FindingCode.CustodySigner, mayNot.Detail, custody.File, document.Seq);
    }

    private void Chain(string state, Signed<Evidence.Manifest>? item, List<Signed<CustodyEvent>> events)
    {
        var (seq, head) = (0L, item?.Sha256);
        foreach (var custody in events)
        {
            var document = custody.Document;
            if (item is not null && (document.ManifestSha256 != item.Sha256 || document.Case != item.Document.Case))
                findings.Add(FindingCode.CustodyChainBroken, $"{document.Event} is about another manifest or case than the item here", custody.File, document.Seq);
            if (document.Seq == seq)
                findings.Add(FindingCode.CustodyChainBroken, $"two events of {state} have the number {seq} for exhibit {Exhibit(item)}: keep both, they prove that the chain was split", custody.File, seq);
            else if (document.Seq > seq + 1)
                Missing(state, item, custody, seq);
            else if (head is { } before && document.Previous != before)
                findings.Add(FindingCode.CustodyChainBroken, $"event {document.Seq} of {state} for exhibit {Exhibit(item)} does not follow what stands before it here", custody.File, document.Seq);
            (seq, head) = (document.Seq, custody.Sha256);
        }
    }

    // A State keeps for itself what concerns it alone; in a bundle of its own nothing may be absent that is not stated as withheld.
    private void Missing(string state, Signed<Evidence.Manifest>? item, Signed<CustodyEvent> custody, long seq)
    {
        if (custody.Document.Seq == seq + 2 && _withheld.Contains(custody.Document.Previous))
            return;
        var which = custody.Document.Seq == seq + 2 ? $"event {seq + 1}" : $"events {seq + 1} to {custody.Document.Seq - 1}";
        if (facts.CaseFile?.Exporter.State == state && _withheld.Count == 0)
            findings.Add(FindingCode.CustodyChainBroken, $"{which} of {state} for exhibit {Exhibit(item)} should be here and is not", custody.File, custody.Document.Seq);
        else
            findings.Add(FindingCode.CustodyEventMissing, $"{which} of {state} for exhibit {Exhibit(item)} not here: kept by {state}", custody.File, custody.Document.Seq);
    }

    // The chain itself cannot show that its end was cut off; what the exporter states of it can. An event of a message that waited for an officer may stand behind it.
    private void Tail(CaseCustody stated, Signed<Evidence.Manifest>? item)
    {
        if (_withheld.Contains(stated.Head) || _here.Contains((stated.Item, stated.State, stated.Events, stated.Head)))
            return;
        var last = _last.GetValueOrDefault((stated.Item, stated.State));
        findings.Add(FindingCode.CustodyTailMissing, $"the custody events of {stated.State} for exhibit {Exhibit(item)} are stated to end at event {stated.Events} ({stated.Head}); here they {(last is null ? "are not at all" : $"end at {last.Document.Seq} ({last.Sha256})")}",
            BundleLayout.CaseFile, stated.Events);
    }

    private static string Exhibit(Signed<Evidence.Manifest>? item) => item?.Document.ExhibitNumber ?? "(no manifest here)";
}
