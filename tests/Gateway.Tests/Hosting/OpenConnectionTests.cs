using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Gateway.Hosting;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Hosting;

/// <summary>Blocking and revoking act on connections that are open already.</summary>
public sealed class OpenConnectionTests
{
    [Fact]
    public async Task A_blocked_peer_is_cut_off_and_kept_out()
    {
        await using var a = await TestState.Running("XA");
        await using var b = await TestState.Running("XB");
        await TestState.Introduce(a, b);
        var client = a.ExchangeClient(b.Tls);
        var push = new PushCardRequest { Card = ByteString.CopyFrom(b.Card.Der.Span) };
        await client.PushCardAsync(push);
        await using var open = await OpenConnection.To(a.ExchangePort, b.Tls);

        await a.Client(a.Administrator).BlockPeerAsync(new BlockPeerRequest { State = "XB", Reason = "key lost, says their duty officer" });

        await open.IsEnded();
        await Assert.ThrowsAsync<RpcException>(async () => await client.PushCardAsync(push));
        await a.Client(a.Administrator).UnblockPeerAsync(new BlockPeerRequest { State = "XB", Reason = "found again" });
        Assert.Equal(1ul, (await client.PushCardAsync(push)).Version);
    }

    [Fact]
    public async Task One_peer_cannot_take_every_connection()
    {
        await using var a = await TestState.Running("XA");
        await using var b = await TestState.Running("XB");
        await TestState.Introduce(a, b);
        var open = new List<OpenConnection>();
        // XB's gateway has connections of its own open meanwhile.
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (open.Count <= Connections.MaxPerCaller)
                open.Add(await OpenConnection.To(a.ExchangePort, b.Tls));
        });

        Assert.InRange(open.Count, Connections.MaxPerCaller - 8, Connections.MaxPerCaller);
        Assert.DoesNotContain(open, c => c.Ended);
        foreach (var one in open)
            await one.DisposeAsync();
    }

    [Fact]
    public async Task One_peer_cannot_hold_calls_open_without_end_and_its_messages_still_come_in()
    {
        await using var a = await TestState.Running("XA", configure: json => json["Listen"]!["MaxCallsPerCaller"] = 16);
        // It does not run: whatever calls, calls from here.
        await using var b = TestState.Configured("XB");
        var card = b.IssueCard(null);
        await a.Approve(card);
        var push = new PushCardRequest { Card = ByteString.CopyFrom(card.Der.Span) };
        var client = a.ExchangeClient(b.Tls);
        var calls = a.Get<OpenCalls>();
        for (var i = 0; i < 12; i++)
            Assert.True(calls.Begin(Port.Exchange, "XB", urgent: false));

        var refused = await Refused.By(async () => await client.PushCardAsync(push), "T601");
        Assert.True(refused.Retry);
        // What may be an emergency is judged, not turned away.
        await client.DeliverAsync(new DeliverRequest());
        for (var i = 0; i < 4; i++)
            Assert.True(calls.Begin(Port.Exchange, "XB", urgent: true));
        await Refused.By(async () => await client.DeliverAsync(new DeliverRequest()), "T601");
        // Users have a number of their own.
        Assert.Equal("XA", (await a.Client(a.Administrator).WhoAmIAsync(new WhoAmIRequest())).State);

        // Nothing of what was refused counts, and each that ends makes room.
        for (var i = 0; i < 5; i++)
            calls.End(Port.Exchange, "XB");
        Assert.Equal(1ul, (await client.PushCardAsync(push)).Version);
    }

    [Fact]
    public async Task A_call_that_a_peer_leaves_open_counts_until_it_ends()
    {
        await using var a = await TestState.Running("XA", configure: json => json["Listen"]!["MaxCallsPerCaller"] = 16);
        await using var b = TestState.Configured("XB");
        var card = b.IssueCard(null);
        await a.Approve(card);
        var client = a.ExchangeClient(b.Tls);
        // The connection stands before the streams: one whose handshake is given up takes all of them with it.
        await client.PushCardAsync(new PushCardRequest { Card = ByteString.CopyFrom(card.Der.Span) });
        var open = Enumerable.Range(0, 16).Select(_ => client.SendEvidence()).ToList();
        async Task<bool> IsFull()
        {
            try
            {
                await client.PushCardAsync(new PushCardRequest { Card = ByteString.CopyFrom(card.Der.Span) });
                return false;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.ResourceExhausted)
            {
                return true;
            }
        }
        for (var i = 0; i < 600 && !await IsFull(); i++)
            await Task.Delay(50);
        Assert.True(await IsFull());
        foreach (var call in open)
            call.Dispose();
        for (var i = 0; i < 600 && await IsFull(); i++)
            await Task.Delay(50);
        Assert.False(await IsFull());
    }

    [Fact]
    public async Task A_revoked_user_is_cut_off_and_kept_out()
    {
        await using var a = await TestState.Running("XA");
        var lawyer = await a.AddUser("lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        var client = a.Client(lawyer);
        await client.WhoAmIAsync(new WhoAmIRequest());
        await using var open = await OpenConnection.To(a.OperatorPort, lawyer.Client);
        await using var other = await OpenConnection.To(a.OperatorPort, a.Deputy.Client);

        await a.Client(a.Administrator).RevokeUserAsync(new RevokeUserRequest { Name = "lawyer" });

        await open.IsEnded();
        await Assert.ThrowsAsync<RpcException>(async () => await client.WhoAmIAsync(new WhoAmIRequest()));
        Assert.False(other.Ended);
        Assert.Equal("deputy-administrator", (await a.Client(a.Deputy).WhoAmIAsync(new WhoAmIRequest())).User.Name);
    }
}

/// <summary>A connection that says nothing and waits until the other side ends it.</summary>
internal sealed class OpenConnection : IAsyncDisposable
{
    private readonly TcpClient _client;
    private readonly SslStream _tls;
    private readonly Task _ended;

    private OpenConnection(TcpClient client, SslStream tls)
    {
        (_client, _tls) = (client, tls);
        _ended = ReadToEnd();
    }

    public bool Ended => _ended.IsCompleted;

    public static async Task<OpenConnection> To(int port, TestIdentity identity)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        var tls = new SslStream(client.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            ClientCertificateContext = SslStreamCertificateContext.Create(identity.X509, null, offline: true),
        });
        // The preface, and the gateway's settings as a sign that it let us in.
        await tls.WriteAsync((byte[])[.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0]);
        await tls.ReadExactlyAsync(new byte[9]);
        return new OpenConnection(client, tls);
    }

    public Task IsEnded() => _ended.WaitAsync(TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _ended;
        await _tls.DisposeAsync();
    }

    private async Task ReadToEnd()
    {
        var buffer = new byte[1024];
        try
        {
            while (await _tls.ReadAsync(buffer) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Cut off, or closed by the test.
        }
    }
}
