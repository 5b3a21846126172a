using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;

namespace Gateway.Rpc.Interop;

/// <summary>Runs cases against a server and prints one line for each.</summary>
public static class InteropClient
{
    internal static async Task<bool> RunAsync(Arguments arguments, TextWriter output)
    {
        var names = arguments["case"] ?? throw new FormatException("--case is missing");
        var handler = new SocketsHttpHandler();
        if (arguments["host-override"] is { } name) handler.SslOptions.TargetHost = name;
        if (arguments["ca"] is { } ca) TrustOnly(handler.SslOptions, X509CertificateLoader.LoadCertificateFromFile(ca));
        var address = new UriBuilder(arguments.Tls ? "https" : "http", arguments["host"] ?? "127.0.0.1", arguments.Port).Uri;
        return await RunAsync(address, names == "all" ? InteropCases.Names : names.Split(','), handler, output);
    }

    /// <summary>Whether all the cases passed.</summary>
    public static async Task<bool> RunAsync(Uri address, IEnumerable<string> names, HttpMessageHandler handler, TextWriter output)
    {
        using var tap = new WireTapHandler(handler);
        using var channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = tap });
        var cases = new InteropCases(channel.CreateCallInvoker(), tap);
        var passed = true;
        foreach (var name in names)
        {
            try
            {
                await cases.RunAsync(name).WaitAsync(TimeSpan.FromSeconds(30));
                await output.WriteLineAsync($"{name}: passed");
            }
            catch (Exception e) when (e is CaseFailedException or RpcException or TimeoutException)
            {
                passed = false;
                await output.WriteLineAsync($"{name}: FAILED: {e.Message}");
            }
        }
        return passed;
    }

    private static void TrustOnly(SslClientAuthenticationOptions options, X509Certificate2 root)
    {
        options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        options.CertificateChainPolicy.CustomTrustStore.Add(root);
    }
}
