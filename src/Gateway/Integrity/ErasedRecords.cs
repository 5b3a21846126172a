using Gateway.AuditLog;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;

namespace Gateway.Integrity;

/// <summary>
/// The erasures, ours and those that peers told us of. Only one that is sealed by our own authority and stands in the log explains that something is
/// gone, and it explains exactly what it lists.
/// </summary>
internal sealed class ErasedRecords
{
    private readonly Dictionary<string, Erasure> _cases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Digest> _messages = new(StringComparer.Ordinal);
    private readonly HashSet<string> _items = new(StringComparer.Ordinal);
    private readonly HashSet<Digest> _records = [];

    public ErasedRecords(LedgerView view)
    {
        view.Session.Each("SELECT id, case_id, issuer, der FROM erasures ORDER BY id, issuer", row =>
        {
            view.Report.Count("erasures");
            var (id, caseId, issuer, der) = (row.GetString(0), row.GetString(1), row.GetString(2), row.Bytes(3));
            var own = issuer == view.OwnState;
            var sha256 = Digest.Of(der);
            if (!SignedDocument.Open(der).TryGet(out var signed, out var refusal) || !Erasure.Read(signed.Content).TryGet(out var erasure, out refusal))
            {
                view.Report.Add(LedgerFault.ERASURE_ALTERED, $"erasure {id} of {issuer}", caseId, null, refusal!.Detail);
                return;
            }
            if (erasure.Id != id || erasure.Case != caseId || erasure.Authority.State != issuer || !view.IsSealOf(erasure.Authority.Authority, signed.Signer))
            {
                view.Report.Add(LedgerFault.ERASURE_ALTERED, $"erasure {id} of {issuer}", caseId, null, "it is of another case, or not sealed by the authority that it names");
                return;
            }
            var leaf = view.Leaves.Match(LeafKind.erasure, sha256);
            // What a peer erased explains nothing that is gone here; the record that we took it has a leaf too.
            if (!own)
                return;
            if (leaf is null)
            {
                view.Report.Add(LedgerFault.RECORD_WITHOUT_LEAF, $"erasure {id} of {issuer}", caseId, null, "no leaf of the log is its digest; it explains nothing");
                return;
            }
            // One that was erased again beside an older database lost what the two persons signed, and the record of it.
            var decided = view.Session.Query("SELECT document FROM erasure_decisions WHERE case_id = $1", decision => Digest.Of(decision.Bytes(0)), caseId);
            if ((!decided.Contains(erasure.Proposal) || !decided.Contains(erasure.Approval)) && view.Session.Number("SELECT count(*) FROM audit_records WHERE case_id = $1 AND act = 'erasure.approve'", caseId) > 0)
                view.Report.Add(LedgerFault.ERASURE_ALTERED, $"erasure {id} of {issuer}", caseId, null, "the decisions of the two persons, which it names, are not here any more");
            _cases[caseId] = erasure;
            foreach (var message in erasure.Messages)
                _messages[message.Message] = message.CoverSha256;
            _items.UnionWith(erasure.Items.Select(i => i.Item));
            _records.UnionWith(erasure.Records);
        });
    }

    public IReadOnlyDictionary<string, Erasure> Cases => _cases;

    public bool HasCase(string caseId) => _cases.ContainsKey(caseId);

    public bool HasMessage(string message, Digest coverSha256) => _messages.TryGetValue(message, out var sha256) && sha256 == coverSha256;

    public bool HasItem(string item) => _items.Contains(item);

    public bool HasRecord(Digest sha256) => _records.Contains(sha256);
}
