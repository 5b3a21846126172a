using Grpc.Core;
using Grpc.Health.V1;

namespace Gateway.Hosting;

/// <summary>The standard gRPC health question on the operator port, for programs that ask it in gRPC; the answer is that of <c>/health/ready</c>.</summary>
internal sealed class GrpcHealthEndpoint(Readiness readiness) : Health.HealthBase
{
    private static readonly string[] s_services = ["", "gateway.v1.Operator", "gateway.v1.Exchange"];

    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
        => s_services.Contains(request.Service)
            ? Task.FromResult(new HealthCheckResponse
            {
                Status = readiness.Reasons().Count == 0 ? HealthCheckResponse.Types.ServingStatus.Serving : HealthCheckResponse.Types.ServingStatus.NotServing,
            })
            : throw new RpcException(new Status(StatusCode.NotFound, "no such service"));
}
