using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Marks;
using Gateway.V1;
using Grpc.Net.Client;

namespace Gateway.EndToEnd.Tests.Processes;

/// <summary>Somebody at a gateway, with the keys of certs-dev and a connection that is made again when it breaks.</summary>
internal sealed class Person : IDisposable
{
    private readonly X509Certificate2 _client;
    private readonly GrpcChannel _channel;

    public Person(GatewayProcess gateway, string name)
    {
        (Gateway, Name) = (gateway, name);
        _client = X509Certificate2.CreateFromPemFile(File("client.crt"), File("client.key"));
        Signer = Signer.FromPem(System.IO.File.ReadAllText(File("signing.crt")), System.IO.File.ReadAllText(File("signing.key")));
        using var server = X509CertificateLoader.LoadCertificateFromFile(DevelopmentKeys.Of(gateway.State, "gateway/tls.crt"));
        var expected = server.RawData;
        _channel = GrpcChannel.ForAddress($"https://127.0.0.1:{gateway.OperatorPort}", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    EnabledSslProtocols = SslProtocols.Tls13,
                    LocalCertificateSelectionCallback = (_, _, _, _, _) => _client,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.GetRawCertData().AsSpan().SequenceEqual(expected),
                },
            },
            DisposeHttpClient = true,
        });
        Client = new Operator.OperatorClient(_channel);
    }

    public GatewayProcess Gateway { get; }

    public string Name { get; }

    public Signer Signer { get; }

    public Operator.OperatorClient Client { get; }

    public byte[] ClientCertificate => _client.RawData;

    public byte[] SigningCertificate => Signer.Certificate.Der.ToArray();

    public void Dispose()
    {
        _channel.Dispose();
        _client.Dispose();
        Signer.Dispose();
    }

    private string File(string name) => DevelopmentKeys.Of(Gateway.State, $"persons/{Name}/{name}");
}
