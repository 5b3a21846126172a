using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.Notification;

/// <summary>A web server and a mail server that take everything and remember it.</summary>
internal sealed class Listener : IDisposable
{
    private readonly TcpListener _http;
    private readonly TcpListener _mail = new(IPAddress.Loopback, 0);

    /// <param name="httpPort">Where the web server listens; 0: anywhere.</param>
    public Listener(int httpPort = 0)
    {
        _http = new TcpListener(IPAddress.Loopback, httpPort);
        _http.Start();
        _mail.Start();
        _ = Serve(_http, Http);
        _ = Serve(_mail, Mail);
    }

    public int HttpPort => ((IPEndPoint)_http.LocalEndpoint).Port;

    public int MailPort => ((IPEndPoint)_mail.LocalEndpoint).Port;

    public ConcurrentQueue<string> Said { get; } = new();

    public void Dispose()
    {
        _http.Dispose();
        _mail.Dispose();
    }

    private static async Task Serve(TcpListener listener, Func<NetworkStream, Task> talk)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                await using var stream = client.GetStream();
                await talk(stream);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // The test is over.
        }
    }

    private async Task Http(NetworkStream stream)
    {
        var buffer = new byte[8192];
        var text = new StringBuilder();
        while (!text.ToString().Contains('}', StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer);
            if (read == 0)
                break;
            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
        Said.Enqueue(text.ToString());
        await stream.WriteAsync("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"u8.ToArray());
    }

    private async Task Mail(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII);
        await stream.WriteAsync("220 mail\r\n"u8.ToArray());
        var inside = false;
        while (await reader.ReadLineAsync() is { } line)
        {
            Said.Enqueue(line);
            if (line == "QUIT")
                break;
            if (inside && line != ".")
                continue;
            inside = line == "DATA";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(inside ? "354 go on\r\n" : "250 ok\r\n"));
        }
    }
}
