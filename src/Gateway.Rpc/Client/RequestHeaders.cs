using System.Net;
using System.Net.Http.Headers;
using Gateway.Rpc.Framing;
using Grpc.Core;
using Timeout = Gateway.Rpc.Framing.Timeout;

namespace Gateway.Rpc.Client;

/// <summary>The header block of a call.</summary>
internal static class RequestHeaders
{
    public static readonly MediaTypeHeaderValue ContentType = new(GrpcHeaders.ContentType);

    private static readonly string UserAgent = $"grpc-dotnet-gateway/{typeof(RequestHeaders).Assembly.GetName().Version?.ToString(3)}";

    public static HttpRequestMessage Create(Uri address, string path, string? host, Metadata? metadata, string encoding, TimeSpan? timeout)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var headers = request.Headers;
        if (host is not null) headers.Host = host;
        if (timeout is { } left) headers.TryAddWithoutValidation(GrpcHeaders.Timeout, Timeout.Encode(left));
        headers.TryAddWithoutValidation("TE", "trailers");
        headers.TryAddWithoutValidation("User-Agent", UserAgent);
        headers.TryAddWithoutValidation(GrpcHeaders.AcceptEncoding, MessageCompression.Accepted);
        if (encoding != MessageCompression.Identity) headers.TryAddWithoutValidation(GrpcHeaders.Encoding, encoding);
        foreach (var entry in metadata ?? Metadata.Empty)
        {
            if (entry.Key != GrpcHeaders.EncodingRequest) headers.TryAddWithoutValidation(entry.Key, GrpcHeaders.WireValue(entry));
        }
        return request;
    }
}
