using Gateway.Erasures;
using Gateway.Evidence;
using Gateway.Peers;
using Gateway.Receipts;
using Gateway.Recovery;
using Gateway.Reception;
using Gateway.V1;
using Grpc.Core;

namespace Gateway.Hosting;

/// <summary>What peers may call, one line each: push only. Whoever is here has passed <see cref="Admission"/>.</summary>
internal sealed class ExchangeEndpoint(Edge edge) : Exchange.ExchangeBase
{
    public override Task<DeliverReply> Deliver(DeliverRequest request, ServerCallContext context)
        => edge.Answer((TakeDelivery take) => take.Run(request, ExchangeCall.PeerOf(context)), context);

    public override Task<PushReceiptsReply> PushReceipts(PushReceiptsRequest request, ServerCallContext context)
        => edge.Answer((TakeReceipts take) => take.Run(request, ExchangeCall.PeerOf(context).Peer), context);

    public override Task SendEvidence(IAsyncStreamReader<EvidenceFrame> requestStream, IServerStreamWriter<EvidenceAck> responseStream, ServerCallContext context)
        => edge.Stream((TakeTransfer take) => take.Run(requestStream, responseStream, ExchangeCall.PeerOf(context), context.CancellationToken), context);

    public override Task<TransferProgressReply> TransferProgress(TransferProgressRequest request, ServerCallContext context)
        => edge.Answer((TakeTransfer take) => take.Progress(request, ExchangeCall.PeerOf(context)), context);

    public override Task<PushHeadsReply> PushHeads(PushHeadsRequest request, ServerCallContext context)
        => edge.Answer((TakeHeads take) => take.Run(request, ExchangeCall.PeerOf(context).Peer), context);

    public override Task<ReturnReceiptsReply> ReturnReceipts(ReturnReceiptsRequest request, ServerCallContext context)
        => edge.Answer((TakeReturned take) => take.Run(request, ExchangeCall.PeerOf(context).Peer), context);

    public override Task<ReturnMessageReply> ReturnMessage(ReturnMessageRequest request, ServerCallContext context)
        => edge.Answer((TakeMessage take) => take.Run(request, ExchangeCall.PeerOf(context).Peer), context);

    public override Task<PushErasureReply> PushErasure(PushErasureRequest request, ServerCallContext context)
        => edge.Answer((TakeErasure take) => take.Run(request, ExchangeCall.PeerOf(context).Peer), context);

    public override Task<ReportDamageReply> ReportDamage(ReportDamageRequest request, ServerCallContext context)
        => edge.Answer((TakeDamageReport take) => take.Run(request, ExchangeCall.PeerOf(context)), context);

    public override Task<PushCardReply> PushCard(PushCardRequest request, ServerCallContext context)
        => edge.Answer((TakeCard take) => take.Run(request, ExchangeCall.PeerOf(context).Peer), context);
}
