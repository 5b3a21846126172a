using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Marks;
using Grpc.Net.Client;

namespace Gateway.Benchmarks.Harness;

/// <summary>The key files of one person or system, as certs-dev made them.</summary>
internal sealed class Person(string folder)
{
    public string ClientCertificate => Path.Combine(folder, "client.crt");

    public string ClientKey => Path.Combine(folder, "client.key");

    public string SigningCertificate => Path.Combine(folder, "signing.crt");

    public string SigningKey => Path.Combine(folder, "signing.key");

    public bool Signs => File.Exists(SigningCertificate);

    public byte[] ClientDer => Certificate.ReadPem(File.ReadAllText(ClientCertificate)).Value.Der.ToArray();

    public byte[] SigningDer => Certificate.ReadPem(File.ReadAllText(SigningCertificate)).Value.Der.ToArray();

    public Signer Signer() => Protocol.Marks.Signer.FromPem(File.ReadAllText(SigningCertificate), File.ReadAllText(SigningKey));

    /// <summary>A connection of its own: mutual TLS 1.3, the gateway's certificate pinned.</summary>
    public GrpcChannel Connect(int port, X509Certificate2 gateway)
    {
        var certificate = X509Certificate2.CreateFromPemFile(ClientCertificate, ClientKey);
        return GrpcChannel.ForAddress($"https://127.0.0.1:{port}", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                UseProxy = false,
                SslOptions = new SslClientAuthenticationOptions
                {
                    EnabledSslProtocols = SslProtocols.Tls13,
                    LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate,
                    RemoteCertificateValidationCallback = (_, presented, _, _) => presented!.GetRawCertData().AsSpan().SequenceEqual(gateway.RawData),
                },
            },
            DisposeHttpClient = true,
        });
    }
}
