using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Grpc.Net.Client;
using Grpc.Testing;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Gateway.Rpc.Tests;

/// <summary>Size limits, compression, time limits, cancellation and back-pressure, through real connections.</summary>
public sealed class LimitTests
{
    private static readonly Metadata Gzip = new() { { "grpc-internal-encoding-request", "gzip" } };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_server_refuses_a_request_over_its_limit_also_when_it_is_small_compressed(bool compressed)
    {
        await using var host = await RpcHost.StartAsync(new Script(), options => options.MaxReceiveMessageSize = 1000);
        var client = host.Client;
        await client.UnaryCallAsync(Sized(900), compressed ? Gzip : null);
        Assert.Equal(StatusCode.ResourceExhausted, (await Wait.ForFailureAsync(async () => await client.UnaryCallAsync(Sized(1001), compressed ? Gzip : null))).StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    public async Task The_client_refuses_a_response_over_its_limit_also_when_it_is_small_compressed(string? algorithm)
    {
        var script = new Script { Unary = (request, _) => Task.FromResult(new SimpleResponse { Payload = Zeros(request.ResponseSize) }) };
        await using var host = await RpcHost.StartAsync(script, options => options.ResponseCompressionAlgorithm = algorithm);
        var client = host.NewClient(new GrpcChannelOptions { MaxReceiveMessageSize = 1000 });
        Assert.Equal(900, (await client.UnaryCallAsync(new SimpleRequest { ResponseSize = 900 })).Payload.Body.Length);
        Assert.Equal(StatusCode.ResourceExhausted, (await Wait.ForFailureAsync(async () => await client.UnaryCallAsync(new SimpleRequest { ResponseSize = 1001 }))).StatusCode);
    }

    [Fact]
    public async Task Neither_side_sends_a_message_over_its_own_limit()
    {
        var script = new Script { Unary = (_, _) => Task.FromResult(new SimpleResponse { Payload = Zeros(1001) }) };
        await using var host = await RpcHost.StartAsync(script, options => options.MaxSendMessageSize = 1000);
        var client = host.NewClient(new GrpcChannelOptions { MaxSendMessageSize = 100 });
        Assert.Contains("Sending", (await Wait.ForFailureAsync(async () => await client.UnaryCallAsync(Sized(101)))).Status.Detail, StringComparison.Ordinal);
        var failure = await Wait.ForFailureAsync(async () => await client.UnaryCallAsync(new SimpleRequest()));
        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
    }

    [Fact]
    public async Task A_message_that_cannot_be_sent_ends_its_stream_and_cancels_the_handler()
    {
        var cancelled = new TaskCompletionSource();
        await using var host = await RpcHost.StartAsync(new Script
        {
            ClientStream = async (requests, context) =>
            {
                async Task Read()
                {
                    while (await requests.MoveNext()) continue;
                }
                await Wait.ForCancellationAsync(context, Read());
                cancelled.TrySetResult();
                return new StreamingInputCallResponse();
            },
        });
        using var call = host.NewClient(new GrpcChannelOptions { MaxSendMessageSize = 100 }).StreamingInputCall();
        await call.RequestStream.WriteAsync(new StreamingInputCallRequest { Payload = Zeros(50) });
        var failure = await Wait.ForFailureAsync(() => call.RequestStream.WriteAsync(new StreamingInputCallRequest { Payload = Zeros(101) }));
        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
        await cancelled.Task.WaitAsync(Wait.Long);
        Assert.Equal(StatusCode.ResourceExhausted, (await Wait.ForFailureAsync(async () => await call)).StatusCode);
    }

    [Fact]
    public async Task A_write_that_its_caller_breaks_off_ends_the_call()
    {
        var release = new TaskCompletionSource();
        await using var host = await RpcHost.StartAsync(new Script
        {
            ClientStream = async (_, _) =>
            {
                await release.Task;
                return new StreamingInputCallResponse();
            },
        });
        using var call = host.Client.StreamingInputCall();
        using var cancel = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            while (true) await call.RequestStream.WriteAsync(new StreamingInputCallRequest { Payload = Zeros(1_000_000) }, cancel.Token);
        });
        cancel.CancelAfter(300);
        Assert.Equal(StatusCode.Cancelled, (await Wait.ForFailureAsync(() => writing)).StatusCode);
        release.SetResult();
    }

    [Fact]
    public async Task A_service_may_have_limits_of_its_own()
    {
        await using var host = await RpcHost.StartAsync(
            new Script(),
            options => options.MaxReceiveMessageSize = 10,
            build: builder => builder.Services.AddGrpc().AddServiceOptions<ScriptedService>(options => options.MaxReceiveMessageSize = 1000));
        await host.Client.UnaryCallAsync(Sized(500));
    }

    [Fact]
    public async Task A_message_larger_than_the_default_window_travels_both_ways()
    {
        var script = new Script { Unary = (request, _) => Task.FromResult(new SimpleResponse { Payload = request.Payload }) };
        await using var host = await RpcHost.StartAsync(script, options => options.MaxReceiveMessageSize = null);
        var client = host.NewClient(new GrpcChannelOptions { MaxReceiveMessageSize = null });
        var body = new byte[20_000_000];
        Random.Shared.NextBytes(body);
        var request = new SimpleRequest { Payload = new Payload { Body = UnsafeByteOperations.UnsafeWrap(body) } };
        Assert.True((await client.UnaryCallAsync(request)).Payload.Body.Span.SequenceEqual(body));
    }

    [Fact]
    public async Task A_deadline_ends_the_call_on_both_sides()
    {
        var cancelled = new TaskCompletionSource<DateTime>();
        await using var host = await RpcHost.StartAsync(new Script
        {
            Unary = async (_, context) =>
            {
                await Wait.ForCancellationAsync(context, Task.CompletedTask);
                cancelled.TrySetResult(context.Deadline);
                return new SimpleResponse();
            },
        });
        var deadline = DateTime.UtcNow.AddMilliseconds(300);
        var failure = await Wait.ForFailureAsync(async () => await host.Client.UnaryCallAsync(new SimpleRequest(), deadline: deadline));
        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
        Assert.InRange(await cancelled.Task.WaitAsync(Wait.Long), deadline.AddSeconds(-1), deadline.AddSeconds(30));
    }

    [Fact]
    public async Task The_server_tells_DEADLINE_EXCEEDED_to_a_caller_that_does_not_watch_the_clock()
    {
        await using var host = await RpcHost.StartAsync(new Script
        {
            Unary = async (_, context) =>
            {
                await Task.Delay(System.Threading.Timeout.Infinite, context.CancellationToken);
                return new SimpleResponse();
            },
        });
        var headers = await RawCall.SendAsync(host.Address, RawCall.Frame([]), request => request.Headers.Add("grpc-timeout", "50m"));
        Assert.Equal("4", headers.Status);
    }

    [Fact]
    public async Task A_deadline_in_the_past_sends_nothing()
    {
        var called = false;
        await using var host = await RpcHost.StartAsync(new Script
        {
            Unary = (_, _) =>
            {
                called = true;
                return Task.FromResult(new SimpleResponse());
            },
        });
        var failure = await Wait.ForFailureAsync(async () => await host.Client.UnaryCallAsync(new SimpleRequest(), deadline: DateTime.UtcNow.AddSeconds(-1)));
        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
        Assert.False(called);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancelled_or_disposed_call_cancels_its_handler(bool dispose)
    {
        var started = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        await using var host = await RpcHost.StartAsync(new Script
        {
            Duplex = async (requests, _, context) =>
            {
                started.SetResult();
                await Wait.ForCancellationAsync(context, requests.MoveNext());
                cancelled.TrySetResult();
            },
        });
        using var cancel = new CancellationTokenSource();
        using var call = host.Client.FullDuplexCall(cancellationToken: cancel.Token);
        var reading = call.ResponseStream.MoveNext(CancellationToken.None);
        await started.Task.WaitAsync(Wait.Long);
        if (dispose) call.Dispose();
        else await cancel.CancelAsync();
        await cancelled.Task.WaitAsync(Wait.Long);
        Assert.Equal(StatusCode.Cancelled, (await Wait.ForFailureAsync(() => reading)).StatusCode);
        Assert.Equal(StatusCode.Cancelled, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task A_slow_reader_slows_the_server_that_writes()
    {
        var written = 0;
        await using var host = await RpcHost.StartAsync(new Script
        {
            ServerStream = async (_, responses, context) =>
            {
                while (written < 1000)
                {
                    await responses.WriteAsync(new StreamingOutputCallResponse { Payload = Zeros(100_000) }, context.CancellationToken);
                    Interlocked.Increment(ref written);
                }
            },
        });
        using var call = host.Client.StreamingOutputCall(new StreamingOutputCallRequest());
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        // Windows and buffers hold a few megabytes; 100 MB are on offer.
        Assert.InRange(await SettledAsync(() => Volatile.Read(ref written)), 1, 400);
        var count = 1;
        while (await call.ResponseStream.MoveNext(CancellationToken.None)) count++;
        Assert.Equal(1000, count);
    }

    [Fact]
    public async Task A_slow_reader_slows_the_client_that_writes()
    {
        var release = new TaskCompletionSource();
        await using var host = await RpcHost.StartAsync(new Script
        {
            ClientStream = async (requests, _) =>
            {
                await release.Task;
                var count = 0;
                while (await requests.MoveNext()) count++;
                return new StreamingInputCallResponse { AggregatedPayloadSize = count };
            },
        });
        using var call = host.Client.StreamingInputCall();
        var written = 0;
        var writing = Task.Run(async () =>
        {
            for (; written < 1000; Interlocked.Increment(ref written)) await call.RequestStream.WriteAsync(new StreamingInputCallRequest { Payload = Zeros(100_000) });
            await call.RequestStream.CompleteAsync();
        });
        Assert.InRange(await SettledAsync(() => Volatile.Read(ref written)), 0, 400);
        release.SetResult();
        await writing.WaitAsync(Wait.Long);
        Assert.Equal(1000, (await call).AggregatedPayloadSize);
    }

    [Fact]
    public async Task Rich_details_travel_with_the_status()
    {
        var sent = new Google.Rpc.Status { Code = 9, Message = "not yet", Details = { Any.Pack(new ErrorInfo { Reason = "V029", Domain = "gateway" }) } };
        await using var host = await RpcHost.StartAsync(new Script { Unary = (_, _) => throw sent.ToRpcException() });
        var failure = await Wait.ForFailureAsync(async () => await host.Client.UnaryCallAsync(new SimpleRequest()));
        Assert.Equal(StatusCode.FailedPrecondition, failure.StatusCode);
        Assert.Equal("V029", failure.GetRpcStatus()!.Details.Single().Unpack<ErrorInfo>().Reason);
    }

    [Fact]
    public async Task The_health_service_tells_each_change()
    {
        var health = new HealthServiceImpl();
        health.SetStatus("", ServingStatus.Serving);
        await using var host = await RpcHost.StartAsync(new Script(), build: builder => builder.Services.AddSingleton(health), map: app => app.MapGrpcService<HealthServiceImpl>());
        var client = new Health.HealthClient(host.NewChannel(new GrpcChannelOptions()));
        Assert.Equal(ServingStatus.Serving, (await client.CheckAsync(new HealthCheckRequest())).Status);
        Assert.Equal(StatusCode.NotFound, (await Wait.ForFailureAsync(async () => await client.CheckAsync(new HealthCheckRequest { Service = "none" }))).StatusCode);
        using var watch = client.Watch(new HealthCheckRequest { Service = "later" });
        foreach (var status in new[] { ServingStatus.ServiceUnknown, ServingStatus.Serving, ServingStatus.NotServing })
        {
            if (status != ServingStatus.ServiceUnknown) health.SetStatus("later", status);
            Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Wait.Long));
            Assert.Equal(status, watch.ResponseStream.Current.Status);
        }
    }

    [Fact]
    public async Task Every_endpoint_of_a_service_takes_its_conventions_and_names_its_method()
    {
        await using var host = await RpcHost.StartAsync(new Script(), map: app =>
        {
            app.MapGrpcService<ScriptedService>().RequireAuthorization();
            var endpoints = ((IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints).ToList();
            var methods = endpoints.Where(e => e.Metadata.GetMetadata<GrpcMethodMetadata>() is not null).ToList();
            Assert.Equal(TestService.Descriptor.Methods.Select(m => $"/{m.Service.FullName}/{m.Name}"), methods.Select(e => e.Metadata.GetMetadata<GrpcMethodMetadata>()!.Method.FullName));
            // The unknown methods of the service are guarded too, the unknown services are not the service's own.
            Assert.Equal(methods.Count + 1, endpoints.Count(e => e.Metadata.GetMetadata<IAuthorizeData>() is not null));
            Assert.Equal(methods.Count + 2, endpoints.Count);
        }, build: builder => builder.Services.AddAuthorization());
    }

    [Fact]
    public async Task A_guarded_service_refuses_before_the_handler()
    {
        await using var host = await RpcHost.StartAsync(
            new Script(),
            build: builder => builder.Services.AddAuthentication("none").AddScheme<Microsoft.AspNetCore.Authentication.AuthenticationSchemeOptions, NobodyHandler>("none", null).Services.AddAuthorization(),
            map: app =>
            {
                app.UseAuthentication();
                app.UseAuthorization();
                app.MapGrpcService<ScriptedService>().RequireAuthorization();
            });
        Assert.Equal(StatusCode.Unauthenticated, (await Wait.ForFailureAsync(async () => await host.Client.UnaryCallAsync(new SimpleRequest()))).StatusCode);
    }

    private static Payload Zeros(int size) => new() { Body = UnsafeByteOperations.UnsafeWrap(new byte[size]) };

    /// <summary>A request of exactly this many bytes.</summary>
    private static SimpleRequest Sized(int size)
    {
        var request = new SimpleRequest { Payload = Zeros(size) };
        while (request.CalculateSize() > size) request.Payload = Zeros(request.Payload.Body.Length - 1);
        return request;
    }

    // The value once it has stopped changing.
    private static async Task<int> SettledAsync(Func<int> read)
    {
        var last = -1;
        for (var calm = 0; calm < 5;)
        {
            await Task.Delay(200);
            var now = read();
            calm = now == last ? calm + 1 : 0;
            last = now;
        }
        return last;
    }

    private sealed class NobodyHandler(
        Microsoft.Extensions.Options.IOptionsMonitor<Microsoft.AspNetCore.Authentication.AuthenticationSchemeOptions> options,
        Microsoft.Extensions.Logging.ILoggerFactory logger,
        System.Text.Encodings.Web.UrlEncoder encoder) : Microsoft.AspNetCore.Authentication.AuthenticationHandler<Microsoft.AspNetCore.Authentication.AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<Microsoft.AspNetCore.Authentication.AuthenticateResult> HandleAuthenticateAsync() =>
            Task.FromResult(Microsoft.AspNetCore.Authentication.AuthenticateResult.NoResult());
    }
}
