using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Testing;
using Xunit;

namespace Gateway.Rpc.Tests;

public sealed class CallTests
{
    [Fact]
    public async Task A_fault_in_a_handler_tells_the_caller_nothing()
    {
        await using var host = await RpcHost.StartAsync(new Script { Unary = (_, _) => throw new InvalidOperationException("secret: /etc/shadow") });
        var failure = await Wait.ForFailureAsync(async () => await host.Client.UnaryCallAsync(new SimpleRequest()));
        Assert.Equal(StatusCode.Unknown, failure.StatusCode);
        Assert.Equal("Exception was thrown by handler.", failure.Status.Detail);
        Assert.DoesNotContain(failure.Trailers, e => e.Key is not ("date" or "server"));
    }

    [Fact]
    public async Task A_fault_is_shown_when_detailed_errors_are_enabled_but_never_its_stack()
    {
        await using var host = await RpcHost.StartAsync(
            new Script { Unary = (_, _) => throw new InvalidOperationException("what broke") },
            options => options.EnableDetailedErrors = true);
        var failure = await Wait.ForFailureAsync(async () => await host.Client.UnaryCallAsync(new SimpleRequest()));
        Assert.Contains("what broke", failure.Status.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(" at ", failure.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_after_the_first_message_still_gives_a_status()
    {
        await using var host = await RpcHost.StartAsync(new Script
        {
            ServerStream = async (_, responses, _) =>
            {
                await responses.WriteAsync(new StreamingOutputCallResponse());
                throw new InvalidOperationException();
            },
        });
        using var call = host.Client.StreamingOutputCall(new StreamingOutputCallRequest());
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.Unknown, (await Wait.ForFailureAsync(() => call.ResponseStream.MoveNext(CancellationToken.None))).StatusCode);
    }

    [Fact]
    public async Task A_status_travels_with_its_message_and_trailers()
    {
        await using var host = await RpcHost.StartAsync(new Script
        {
            Unary = (_, context) =>
            {
                context.ResponseTrailers.Add("set-before", "1");
                throw new RpcException(new Status(StatusCode.FailedPrecondition, "gr\u00fc\u00dfe % \n"), new Metadata { { "with-it-bin", [0, 255] } });
            },
        });
        var failure = await Wait.ForFailureAsync(async () => await host.Client.UnaryCallAsync(new SimpleRequest()));
        Assert.Equal(StatusCode.FailedPrecondition, failure.StatusCode);
        Assert.Equal("gr\u00fc\u00dfe % \n", failure.Status.Detail);
        Assert.Equal("1", failure.Trailers.GetValue("set-before"));
        Assert.Equal([0, 255], failure.Trailers.GetValueBytes("with-it-bin"));
    }

    [Fact]
    public async Task A_call_without_a_response_message_fails()
    {
        await using var host = await RpcHost.StartAsync(new Script { Unary = (_, _) => Task.FromResult<SimpleResponse>(null!) });
        Assert.Equal(StatusCode.Internal, (await Wait.ForFailureAsync(async () => await host.Client.UnaryCallAsync(new SimpleRequest()))).StatusCode);
    }

    [Fact]
    public async Task Metadata_travels_both_ways_with_duplicates_in_order()
    {
        await using var host = await RpcHost.StartAsync(new Script
        {
            Unary = async (_, context) =>
            {
                var headers = new Metadata();
                foreach (var entry in context.RequestHeaders.Where(e => e.Key.StartsWith("x-", StringComparison.Ordinal))) headers.Add(entry);
                await context.WriteResponseHeadersAsync(headers);
                return new SimpleResponse();
            },
        });
        var sent = new Metadata { { "x-text", "a" }, { "x-text", "b, c" }, { "x-data-bin", [1] }, { "x-data-bin", [] }, { "x-data-bin", [2, 3] } };
        using var call = host.Client.UnaryCallAsync(new SimpleRequest(), sent);
        var headers = await call.ResponseHeadersAsync.WaitAsync(Wait.Long);
        // PROTOCOL-HTTP2.md, Custom-Metadata: values under one key may arrive joined by commas.
        Assert.Equal("a, b, c", string.Join(", ", headers.GetAll("x-text").Select(e => e.Value)));
        Assert.Equal(["01", "", "0203"], headers.GetAll("x-data-bin").Select(e => Convert.ToHexString(e.ValueBytes)));
        await call;
    }

    [Fact]
    public async Task Headers_arrive_before_the_first_message()
    {
        var release = new TaskCompletionSource();
        await using var host = await RpcHost.StartAsync(new Script
        {
            ServerStream = async (_, _, context) =>
            {
                await context.WriteResponseHeadersAsync(new Metadata { { "early", "yes" } });
                await release.Task;
            },
        });
        using var call = host.Client.StreamingOutputCall(new StreamingOutputCallRequest());
        Assert.Equal("yes", (await call.ResponseHeadersAsync.WaitAsync(Wait.Long)).GetValue("early"));
        release.SetResult();
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
    }

    [Fact]
    public async Task Headers_sent_twice_are_a_fault_of_the_handler()
    {
        await using var host = await RpcHost.StartAsync(new Script
        {
            Unary = async (_, context) =>
            {
                await context.WriteResponseHeadersAsync([]);
                await Assert.ThrowsAsync<InvalidOperationException>(() => context.WriteResponseHeadersAsync([]));
                return new SimpleResponse { Username = "second refused" };
            },
        });
        Assert.Equal("second refused", (await host.Client.UnaryCallAsync(new SimpleRequest())).Username);
    }

    [Fact]
    public async Task A_client_may_write_before_it_reads_and_the_other_way_round()
    {
        await using var host = await RpcHost.StartAsync(new Script
        {
            Duplex = async (requests, responses, context) =>
            {
                await responses.WriteAsync(new StreamingOutputCallResponse());
                await foreach (var _ in requests.ReadAllAsync(context.CancellationToken)) await responses.WriteAsync(new StreamingOutputCallResponse());
            },
        });
        using var call = host.Client.FullDuplexCall();
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Wait.Long));
        for (var i = 0; i < 3; i++) await call.RequestStream.WriteAsync(new StreamingOutputCallRequest());
        await call.RequestStream.CompleteAsync();
        var count = 0;
        while (await call.ResponseStream.MoveNext(CancellationToken.None)) count++;
        Assert.Equal(3, count);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task A_server_may_answer_before_the_request_stream_ends()
    {
        await using var host = await RpcHost.StartAsync(new Script { ClientStream = (_, _) => throw new RpcException(new Status(StatusCode.AlreadyExists, "have it")) });
        using var call = host.Client.StreamingInputCall();
        var failure = await Wait.ForFailureAsync(async () =>
        {
            while (true) await call.RequestStream.WriteAsync(new StreamingInputCallRequest { Payload = new Payload { Body = ByteString.CopyFrom(new byte[10_000]) } });
        });
        Assert.Equal(StatusCode.AlreadyExists, failure.StatusCode);
        Assert.Equal(StatusCode.AlreadyExists, (await Wait.ForFailureAsync(async () => await call)).StatusCode);
    }

    [Fact]
    public async Task A_message_after_the_end_of_the_request_stream_is_a_fault_of_the_caller()
    {
        await using var host = await RpcHost.StartAsync(new Script());
        using var call = host.Client.StreamingInputCall();
        await call.RequestStream.CompleteAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync(new StreamingInputCallRequest()));
        await call;
    }

    [Fact]
    public async Task A_blocking_call_gives_the_same_response()
    {
        await using var host = await RpcHost.StartAsync(new Script { Unary = (request, _) => Task.FromResult(new SimpleResponse { Username = $"{request.ResponseSize}" }) });
        Assert.Equal("7", host.Client.UnaryCall(new SimpleRequest { ResponseSize = 7 }).Username);
    }

    [Fact]
    public async Task A_handler_sees_method_host_and_peer_of_its_call()
    {
        await using var host = await RpcHost.StartAsync(new Script { Unary = (_, context) => Task.FromResult(new SimpleResponse { Username = $"{context.Method} {context.Host} {context.Peer.Split(':')[0]} {context.GetHttpContext().Request.Protocol} {context.AuthContext.IsPeerAuthenticated}" }) });
        var response = await host.Client.UnaryCallAsync(new SimpleRequest());
        Assert.Equal($"/grpc.testing.TestService/UnaryCall {host.Address.Authority} ipv4 HTTP/2 False", response.Username);
    }

    [Fact]
    public async Task Nobody_listens_is_unavailable()
    {
        var host = await RpcHost.StartAsync(new Script());
        var address = host.Address;
        await host.DisposeAsync();
        using var channel = GrpcChannel.ForAddress(address);
        var client = new TestService.TestServiceClient(channel);
        Assert.Equal(StatusCode.Unavailable, (await Wait.ForFailureAsync(async () => await client.EmptyCallAsync(new Empty()))).StatusCode);
        using var call = client.FullDuplexCall();
        Assert.Equal(StatusCode.Unavailable, (await Wait.ForFailureAsync(() => call.RequestStream.WriteAsync(new StreamingOutputCallRequest()))).StatusCode);
    }

    [Fact]
    public async Task Three_hundred_calls_at_once_each_get_their_own_response()
    {
        await using var host = await RpcHost.StartAsync(new Script { Unary = (request, _) => Task.FromResult(new SimpleResponse { Payload = request.Payload }) });
        var client = host.Client;
        var all = Enumerable.Range(0, 300).Select(async i =>
        {
            var body = ByteString.CopyFrom(BitConverter.GetBytes(i));
            return (await client.UnaryCallAsync(new SimpleRequest { Payload = new Payload { Body = body } })).Payload.Body.Equals(body);
        });
        Assert.DoesNotContain(false, await Task.WhenAll(all).WaitAsync(Wait.Long));
    }

    [Fact]
    public async Task A_read_that_a_handler_leaves_behind_ends_with_its_call_and_takes_nothing_of_the_next()
    {
        var left = new List<Task<bool>>();
        await using var host = await RpcHost.StartAsync(new Script
        {
            Duplex = async (requests, responses, _) =>
            {
                Assert.True(await requests.MoveNext(CancellationToken.None));
                await responses.WriteAsync(new StreamingOutputCallResponse { Payload = requests.Current.Payload });
                lock (left)
                    left.Add(requests.MoveNext(CancellationToken.None));
            },
        });
        for (var i = 0; i < 50; i++)
        {
            using var call = host.Client.FullDuplexCall();
            var sent = new Payload { Body = ByteString.CopyFromUtf8($"call {i}") };
            await call.RequestStream.WriteAsync(new StreamingOutputCallRequest { Payload = sent });
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Wait.Long));
            Assert.Equal(sent, call.ResponseStream.Current.Payload);
            Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Wait.Long));
        }
        Assert.Equal(50, left.Count);
        foreach (var read in left)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(Wait.Long));
    }
}
