using Gateway.Protocol.Documents;
using Grpc.Core;

namespace Gateway.Peers;

/// <summary>Which State makes a call on the exchange port, with the TLS certificate it presented. Set before the call is read.</summary>
internal sealed record ExchangeCall(Peer Peer, Digest Tls)
{
    /// <summary>The peer of the call. A call without one never reaches a use case.</summary>
    public static ExchangeCall PeerOf(ServerCallContext context)
        => context.GetHttpContext().Features.Get<ExchangeCall>() ?? throw new InvalidOperationException("the call was not admitted");
}
