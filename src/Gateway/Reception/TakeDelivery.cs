using Gateway.Peers;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.V1;
using Google.Protobuf;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Reception;

/// <summary>The call <c>Exchange.Deliver</c>: protobuf in, <see cref="ReceiveMessage"/>, protobuf out.</summary>
internal sealed class TakeDelivery(ReceiveMessage receive, PeerContacts contacts, RightOfWay way)
{
    private const int MaxReceipts = 1000;

    public async Task<Outcome<DeliverReply>> Run(DeliverRequest request, ExchangeCall call)
    {
        if (request.Receipts.Count > MaxReceipts || request.NextExpected > (ulong)Protocol.Receipts.Receipt.MaxSeq + 1)
            return new Refusal(RefusalCode.ArgumentNotValid, $"expected at most {MaxReceipts} receipts", "receipts");
        contacts.Heard(call.Peer.State);
        using var first = way.Take(request.Emergency);
        var arrived = new ArrivedMessage(call.Peer, call.Tls, request.Message, request.CaseId, request.Sender, request.Recipient, request.Envelope.Memory);
        var answer = await receive.Receive(arrived, [.. request.Receipts.Select(r => r.Memory)], (long)request.NextExpected);
        var reply = new DeliverReply
        {
            FirstReceipt = (ulong)answer.FirstReceipt,
            NextExpected = (ulong)answer.NextExpected,
            Duplicate = answer.Duplicate,
            SignedRejection = answer.Signed,
            OnChannel = answer.OnChannel,
        };
        reply.Receipts.AddRange(answer.Receipts.Select(r => UnsafeByteOperations.UnsafeWrap(r)));
        if (answer.Rejection is { } no)
            reply.Rejection = RefusalWire.ToWire(no);
        return reply;
    }
}
