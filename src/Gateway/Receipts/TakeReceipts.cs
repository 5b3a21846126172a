using Gateway.Peers;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Receipts;

/// <summary>Takes receipts that a peer pushes. Never answered by a receipt, only by the number expected next: a peer cannot make our chains grow.</summary>
internal sealed class TakeReceipts(Database database, AcceptReceipts accept, CloseChain close, LedgerGate gate, FreeSpace space)
{
    private const int MaxPerCall = 1000;

    public async Task<Outcome<PushReceiptsReply>> Run(PushReceiptsRequest request, Peer peer)
    {
        if (!ChainId.IsWire(request.CaseId) || request.Receipts.Count > MaxPerCall)
            return new Refusal(RefusalCode.ArgumentNotValid, $"expected a case id and at most {MaxPerCall} receipts", "caseId");
        if (space.RefuseFor(request.CalculateSize(), emergency: true) is { } full)
            return full;
        var chain = ChainId.FromWire(request.CaseId, peer.State);
        if (!accept.Verify(peer, chain, request.Receipts.Select(r => r.Memory)).TryGet(out var receipts, out var refusal))
            return refusal;
        var reply = await database.Write<Outcome<PushReceiptsReply>>(Lane.Ordinary, s =>
        {
            // A chain begins with what belongs to it: a case's first receipt comes with its first message.
            if (!ChainId.IsPeer(chain) && s.Number("SELECT count(*) FROM chains WHERE chain = $1 AND peer = $2", chain, peer.State) == 0)
                return new Refusal(RefusalCode.NotFound, $"there is no case {request.CaseId} between these States", "caseId");
            var misfit = accept.Append(s, chain, peer.State, receipts);
            return misfit is null or { Code: RefusalCode.ReceiptDoesNotFit }
                ? new PushReceiptsReply { NextExpected = (ulong)Chains.Head(s, chain, peer.State).Seq + 1 }
                : misfit;
        });
        if (reply.Succeeded && gate.Shut is null && receipts.Any(r => r.Receipt is { Event: ReceiptEvent.ContentConsignment, Subject.Item: null }))
            await close.Run(chain, peer.State);
        return reply;
    }
}
