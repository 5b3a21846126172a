using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using Gateway.Benchmarks.Harness;
using Gateway.Benchmarks.Wire;
using Google.Protobuf;
using Grpc.Net.Client;

namespace Gateway.Benchmarks.Rpc;

/// <summary>The client side of each measurement: one connection each, the same handler settings for gRPC and for plain HTTP/2.</summary>
internal sealed class RpcClient(RpcServer server) : IDisposable
{
    public const int UnaryBytes = 1024;
    public const int StreamBytes = 1024 * 1024;

    private readonly GrpcChannel _channel = GrpcChannel.ForAddress($"https://127.0.0.1:{server.Port}", new GrpcChannelOptions { HttpHandler = Handler(server), DisposeHttpClient = true });

    private readonly HttpClient _http = new(Handler(server))
    {
        BaseAddress = new Uri($"https://127.0.0.1:{server.Port}"),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>Milliseconds of CPU time, both processes together, for each MB of the last stream.</summary>
    public double CpuOfMegabyte { get; private set; }

    /// <summary>Echoes of 1 KiB per second.</summary>
    public Task<double> GrpcUnary(int clients, TimeSpan time)
    {
        var client = new Measured.MeasuredClient(_channel);
        var payload = new Payload { Data = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(UnaryBytes)) };
        return PerSecond(clients, time, async () => (await client.EchoAsync(payload)).Data.Length);
    }

    /// <inheritdoc cref="GrpcUnary"/>
    public Task<double> PlainUnary(int clients, TimeSpan time)
    {
        var payload = RandomNumberGenerator.GetBytes(UnaryBytes);
        return PerSecond(clients, time, async () =>
        {
            using var content = new ByteArrayContent(payload);
            using var response = await _http.PostAsync(new Uri("/echo", UriKind.Relative), content);
            return (await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync()).Length;
        });
    }

    /// <summary>Bytes per second of one stream of messages of 1 MiB with which nothing is done.</summary>
    public async Task<double> GrpcStream(TimeSpan time)
    {
        var payload = new Payload { Data = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(StreamBytes)) };
        var (began, cpu) = (Stopwatch.GetTimestamp(), server.CpuTime);
        using var call = new Measured.MeasuredClient(_channel).Sink();
        var sent = 0UL;
        for (; Stopwatch.GetElapsedTime(began) < time; sent += StreamBytes)
            await call.RequestStream.WriteAsync(payload);
        await call.RequestStream.CompleteAsync();
        var taken = (await call.ResponseAsync).Bytes;
        return Rate(sent, taken, began, cpu);
    }

    /// <inheritdoc cref="GrpcStream"/>
    public async Task<double> PlainStream(TimeSpan time)
    {
        var (began, cpu) = (Stopwatch.GetTimestamp(), server.CpuTime);
        using var content = new TimedContent(time);
        using var response = await _http.PostAsync(new Uri("/sink", UriKind.Relative), content);
        var taken = ulong.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(), CultureInfo.InvariantCulture);
        return Rate(content.Sent, taken, began, cpu);
    }

    public void Dispose()
    {
        _channel.Dispose();
        _http.Dispose();
    }

    private double Rate(ulong sent, ulong taken, long began, TimeSpan cpuBefore)
    {
        var elapsed = Stopwatch.GetElapsedTime(began);
        if (sent != taken)
            throw new MeasurementFailedException($"{sent} bytes were sent, {taken} arrived");
        CpuOfMegabyte = (server.CpuTime - cpuBefore).TotalMilliseconds / (taken / 1e6);
        return taken / elapsed.TotalSeconds;
    }

    private static async Task<double> PerSecond(int clients, TimeSpan time, Func<Task<int>> call)
    {
        var began = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            var done = 0L;
            for (; Stopwatch.GetElapsedTime(began) < time; done++)
            {
                if (await call() != UnaryBytes)
                    throw new MeasurementFailedException("the echo has another length");
            }
            return done;
        })));
        return counts.Sum() / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static SocketsHttpHandler Handler(RpcServer server) => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        SslOptions = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls13,
            RemoteCertificateValidationCallback = (_, presented, _, _) => SHA256.HashData(presented!.GetRawCertData()).AsSpan().SequenceEqual(server.CertificateSha256),
        },
    };

    private sealed class TimedContent(TimeSpan time) : HttpContent
    {
        private readonly byte[] _block = RandomNumberGenerator.GetBytes(StreamBytes);

        public ulong Sent { get; private set; }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < time; Sent += StreamBytes)
                await stream.WriteAsync(_block);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
