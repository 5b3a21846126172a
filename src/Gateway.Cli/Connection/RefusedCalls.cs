using Gateway.Cli.Output;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Cli.Connection;

/// <summary>What a failed call means to a person.</summary>
internal static class RefusedCalls
{
    private const string Trailer = "gateway-refusal-bin";

    public static StopException Explain(RpcException e)
        => RefusalOf(e) is { } refusal ? StopException.Refused(refusal) : e.StatusCode switch
        {
            StatusCode.Unavailable => StopException.Incomplete($"the gateway cannot be reached: {Root(e)}", e),
            StatusCode.DeadlineExceeded => StopException.Incomplete("the gateway did not answer in time", e),
            StatusCode.Unauthenticated => StopException.No("the gateway does not know this client certificate"),
            StatusCode.PermissionDenied => StopException.No($"the gateway does not permit this: {e.Status.Detail}"),
            StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.AlreadyExists or StatusCode.FailedPrecondition
                or StatusCode.Aborted or StatusCode.OutOfRange => StopException.No(e.Status.Detail),
            StatusCode.Unimplemented => StopException.Incomplete("this gateway is older than this program and does not know the call", e),
            _ => StopException.Incomplete($"the call failed ({e.StatusCode}): {Root(e)}", e),
        };

    public static Refusal? RefusalOf(RpcException e)
    {
        if (e.Trailers.FirstOrDefault(t => t.Key == Trailer) is not { IsBinary: true } entry)
            return null;
        try
        {
            return Refusal.Parser.ParseFrom(entry.ValueBytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return null; // the status alone must do
        }
    }

    /// <summary>The disk of the gateway lost a part of the item. It comes back when its origin sends it again, which may take days: nobody waits for that.</summary>
    public static bool IsDamaged(RpcException e) => RefusalOf(e) is { Code: "T742" };

    /// <summary>Worth trying again by itself: the connection broke, or the gateway restarts.</summary>
    public static bool IsInterruption(RpcException e)
        => RefusalOf(e) is { } refusal ? refusal.Retry : e.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Internal;

    // The inner reason (refused, name unknown, certificate not accepted) says more than the status.
    private static string Root(RpcException e)
    {
        Exception? cause = e.Status.DebugException ?? e.InnerException;
        while (cause?.InnerException is { } inner)
            cause = inner;
        return cause?.Message is { Length: > 0 } message ? message : e.Status.Detail;
    }
}
