using System.Net;
using System.Net.Sockets;
using Grpc.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace Gateway.Rpc.Tests;

public sealed class HostileClientTests
{
    [Theory]
    [InlineData("application/json")]
    [InlineData("application/grpc-web+proto")]
    [InlineData("application/grpc+json")]
    [InlineData("text/plain")]
    public async Task A_wrong_content_type_is_415(string contentType)
    {
        await using var host = await RpcHost.StartAsync(new Script());
        var answer = await RawCall.SendAsync(host.Address, RawCall.Frame([]), contentType: contentType);
        Assert.Equal((415, null), (answer.HttpStatus, answer.Status));
    }

    [Fact]
    public async Task HTTP_1_is_told_to_upgrade()
    {
        await using var host = await RpcHost.StartAsync(new Script(), protocols: HttpProtocols.Http1);
        Assert.Equal(426, (await RawCall.SendAsync(host.Address, RawCall.Frame([]), version: HttpVersion.Version11)).HttpStatus);
    }

    [Fact]
    public async Task A_good_call_made_by_hand_is_answered()
    {
        await using var host = await RpcHost.StartAsync(new Script());
        var answer = await RawCall.SendAsync(host.Address, RawCall.Frame([]));
        Assert.Equal((200, "0", null), (answer.HttpStatus, answer.Status, answer.Message));
        Assert.Equal(RawCall.Frame([]), answer.Body);
    }

    [Theory]
    [InlineData("", "13")]                              // no message at all
    [InlineData("00", "13")]                            // half a header
    [InlineData("0000000005 0102", "13")]               // half a message
    [InlineData("0200000000", "13")]                    // no such flag
    [InlineData("0100000000", "13")]                    // compressed, without an encoding
    [InlineData("0000000000 0000000000", "13")]         // two messages where there is one
    [InlineData("0000000002 FFFF", "13")]               // no protobuf
    [InlineData("00FFFFFFFF", "8")]                     // 4 GiB announced
    [InlineData("0000400001", "8")]                     // one more than 4 MiB announced
    public async Task A_malformed_request_gets_the_status_of_the_specification(string hex, string status)
    {
        await using var host = await RpcHost.StartAsync(new Script());
        var answer = await RawCall.SendAsync(host.Address, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        Assert.Equal((200, status), (answer.HttpStatus, answer.Status));
        Assert.DoesNotContain(" at ", answer.Message ?? "", StringComparison.Ordinal);
        Assert.Empty(answer.Body);
    }

    [Fact]
    public async Task An_unknown_encoding_is_unimplemented_and_told_what_is_accepted()
    {
        await using var host = await RpcHost.StartAsync(new Script());
        var answer = await RawCall.SendAsync(host.Address, RawCall.Frame([]), request => request.Headers.Add("grpc-encoding", "snappy"));
        Assert.Equal("12", answer.Status);
        Assert.Equal("identity,gzip", string.Join(',', answer.Headers.GetValues("grpc-accept-encoding")));
    }

    [Fact]
    public async Task A_malformed_timeout_is_refused()
    {
        await using var host = await RpcHost.StartAsync(new Script());
        Assert.Equal("13", (await RawCall.SendAsync(host.Address, RawCall.Frame([]), request => request.Headers.Add("grpc-timeout", "soon"))).Status);
    }

    [Fact]
    public async Task Metadata_that_is_not_base64_fails_the_call_that_reads_it()
    {
        await using var host = await RpcHost.StartAsync(new Script { Unary = (_, context) => Task.FromResult(new SimpleResponse { Username = $"{context.RequestHeaders.Count}" }) });
        Assert.Equal("13", (await RawCall.SendAsync(host.Address, RawCall.Frame([]), request => request.Headers.Add("x-bin", "!!!"))).Status);
    }

    [Theory]
    [InlineData("/grpc.testing.TestService/Nothing", "application/grpc", 200, "12")]
    [InlineData("/no.such.Service/Method", "application/grpc", 200, "12")]
    [InlineData("/no.such.Service/Method", "text/html", 404, null)]
    [InlineData("/elsewhere", "application/grpc", 404, null)]
    public async Task What_does_not_exist_is_unimplemented(string path, string contentType, int http, string? status)
    {
        await using var host = await RpcHost.StartAsync(new Script());
        var answer = await RawCall.SendAsync(host.Address, RawCall.Frame([]), request => request.RequestUri = new Uri(host.Address, path), contentType);
        Assert.Equal((http, status), (answer.HttpStatus, answer.Status));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reset_and_a_lost_connection_cancel_the_handler(bool reset)
    {
        var started = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        await using var host = await RpcHost.StartAsync(HangingScript(started, cancelled));
        using var peer = await RawHttp2.ConnectAsync(host.Address);
        await peer.StartCallAsync(1, "/grpc.testing.TestService/FullDuplexCall");
        await started.Task.WaitAsync(Wait.Long);
        if (reset) await peer.ResetAsync(1, 0x8);
        else peer.Dispose();
        await cancelled.Task.WaitAsync(Wait.Long);
    }

    [Fact]
    public async Task A_malformed_frame_ends_its_connection_and_no_other()
    {
        var started = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        await using var host = await RpcHost.StartAsync(HangingScript(started, cancelled));
        using var peer = await RawHttp2.ConnectAsync(host.Address);
        await peer.StartCallAsync(1, "/grpc.testing.TestService/FullDuplexCall");
        await started.Task.WaitAsync(Wait.Long);
        // DATA on stream 0 is a connection error (RFC 9113 §6.1).
        await peer.WriteFrameAsync(RawHttp2.Data, 0, 0, [1, 2, 3]);
        await cancelled.Task.WaitAsync(Wait.Long);
        Assert.Contains(RawHttp2.GoAway, await peer.ReadFrameTypesToEndAsync());
        await host.Client.UnaryCallAsync(new SimpleRequest());
    }

    [Fact]
    public async Task Garbage_instead_of_HTTP_2_leaves_the_server_standing()
    {
        await using var host = await RpcHost.StartAsync(new Script());
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(IPAddress.Loopback, host.Address.Port);
            await socket.GetStream().WriteAsync(new byte[100_000]);
        }
        await host.Client.UnaryCallAsync(new SimpleRequest());
    }

    private static Script HangingScript(TaskCompletionSource started, TaskCompletionSource cancelled) => new()
    {
        Duplex = async (requests, _, context) =>
        {
            started.SetResult();
            await Wait.ForCancellationAsync(context, Grpc.Core.AsyncStreamReaderExtensions.MoveNext(requests));
            cancelled.TrySetResult();
        },
    };
}
