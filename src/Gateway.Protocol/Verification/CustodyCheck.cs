using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Receipts;

namespace Gateway.Protocol.Verification;

/// <summary>
/// Who had an item when, from its seizure to the hand-over: what the laboratory signed, then the releases, then the receipts. What must
/// stand before something else, digests that change between two hands, and time that nothing explains.
/// </summary>
internal sealed class CustodyCheck(Facts facts, CoverCheck covers, Findings findings)
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Unexplained = TimeSpan.FromHours(24);

    // After these the item rests somewhere that is named.
    private static readonly CustodyKind[] AtRest = [CustodyKind.SEALED, CustodyKind.STORED, CustodyKind.CHECKED_IN, CustodyKind.RECEIVED_BY_LAB, CustodyKind.ATTACHED];

    // These say how an item came from one authority to another.
    private static readonly CustodyKind[] Moves = [CustodyKind.MOVED, CustodyKind.CHECKED_OUT, CustodyKind.CHECKED_IN, CustodyKind.RECEIVED_BY_LAB, CustodyKind.STORED];

    public IReadOnlyList<CustodyRow> All()
    {
        var rows = new List<CustodyRow>();
        foreach (var item in facts.ItemManifests)
        {
            var cover = facts.Covers.FirstOrDefault(c => c.Manifests.Any(m => m.Sha256 == item.Sha256));
            Before(item);
            var table = Table(item, cover).ToList();
            Order(item, table);
            rows.AddRange(table);
        }
        return rows;
    }

    // What the manifest states about the time before the gateway.
    private void Before(Signed<Manifest> item)
    {
        var custody = item.Document.Custody;
        Digest? known = null;
        for (var i = 0; i < custody.Count; i++)
        {
            var entry = custody[i];
            if (known is { } held && entry.HashBefore is { } before && before != held)
                findings.Add(FindingCode.CustodyHashDiffers, $"before {entry.Event} ({Local(entry.Time)}) the content has the SHA-256 {before}; after the event before it was {held}", item.File);
            known = entry.HashAfter ?? entry.HashBefore ?? known;
            if (i == 0)
                continue;
            var last = custody[i - 1];
            if (entry.Time - last.Time > Unexplained && !AtRest.Contains(last.Event))
                findings.Add(FindingCode.CustodyGap, $"between {last.Event} ({Local(last.Time)}) and {entry.Event} ({Local(entry.Time)}) nothing says where exhibit {item.Document.ExhibitNumber} was", item.File);
            if (entry.Actor.Authority != last.Actor.Authority && !Moves.Contains(entry.Event) && !Moves.Contains(last.Event))
                findings.Add(FindingCode.CustodyGap, $"{last.Event} was by {last.Actor.Authority}, {entry.Event} by {entry.Actor.Authority}; no event says how exhibit {item.Document.ExhibitNumber} came from one to the other", item.File);
        }
    }

    private IEnumerable<CustodyRow> Table(Signed<Manifest> item, CoverFact? cover)
    {
        var manifest = item.Document;
        CustodyRow Row(DateTimeOffset time, string what, string place, string actor, string authority, string reason, string? hash, string file)
            => new(manifest.ItemId, time, what, place, actor, authority, reason, hash, file);

        foreach (var entry in manifest.Custody)
            yield return Row(entry.Time, entry.Event.ToString(), entry.Place, entry.Actor.Name, entry.Actor.Authority, entry.Reason, (entry.HashAfter ?? entry.HashBefore)?.ToString(), item.File);
        if (cover is null)
            yield break;
        foreach (var release in cover.Releases.Where(r => r.Document.ManifestSha256 == item.Sha256).OrderBy(r => r.Document.Time).ThenBy(r => r.Document.Decision))
        {
            yield return Row(release.Document.Time, $"RELEASED ({release.Document.Decision})", "", release.Signer.CommonName ?? release.Signer.Subject, release.Document.Authority,
                $"{release.Document.LegalBasis}{(release.Document.Conditions is { } conditions ? $"; conditions: {conditions}" : "")}{(release.Document.DutyJudge is { } judge ? $"; duty judge: {judge}" : "")}", null, cover.File);
        }
        var shipment = facts.Covers.SelectMany(c => c.Shipments).Where(s => s.Document.ManifestSha256 == item.Sha256).Select(s => s.Document.ToString()).FirstOrDefault() ?? "handed to a carrier";
        foreach (var (kind, word, reason) in ((ReceiptEvent, string, string)[])[
            (ReceiptEvent.SubmissionAcceptance, "SENT", "announced to the other authority"), (ReceiptEvent.RelayAcceptance, "RECEIVED", "the other authority's gateway has the manifest"),
            (ReceiptEvent.RelayToNonERDS, "SHIPPED", shipment), (ReceiptEvent.ReceivedFromNonERDS, "DELIVERED_PHYSICAL", "came on a disk and was read whole"),
            (ReceiptEvent.ContentConsignment, "VERIFIED", "all encrypted chunks are there and match the manifest"),
            (ReceiptEvent.ContentHandover, "HANDED OVER", "decrypted; all digests agree"), (ReceiptEvent.ContentHandoverFailure, "MISMATCH", "decrypted or attempted; digests differ or it cannot be read")])
        {
            foreach (var fact in covers.About(cover, kind).OrderBy(r => r.Seq))
                yield return Row(fact.Receipt!.Time, word, "", $"receipt {fact.Seq}", fact.Receipt.Issuer.Authority, reason, kind == ReceiptEvent.ContentHandover ? manifest.Sha256.ToString() : null, fact.File);
        }
    }

    // The rows stand in the order in which the acts must follow each other; their times must not contradict that.
    private void Order(Signed<Manifest> item, List<CustodyRow> rows)
    {
        var latest = default(CustodyRow);
        foreach (var row in rows)
        {
            if (latest is not null && latest.Time - row.Time > Tolerance)
                findings.Add(FindingCode.CustodyOutOfOrder, $"exhibit {item.Document.ExhibitNumber}: {row.Event} is dated {TrustRing.Show(row.Time)}, before {latest.Event} ({TrustRing.Show(latest.Time)}), which must precede it", row.File);
            if (latest is null || row.Time > latest.Time)
                latest = row;
        }
    }

    private static string Local(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm zzz", System.Globalization.CultureInfo.InvariantCulture);
}
