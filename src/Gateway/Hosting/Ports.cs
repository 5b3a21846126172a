using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gateway.Keys;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Gateway.Hosting;

/// <summary>The three ports of Kestrel with their limits. TLS 1.3 and HTTP/2 only where strangers can reach us.</summary>
internal static class Ports
{
    private const int StreamWindowBytes = 4 * 1024 * 1024;
    private const int ConnectionWindowBytes = 16 * 1024 * 1024;
    private const int MaxHeaderBytes = 16 * 1024;

    public static void Listen(KestrelServerOptions kestrel, ListenOptions options)
    {
        // The framework asks for this while it builds the application, when nothing could yet dispose what fails to open: so keys,
        // doorkeeper and connections are asked for when the first connection comes.
        var services = kestrel.ApplicationServices;
        Limit(kestrel.Limits, options);
        kestrel.AddServerHeader = false;
        kestrel.Listen(ListenOptions.Parse(options.Exchange)!, l => Secure(l, Port.Exchange));
        kestrel.Listen(ListenOptions.Parse(options.Operator)!, l => Secure(l, Port.Operator));
        kestrel.Listen(ListenOptions.Parse(options.Health)!, l =>
        {
            l.Protocols = HttpProtocols.Http1;
            l.Use(next => connection => services.GetRequiredService<Connections>().Track(Port.Health, connection, next));
        });

        void Secure(Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions listen, Port port)
        {
            var tls = new Lazy<SslServerAuthenticationOptions>(() => new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(services.GetRequiredService<KeyRing>().Tls, null, offline: true),
                EnabledSslProtocols = SslProtocols.Tls13,
                ClientCertificateRequired = true,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                CertificateChainPolicy = OwnTrust.Policy(),
                // A resumed session would skip the client's proof that it still holds its key.
                AllowTlsResume = false,
                AllowRenegotiation = false,
                ApplicationProtocols = [SslApplicationProtocol.Http2],
                RemoteCertificateValidationCallback = (_, certificate, _, _) => services.GetRequiredService<Doorkeeper>().LetsIn(port, certificate),
            });
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = TimeSpan.FromSeconds(10),
                OnConnection = _ => ValueTask.FromResult(tls.Value),
            });
            listen.Use(next => connection => services.GetRequiredService<Connections>().Track(port, connection, next));
        }
    }

    private static void Limit(KestrelServerLimits limits, ListenOptions options)
    {
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        limits.MaxRequestHeaderCount = 40;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.Http2.MaxStreamsPerConnection = options.MaxCallsPerConnection;
        limits.Http2.MaxRequestHeaderFieldSize = MaxHeaderBytes / 2;
        limits.Http2.InitialStreamWindowSize = StreamWindowBytes;
        limits.Http2.InitialConnectionWindowSize = ConnectionWindowBytes;
        // Finds a peer that vanished without closing; its calls end and its place is free.
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
    }
}
