using Xunit;
using System.Net;
using System.Threading.Channels;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Rpc.Tests;

/// <summary>What the service under test does, written beside the assertion.</summary>
public sealed class Script
{
    public Func<SimpleRequest, ServerCallContext, Task<SimpleResponse>> Unary { get; init; } = (_, _) => Task.FromResult(new SimpleResponse());

    public Func<IAsyncStreamReader<StreamingInputCallRequest>, ServerCallContext, Task<StreamingInputCallResponse>> ClientStream { get; init; } = (_, _) => Task.FromResult(new StreamingInputCallResponse());

    public Func<StreamingOutputCallRequest, IServerStreamWriter<StreamingOutputCallResponse>, ServerCallContext, Task> ServerStream { get; init; } = (_, _, _) => Task.CompletedTask;

    public Func<IAsyncStreamReader<StreamingOutputCallRequest>, IServerStreamWriter<StreamingOutputCallResponse>, ServerCallContext, Task> Duplex { get; init; } = (_, _, _) => Task.CompletedTask;
}

public sealed class ScriptedService(Script script) : TestService.TestServiceBase
{
    public override Task<SimpleResponse> UnaryCall(SimpleRequest request, ServerCallContext context) => script.Unary(request, context);

    public override Task<StreamingInputCallResponse> StreamingInputCall(IAsyncStreamReader<StreamingInputCallRequest> requestStream, ServerCallContext context) => script.ClientStream(requestStream, context);

    public override Task StreamingOutputCall(StreamingOutputCallRequest request, IServerStreamWriter<StreamingOutputCallResponse> responseStream, ServerCallContext context) => script.ServerStream(request, responseStream, context);

    public override Task FullDuplexCall(IAsyncStreamReader<StreamingOutputCallRequest> requestStream, IServerStreamWriter<StreamingOutputCallResponse> responseStream, ServerCallContext context) => script.Duplex(requestStream, responseStream, context);
}

/// <summary>A server on a loopback port, and channels to it.</summary>
public sealed class RpcHost : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly List<IDisposable> disposables = [];

    private RpcHost(WebApplication app) => this.app = app;

    public Uri Address => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public TestService.TestServiceClient Client => NewClient(new GrpcChannelOptions());

    public static async Task<RpcHost> StartAsync(
        Script script,
        Action<GrpcServiceOptions>? options = null,
        Action<WebApplicationBuilder>? build = null,
        Action<WebApplication>? map = null,
        HttpProtocols protocols = HttpProtocols.Http2)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        builder.Services.AddSingleton(script);
        builder.Services.AddGrpc(options ?? (_ => { }));
        build?.Invoke(builder);
        var app = builder.Build();
        if (map is null) app.MapGrpcService<ScriptedService>();
        else map(app);
        await app.StartAsync();
        return new RpcHost(app);
    }

    public GrpcChannel NewChannel(GrpcChannelOptions options)
    {
        var channel = GrpcChannel.ForAddress(Address, options);
        disposables.Add(channel);
        return channel;
    }

    public TestService.TestServiceClient NewClient(GrpcChannelOptions options) => new(NewChannel(options));

    public async ValueTask DisposeAsync()
    {
        foreach (var disposable in disposables) disposable.Dispose();
        await app.DisposeAsync();
    }
}

internal static class Wait
{
    /// <summary>Long enough that only a hang reaches it.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    /// <summary>Until a call is cancelled, seen by its handler: what it reads may fail before the token is cancelled, or because of it.</summary>
    public static async Task ForCancellationAsync(ServerCallContext context, Task reading)
    {
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(Timeout.Infinite, context.CancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public static async Task<RpcException> ForFailureAsync(Func<Task> act) => await Assert.ThrowsAsync<RpcException>(() => act().WaitAsync(Long));
}
