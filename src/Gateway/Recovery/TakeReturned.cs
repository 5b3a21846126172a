using Gateway.AuditLog;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Recovery;

/// <summary>
/// The call <c>Exchange.ReturnReceipts</c>: a peer pushes receipts that we signed. Only our own seal makes one count, so that a peer can neither
/// invent one nor make the gateway stop. One that we do not hold proves that this database is older than what was signed: ROLLBACK. What continues
/// a chain is taken back into it; another receipt under a number that we hold is kept as proof.
/// </summary>
internal sealed class TakeReturned(Database database, KeyRing keys, OwnSeals seals, LedgerGate gate, TimeProvider clock, ILogger<TakeReturned> log)
{
    private const int MaxPerCall = 1000;

    public async Task<Outcome<ReturnReceiptsReply>> Run(ReturnReceiptsRequest request, Peer peer)
    {
        if (!ChainId.IsWire(request.CaseId) || request.Receipts.Count is 0 or > MaxPerCall)
            return new Refusal(RefusalCode.ArgumentNotValid, $"expected a case id and 1 to {MaxPerCall} receipts", "caseId");
        var chain = ChainId.FromWire(request.CaseId, peer.State);
        var own = seals.Cards();
        var receipts = new List<(Receipt Receipt, SignedDocument Signed)>();
        foreach (var bytes in request.Receipts)
        {
            if (!SignedDocument.Open(bytes.ToByteArray()).TryGet(out var signed, out var refusal) || !Receipt.Read(signed.Content).TryGet(out var receipt, out refusal))
                return refusal;
            if (receipt.Issuer.State != keys.State || receipt.Peer.State != peer.State || ChainId.FromWire(receipt.Case ?? "", peer.State) != chain)
                return new Refusal(RefusalCode.ReceiptOfOtherChain, $"the receipt is {receipt.Issuer.State}'s for {receipt.Peer.State} in {receipt.Case ?? "the channel"}");
            if (!seals.Made(receipt.Issuer.Authority, signed, own))
                return new Refusal(RefusalCode.MarkSignerUnknown, $"the receipt is not sealed by {receipt.Issuer.Authority}");
            receipts.Add((receipt, signed));
        }
        var taken = await database.Write(Lane.Ordinary, s => Take(s, chain, peer.State, receipts));
        if (taken.Refusal is { } misfit)
            return misfit;
        if (taken.Value is { New: > 0 } or { Forked: > 0 })
        {
            // After a restore this is what is expected: the comparison goes on until nothing more comes. A fork is never expected.
            if (taken.Value is { Forked: 0, Expected: true })
                return Reply(chain, taken.Value.New);
            var what = $"{peer.State} holds receipts of ours that this database does not: it is older than what was signed";
            log.LogCritical("{What}; {New} were taken back and {Forked} differ in {Chain}", what, taken.Value.New, taken.Value.Forked, chain);
            gate.Rollback(what);
        }
        return Reply(chain, taken.Value.New);
    }

    private ReturnReceiptsReply Reply(string chain, int taken) => new() { NextExpected = (ulong)database.Read(s => Chains.Head(s, chain, keys.State).Seq) + 1, Taken = (uint)taken };

    private Outcome<Taken> Take(Session s, string chain, string peer, List<(Receipt Receipt, SignedDocument Signed)> receipts)
    {
        if (s.Number("SELECT count(*) FROM chains WHERE chain = $1 AND peer <> $2", chain, peer) > 0)
            return new Refusal(RefusalCode.ReceiptOfOtherChain, "the case is not one between these States", "caseId");
        var now = clock.GetUtcNow();
        var (added, forked, expected) = (0, 0, RecoveryFacts.Find(s, RecoveryFacts.Restored) is not null);
        foreach (var (receipt, signed) in receipts)
        {
            var head = Chains.Head(s, chain, keys.State);
            if (receipt.Seq <= head.Seq && Chains.DigestAt(s, chain, keys.State, receipt.Seq) == signed.Sha256)
                continue;
            if (receipt.Seq <= head.Seq || (receipt.Seq == head.Seq + 1 && ReceiptChain.Follows(receipt, head) is not null))
            {
                forked += s.Run("INSERT INTO receipt_forks (chain, issuer, seq, der, seen) SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT 1 FROM receipt_forks WHERE chain = $1 AND issuer = $2 AND seq = $3)",
                    chain, keys.State, receipt.Seq, signed.Der, now);
                continue;
            }
            // Behind a fork nothing follows any more; what was kept of it is the proof.
            if (forked > 0)
                break;
            if (ReceiptChain.Follows(receipt, head) is { } misfit)
                return misfit;
            Chains.Add(s, chain, peer, receipt, signed.Sha256, signed.Der.ToArray(), Leaves.Append(s, LeafKind.receipt, signed.Sha256));
            Chains.Acknowledge(s, chain, keys.State, receipt.Seq + 1);
            Events.Append(s, now, "receipt.returned", receipt.Case ?? "", receipt.Subject.Message, $"{receipt.Event} {keys.State} {receipt.Seq}, by {peer}");
            added++;
        }
        if (added + forked > 0)
        {
            new AuditRecord("ledger.rollback", $"peer {peer}", chain, ChainId.CaseOf(chain), $"{added} receipts of ours taken back, {forked} differ").Append(s, now);
            if (forked > 0 || !expected)
                RecoveryFacts.Keep(s, RecoveryFacts.Rollback, peer);
        }
        return new Taken(added, forked, expected);
    }

    private sealed record Taken(int New, int Forked, bool Expected);
}
