using Gateway.Peers;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Users;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Hosting;

/// <summary>
/// The first thing that happens to a call, before its message is read: is it on the right port, does its connection still belong to
/// a peer or user, is the gateway not on its way down. It stands in for the certificate authentication package that the registry does not serve.
/// </summary>
internal sealed class Admission(RequestDelegate next, Doorkeeper door, PeerContacts contacts, Drain drain)
{
    private static readonly PathString ExchangePath = "/gateway.v1.Exchange";

    public Task InvokeAsync(HttpContext http)
    {
        var identity = http.Features.Get<ConnectionIdentity>() ?? throw new InvalidOperationException("a call without a tracked connection");
        if (http.Request.Path.StartsWithSegments(HealthEndpoint.Root, StringComparison.Ordinal) != (identity.Port == Port.Health))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        if (identity.Port == Port.Health)
            return next(http);
        if (http.Request.Path.StartsWithSegments(ExchangePath, StringComparison.Ordinal) != (identity.Port == Port.Exchange))
            return Refuse(http, StatusCode.Unimplemented, "this port does not serve that method", null);
        if (drain.Draining)
            return Refuse(http, new Refusal(RefusalCode.ShuttingDown, "the gateway is shutting down"));
        if (Identify(http, identity) is { } refusal)
            return Refuse(http, refusal);
        return next(http);
    }

    private Refusal? Identify(HttpContext http, ConnectionIdentity identity)
    {
        if (identity.Port == Port.Exchange)
        {
            if (!door.PeerOf(identity).TryGet(out var peer, out var unknown))
                return unknown;
            contacts.Heard(peer.State);
            http.Features.Set(new ExchangeCall(peer, identity.Certificate));
            return null;
        }
        if (!door.UserOf(identity).TryGet(out var user, out var refusal))
            return refusal;
        http.Features.Set(new OperatorCall(user));
        return null;
    }

    private static Task Refuse(HttpContext http, Refusal refusal)
        => Refuse(http, RefusalStatus.CodeOf(refusal.Code), refusal.ToString(), RefusalWire.ToWire(refusal).ToByteArray());

    /// <summary>A gRPC response without messages ("Trailers-Only"): the status stands in the only header block.</summary>
    private static Task Refuse(HttpContext http, StatusCode code, string detail, byte[]? refusal)
    {
        http.Response.ContentType = "application/grpc";
        http.Response.Headers["grpc-status"] = ((int)code).ToString(System.Globalization.CultureInfo.InvariantCulture);
        http.Response.Headers["grpc-message"] = Uri.EscapeDataString(detail);
        if (refusal is not null)
            http.Response.Headers[RefusalWire.Trailer] = Convert.ToBase64String(refusal);
        return Task.CompletedTask;
    }
}
