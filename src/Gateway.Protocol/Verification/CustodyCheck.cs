using Gateway.Protocol.Bundles;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Receipts;

namespace Gateway.Protocol.Verification;

/// <summary>
/// Who had an item when, from its seizure to the court: what the laboratory signed, the releases, the receipts, the custody events of both
/// sides. What must stand before something else, digests that change between two hands, and time that nothing explains.
/// </summary>
internal sealed class CustodyCheck(Facts facts, CoverCheck covers, Findings findings)
{
    // The receipts and releases say the same, and say it to both sides.
    private static readonly CustodyKind[] s_shownByReceipts = [CustodyKind.RELEASED, CustodyKind.SENT, CustodyKind.RECEIVED, CustodyKind.VERIFIED, CustodyKind.MISMATCH, CustodyKind.SHIPPED, CustodyKind.LOST];

    public IReadOnlyList<CustodyRow> All()
    {
        var rows = new List<CustodyRow>();
        var events = facts.Custody.ToLookup(e => e.Document.Item);
        foreach (var item in facts.ItemManifests)
        {
            var cover = facts.By.CoverOfManifest.GetValueOrDefault(item.Sha256);
            var table = CustodyTable.Of(item.Document.ExhibitNumber, Lines(item, cover, events[item.Document.ItemId]));
            foreach (var remark in table.Remarks)
                findings.Add(CodeOf(remark.Flag), remark.Text, table.Lines[remark.Line].File);
            var remarks = table.Remarks.ToLookup(remark => remark.Line);
            rows.AddRange(table.Lines.Select((line, i) => Row(item.Document.ItemId, line, remarks[i])));
        }
        return rows;
    }

    private IEnumerable<CustodyLine> Lines(Signed<Manifest> item, CoverFact? cover, IEnumerable<Signed<CustodyEvent>> events)
    {
        foreach (var entry in item.Document.Custody)
            yield return CustodyLine.Of(entry, item.Signer, item.File);
        foreach (var custody in events.Where(e => e.Document.RecordedBy.Name != CustodyEvent.Gateway || !s_shownByReceipts.Contains(e.Document.Event) && !FollowsReceipt(e.Document)))
            yield return CustodyLine.Of(custody.Document, custody.Sha256, custody.SigningTime, custody.Signer, custody.File);
        if (cover is null)
            yield break;
        foreach (var release in cover.Releases.Where(r => r.Document.ManifestSha256 == item.Sha256).OrderBy(r => r.Document.Time).ThenBy(r => r.Document.Decision))
        {
            yield return new CustodyLine(release.Document.Time, CustodyKind.RELEASED, "", $"{release.Signer.CommonName ?? release.Signer.Subject} ({release.Document.Role})", release.Document.Authority,
                $"{release.Document.LegalBasis}{(release.Document.Conditions is { } conditions ? $"; conditions: {conditions}" : "")}{(release.Document.Terms is { } terms ? $"; {terms}" : "")}{(release.Document.DutyJudge is { } judge ? $"; duty judge: {judge}" : "")}")
            {
                Label = $"RELEASED ({release.Document.Decision})",
                SignedBy = CustodySigner.Of(release.Signer, release.Document.Authority),
                File = cover.File,
            };
        }
        foreach (var loss in facts.By.Losses[item.Sha256])
        {
            yield return new CustodyLine(loss.Document.Time, CustodyKind.LOST, "", $"{loss.Signer.CommonName ?? loss.Signer.Subject} ({loss.Document.Role})", loss.Document.Authority, loss.Document.ToString())
            {
                Label = $"LOST ({loss.Document.What})",
                SignedBy = CustodySigner.Of(loss.Signer, loss.Document.Authority),
                File = cover.File,
            };
        }
        var parcel = facts.By.Shipments.GetValueOrDefault(item.Sha256)?.Document;
        var shipment = parcel?.ToString() ?? "handed to a carrier";
        foreach (var (kind, means, label, reason) in ((ReceiptEvent, CustodyKind, string?, string)[])[
            (ReceiptEvent.SubmissionAcceptance, CustodyKind.SENT, null, "announced to the other authority"),
            (ReceiptEvent.RelayAcceptance, CustodyKind.RECEIVED, null, "the other authority's gateway has the manifest"),
            (ReceiptEvent.RelayToNonERDS, CustodyKind.SHIPPED, null, shipment),
            (ReceiptEvent.ReceivedFromNonERDS, CustodyKind.DELIVERED_PHYSICAL, null, "came on a disk and was read whole"),
            (ReceiptEvent.ContentConsignment, CustodyKind.VERIFIED, null, "all encrypted chunks are there and match the manifest"),
            (ReceiptEvent.ContentHandover, CustodyKind.VERIFIED, "HANDED OVER", "decrypted; all digests agree"),
            (ReceiptEvent.ContentHandoverFailure, CustodyKind.MISMATCH, null, "decrypted or attempted; digests differ or it cannot be read")])
        {
            foreach (var fact in covers.About(cover, kind).OrderBy(r => r.Seq))
            {
                yield return new CustodyLine(fact.Receipt!.Time, means, "", $"receipt {fact.Seq}", fact.Receipt.Issuer.Authority, reason)
                {
                    Label = label,
                    SignedBy = new CustodySigner(CustodyEvent.Gateway, fact.Receipt.Issuer.Authority, fact.Signer?.CommonName ?? fact.Signer?.Subject),
                    // A parcel is on its way for days; nobody is to explain each of them.
                    ExplainedUntil = means == CustodyKind.SHIPPED && fact.Receipt.Time < DateTimeOffset.MaxValue.AddYears(-1) ? parcel?.Late ?? (fact.Receipt.Time + CustodyTable.ParcelDays) : null,
                    HashAfter = kind == ReceiptEvent.ContentHandover ? item.Document.Sha256 : null,
                    File = fact.File,
                };
            }
        }
    }

    // What a gateway recorded because of a receipt of the other, which is here.
    private bool FollowsReceipt(CustodyEvent custody) => custody.Event == CustodyKind.DELIVERED_PHYSICAL && custody.DigestOf("document") is { } receipt && facts.BySha256.ContainsKey(receipt);

    private static CustodyRow Row(string item, CustodyLine line, IEnumerable<CustodyRemark> remarks)
        => new(item, line.Time, line.Event, line.Place, line.Who, line.Authority, line.Reason, (line.HashAfter ?? line.HashBefore)?.ToString(), line.File)
        {
            Zone = line.Zone,
            HashBefore = line.HashBefore?.ToString(),
            HashAfter = line.HashAfter?.ToString(),
            SealBefore = line.SealBefore,
            SealAfter = line.SealAfter,
            Detail = line.Detail,
            From = line.From,
            To = line.To,
            SignedBy = line.SignedBy,
            RecordedAt = line.RecordedAt,
            State = line.State,
            Seq = line.Seq,
            Remarks = [.. remarks.Select(remark => remark.Text)],
        };

    private static FindingCode CodeOf(CustodyFlag flag) => flag switch
    {
        CustodyFlag.Unexplained or CustodyFlag.OtherHolder => FindingCode.CustodyGap,
        CustodyFlag.OutOfOrder => FindingCode.CustodyOutOfOrder,
        CustodyFlag.HashDiffers => FindingCode.CustodyHashDiffers,
        CustodyFlag.NothingBefore => FindingCode.CustodySequence,
        CustodyFlag.RecordedLate => FindingCode.CustodyRecordedLate,
        CustodyFlag.Mismatch => FindingCode.CustodyMismatch,
        CustodyFlag.Corrected => FindingCode.CustodyCorrected,
    };
}
