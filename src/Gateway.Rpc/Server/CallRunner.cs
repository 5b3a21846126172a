using Gateway.Rpc.Framing;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Rpc.Server;

/// <summary>Runs calls of one method: admits the request, makes the service, ends with a status whatever happens.</summary>
internal sealed class CallRunner<TService>(IMethod method, GrpcServiceOptions options, Func<TService, ServerCall, Task> handler)
    where TService : class
{
    private static readonly ObjectFactory<TService> Factory = ActivatorUtilities.CreateFactory<TService>([]);

    public async Task RunAsync(HttpContext http)
    {
        if (!Admit(http)) return;
        LiftBodyLimits(http);
        using var call = new ServerCall(http, method, options);
        try
        {
            call.Start();
            if (http.RequestServices.GetService<TService>() is { } shared) await handler(shared, call);
            else await RunWithNewServiceAsync(http, call);
            call.End(null);
        }
        catch (Exception e)
        {
            // The edge: every failure of a handler becomes a status here, and nothing else reaches the wire.
            call.End(e);
        }
        await call.EndReadingAsync();
    }

    private async Task RunWithNewServiceAsync(HttpContext http, ServerCall call)
    {
        var service = Factory(http.RequestServices, []);
        try
        {
            await handler(service, call);
        }
        finally
        {
            if (service is IAsyncDisposable asyncDisposable) await asyncDisposable.DisposeAsync();
            else if (service is IDisposable disposable) disposable.Dispose();
        }
    }

    private static bool Admit(HttpContext http)
    {
        var refusal = !GrpcHeaders.IsGrpc(http.Request.ContentType) ? StatusCodes.Status415UnsupportedMediaType
            : !HttpProtocol.IsHttp2(http.Request.Protocol) && !HttpProtocol.IsHttp3(http.Request.Protocol) ? StatusCodes.Status426UpgradeRequired
            : 0;
        if (refusal == 0) return true;
        http.Response.StatusCode = refusal;
        if (refusal == StatusCodes.Status426UpgradeRequired) http.Response.Headers.Upgrade = "HTTP/2";
        return false;
    }

    // Messages have limits of their own, and a stream may rightly be silent for hours.
    private void LiftBodyLimits(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        if (method.Type is MethodType.ClientStreaming or MethodType.DuplexStreaming
            && http.Features.Get<Microsoft.AspNetCore.Server.Kestrel.Core.Features.IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
    }
}
