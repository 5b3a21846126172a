using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Testing;
using Xunit;

namespace Gateway.Rpc.Tests;

/// <summary>Our client against a server that misbehaves, frame by frame.</summary>
public sealed class HostileServerTests
{
    private static readonly (string, string)[] Good = [(":status", "200"), ("content-type", "application/grpc")];

    // PROTOCOL-HTTP2.md, Errors
    [Theory]
    [InlineData(0x0, StatusCode.Internal)]
    [InlineData(0x1, StatusCode.Internal)]
    [InlineData(0x2, StatusCode.Internal)]
    [InlineData(0x3, StatusCode.Internal)]
    [InlineData(0x6, StatusCode.Internal)]
    [InlineData(0x7, StatusCode.Unavailable)]
    [InlineData(0x8, StatusCode.Cancelled)]
    [InlineData(0x9, StatusCode.Internal)]
    [InlineData(0xa, StatusCode.Internal)]
    [InlineData(0xb, StatusCode.ResourceExhausted)]
    [InlineData(0xc, StatusCode.PermissionDenied)]
    [InlineData(0x5, StatusCode.Unknown)]
    [InlineData(0x77, StatusCode.Unknown)]
    public async Task A_reset_maps_as_published(int code, StatusCode status)
    {
        var failure = await CallAsync(async peer =>
        {
            var id = await peer.ReadCallAsync();
            await peer.WriteHeadersAsync(id, false, Good);
            await peer.ResetAsync(id, (uint)code);
        });
        Assert.Equal(status, failure.StatusCode);
    }

    [Fact]
    public async Task A_connection_that_goes_away_before_the_call_is_unavailable()
    {
        var failure = await CallAsync(async peer =>
        {
            await peer.ReadCallAsync();
            await peer.GoAwayAsync(0, 0);
        });
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
    }

    [Fact]
    public async Task A_call_that_was_accepted_before_the_connection_goes_away_completes()
    {
        var failure = await CallAsync(async peer =>
        {
            var id = await peer.ReadCallAsync();
            await peer.GoAwayAsync(id, 0);
            await peer.WriteHeadersAsync(id, true, [.. Good, ("grpc-status", "5"), ("grpc-message", "last words")]);
        });
        Assert.Equal((StatusCode.NotFound, "last words"), (failure.StatusCode, failure.Status.Detail));
    }

    [Fact]
    public async Task A_connection_that_breaks_within_the_response_is_unavailable()
    {
        var failure = await CallAsync(async peer =>
        {
            await peer.WriteHeadersAsync(await peer.ReadCallAsync(), false, Good);
            peer.Dispose();
        });
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
    }

    [Fact]
    public async Task Bytes_that_are_not_HTTP_2_are_unavailable()
    {
        var failure = await CallAsync(async peer =>
        {
            await peer.ReadCallAsync();
            await peer.WriteRawAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        });
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
    }

    [Theory]
    [InlineData(null, StatusCode.Unknown)]
    [InlineData("99", StatusCode.Unknown)]
    [InlineData("x", StatusCode.Unknown)]
    [InlineData("0", StatusCode.Internal)]
    public async Task A_response_without_message_gets_a_status_from_its_trailers(string? number, StatusCode status)
    {
        var failure = await CallAsync(async peer =>
        {
            var id = await peer.ReadCallAsync();
            await peer.WriteHeadersAsync(id, false, Good);
            if (number is null) await peer.WriteFrameAsync(RawHttp2.Data, RawHttp2.EndStream, id, []);
            else await peer.WriteHeadersAsync(id, true, ("grpc-status", number));
        });
        Assert.Equal(status, failure.StatusCode);
    }

    [Theory]
    [InlineData("401", null, StatusCode.Unauthenticated)]
    [InlineData("403", null, StatusCode.PermissionDenied)]
    [InlineData("404", null, StatusCode.Unimplemented)]
    [InlineData("415", null, StatusCode.Unknown)]
    [InlineData("503", null, StatusCode.Unavailable)]
    [InlineData("503", "5", StatusCode.NotFound)]
    [InlineData("200", null, StatusCode.Unknown)]
    public async Task A_response_that_is_not_gRPC_gets_a_status_from_HTTP_unless_it_has_one(string http, string? number, StatusCode status)
    {
        var failure = await CallAsync(async peer =>
        {
            (string, string)[] headers = [(":status", http), ("content-type", "text/html")];
            await peer.WriteHeadersAsync(await peer.ReadCallAsync(), true, number is null ? headers : [.. headers, ("grpc-status", number)]);
        });
        Assert.Equal(status, failure.StatusCode);
    }

    [Theory]
    [InlineData("00", StatusCode.Internal)]                           // half a header
    [InlineData("000000000501", StatusCode.Internal)]                 // half a message
    [InlineData("0300000000", StatusCode.Internal)]                   // no such flag
    [InlineData("0100000000", StatusCode.Internal)]                   // compressed, without an encoding
    [InlineData("00000000000000000000", StatusCode.Internal)]         // two messages where there is one
    [InlineData("0000000002FFFF", StatusCode.Internal)]               // no protobuf
    [InlineData("00FFFFFFFF", StatusCode.ResourceExhausted)]          // 4 GiB announced
    public async Task A_malformed_response_fails_the_call(string hex, StatusCode status)
    {
        var failure = await CallAsync(async peer =>
        {
            var id = await peer.ReadCallAsync();
            await peer.WriteHeadersAsync(id, false, Good);
            await peer.WriteFrameAsync(RawHttp2.Data, 0, id, Convert.FromHexString(hex));
            await peer.WriteHeadersAsync(id, true, ("grpc-status", "0"));
        });
        Assert.Equal(status, failure.StatusCode);
    }

    [Fact]
    public async Task An_encoding_that_was_not_offered_fails_the_call()
    {
        var failure = await CallAsync(async peer => await peer.WriteHeadersAsync(await peer.ReadCallAsync(), false, [.. Good, ("grpc-encoding", "snappy")]));
        Assert.Equal(StatusCode.Internal, failure.StatusCode);
    }

    [Fact]
    public async Task A_silent_server_costs_the_caller_its_deadline_and_no_more()
    {
        var failure = await CallAsync(peer => peer.ReadCallAsync(), deadline: TimeSpan.FromMilliseconds(300));
        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
    }

    [Fact]
    public async Task A_half_open_connection_is_found_by_keep_alive_pings()
    {
        var failure = await CallAsync(peer => peer.ReadCallAsync(), handler: new SocketsHttpHandler
        {
            KeepAlivePingDelay = TimeSpan.FromSeconds(1),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(1),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
        });
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
    }

    [Fact]
    public async Task A_deadline_that_the_server_noticed_first_is_still_a_deadline()
    {
        var failure = await CallAsync(
            async peer =>
            {
                var id = await peer.ReadCallAsync();
                await Task.Delay(300);
                await peer.ResetAsync(id, 0x8);
            },
            deadline: TimeSpan.FromMilliseconds(300));
        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
    }

    private static async Task<RpcException> CallAsync(Func<RawHttp2, Task> behave, TimeSpan? deadline = null, SocketsHttpHandler? handler = null)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var peers = new List<RawHttp2>();
        using var stop = new CancellationTokenSource();
        var serving = ServeAsync(listener, behave, peers, stop.Token);
        try
        {
            using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}", new GrpcChannelOptions { HttpHandler = handler ?? new SocketsHttpHandler(), DisposeHttpClient = true });
            var client = new TestService.TestServiceClient(channel);
            return await Wait.ForFailureAsync(async () => await client.UnaryCallAsync(new SimpleRequest(), deadline: deadline is { } left ? DateTime.UtcNow + left : null));
        }
        finally
        {
            await stop.CancelAsync();
            await serving;
            listener.Dispose();
            foreach (var peer in peers) peer.Dispose();
        }
    }

    // Again and again: a client may rightly try a refused call on a new connection.
    private static async Task ServeAsync(TcpListener listener, Func<RawHttp2, Task> behave, List<RawHttp2> peers, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var peer = await RawHttp2.AcceptAsync(listener, stop);
                peers.Add(peer);
                await behave(peer);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                continue;
            }
        }
    }
}
