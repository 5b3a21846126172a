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
internal sealed class Admission(RequestDelegate next, Doorkeeper door, PeerContacts contacts, OpenCalls calls, Drain drain, Standstill standstill)
{
    private static readonly PathString ExchangePath = "/gateway.v1.Exchange";

    // What begins a new act; refused while the gateway stands still. Everything else finishes what was begun, reads or administers.
    // Compared as routing compares: whatever the case of the letters, and with a slash at the end.
    private static readonly HashSet<string> s_acts = new(StringComparer.OrdinalIgnoreCase)
    {
        "/gateway.v1.Exchange/Deliver", "/gateway.v1.Exchange/SendEvidence", "/gateway.v1.Operator/Submit", "/gateway.v1.Operator/SendDraft",
        "/gateway.v1.Operator/AttachEvidence", "/gateway.v1.Operator/ImportEvidence",
    };

    // What may bring an emergency, or tell of one.
    private static readonly HashSet<string> s_urgent = new(StringComparer.OrdinalIgnoreCase)
    {
        "/gateway.v1.Exchange/Deliver", "/gateway.v1.Operator/Submit", "/gateway.v1.Operator/SendDraft", "/gateway.v1.Operator/WatchAlerts", "/gateway.v1.Operator/ConfirmAlert",
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
        if (!Identify(http, identity).TryGet(out var caller, out var refusal))
            return Refuse(http, refusal);
        var path = (http.Request.Path.Value ?? "").TrimEnd('/');
        if (s_acts.Contains(path) && standstill.Refusal is { } stopped)
            return Refuse(http, stopped);
        return calls.Begin(identity.Port, caller, s_urgent.Contains(path)) ? Serve(http, identity.Port, caller) : Refuse(http, TooMany());
    }

    private async Task Serve(HttpContext http, Port port, string caller)
    {
        try
        {
            await next(http);
        }
        finally
        {
            calls.End(port, caller);
        }
    }

    private Refusal TooMany() => new(RefusalCode.RateLimited, $"{calls.Most} calls of yours, or nearly as many, are being served; wait until some have ended");

    /// <summary>The witness protocol is plain HTTP: its refusals are statuses of HTTP.</summary>
    private async Task Witness(HttpContext http, ConnectionIdentity identity)
    {
        var status = StatusCodes.Status403Forbidden;
        if (drain.Draining)
            status = StatusCodes.Status503ServiceUnavailable;
        Refusal? refusal = drain.Draining ? new Refusal(RefusalCode.ShuttingDown, "the gateway is shutting down") : null;
        if (refusal is null && Identify(http, identity).TryGet(out var caller, out refusal))
        {
            if (calls.Begin(identity.Port, caller, urgent: false))
            {
                await Serve(http, identity.Port, caller);
                return;
            }
            (refusal, status) = (TooMany(), StatusCodes.Status429TooManyRequests);
        }
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        await http.Response.WriteAsync($"{refusal}\n", http.RequestAborted);
    }

    /// <summary>The State or user who calls, or why it is not let in.</summary>
    private Outcome<string> Identify(HttpContext http, ConnectionIdentity identity)
    {
        if (identity.Port == Port.Exchange)
        {
            if (!door.PeerOf(identity).TryGet(out var peer, out var unknown))
                return unknown;
            contacts.Heard(peer.State);
            http.Features.Set(new ExchangeCall(peer, identity.Certificate));
            return peer.State;
        }
        if (!door.UserOf(identity).TryGet(out var user, out var refusal))
            return refusal;
        http.Features.Set(new OperatorCall(user));
        return user.Name;
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
