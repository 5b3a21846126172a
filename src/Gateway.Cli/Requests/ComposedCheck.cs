using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;

namespace Gateway.Cli.Requests;

/// <summary>A person signs only what he said: every value given must stand in the composed document, at the same place.</summary>
internal static class ComposedCheck
{
    public static void Require(byte[] document, string type, JsonObject fields)
    {
        if (StrictJson.Check(document) is { } malformed)
            throw StopException.Refused(malformed);
        if (DocumentReader.TypeOf(document) is var actual && actual != type)
            throw StopException.No($"the gateway composed a document of type '{actual}' instead of '{type}'; nothing was signed");
        var composed = (JsonObject)JsonNode.Parse(document)!;
        if (Difference(fields, composed, "") is { } path)
            throw StopException.No($"the gateway composed a document that differs from what was given, at '{path}'; nothing was signed");
    }

    /// <summary>The path of the first value given that the document lacks or changes; null when there is none.</summary>
    private static string? Difference(JsonNode? given, JsonNode? composed, string path) => (given, composed) switch
    {
        (JsonObject a, JsonObject b) => a.Select(member => Difference(member.Value, b[member.Key], path.Length == 0 ? member.Key : $"{path}.{member.Key}")).FirstOrDefault(p => p is not null),
        (JsonArray a, JsonArray b) when a.Count == b.Count => a.Select((element, i) => Difference(element, b[i], $"{path}[{i}]")).FirstOrDefault(p => p is not null),
        _ => Same(given, composed) ? null : path,
    };

    private static bool Same(JsonNode? given, JsonNode? composed)
    {
        if (JsonNode.DeepEquals(given, composed))
            return true;
        // A time may be written anew in the document's own form.
        return Time(given) is { } a && Time(composed) is { } b && a == b;
    }

    private static DateTimeOffset? Time(JsonNode? node)
        => node?.GetValueKind() == JsonValueKind.String
            && DateTimeOffset.TryParse(node.GetValue<string>(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
