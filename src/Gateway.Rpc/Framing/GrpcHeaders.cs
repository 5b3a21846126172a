using System.Net.Http.Headers;
using Grpc.Core;

namespace Gateway.Rpc.Framing;

/// <summary>Names of the protocol's own headers, and what is common to reading and writing headers on both sides.</summary>
internal static class GrpcHeaders
{
    public const string ContentType = "application/grpc";
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";

    /// <summary>Never sent: metadata with this key names the encoding of the messages of this call (as the official packages have it).</summary>
    public const string EncodingRequest = "grpc-internal-encoding-request";

    /// <summary>"application/grpc", alone or with "+proto" or parameters; grpc-web and other codecs are something else.</summary>
    public static bool IsGrpc(string? contentType)
    {
        if (contentType is null || !contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)) return false;
        var rest = contentType.AsSpan(ContentType.Length).TrimStart();
        if (rest.StartsWith("+proto", StringComparison.OrdinalIgnoreCase)) rest = rest["+proto".Length..].TrimStart();
        return rest.IsEmpty || rest[0] == ';';
    }

    /// <summary>Headers that belong to HTTP or to the protocol and are not metadata.</summary>
    public static bool IsReserved(string name) =>
        name.StartsWith(':')
        || name.Equals("content-type", StringComparison.OrdinalIgnoreCase)
        || name.Equals("te", StringComparison.OrdinalIgnoreCase)
        || name.Equals("host", StringComparison.OrdinalIgnoreCase)
        || name.Equals(Timeout, StringComparison.OrdinalIgnoreCase)
        || name.Equals(Encoding, StringComparison.OrdinalIgnoreCase)
        || name.Equals(AcceptEncoding, StringComparison.OrdinalIgnoreCase);

    /// <summary>Adds a received header; several binary values may come joined by commas.</summary>
    public static void AddReceived(Metadata metadata, string name, string? value)
    {
        var key = name.ToLowerInvariant();
        if (!key.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.Ordinal))
        {
            metadata.Add(Metadata.Entry.Received(key, Printable(value ?? "")));
            return;
        }
        foreach (var part in (value ?? "").Split(','))
        {
            metadata.Add(Metadata.Entry.Received(key, Base64.Decode(part)));
        }
    }

    /// <summary>The wire form of an entry's value.</summary>
    public static string WireValue(Metadata.Entry entry) => entry.IsBinary ? Base64.Encode(entry.ValueBytes) : entry.Value;

    // A value that HTTP allows and gRPC does not is no error, and must not become one when it is echoed.
    private static string Printable(string value) =>
        value.AsSpan().ContainsAnyExceptInRange(' ', '~') ? string.Create(value.Length, value, (target, source) =>
        {
            for (var i = 0; i < target.Length; i++) target[i] = source[i] is >= ' ' and <= '~' ? source[i] : '?';
        }) : value;

    public static string? StatusIn(HttpHeaders headers) => headers.NonValidated.TryGetValues(Status, out var values) ? values.ToString() : null;

    public static Grpc.Core.Status ToStatus(string number, HttpHeaders headers) =>
        new(StatusMapping.FromNumber(number), headers.NonValidated.TryGetValues(Message, out var text) ? PercentEncoding.Decode(text.ToString()) : "");

    public static Metadata ToMetadata(HttpHeaders headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers.NonValidated)
        {
            if (IsReserved(name) || name is Status or Message) continue;
            foreach (var value in values) AddReceived(metadata, name, value);
        }
        return metadata;
    }
}
