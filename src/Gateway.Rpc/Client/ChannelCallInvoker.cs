using Grpc.Core;
using Grpc.Net.Client;

namespace Gateway.Rpc.Client;

/// <summary>Starts calls on a channel.</summary>
internal sealed class ChannelCallInvoker(GrpcChannel channel) : CallInvoker
{
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        using var call = AsyncUnaryCall(method, host, options, request);
        return call.GetAwaiter().GetResult();
    }

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var call = ClientCall<TRequest, TResponse>.Start(channel, method, host, options, request);
        return new AsyncUnaryCall<TResponse>(call.SingleResponse, Headers<TRequest, TResponse>, GetStatus<TRequest, TResponse>, Trailers<TRequest, TResponse>, Dispose, call);
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var call = ClientCall<TRequest, TResponse>.Start(channel, method, host, options, request);
        return new AsyncServerStreamingCall<TResponse>(call, Headers<TRequest, TResponse>, GetStatus<TRequest, TResponse>, Trailers<TRequest, TResponse>, Dispose, call);
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var call = ClientCall<TRequest, TResponse>.Start(channel, method, host, options, null);
        return new AsyncClientStreamingCall<TRequest, TResponse>(new ClientStreamWriter<TRequest, TResponse>(call), call.SingleResponse, Headers<TRequest, TResponse>, GetStatus<TRequest, TResponse>, Trailers<TRequest, TResponse>, Dispose, call);
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var call = ClientCall<TRequest, TResponse>.Start(channel, method, host, options, null);
        return new AsyncDuplexStreamingCall<TRequest, TResponse>(new ClientStreamWriter<TRequest, TResponse>(call), call, Headers<TRequest, TResponse>, GetStatus<TRequest, TResponse>, Trailers<TRequest, TResponse>, Dispose, call);
    }

    private static Task<Metadata> Headers<TRequest, TResponse>(object call)
        where TRequest : class
        where TResponse : class => ((ClientCall<TRequest, TResponse>)call).ReadHeadersAsync();

    private static Status GetStatus<TRequest, TResponse>(object call)
        where TRequest : class
        where TResponse : class => ((ClientCall<TRequest, TResponse>)call).Status;

    private static Metadata Trailers<TRequest, TResponse>(object call)
        where TRequest : class
        where TResponse : class => ((ClientCall<TRequest, TResponse>)call).Trailers;

    private static void Dispose(object call) => ((IDisposable)call).Dispose();
}
