using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Hosting;

/// <summary>The one place where a refusal becomes a gRPC status: the status for programs that know nothing of us, the trailer for those that do.</summary>
internal static class RefusalStatus
{
    public static RpcException Exception(Refusal refusal)
        => new(new Status(CodeOf(refusal.Code), refusal.ToString()), new Metadata { { RefusalWire.Trailer, RefusalWire.ToWire(refusal).ToByteArray() } });

    public static StatusCode CodeOf(RefusalCode code) => code switch
    {
        RefusalCode.UserUnknown or RefusalCode.ConnectionNotIdentified or RefusalCode.PeerUnknown => StatusCode.Unauthenticated,
        RefusalCode.RoleMissing or RefusalCode.PeerBlocked or RefusalCode.SecondPersonNeeded or RefusalCode.SamePersonTwice or RefusalCode.LabMayNotRelease
            or RefusalCode.NotOnNeedToKnowList or RefusalCode.SealNotOfConnection => StatusCode.PermissionDenied,
        RefusalCode.NotFound or RefusalCode.TransferUnknown => StatusCode.NotFound,
        RefusalCode.Duplicate or RefusalCode.SameIdOtherContent or RefusalCode.IdempotencyConflict => StatusCode.AlreadyExists,
        RefusalCode.StateConflict => StatusCode.Aborted,
        RefusalCode.RateLimited or RefusalCode.NoSpace or RefusalCode.TooManyTransfers or RefusalCode.EvidenceQuota or RefusalCode.ItemTooLarge or RefusalCode.MessageTooLarge or RefusalCode.DocumentLimit
            or RefusalCode.MarkLimit or RefusalCode.EnvelopeLimit => StatusCode.ResourceExhausted,
        RefusalCode.ShuttingDown or RefusalCode.PeerUnreachable or RefusalCode.LedgerBeingCompared or RefusalCode.StorageReadOnly or RefusalCode.LogUnwitnessed or RefusalCode.TimeStampMissing => StatusCode.Unavailable,
        _ when code.After() == AfterRefusal.Retry => StatusCode.FailedPrecondition,
        _ => StatusCode.InvalidArgument,
    };
}
