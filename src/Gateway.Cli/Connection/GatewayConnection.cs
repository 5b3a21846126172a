using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gateway.Cli.Output;
using Gateway.V1;
using Grpc.Net.Client;

namespace Gateway.Cli.Connection;

/// <summary>A channel to the operator service: TLS 1.3 with the person's certificate, the gateway's certificate pinned.</summary>
internal sealed class GatewayConnection : IDisposable
{
    // A message of 8 MiB of parts, in base64 inside its cover, and the parts beside it.
    private const int MaxReplyBytes = 64 * 1024 * 1024;

    private readonly GrpcChannel _channel;
    private readonly X509Certificate2 _certificate;

    private GatewayConnection(GrpcChannel channel, X509Certificate2 certificate)
    {
        (_channel, _certificate) = (channel, certificate);
        Client = new Operator.OperatorClient(channel);
    }

    public Operator.OperatorClient Client { get; }

    public static GatewayConnection Open(Context context, TimeProvider clock)
    {
        var pin = ServerPin.FromFile(context.ServerCertificate, clock);
        var certificate = PersonKeys.Client(context);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(30),
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(20),
            InitialHttp2StreamWindowSize = 8 * 1024 * 1024,
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls13,
                LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate,
                RemoteCertificateValidationCallback = (_, presented, _, errors) =>
                    pin.Accepts(presented, errors) ? true : throw new AuthenticationException(pin.Problem),
            },
        };
        var channel = GrpcChannel.ForAddress(context.Endpoint, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = MaxReplyBytes,
        });
        return new(channel, certificate);
    }

    public static void RequireEndpoint(string endpoint)
    {
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttps || uri.AbsolutePath != "/")
            throw StopException.Usage($"'{endpoint}' is not an address such as https://gateway.example:7443");
    }

    public void Dispose()
    {
        _channel.Dispose();
        _certificate.Dispose();
    }
}
