using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Benchmarks.Harness;
using Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Benchmarks.Rpc;

/// <summary>This program once more, as a server in a process of its own: the measured gRPC service, and the same work as plain HTTP/2 requests. One TLS 1.3 port with the gateway's windows and blocks.</summary>
internal sealed class RpcServer : IDisposable
{
    public const string Verb = "rpc-server";

    private readonly Process _process;

    private RpcServer(Process process, int port, byte[] certificateSha256) => (_process, Port, CertificateSha256) = (process, port, certificateSha256);

    public int Port { get; }

    public byte[] CertificateSha256 { get; }

    /// <summary>CPU time that this process and the other one have used.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime + Environment.CpuUsage.TotalTime;
        }
    }

    /// <summary>Starts the other process.</summary>
    public static async Task<RpcServer> Start()
    {
        var own = Programs.Built("Gateway.Benchmarks", "Gateway.Benchmarks");
        var process = Process.Start(new ProcessStartInfo(own, Verb) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var line = (await process.StandardOutput.ReadLineAsync())?.Split(' ') ?? throw new MeasurementFailedException("the server process ended at once");
        return new RpcServer(process, int.Parse(line[0], CultureInfo.InvariantCulture), Convert.FromHexString(line[1]));
    }

    /// <summary>The other process: serves until its standard input is closed, hence not longer than its parent lives.</summary>
    public static async Task<int> Run()
    {
        using var certificate = SelfSigned();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.Http2.InitialStreamWindowSize = 4 * 1024 * 1024;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 16 * 1024 * 1024;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1024;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.UseHttps(certificate, https => https.SslProtocols = SslProtocols.Tls13);
            });
        });
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, WireBlocks>();
        builder.Services.AddGrpc();
        await using var app = builder.Build();
        app.MapGrpcService<MeasuredEndpoint>();
        app.MapPost("/echo", Echo);
        app.MapPost("/sink", Sink);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Console.WriteLine($"{new Uri(address).Port} {Convert.ToHexString(SHA256.HashData(certificate.RawData))}");
        await Console.In.ReadToEndAsync();
        return 0;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
            _process.Kill();
        _process.Dispose();
    }

    private static async Task Echo(HttpContext http)
    {
        var length = (int)http.Request.ContentLength!.Value;
        var read = await http.Request.BodyReader.ReadAtLeastAsync(length);
        http.Response.ContentLength = length;
        foreach (var segment in read.Buffer)
            await http.Response.BodyWriter.WriteAsync(segment);
        http.Request.BodyReader.AdvanceTo(read.Buffer.End);
    }

    private static async Task Sink(HttpContext http)
    {
        var bytes = 0L;
        while (true)
        {
            var read = await http.Request.BodyReader.ReadAsync();
            bytes += read.Buffer.Length;
            http.Request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
        }
        await http.Response.WriteAsync(bytes.ToString(CultureInfo.InvariantCulture));
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
