using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Receipts;

namespace Gateway.Protocol.Verification;

/// <summary>
/// What a sender says does not arrive: who decided so, of which item and parcel, and that the receipts say the same. Nobody writes off an item that a receipt
/// says was never with a carrier, and no receipt does without an officer's word.
/// </summary>
internal sealed class LossCheck(Facts facts, TrustRing ring, Findings findings)
{
    // A stranger's bundle may hold very many of each: nothing is walked for each of another.
    private readonly Dictionary<(string Item, string State), long> _carried = facts.By.ReceiptsOfItem.SelectMany(of => of).Where(r => r.Receipt!.Event == ReceiptEvent.RelayToNonERDS)
        .GroupBy(r => (r.Receipt!.Subject.Item!, r.State)).ToDictionary(g => g.Key, g => g.Min(r => r.Seq));

    private readonly HashSet<(string Item, string State)> _failed = [.. facts.By.ReceiptsOfItem.SelectMany(of => of).Where(r => r.Receipt!.Event == ReceiptEvent.RelayToNonERDSFailure).Select(r => (r.Receipt!.Subject.Item!, r.State))];

    private readonly HashSet<(Digest Manifest, string State)> _decided = [.. facts.Covers.SelectMany(c => c.Losses).Where(l => l.Document.Shipment is not null).Select(l => (l.Document.ManifestSha256, Ids.StateOf(l.Document.Authority)))];

    public void All()
    {
        foreach (var cover in facts.Covers)
        {
            foreach (var loss in cover.Losses)
                Decided(cover, loss);
        }
        var erased = facts.Erasures.Select(e => e.Document.Case).ToHashSet(StringComparer.Ordinal);
        foreach (var fact in facts.By.ReceiptsOfItem.SelectMany(of => of).Where(r => r.Receipt!.Event == ReceiptEvent.RelayToNonERDSFailure))
        {
            var subject = fact.Receipt!.Subject;
            if (!_carried.TryGetValue((subject.Item!, fact.State), out var carried) || carried > fact.Seq)
                findings.Add(FindingCode.LossDiffers, $"the receipt says that item {subject.Item} was lost with a carrier; no receipt before it says that one took it", fact.File, fact.Seq);
            // What is withheld or erased may be the decision.
            // Another State could issue such a receipt at any time, to break the bundle of this one.
            if (Complete && !erased.Contains(fact.Case) && !_decided.Contains((subject.ManifestSha256!.Value, fact.State)))
                findings.Add(facts.CaseFile?.Exporter.State == fact.State ? FindingCode.LossDiffers : FindingCode.DocumentUnreferenced, $"the receipt says that item {subject.Item} was lost with a carrier; what an officer of {fact.State} signed of it is not here", fact.File, fact.Seq);
        }
    }

    private bool Complete => facts.CaseFile is { Withheld.Count: 0 };

    private void Decided(CoverFact cover, Signed<Loss> signed)
    {
        var loss = signed.Document;
        if (ring.Person(signed.Signer, cover.Cover.Sender.State, signed.SigningTime) is { } mark)
            findings.Add(mark.Code, $"signature on the notice of a loss: {mark.Text}", cover.File);
        var urgency = facts.By.Manifests.GetValueOrDefault(loss.ManifestSha256) is { } manifest ? facts.By.CoversByMessage[manifest.Document.Request].FirstOrDefault()?.Request?.Document.Request.Urgency : null;
        var problem = loss.Case != cover.Cover.Case || Ids.StateOf(loss.Authority) != cover.Cover.Sender.State ? $"it is of {loss.Authority} in case {loss.Case}; its cover of {cover.Cover.Sender.Authority} in case {cover.Cover.Case}"
            : facts.By.CoverOfManifest.GetValueOrDefault(loss.ManifestSha256) is { } announced && announced.Cover.Sender.State != cover.Cover.Sender.State ? "the other State sent the item"
            : ReleaseRules.InRole(loss, ring.RolesOf(loss.Authority), urgency)?.Detail
            ?? (loss.Shipment is { } parcel && Complete && !facts.By.Parcels.Contains(parcel) ? $"the parcel with the notice {parcel}, which it names, is not here" : null)
            ?? (loss.Shipment is not null && Complete && !_failed.Contains((loss.ItemId, cover.Cover.Sender.State)) ? "no receipt RelayToNonERDSFailure of its State says so" : null);
        if (problem is not null)
            findings.Add(FindingCode.LossDiffers, $"what '{signed.Signer.CommonName ?? signed.Signer.Subject}' signed of the loss of item {loss.ItemId}: {problem}", cover.File);
    }
}
