using Grpc.Core;

namespace Gateway.Users;

/// <summary>Who makes a call on the operator port. Set before the call is read, after the certificate was checked against the directory.</summary>
internal sealed record OperatorCall(User User)
{
    /// <summary>The user of the call. A call without one never reaches a use case.</summary>
    public static User UserOf(ServerCallContext context)
        => context.GetHttpContext().Features.Get<OperatorCall>()?.User ?? throw new InvalidOperationException("the call was not admitted");
}
