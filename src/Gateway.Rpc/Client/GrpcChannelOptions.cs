namespace Grpc.Net.Client;

/// <summary>Options of a channel. Either a handler or a client may be given, not both.</summary>
public sealed class GrpcChannelOptions
{
    /// <summary>In bytes; null for no limit.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>In bytes, also after decompression; null for no limit.</summary>
    public int? MaxReceiveMessageSize { get; set; } = 4 * 1024 * 1024;

    public HttpClient? HttpClient { get; set; }

    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>Whether disposing the channel disposes the given handler or client.</summary>
    public bool DisposeHttpClient { get; set; }
}
