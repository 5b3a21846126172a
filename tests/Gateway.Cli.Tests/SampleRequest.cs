using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Requests;
using Google.Protobuf;

namespace Gateway.Cli.Tests;

/// <summary>A sample of deploy/samples as a request that somebody composed and signed.</summary>
internal static class SampleRequest
{
    /// <summary>Its fields, as people write them.</summary>
    public static JsonObject Fields(string sample)
        => JsonNode.Parse(File.ReadAllText(Path.Combine(Root(AppContext.BaseDirectory), "deploy", "samples", sample)), null, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })!.AsObject();

    /// <param name="gateway">Whose person signs.</param>
    /// <param name="fields">The fields.</param>
    /// <param name="reference">Its number.</param>
    /// <param name="roles">Of both authorities.</param>
    public static ByteString Signed(LoopbackGateway gateway, JsonObject fields, string reference, params string[] roles)
        => Signed(gateway, RequestComposer.Compose(JsonSerializer.SerializeToElement(fields), new RequestContext(TimeProvider.System.GetUtcNow(), roles, roles, null) { Reference = reference }).Document!);

    /// <summary>Any document, signed by the same person.</summary>
    public static ByteString Signed(LoopbackGateway gateway, byte[] document) => ByteString.CopyFrom(SignedDocument.Sign(document, gateway.Pki.Signer("signing"), TimeProvider.System.GetUtcNow()));

    private static string Root(string folder) => File.Exists(Path.Combine(folder, "Gateway.sln")) ? folder : Root(Path.GetDirectoryName(folder)!);
}
