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
internal sealed class Admission(RequestDelegate next, Doorkeeper door, PeerContacts contacts, Drain drain, Standstill standstill)
{
    private static readonly PathString ExchangePath = "/gateway.v1.Exchange";

    // What begins a new act; refused while the gateway stands still. Everything else finishes what was begun, reads or administers.
    // Compared as routing compares: whatever the case of the letters, and with a slash at the end.
    private static readonly HashSet<string> s_acts = new(StringComparer.OrdinalIgnoreCase)
    {
        "/gateway.v1.Exchange/Deliver", "/gateway.v1.Exchange/SendEvidence", "/gateway.v1.Operator/Submit", "/gateway.v1.Operator/SendDraft",
        "/gateway.v1.Operator/AttachEvidence", "/gateway.v1.Operator/ImportEvidence",
    };

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
        if (WitnessEndpoint.Serves(http.Request.Path))
            return Witness(http, identity);
        if (http.Request.Path.StartsWithSegments(ExchangePath, StringComparison.OrdinalIgnoreCase) != (identity.Port == Port.Exchange))
            return Refuse(http, StatusCode.Unimplemented, "this port does not serve that method", null);
        if (drain.Draining)
            return Refuse(http, new Refusal(RefusalCode.ShuttingDown, "the gateway is shutting down"));
        if (Identify(http, identity) is { } refusal)
            return Refuse(http, refusal);
        if (s_acts.Contains((http.Request.Path.Value ?? "").TrimEnd('/')) && standstill.Refusal is { } stopped)
            return Refuse(http, stopped);
        return next(http);
    }

    /// <summary>The witness protocol is plain HTTP: its refusals are statuses of HTTP.</summary>
    private async Task Witness(HttpContext http, ConnectionIdentity identity)
    {
        var refusal = drain.Draining ? new Refusal(RefusalCode.ShuttingDown, "the gateway is shutting down") : Identify(http, identity);
        if (refusal is null)
        {
            await next(http);
            return;
        }
        http.Response.StatusCode = drain.Draining ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status403Forbidden;
        http.Response.ContentType = "text/plain; charset=utf-8";
        await http.Response.WriteAsync($"{refusal}\n", http.RequestAborted);
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
