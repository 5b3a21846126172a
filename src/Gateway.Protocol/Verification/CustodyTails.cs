using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;

namespace Gateway.Protocol.Verification;

/// <summary>
/// How far the other side holds each chain of custody events. Where a chain ends is the exporter's own word in case.json, which he can write anew with the events left out; what he
/// sent in a message that the other side's receipts name he cannot take back.
/// </summary>
internal sealed class CustodyTails(Facts facts, Findings findings)
{
    public void All()
    {
        var named = facts.Receipts.Where(r => r.Receipt?.Subject.CoverSha256 is not null).Select(r => (r.State, r.Receipt!.Subject.CoverSha256!.Value)).ToHashSet();
        var held = facts.Covers.Where(c => named.Contains((c.Cover.Recipient.State, c.Sha256))).SelectMany(c => c.Cover.In(PartRole.custody).Select(p => (c.Cover.Sender.State, p.Sha256))).ToHashSet();
        var exhibits = facts.ItemManifests.DistinctBy(m => m.Document.ItemId).ToDictionary(m => m.Document.ItemId, m => m.Document.ExhibitNumber, StringComparer.Ordinal);
        foreach (var chain in facts.By.CustodyOf)
        {
            var reached = chain.Where(e => held.Contains((chain.Key.State, e.Sha256))).Select(e => e.Document.Seq).DefaultIfEmpty(0).Max();
            if (chain.MaxBy(e => e.Document.Seq) is not { } last || last.Document.Seq <= reached)
                continue;
            findings.Add(FindingCode.CustodyTailUnconfirmed, $"{(reached == 0 ? "no message that the other side received holds" : $"messages that the other side received hold only events 1 to {reached} of")} the custody events of {chain.Key.State} for exhibit {exhibits.GetValueOrDefault(chain.Key.Item, "(no manifest here)")}: nothing but that chain shows that event {last.Document.Seq} is its last",
                last.File, last.Document.Seq);
        }
    }
}
