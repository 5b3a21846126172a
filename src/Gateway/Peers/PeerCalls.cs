using Grpc.Core;

namespace Gateway.Peers;

/// <summary>
/// Calls to a peer. Its new card, or its blocking, disposes the channel below while whoever was given it still calls; to the caller that is a peer that is not
/// available now, and the next attempt finds the new channel.
/// </summary>
internal sealed class PeerCalls(CallInvoker inner) : CallInvoker
{
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
        => Open(() => inner.BlockingUnaryCall(method, host, options, request));

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
        => Open(() => inner.AsyncUnaryCall(method, host, options, request));

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
        => Open(() => inner.AsyncServerStreamingCall(method, host, options, request));

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options)
        => Open(() => inner.AsyncClientStreamingCall(method, host, options));

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options)
        => Open(() => inner.AsyncDuplexStreamingCall(method, host, options));

    private static T Open<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (ObjectDisposedException e)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the channel was closed: the peer has a new card, or is blocked", e));
        }
    }
}
