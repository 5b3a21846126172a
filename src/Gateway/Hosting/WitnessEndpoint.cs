using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.MerkleLog;
using Gateway.Runtime;
using Gateway.Users;
using Gateway.Witness;

namespace Gateway.Hosting;

/// <summary>
/// The witness protocol, plain HTTP/2 beside gRPC: peers submit checkpoints and read copies on the exchange port; our own auditors read
/// the same copies on the operator port. Whoever is here has passed <see cref="Admission"/>.
/// </summary>
internal static class WitnessEndpoint
{
    /// <summary>What a peer may call, with the reason; a test compares this with what is mapped.</summary>
    public static readonly IReadOnlyList<string> Routes = [$"POST {PeerCopies.Prefix}/add-checkpoint", $"GET {PeerCopies.Prefix}/{{log}}/checkpoint", $"GET {PeerCopies.OwnPath}"];

    /// <summary>Whether the path belongs to this protocol.</summary>
    public static bool Serves(PathString path)
        => path.StartsWithSegments(PeerCopies.Prefix, StringComparison.Ordinal) || path.Equals(PeerCopies.OwnPath, StringComparison.Ordinal);

    public static void MapWitness(this WebApplication app)
    {
        app.MapPost($"{PeerCopies.Prefix}/add-checkpoint", async (HttpContext http, TakeCheckpoint take) =>
        {
            if (http.Features.Get<ExchangeCall>() is not { } call)
                return Answer(new WitnessReply(StatusCodes.Status403Forbidden, "only peers submit checkpoints\n"));
            return await ReadBody(http) is { } body
                ? Answer(await take.Run(body, call.Peer.State))
                : Answer(new WitnessReply(StatusCodes.Status413PayloadTooLarge, $"more than {CheckpointSubmission.MaxBytes} bytes\n"));
        });
        app.MapGet($"{PeerCopies.Prefix}/{{log}}/checkpoint", (string log, HttpContext http, ShowCopies show) => Answer(Caller(http) is { } caller ? show.OfOther(log, caller) : NotForYou()));
        app.MapGet(PeerCopies.OwnPath, (HttpContext http, ShowCopies show) => Answer(Caller(http) is { } caller ? show.OfOwn(caller) : NotForYou()));
    }

    /// <summary>Who reads: a State, or a user who may read the log.</summary>
    private static string? Caller(HttpContext http)
        => http.Features.Get<ExchangeCall>() is { } call ? call.Peer.State
            : http.Features.Get<OperatorCall>() is { } user && user.User.Refuse(Permission.ReadLog) is null ? user.User.Name : null;

    private static WitnessReply NotForYou() => new(StatusCodes.Status403Forbidden, "only auditors read the log\n");

    private static IResult Answer(WitnessReply reply) => Results.Text(reply.Text, reply.ContentType, statusCode: reply.Status);

    /// <summary>Null when it is longer than any checkpoint.</summary>
    private static async Task<ReadOnlyMemory<byte>?> ReadBody(HttpContext http)
    {
        if (http.Request.ContentLength > CheckpointSubmission.MaxBytes)
            return null;
        var buffer = new byte[CheckpointSubmission.MaxBytes + 1];
        var length = await http.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, http.RequestAborted);
        return length > CheckpointSubmission.MaxBytes ? null : buffer.AsMemory(0, length);
    }
}
