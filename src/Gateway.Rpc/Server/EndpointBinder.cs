using System.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Gateway.Rpc.Server;

/// <summary>Makes an endpoint of each method of a service.</summary>
internal sealed class EndpointBinder<TService>(IEndpointRouteBuilder routes, GrpcServiceOptions options) : ServiceBinderBase
    where TService : class
{
    private readonly List<IEndpointConventionBuilder> conventions = [];
    private string? serviceName;

    public IReadOnlyList<IEndpointConventionBuilder> Conventions => conventions;

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        var invoke = Invoker<Func<TService, TRequest, ServerCallContext, Task<TResponse>>>(method, out var info);
        Map(method, info, async (service, call) =>
        {
            var request = await call.ReadSingleAsync(method.RequestMarshaller);
            call.WriteLast(await invoke(service, request, call), method.ResponseMarshaller);
        });
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var invoke = Invoker<Func<TService, IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>>>(method, out var info);
        Map(method, info, async (service, call) =>
        {
            var requests = new RequestStreamReader<TRequest>(call, method.RequestMarshaller);
            call.WriteLast(await invoke(service, requests, call), method.ResponseMarshaller);
        });
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var invoke = Invoker<Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task>>(method, out var info);
        Map(method, info, async (service, call) =>
        {
            var request = await call.ReadSingleAsync(method.RequestMarshaller);
            await invoke(service, request, new ResponseStreamWriter<TResponse>(call, method.ResponseMarshaller), call);
        });
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var invoke = Invoker<Func<TService, IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task>>(method, out var info);
        Map(method, info, (service, call) => invoke(
            service,
            new RequestStreamReader<TRequest>(call, method.RequestMarshaller),
            new ResponseStreamWriter<TResponse>(call, method.ResponseMarshaller),
            call));
    }

    /// <summary>A known service answers for its unknown methods, under the same conventions (authorization above all).</summary>
    public void MapUnknownMethods()
    {
        if (serviceName is null) return;
        conventions.Add(UnimplementedRoutes.Map(routes, $"/{serviceName}/{{unimplementedMethod}}", "Method is unimplemented."));
    }

    private static TDelegate Invoker<TDelegate>(IMethod method, out MethodInfo info)
        where TDelegate : Delegate
    {
        var parameters = typeof(TDelegate).GetMethod("Invoke")!.GetParameters().Skip(1).Select(p => p.ParameterType).ToArray();
        info = typeof(TService).GetMethod(method.Name, BindingFlags.Public | BindingFlags.Instance, parameters)
            ?? throw new InvalidOperationException($"{typeof(TService).Name} has no method {method.Name}.");
        return info.CreateDelegate<TDelegate>();
    }

    private void Map(IMethod method, MethodInfo info, Func<TService, ServerCall, Task> handler)
    {
        serviceName = method.ServiceName;
        var runner = new CallRunner<TService>(method, options, handler);
        var endpoint = routes.MapMethods(method.FullName, [HttpMethods.Post], (RequestDelegate)runner.RunAsync);
        endpoint.WithDisplayName($"gRPC - {method.FullName}");
        endpoint.Add(b =>
        {
            foreach (var attribute in typeof(TService).GetCustomAttributes(inherit: true).Concat(info.GetCustomAttributes(inherit: true))) b.Metadata.Add(attribute);
            b.Metadata.Add(new GrpcMethodMetadata(typeof(TService), method));
        });
        conventions.Add(endpoint);
    }
}
