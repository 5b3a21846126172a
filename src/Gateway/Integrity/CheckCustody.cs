using Gateway.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;

namespace Gateway.Integrity;

/// <summary>Custody events and records: each opens, is what its row says, stands in the log and follows the one before; every such leaf has its event unless an erasure took it.</summary>
internal sealed class CheckCustody(LedgerView view)
{
    public void Run()
    {
        var (chain, seq, head) = ("", 0L, default(Digest?));
        view.Session.Each("""
            SELECT item, state, seq, case_id, kind, sha256, leaf, document FROM custody_events ORDER BY item, state, seq
            """, row =>
        {
            view.Report.Count("custody events");
            var (item, state, number, caseId, leaf) = (row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetString(3), row.GetInt64(6));
            var record = $"custody event {number} of {state} for {item}";
            if (chain != $"{item} {state}")
                (chain, seq, head) = ($"{item} {state}", 0, null);
            view.Leaves.MatchAt(leaf);
            if (view.IsDoubtful(caseId) && !view.Keys.Opens(caseId))
                return;
            if (view.Leaves.IsMissing(leaf))
            {
                view.Leaves.Explain(leaf);
                Fault(LedgerFault.LEAF_MISSING, record, caseId, leaf, "the log has no leaf there");
            }
            try
            {
                var kept = CustodyRows.Open(view.Keys, caseId, item, state, number, row.Bytes(7));
                var sha256 = kept.Signed.Sha256;
                if (kept.Event.Item != item || kept.Event.State != state || kept.Event.Seq != number || kept.Event.Case != caseId || kept.Event.Event.ToString() != row.GetString(4) || sha256 != row.Digest(5))
                    Fault(LedgerFault.CUSTODY_ALTERED, record, caseId, leaf, "a column of its row says something else than the event itself");
                // A State keeps events for itself: only our own chain has no gap.
                else if (number != seq + 1 && state == view.OwnState)
                    Fault(LedgerFault.CUSTODY_MISSING, record, caseId, leaf, $"the event before it has the number {seq}");
                else if (number == seq + 1 && kept.Event.Previous != (head ?? kept.Event.ManifestSha256))
                    Fault(LedgerFault.CUSTODY_ALTERED, record, caseId, leaf, "it does not follow the event before it");
                else if (view.Leaves.At(leaf) is { } there && there != (nameof(LeafKind.custody), sha256))
                    Fault(LedgerFault.CUSTODY_ALTERED, record, caseId, leaf, "the leaf at its place is another one, or not there");
                head = sha256;
            }
            catch (Exception e) when (e is LedgerBrokenException or InvalidOperationException)
            {
                if (!view.IsKeyErasedSince(caseId))
                    Fault(LedgerFault.CUSTODY_ALTERED, record, caseId, leaf, "it does not open with the key of the case");
                // So that the event behind it is not named for what is wrong with this one.
                head = row.Digest(5);
            }
            seq = number;
        });
        Records();
        foreach (var (index, sha256) in view.Leaves.Unmatched(LeafKind.custody))
        {
            if (!view.Erased.HasRecord(sha256))
                Fault(LedgerFault.CUSTODY_MISSING, $"custody event {sha256}", null, index, "its leaf is there, the event is not, and no erasure took it");
        }
    }

    private void Records() => view.Session.Each("SELECT item, sha256, record, case_id, leaf, document FROM item_records ORDER BY leaf", row =>
    {
        view.Report.Count("records of items");
        var (item, sha256, caseId, leaf) = (row.GetString(0), row.Digest(1), row.GetString(3), row.GetInt64(4));
        var record = $"record {sha256} of {item}";
        view.Leaves.MatchAt(leaf);
        if (view.IsDoubtful(caseId) && !view.Keys.Opens(caseId))
            return;
        if (view.Leaves.IsMissing(leaf))
        {
            view.Leaves.Explain(leaf);
            Fault(LedgerFault.LEAF_MISSING, record, caseId, leaf, "the log has no leaf there");
        }
        try
        {
            var kept = RecordRows.Open(view.Keys, caseId, item, sha256, row.Bytes(5));
            if (kept.Record.Item != item || kept.Signed.Sha256 != sha256 || kept.Record.Sha256 != row.Digest(2))
                Fault(LedgerFault.CUSTODY_ALTERED, record, caseId, leaf, "a column of its row says something else than the record itself");
            else if (view.Leaves.At(leaf) is { } there && there != (nameof(LeafKind.custody), sha256))
                Fault(LedgerFault.CUSTODY_ALTERED, record, caseId, leaf, "the leaf at its place is another one, or not there");
        }
        catch (Exception e) when (e is LedgerBrokenException or InvalidOperationException)
        {
            if (!view.IsKeyErasedSince(caseId))
                Fault(LedgerFault.CUSTODY_ALTERED, record, caseId, leaf, "it does not open with the key of the case");
        }
    });

    private void Fault(LedgerFault fault, string record, string? caseId, long? leaf, string text) => view.Report.Add(fault, record, caseId, leaf, text);
}
