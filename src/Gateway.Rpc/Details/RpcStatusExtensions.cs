using Google.Protobuf;

namespace Grpc.Core;

/// <summary>Rich details: a google.rpc.Status in the trailer grpc-status-details-bin.</summary>
public static class RpcStatusExtensions
{
    internal const string TrailerName = "grpc-status-details-bin";

    /// <summary>The exception that sends this status, its message and its details.</summary>
    public static RpcException ToRpcException(this Google.Rpc.Status status)
    {
        ArgumentNullException.ThrowIfNull(status);
        var trailers = new Metadata { { TrailerName, status.ToByteArray() } };
        return new RpcException(new Status((StatusCode)status.Code, status.Message), trailers);
    }
}

public static class RpcExceptionExtensions
{
    /// <summary>The details that came with a failed call, or null. Details that cannot be read throw, or count as none.</summary>
    public static Google.Rpc.Status? GetRpcStatus(this RpcException ex, bool ignoreParseError = false)
    {
        ArgumentNullException.ThrowIfNull(ex);
        if (ex.Trailers.GetValueBytes(RpcStatusExtensions.TrailerName) is not { } bytes) return null;
        try
        {
            return Google.Rpc.Status.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException) when (ignoreParseError)
        {
            return null;
        }
    }
}
