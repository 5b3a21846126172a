using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gateway.Rpc.Interop;

/// <summary>The interop service on a loopback port: HTTP/2 by prior knowledge, or TLS.</summary>
public sealed class InteropServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private InteropServer(WebApplication app) => this.app = app;

    public int Port => new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

    public Task WaitForShutdownAsync() => app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    internal static async Task<InteropServer> StartAsync(Arguments arguments)
    {
        var certificate = arguments.Tls ? LoadOrMakeCertificate(arguments["cert"], arguments["key"]) : null;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, arguments.Port, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (certificate is not null) listen.UseHttps(certificate);
        }));
        builder.Services.AddGrpc();
        var app = builder.Build();
        app.Use((http, next) =>
        {
            var tap = new TapStream(http.Request.Body);
            http.Request.Body = tap;
            http.Features.Set(tap);
            return next(http);
        });
        app.MapGrpcService<TestServiceEndpoint>();
        await app.StartAsync();
        return new InteropServer(app);
    }

    private static X509Certificate2 LoadOrMakeCertificate(string? certFile, string? keyFile)
    {
        if (certFile is not null) return X509Certificate2.CreateFromPemFile(certFile, keyFile);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
