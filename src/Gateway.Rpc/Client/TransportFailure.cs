using System.Net.Http;
using Gateway.Rpc.Framing;
using Grpc.Core;

namespace Gateway.Rpc.Client;

/// <summary>The status of a call that the transport ended.</summary>
internal static class TransportFailure
{
    public static Status ToStatus(Exception failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
        {
            if (e is RpcException rpc) return rpc.Status;
            if (e is HttpProtocolException protocol) return FromProtocol(protocol, failure);
        }
        return failure switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => new Status(StatusCode.ResourceExhausted, Describe("Response headers are too large", failure), failure),
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError } => new Status(StatusCode.Internal, Describe("Bad gRPC response", failure), failure),
            HttpRequestException or IOException or System.Net.Sockets.SocketException or OperationCanceledException => new Status(StatusCode.Unavailable, Describe("Error starting or reading the gRPC call", failure), failure),
            _ => new Status(StatusCode.Internal, Describe("Error during the gRPC call", failure), failure),
        };
    }

    // A reset concerns this call only; a GOAWAY or a broken connection means that another attempt may well succeed.
    private static Status FromProtocol(HttpProtocolException protocol, Exception failure) =>
        protocol.Message.Contains("reset the stream", StringComparison.Ordinal)
            ? new Status(StatusMapping.FromReset(protocol.ErrorCode), Describe("The server reset the call", failure), failure)
            : new Status(StatusCode.Unavailable, Describe("The connection was closed", failure), failure);

    private static string Describe(string what, Exception failure)
    {
        var text = $"{what}. {failure.GetType().Name}: {failure.Message}";
        return failure.InnerException is { } inner && inner.Message != failure.Message ? $"{text} {inner.GetType().Name}: {inner.Message}" : text;
    }
}
