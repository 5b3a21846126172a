using Gateway.Cases;
using Gateway.Custody;
using Gateway.Keys;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Receipts;
using Gateway.Receipts;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>Receipts about an item: signed over the heads, appended with the new state of the item in one transaction, signed anew when the chain moved.</summary>
internal sealed class ConsignItem(Database database, KeyRing keys, IssueReceipts issue, RecordCustody custody, Room room, TimeProvider clock)
{
    /// <summary>All chunks match the root: ContentConsignment. Once; a repeat finds the item complete.</summary>
    /// <param name="row">The case.</param>
    /// <param name="item">The item.</param>
    /// <param name="byCarrier">It came on a disk, which is certified first.</param>
    /// <param name="also">More to store with it.</param>
    public Task Complete(CaseRow row, ItemRow item, bool byCarrier = false, Action<Session>? also = null) => Issue(row, item, byCarrier ? [ReceiptEvent.ReceivedFromNonERDS, ReceiptEvent.ContentConsignment] : [ReceiptEvent.ContentConsignment], [],
        ItemCustody.Received(item.Message!, item.Chunks, row.PeerAuthority, row.OwnAuthority, byCarrier), s =>
    {
        also?.Invoke(s);
        // Given up while its last chunks came: they are here, and that is what is certified, unless the case has ended, or its State has filled its room, behind it.
        if (s.Run("UPDATE items SET state = 'COMPLETE' WHERE id = $1 AND state = 'GIVEN_UP'", item.Id) == 0)
            item.Move(s, ItemState.COMPLETE);
        else if (Chains.IsClosed(s, row.Id) || CaseRow.Find(s, row.Id) is { State: CaseState.COMPLETED } || room.OverQuota(s, item.Id, item.SizeBytes, row.Peer) is not null)
            throw new CaseMovedException();
        Events.Append(s, clock.GetUtcNow(), "item.complete", row.Id, item.Id, $"all {item.Chunks} chunks are here and match");
    });

    /// <summary>Issues receipts about a received item together with <paramref name="change"/> and the custody event that says the same.</summary>
    public Task Issue(CaseRow row, ItemRow item, IReadOnlyList<ReceiptEvent> events, IReadOnlyList<Protocol.Refusals.RefusalCode> reasons, CustodyDraft said, Action<Session> change)
        => custody.With(row, item.Id, item.ManifestSha256!.Value, [said], async record =>
        {
            await Issue(row, item, events, reasons, s =>
            {
                change(s);
                record(s);
            });
            return true;
        });

    private async Task Issue(CaseRow row, ItemRow item, IReadOnlyList<ReceiptEvent> events, IReadOnlyList<Protocol.Refusals.RefusalCode> reasons, Action<Session> change)
    {
        while (true)
        {
            var (heads, cover) = database.Read(s => (Chains.Heads(s, row.Id, keys.State, row.Peer), CoverOf(s, row, item)));
            var subject = new ReceiptSubject(item.Message!, cover, null, item.Id, item.ManifestSha256);
            // An item that comes again after its database was lost was receipted then.
            var before = events.Contains(ReceiptEvent.ContentConsignment)
                && database.Read(s => s.Number("SELECT count(*) FROM receipts WHERE chain = $1 AND issuer = $2 AND item = $3 AND event = $4", row.Id, keys.State, item.Id, ReceiptEvent.ContentConsignment)) > 0;
            var issued = before ? [] : issue.Sign(heads, row.OwnAuthority, Party.Of(row.PeerAuthority), [.. events.Select(e => new ReceiptDraft(e, subject, reasons))]);
            try
            {
                await database.Write(row.Lane, s =>
                {
                    change(s);
                    IssueReceipts.Append(s, row.Id, row.Peer, issued);
                });
                return;
            }
            catch (ChainMovedException)
            {
                // Another receipt of this case was signed meanwhile: take the next number.
            }
        }
    }

    private static Digest CoverOf(Session s, CaseRow row, ItemRow item)
        => new(s.One("SELECT cover_sha256 FROM messages WHERE sender = $1 AND id = $2", r => r.Bytes(0), row.PeerAuthority, item.Message)
            ?? throw new LedgerBrokenException($"item {item.Id} came with message {item.Message}, which is not there"));
}
