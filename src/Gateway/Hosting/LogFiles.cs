using Gateway.AuditLog;
using Gateway.Protocol.Acts;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Refusals;
using Gateway.Users;

namespace Gateway.Hosting;

/// <summary>
/// The log as files for the State's own auditors, on the operator port behind their client certificates:
/// <c>/log/XA/2026/checkpoint</c>, <c>/log/XA/2026/tile/0/000</c>. Tools that read tile logs work on it. Peers cannot reach this port.
/// </summary>
internal static class LogFiles
{
    private const string Checkpoint = "checkpoint";

    public static void MapLogFiles(this WebApplication app) => app.MapGet("/log/{state}/{epoch}/{**path}", (string state, string epoch, string? path, HttpContext http, ShowLog log) =>
    {
        if (http.Features.Get<OperatorCall>() is not { } call || call.User.Refuse(Permission.ReadLog) is not null)
            return Results.StatusCode(StatusCodes.Status403Forbidden);
        if (path is null || !LogName.TryParse($"gateway-log/{state}/{epoch}", out var name))
            return Results.NotFound();
        if (!log.File(name, path).TryGet(out var file, out var refusal))
            return refusal.Code == RefusalCode.NotFound ? Results.NotFound() : Results.Text($"{refusal}\n", statusCode: StatusCodes.Status500InternalServerError);
        http.Response.Headers.CacheControl = path == Checkpoint ? "no-cache" : "private, max-age=604800, immutable";
        return Results.Bytes(file, path == Checkpoint ? "text/plain; charset=utf-8" : "application/octet-stream");
    });
}
