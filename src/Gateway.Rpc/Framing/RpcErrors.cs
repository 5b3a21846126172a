using Grpc.Core;

namespace Gateway.Rpc.Framing;

/// <summary>The failures that both sides of a call can meet, with the status that the gRPC specification names.</summary>
internal static class RpcErrors
{
    public const string Received = "Received message exceeds the maximum configured message size";
    public const string Sending = "Sending message exceeds the maximum configured message size";

    public static RpcException TooLarge(string which, long length, int limit) =>
        new(new Status(StatusCode.ResourceExhausted, $"{which} ({length} > {limit})."));

    public static RpcException Internal(string detail, Exception? cause = null) => new(new Status(StatusCode.Internal, detail, cause));
}
