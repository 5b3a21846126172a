using Gateway.Cases;
using Gateway.Custody;
using Gateway.Keys;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>Receipts about an item: signed over the heads, appended with the new state of the item in one transaction, signed anew when the chain moved.</summary>
internal sealed class ConsignItem(Database database, KeyRing keys, IssueReceipts issue, RecordCustody custody, Room room, TimeProvider clock)
{
    /// <summary>All chunks match the root: ContentConsignment. Once; a repeat finds the item complete. A refusal when it was given up while they came, and is not taken back.</summary>
    /// <param name="row">The case.</param>
    /// <param name="item">The item.</param>
    /// <param name="byCarrier">It came on a disk, which is certified first.</param>
    /// <param name="also">More to store with it.</param>
    public async Task<Refusal?> Complete(CaseRow row, ItemRow item, bool byCarrier = false, Action<Session>? also = null)
    {
        try
        {
            await Issue(row, item, byCarrier ? [ReceiptEvent.ReceivedFromNonERDS, ReceiptEvent.ContentConsignment] : [ReceiptEvent.ContentConsignment], [],
                receipt => ItemCustody.Received(item.Message!, item.Chunks, row.PeerAuthority, row.OwnAuthority, byCarrier, receipt), s =>
            {
                also?.Invoke(s);
                // Given up while its last chunks came: they are here, and that is what is certified, unless the case has ended, or its State has filled its room, behind it.
                if (s.Run("UPDATE items SET state = 'COMPLETE' WHERE id = $1 AND state = 'GIVEN_UP'", item.Id) == 0)
                    item.Move(s, ItemState.COMPLETE);
                else if (Chains.IsClosed(s, row.Id) || CaseRow.Find(s, row.Id) is { State: CaseState.COMPLETED })
                    throw new StaysGivenUpException(new Refusal(RefusalCode.TransitionNotAllowed, "the item was given up while its last chunks came, and its case has ended", "item"));
                else if (room.OverQuota(s, item.Id, item.SizeBytes, row.Peer) is { } full)
                    throw new StaysGivenUpException(full);
                Events.Append(s, clock.GetUtcNow(), "item.complete", row.Id, item.Id, $"all {item.Chunks} chunks are here and match");
            });
            return null;
        }
        catch (StaysGivenUpException e)
        {
            return e.Refusal;
        }
    }

    /// <summary>Issues receipts about a received item together with <paramref name="change"/> and the custody event that says the same, and names the last of them.</summary>
    public async Task Issue(CaseRow row, ItemRow item, IReadOnlyList<ReceiptEvent> events, IReadOnlyList<RefusalCode> reasons, Func<Digest, CustodyDraft> said, Action<Session> change)
    {
        while (true)
        {
            var (heads, cover, before) = database.Read(s => (Chains.Heads(s, row.Id, keys.State, row.Peer), CoverOf(s, row, item), Chains.OfItem(s, row.Id, keys.State, item.Id, events[^1])));
            var subject = new ReceiptSubject(item.Message!, cover, null, item.Id, item.ManifestSha256);
            // An item that comes again after its database was lost was receipted then.
            var again = events[^1] == ReceiptEvent.ContentConsignment ? before : null;
            var issued = again is not null ? [] : issue.Sign(heads, row.OwnAuthority, Party.Of(row.PeerAuthority), [.. events.Select(e => new ReceiptDraft(e, subject, reasons))]);
            try
            {
                await custody.With(row, item.Id, item.ManifestSha256!.Value, [said(again ?? issued[^1].Sha256)], record => database.Write(row.Lane, s =>
                {
                    change(s);
                    record(s);
                    IssueReceipts.Append(s, row.Id, row.Peer, issued);
                    return true;
                }));
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

    // Takes back what the transaction has written.
    private sealed class StaysGivenUpException(Refusal refusal) : Exception
    {
        public Refusal Refusal { get; } = refusal;
    }
}
