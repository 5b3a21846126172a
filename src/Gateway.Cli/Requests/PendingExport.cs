using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;

namespace Gateway.Cli.Requests;

/// <summary>
/// A file that was to leave and of which it is not known whether the gateway certified it. The file and what was signed about it stay beside the place where it is to lie until there
/// is an answer: encrypted anew it would be another file, and the one whose leaving is certified would be lost.
/// </summary>
internal sealed record PendingExport(string SaidSha256, string IdempotencyKey, byte[] SignedDocument, byte[] Content)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static string PathFor(string file) => $"{file}.pending";

    /// <summary>What an interrupted export to this file left behind; null when nothing did. Stops when it was said otherwise what leaves, or to whom.</summary>
    public static PendingExport? Find(string file, Digest said)
    {
        var path = PathFor(file);
        if (!File.Exists(path))
            return null;
        OwnerOnly.RequirePrivate(path);
        PendingExport? pending;
        try
        {
            pending = JsonSerializer.Deserialize<PendingExport>(File.ReadAllBytes(path), Json);
        }
        catch (JsonException e)
        {
            throw StopException.Incomplete($"{path} cannot be read: {e.Message}", e);
        }
        return pending is { SignedDocument: not null, Content: not null } && pending.SaidSha256 == said.ToString()
            ? pending
            : throw StopException.Incomplete($"of an export to {file} it is not known whether it was certified; repeat it with the options of that time, or look at 'gatewayctl receipt list' and delete {path}");
    }

    public static PendingExport Keep(string file, Digest said, byte[] signed, byte[] content)
    {
        var pending = new PendingExport(said.ToString(), Digest.Of(signed).ToString(), signed, content);
        OwnerOnly.Replace(PathFor(file), JsonSerializer.SerializeToUtf8Bytes(pending, Json));
        return pending;
    }

    /// <summary>The gateway answered, yes or no: nothing is open any more.</summary>
    public static void Settle(string file) => File.Delete(PathFor(file));
}
