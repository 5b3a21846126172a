using Gateway.AuditLog;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Receipts;
using Gateway.Receipts;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Integrity;

/// <summary>
/// Both issuers' chains of every case and channel, from their first receipt on: bytes, signature, place, link, the other side's head, the leaf, and the
/// head that is stored. One change gives one finding: a receipt that is found altered does not make its successor a break as well.
/// </summary>
internal sealed class CheckReceipts(LedgerView view)
{
    private const string Columns = "chain, issuer, seq, sha256, event, message, item, time, der, leaf";

    // Judged once every chain has found its leaves: only then is a leaf that nothing was matched with a doubtful one.
    private readonly List<(Chain Chain, long Seq, long After, long Before)> _withoutLeaf = [];
    private Chain? _current;

    public void Run()
    {
        view.Session.Each($"SELECT {Columns} FROM receipts ORDER BY chain, issuer, seq", row =>
        {
            var (chain, issuer) = (row.GetString(0), row.GetString(1));
            if (_current?.Name != chain || _current.Issuer != issuer)
            {
                _current?.End();
                _current = new Chain(view, chain, issuer, _withoutLeaf);
            }
            view.Report.Count("receipts");
            _current.Take(row);
        });
        _current?.End();
        view.Session.Each("SELECT chain, issuer, seq FROM chains AS c WHERE NOT EXISTS (SELECT 1 FROM receipts WHERE chain = c.chain AND issuer = c.issuer)", row =>
            new Chain(view, row.GetString(0), row.GetString(1), _withoutLeaf).End());
        foreach (var (chain, seq, after, before) in _withoutLeaf)
            chain.WithoutLeaf(seq, after, before);
        foreach (var kind in new[] { LeafKind.receipt, LeafKind.received })
        {
            foreach (var (index, sha256) in view.Leaves.Unmatched(kind))
                view.Report.Add(LedgerFault.LEAF_WITHOUT_RECORD, $"leaf {index}", null, index, $"no {kind} has the digest {sha256}");
        }
    }

    /// <summary>One chain of one issuer.</summary>
    private sealed class Chain(LedgerView view, string name, string issuer, List<(Chain Chain, long Seq, long After, long Before)> withoutLeaf)
    {
        private readonly LeafKind _kind = issuer == view.OwnState ? LeafKind.receipt : LeafKind.received;
        private readonly string? _case = ChainId.CaseOf(name);
        private long _due = 1;
        private ChainHead _head = ChainHead.Empty;

        // Whether the receipt before the next one is as it was issued; when it is not, the next one's link proves nothing.
        private bool _sure = true;
        private long _lastLeaf = -1;
        private readonly List<(long Seq, long After)> _waiting = [];

        public string Name => name;

        public string Issuer => issuer;

        public void Take(SqliteDataReader row)
        {
            var (seq, stored, der) = (row.GetInt64(2), row.BytesOrNull(3), row.Bytes(8));
            var sha256 = Digest.Of(der);
            var known = stored is { Length: Digest.Length } ? new Digest(stored) : default;
            var record = Record(seq);
            if (!Read(der, out var receipt, out var signed, out var why))
            {
                Missed(seq, null);
                Altered(seq, record, known, why);
                return;
            }
            if (receipt.Seq != seq || receipt.Issuer.State != issuer || name != (receipt.Case ?? ChainId.OfPeer(receipt.Issuer.State == view.OwnState ? receipt.Peer.State : receipt.Issuer.State)))
            {
                Fault(LedgerFault.RECEIPT_MISPLACED, record, view.Leaves.Match(_kind, sha256), $"here lies receipt {receipt.Seq} of {receipt.Issuer.State} in {receipt.Case ?? "the channel"}");
                // Further on it takes no receipt's place: whether one is missing will be seen by what follows.
                if (seq == _due)
                    Skip(seq);
                return;
            }
            if (!view.IsSealOf(receipt.Issuer.Authority, signed.Signer))
            {
                Missed(seq, null);
                Altered(seq, record, known, $"it is not sealed by {receipt.Issuer.Authority} as its cards name it");
                return;
            }
            Missed(seq, receipt);
            if (seq < _due)
                return;
            var leaf = Leaf(seq, sha256, known);
            if (sha256 != known || row.GetString(4) != receipt.Event.ToString() || row.GetString(5) != receipt.Subject.Message || row.TextOrNull(6) != receipt.Subject.Item || row.Time(7) != receipt.Time)
                Fault(LedgerFault.RECEIPT_ALTERED, record, leaf, "a column of its row says something else than the receipt itself");
            else if (leaf is not null && (row.IsDBNull(9) || row.GetInt64(9) != leaf))
                Fault(LedgerFault.LEAF_ALTERED, record, leaf, "its leaf stands elsewhere than where its row says");
            else if (_sure && ReceiptChain.Follows(receipt, _head) is { } misfit)
                Fault(LedgerFault.CHAIN_BROKEN, record, leaf, misfit.Detail);
            else if (OtherSide(receipt) is { } wrong)
                Fault(LedgerFault.CHAIN_BROKEN, record, leaf, wrong);
            _head = new ChainHead(seq, sha256, receipt.Time);
            (_due, _sure) = (seq + 1, true);
        }

        public void End()
        {
            var head = view.Session.One("SELECT seq, sha256 FROM chains WHERE chain = $1 AND issuer = $2", row => Tuple.Create(row.GetInt64(0), row.BytesOrNull(1)), name, issuer);
            var sha256 = head?.Item2 is { Length: Digest.Length } bytes ? new Digest(bytes) : (Digest?)null;
            if (head is null)
                Fault(LedgerFault.HEAD_ALTERED, $"head of {issuer} in {name}", null, "the chain has receipts and no head");
            else if (head.Item1 >= _due && sha256 is { } last && view.Leaves.Match(_kind, last) is { } index)
                // The log knows a receipt by the digest that the head names: the tail was cut off.
                Fault(LedgerFault.RECEIPT_MISSING, Record(head.Item1), index, "the head of its chain names it, and the log knows it");
            else if (head.Item1 != _due - 1 || (_sure && sha256 != _head.Sha256))
                Fault(LedgerFault.HEAD_ALTERED, $"head of {issuer} in {name}", null, $"it says receipt {head.Item1}; the chain ends with {_due - 1}");
            withoutLeaf.AddRange(_waiting.Select(w => (this, w.Seq, w.After, long.MaxValue)));
        }

        // Receipts between the last one and this one: the successor names the last of them.
        private void Missed(long seq, Receipt? successor)
        {
            if (seq <= _due)
                return;
            var index = successor?.Previous is { } previous ? view.Leaves.Match(_kind, previous) : null;
            Fault(LedgerFault.RECEIPT_MISSING, Record(seq - 1), index, seq - _due == 1 ? "the next one follows it" : $"receipts {_due} to {seq - 1} are not there");
            (_due, _sure) = (seq, false);
        }

        private void Altered(long seq, string record, Digest known, string why)
        {
            Fault(LedgerFault.RECEIPT_ALTERED, record, view.Leaves.Match(_kind, known), why);
            Skip(seq);
        }

        private void Skip(long seq) => (_due, _sure) = (Math.Max(_due, seq + 1), false);

        private long? Leaf(long seq, Digest sha256, Digest known)
        {
            var leaf = view.Leaves.Match(_kind, sha256);
            if (leaf is { } index)
            {
                withoutLeaf.AddRange(_waiting.Select(w => (this, w.Seq, w.After, index)));
                _waiting.Clear();
                _lastLeaf = Math.Max(_lastLeaf, index);
            }
            else if (sha256 == known)
                _waiting.Add((seq, _lastLeaf));
            return leaf;
        }

        public void WithoutLeaf(long seq, long after, long before)
        {
            if (view.Leaves.OnlyDoubtfulBetween(_kind, after, before) is not { } index)
                Fault(LedgerFault.RECEIPT_WITHOUT_LEAF, Record(seq), null, "no leaf of the log is its digest");
            else if (view.Leaves.IsMissing(index))
            {
                view.Leaves.Explain(index);
                Fault(LedgerFault.LEAF_MISSING, Record(seq), index, "the log has no leaf there");
            }
            else
            {
                view.Leaves.MatchAt(index);
                Fault(LedgerFault.LEAF_ALTERED, Record(seq), index, "the leaf is not the digest of the receipt");
            }
        }

        // The head of the other side that it names: recomputed, and only where that receipt is there.
        private string? OtherSide(Receipt receipt)
        {
            if (receipt.PeerSeq == 0)
                return null;
            var other = ChainId.IsPeer(name) && issuer != view.OwnState ? view.OwnState : receipt.Peer.State;
            var der = view.Session.One("SELECT der FROM receipts WHERE chain = $1 AND issuer = $2 AND seq = $3", row => row.Bytes(0), name, other, receipt.PeerSeq);
            if (der is null || Digest.Of(der) == receipt.PeerHead)
                return null;
            // An altered receipt is its own finding.
            return Read(der, out var named, out _, out _) && named.Seq == receipt.PeerSeq ? $"it names another receipt {receipt.PeerSeq} of {other} than is stored" : null;
        }

        private void Fault(LedgerFault fault, string record, long? index, string text)
        {
            view.Doubt(name);
            view.Report.Add(fault, record, _case, index, text);
        }

        private string Record(long seq) => $"receipt {issuer} {seq}";

        private static bool Read(byte[] der, out Receipt receipt, out SignedDocument signed, out string why)
        {
            receipt = null!;
            why = "";
            if (SignedDocument.Open(der).TryGet(out signed!, out var refusal) && Receipt.Read(signed.Content).TryGet(out receipt!, out refusal))
                return true;
            why = refusal.Detail;
            return false;
        }
    }
}
