using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Hosting;

/// <summary>Two States that know each other.</summary>
public sealed class TwoStates : IAsyncLifetime
{
    internal TestState A { get; private set; } = null!;

    internal TestState B { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        A = await TestState.Running("XA");
        B = await TestState.Running("XB");
        await TestState.Introduce(A, B);
    }

    public async Task DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
    }
}

/// <summary>Who is refused before a byte of a message is read: the connection ends without one HTTP/2 frame of the gateway.</summary>
public sealed class HandshakeTests(TwoStates states) : IClassFixture<TwoStates>
{
    // A client's preface, empty settings, and the headers of a call would follow; a gateway that lets in answers with its settings.
    private static readonly byte[] s_preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0];

    private TestState A => states.A;

    [Fact]
    public async Task Lets_an_approved_peer_in() => Assert.True(await Answers(A.ExchangePort, states.B.Tls));

    [Fact]
    public async Task Lets_a_user_in() => Assert.True(await Answers(A.OperatorPort, A.Administrator.Client));

    [Fact]
    public async Task Refuses_a_certificate_that_no_card_lists()
        => Assert.False(await Answers(A.ExchangePort, new TestPki("XC").Issue("gateway", TestPki.Sign)));

    [Fact]
    public async Task Refuses_another_certificate_of_the_peers_own_authority()
        => Assert.False(await Answers(A.ExchangePort, states.B.Pki.Issue("gateway", TestPki.Sign)));

    [Fact]
    public async Task Refuses_the_same_name_under_another_key()
        => Assert.False(await Answers(A.ExchangePort, new TestPki("XB").Issue("gateway", TestPki.Sign)));

    [Fact]
    public async Task Refuses_its_own_certificate() => Assert.False(await Answers(A.ExchangePort, A.Tls));

    [Fact]
    public async Task Refuses_a_user_on_the_exchange_port() => Assert.False(await Answers(A.ExchangePort, A.Administrator.Client));

    [Fact]
    public async Task Refuses_a_peer_on_the_operator_port() => Assert.False(await Answers(A.OperatorPort, states.B.Tls));

    [Fact]
    public async Task Refuses_no_certificate_at_all()
    {
        Assert.False(await Answers(A.ExchangePort, null));
        Assert.False(await Answers(A.OperatorPort, null));
    }

    [Fact]
    public async Task Refuses_a_user_of_another_certification_authority()
        => Assert.False(await Answers(A.OperatorPort, new TestPki("XA").Issue("administrator", TestPki.Sign)));

    [Fact]
    public async Task Refuses_an_expired_certificate_of_a_user()
    {
        var now = A.Clock.GetUtcNow();
        Assert.False(await Answers(A.OperatorPort, A.Pki.Issue("late", TestPki.Sign, now.AddDays(-9), now.AddDays(-2))));
    }

    [Fact]
    public async Task Refuses_a_certificate_of_a_user_that_is_not_valid_yet()
    {
        var now = A.Clock.GetUtcNow();
        Assert.False(await Answers(A.OperatorPort, A.Pki.Issue("early", TestPki.Sign, now.AddDays(2), now.AddDays(9))));
    }

    [Fact]
    public async Task Refuses_a_certificate_that_a_user_issued()
    {
        // The user's certificate is no authority; whatever it signs is not issued by the authority of users.
        var now = A.Clock.GetUtcNow();
        var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=shadow, O=Test, C=XA", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        using var certificate = request.Create(A.Administrator.Client.X509.SubjectName, X509SignatureGenerator.CreateForECDsa(A.Administrator.Client.Key), now.AddDays(-1), now.AddDays(9), [1, 2, 3]);
        Assert.False(await Answers(A.OperatorPort, new TestIdentity(certificate.CopyWithPrivateKey(key), key)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Refuses_tls_1_2(bool exchange)
        => Assert.False(await Answers(exchange ? A.ExchangePort : A.OperatorPort, exchange ? states.B.Tls : A.Administrator.Client, SslProtocols.Tls12));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Refuses_plain_text(bool exchange)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", exchange ? A.ExchangePort : A.OperatorPort);
        var stream = client.GetStream();
        await stream.WriteAsync(s_preface);
        var answer = await ReadAll(stream);
        // At most a TLS alert (type 21); never HTTP.
        Assert.True(answer.Length == 0 || answer[0] == 21, Encoding.Latin1.GetString(answer));
    }

    [Fact]
    public async Task Tells_an_unknown_user_of_the_right_authority_whom_to_ask()
    {
        var refusal = await Refused.By(async () => await A.Client(A.Person("newcomer")).WhoAmIAsync(new WhoAmIRequest()), "T801");
        Assert.Contains("user add", refusal.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serves_each_service_on_its_own_port_only()
    {
        var exchangeForOperators = new Operator.OperatorClient(A.Channel(A.ExchangePort, states.B.Tls));
        var operatorForPeers = new Exchange.ExchangeClient(A.Channel(A.OperatorPort, A.Administrator.Client));
        Assert.Equal(StatusCode.Unimplemented, (await Assert.ThrowsAsync<RpcException>(async () => await exchangeForOperators.WhoAmIAsync(new WhoAmIRequest()))).StatusCode);
        Assert.Equal(StatusCode.Unimplemented, (await Assert.ThrowsAsync<RpcException>(async () => await operatorForPeers.PushCardAsync(new PushCardRequest()))).StatusCode);
    }

    [Fact]
    public async Task Is_checked_again_on_every_call_so_that_an_open_connection_does_not_outlive_its_certificate()
    {
        await using var state = await TestState.Running("XD");
        var client = state.Client(state.Administrator);
        await client.WhoAmIAsync(new WhoAmIRequest());
        state.Clock.Offset = TimeSpan.FromDays(365 * 3);
        await Refused.By(async () => await client.WhoAmIAsync(new WhoAmIRequest()), "T801");
    }

    /// <summary>Whether the gateway answers the preface with a frame. False when the connection ends or fails first.</summary>
    private static async Task<bool> Answers(int port, TestIdentity? identity, SslProtocols protocols = SslProtocols.Tls13)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        await using var tls = new SslStream(client.GetStream(), false, (_, _, _, _) => true);
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = protocols,
                ApplicationProtocols = [SslApplicationProtocol.Http2],
                ClientCertificateContext = identity is null ? null : SslStreamCertificateContext.Create(identity.X509, null, offline: true),
            });
            await tls.WriteAsync(s_preface);
            return (await ReadAll(tls, enough: 9)).Length >= 9;
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            return false;
        }
    }

    private static async Task<byte[]> ReadAll(Stream stream, int enough = int.MaxValue)
    {
        var bytes = new MemoryStream();
        var buffer = new byte[1024];
        try
        {
            while (bytes.Length < enough && await stream.ReadAsync(buffer) is > 0 and var read)
                bytes.Write(buffer, 0, read);
        }
        catch (IOException)
        {
            // Reset: the other side would not even say good-bye.
        }
        return bytes.ToArray();
    }
}
