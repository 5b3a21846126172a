using System.Diagnostics;
using System.Net;
using System.Security.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Cli.Tests;

/// <summary>What a run of the executable said.</summary>
internal sealed record Said(int Exit, string Output, string Error);

/// <summary>An operator service over real mutual TLS on loopback, a person's files, and the built executable to use them.</summary>
internal sealed class LoopbackGateway : IAsyncDisposable
{
    private readonly WebApplication _host;

    private LoopbackGateway(WebApplication host, TemporaryFolder folder, TestPki pki, LoopbackOperator service)
        => (_host, Folder, Pki, Service) = (host, folder, pki, service);

    public TemporaryFolder Folder { get; }

    public TestPki Pki { get; }

    public LoopbackOperator Service { get; }

    public string Endpoint => $"https://localhost:{new Uri(_host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port}";

    /// <summary>A gateway with a current context that trusts it; <paramref name="tls"/> names the certificate that it presents.</summary>
    public static async Task<LoopbackGateway> StartAsync(string tls = "gateway", string? pinned = null)
    {
        var folder = new TemporaryFolder();
        var pki = new TestPki(folder["pki"]).Server("gateway").Server("elsewhere", "gateway.elsewhere.example").Client("officer", "localhost").Client("person").Marks("signing").Agreement("evidence");
        var service = new LoopbackOperator(pki);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = 64 * 1024 * 1024);
        builder.Services.AddSingleton(service);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(https =>
            {
                https.ServerCertificate = pki.ForTls(tls);
                https.SslProtocols = SslProtocols.Tls13;
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.ClientCertificateValidation = (_, _, _) => true;
            });
        }));
        builder.WebHost.UseKestrelHttpsConfiguration();
        var host = builder.Build();
        host.MapGrpcService<LoopbackOperator>();
        await host.StartAsync();
        var gateway = new LoopbackGateway(host, folder, pki, service);
        var added = await gateway.RunAsync("context", "add", "xb", "--endpoint", gateway.Endpoint, "--server-cert", pinned is null ? pki.Root : pki.Certificate(pinned),
            "--client-cert", pki.Certificate("person"), "--client-key", pki.Key("person"), "--sign-cert", pki.Certificate("signing"), "--sign-key", pki.Key("signing"));
        return added.Exit == 0 ? gateway : throw new InvalidOperationException(added.Error);
    }

    public Task<Said> RunAsync(params string[] arguments) => GatewayCtl.RunAsync(Folder["config/contexts.json"], arguments);

    public Process StartBelow(string[] program, params string[] arguments) => GatewayCtl.StartBelow(program, Folder["config/contexts.json"], arguments);

    public Process Start(params string[] arguments) => GatewayCtl.Start(Folder["config/contexts.json"], arguments);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(new CancellationToken(canceled: true));
        await _host.DisposeAsync();
        Folder.Dispose();
    }
}
