using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.Judging;

/// <summary>Where documents of trust are fetched from: answers what a test puts there, whole or drop by drop.</summary>
internal sealed class TrustServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    private TrustServer()
    {
        _listener.Start();
        _serving = Task.Run(Serve);
    }

    public static TrustServer Start() => new();

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>By path; a function gets the body of the question.</summary>
    public ConcurrentDictionary<string, Func<byte[], byte[]>> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>A path whose answer never ends, one octet at a time.</summary>
    public const string Drip = "/drip";

    /// <summary>Set when somebody who was dripped on went away.</summary>
    public TaskCompletionSource WentAway { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Method, path and content type of each question.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await Answer(client.GetStream());
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task Answer(NetworkStream stream)
    {
        try
        {
            var (head, body) = await Read(stream);
            if (head.Length == 0)
                return;
            var words = head.Split(' ', 3);
            var type = head.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Type:", StringComparison.OrdinalIgnoreCase)) ?? "";
            Asked.Enqueue($"{words[0]} {words[1]} {type}".Trim());
            if (words[1] == Drip)
            {
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\n"u8.ToArray(), _stop.Token);
                while (true)
                {
                    await stream.WriteAsync("0"u8.ToArray(), _stop.Token);
                    await Task.Delay(50, _stop.Token);
                }
            }
            var content = Files.TryGetValue(words[1], out var file) ? file(body) : null;
            var status = content is null ? "404 Not Found" : "200 OK";
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {content?.Length ?? 0}\r\nConnection: close\r\n\r\n"), _stop.Token);
            await stream.WriteAsync(content ?? [], _stop.Token);
        }
        catch (IOException)
        {
            WentAway.TrySetResult();
        }
    }

    private async Task<(string Head, byte[] Body)> Read(NetworkStream stream)
    {
        var bytes = new List<byte>();
        var buffer = new byte[4096];
        while (true)
        {
            var read = await stream.ReadAsync(buffer, _stop.Token);
            bytes.AddRange(buffer[..read]);
            var text = Encoding.Latin1.GetString([.. bytes]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0 && read > 0)
                continue;
            // A gateway that stops goes away before it has asked.
            if (end < 0)
                return ("", []);
            var head = text[..end];
            var length = head.Split("\r\n").Where(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)).Select(l => int.Parse(l[15..], System.Globalization.CultureInfo.InvariantCulture)).FirstOrDefault();
            if (bytes.Count >= end + 4 + length || read == 0)
                return (head, [.. bytes.Skip(end + 4)]);
        }
    }
}
