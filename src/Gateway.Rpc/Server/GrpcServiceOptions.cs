using System.IO.Compression;

namespace Grpc.AspNetCore.Server;

/// <summary>Options of all services, or of one through AddServiceOptions.</summary>
public class GrpcServiceOptions
{
    internal const int DefaultReceiveMaxMessageSize = 4 * 1024 * 1024;

    /// <summary>In bytes; null for no limit.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>In bytes, also after decompression; null for no limit.</summary>
    public int? MaxReceiveMessageSize { get; set; } = DefaultReceiveMaxMessageSize;

    /// <summary>Whether callers may see the message of an exception that a handler threw. Never for strangers.</summary>
    public bool? EnableDetailedErrors { get; set; }

    /// <summary>"gzip" to compress responses to callers that accept it.</summary>
    public string? ResponseCompressionAlgorithm { get; set; }

    public CompressionLevel? ResponseCompressionLevel { get; set; }
}

public class GrpcServiceOptions<TService> : GrpcServiceOptions
    where TService : class
{
}
