using Gateway.AuditLog;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;

namespace Gateway.Integrity;

/// <summary>The records of internal acts: each is the leaf at its place, and every such leaf has its record unless an erasure took it.</summary>
internal sealed class CheckRecords(LedgerView view)
{
    public void Run()
    {
        view.Session.Each("SELECT idx, act, case_id, body FROM audit_records ORDER BY idx", row =>
        {
            view.Report.Count("records");
            var (index, act, caseId, body) = (row.GetInt64(0), row.GetString(1), row.TextOrNull(2), row.Bytes(3));
            var record = $"record {act}";
            if (view.Leaves.IsMissing(index))
            {
                view.Leaves.Explain(index);
                view.Report.Add(LedgerFault.LEAF_MISSING, record, caseId, index, "the log has no leaf there");
                return;
            }
            if (view.Leaves.At(index) is not { Kind: nameof(LeafKind.audit) } leaf)
            {
                view.Report.Add(LedgerFault.RECORD_WITHOUT_LEAF, record, caseId, index, "the leaf at its place is of another kind, or not there");
                return;
            }
            view.Leaves.MatchAt(index);
            if (leaf.Sha256 != Digest.Of(body))
                view.Report.Add(LedgerFault.RECORD_ALTERED, record, caseId, index, "the record and its leaf differ");
            else if (!Says(body, act, caseId))
                view.Report.Add(LedgerFault.RECORD_ALTERED, record, caseId, index, "a column of its row says something else than the record itself");
        });
        foreach (var (index, sha256) in view.Leaves.Unmatched(LeafKind.audit))
        {
            if (!view.Erased.HasRecord(sha256))
                view.Report.Add(LedgerFault.RECORD_MISSING, $"record {sha256}", null, index, "its leaf is there, the record is not, and no erasure took it");
        }
        foreach (var (index, sha256) in view.Leaves.Unmatched(LeafKind.erasure))
            view.Report.Add(LedgerFault.RECORD_MISSING, $"erasure {sha256}", null, index, "its leaf is there, the erasure is not");
    }

    private static bool Says(byte[] body, string act, string? caseId)
        => DocumentReader.Read(body, AuditRecord.Type, 1, AuditRecord.Read) is { Succeeded: true, Value: var said } && said.Act == act && said.Case == caseId;
}
