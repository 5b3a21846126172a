using Gateway.Rpc.Framing;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Gateway.Rpc.Server;

/// <summary>Answers calls to services and methods that do not exist; one catch-all per application.</summary>
internal sealed class UnimplementedRoutes
{
    private int mapped;

    public void MapOnce(IEndpointRouteBuilder routes)
    {
        if (Interlocked.Exchange(ref mapped, 1) == 0) Map(routes, "/{unimplementedService}/{unimplementedMethod}", "Service is unimplemented.");
    }

    public static IEndpointConventionBuilder Map(IEndpointRouteBuilder routes, string pattern, string detail)
    {
        var endpoint = routes.MapMethods(pattern, [HttpMethods.Post], (RequestDelegate)(http =>
        {
            if (GrpcHeaders.IsGrpc(http.Request.ContentType)) TrailersOnly.Write(http.Response, new Status(StatusCode.Unimplemented, detail));
            else http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }));
        endpoint.WithDisplayName($"gRPC - {pattern}");
        // Whatever else the application serves comes first.
        endpoint.Add(b => ((RouteEndpointBuilder)b).Order = int.MaxValue);
        return endpoint;
    }
}
