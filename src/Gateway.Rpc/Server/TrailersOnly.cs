using Gateway.Rpc.Framing;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Gateway.Rpc.Server;

/// <summary>A response without messages: the status travels in the only header block.</summary>
internal static class TrailersOnly
{
    public static void Write(HttpResponse response, Status status)
    {
        response.ContentType = GrpcHeaders.ContentType;
        response.Headers[GrpcHeaders.Status] = StatusText(status.StatusCode);
        if (status.Detail.Length > 0) response.Headers[GrpcHeaders.Message] = PercentEncoding.Encode(status.Detail);
    }

    public static string StatusText(StatusCode code) =>
        code == StatusCode.OK ? "0" : ((int)code).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
