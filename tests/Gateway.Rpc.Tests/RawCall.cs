using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;

namespace Gateway.Rpc.Tests;

/// <summary>A call made by hand over HTTP/2, so that a request can be wrong.</summary>
internal static class RawCall
{
    public sealed record Answer(int HttpStatus, string? Status, string? Message, byte[] Body, HttpResponseHeaders Headers);

    public static async Task<Answer> SendAsync(Uri address, byte[] body, Action<HttpRequestMessage>? change = null, string contentType = "application/grpc", Version? version = null)
    {
        using var handler = new SocketsHttpHandler();
        using var client = new HttpMessageInvoker(handler);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, "/grpc.testing.TestService/UnaryCall"))
        {
            Version = version ?? HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        change?.Invoke(request);
        using var timeout = new CancellationTokenSource(Wait.Long);
        using var response = await client.SendAsync(request, timeout.Token);
        var answer = await response.Content.ReadAsByteArrayAsync(timeout.Token);
        return new Answer((int)response.StatusCode, Find(response, "grpc-status"), Find(response, "grpc-message"), answer, response.Headers);
    }

    public static byte[] Frame(byte[] message, byte flag = 0, uint? length = null)
    {
        var frame = new byte[5 + message.Length];
        frame[0] = flag;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), length ?? (uint)message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    private static string? Find(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out var values) || response.Headers.TryGetValues(name, out values) ? values.Single() : null;
}
