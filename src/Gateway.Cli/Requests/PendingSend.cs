using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Grpc.Core;

namespace Gateway.Cli.Requests;

/// <summary>
/// A request that was signed but of which it is not known whether the gateway took it. The signed bytes stay beside the form until
/// there is an answer: sending the same bytes again is safe, signing the form again would make a second request.
/// </summary>
internal sealed record PendingSend(string SourceSha256, string IdempotencyKey, byte[] SignedDocument)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static string PathFor(string source) => $"{source}.pending";

    /// <summary>What an interrupted sending of this form left behind; null when nothing did.</summary>
    public static PendingSend? Find(string source)
    {
        var path = PathFor(source);
        if (!File.Exists(path))
            return null;
        OwnerOnly.RequirePrivate(path);
        PendingSend? pending;
        try
        {
            pending = JsonSerializer.Deserialize<PendingSend>(File.ReadAllBytes(path), Json);
        }
        catch (JsonException e)
        {
            throw StopException.Incomplete($"{path} cannot be read: {e.Message}", e);
        }
        if (pending is not { SignedDocument: not null } || pending.SourceSha256 != DigestOf(source))
            throw StopException.Incomplete($"{source} was changed after a sending of which it is not known whether it arrived; look at 'gatewayctl request list', then delete {path}");
        return pending;
    }

    public static PendingSend Keep(string source, byte[] signed, string? key)
    {
        var pending = new PendingSend(DigestOf(source), key ?? Digest.Of(signed).ToString(), signed);
        OwnerOnly.Replace(PathFor(source), JsonSerializer.SerializeToUtf8Bytes(pending, Json));
        return pending;
    }

    /// <summary>The gateway answered, yes or no: nothing is open any more.</summary>
    public static void Settle(string source) => File.Delete(PathFor(source));

    public static bool IsAnswer(RpcException e) => RefusedCalls.RefusalOf(e) is { Retry: false };

    private static string DigestOf(string path) => Digest.Of(InputFile.Read(path)).ToString();
}
