using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Output;

namespace Gateway.Cli.Requests;

/// <summary>
/// What a person wrote: JSON in any order, comments and trailing commas allowed, empty members left as the template had them. They
/// are taken out before the gateway composes, so that half of a template is not mistaken for an answer.
/// </summary>
internal static class FieldsFile
{
    private const int MaxDepth = 32;

    public static JsonObject Read(string path)
    {
        try
        {
            var node = JsonNode.Parse(InputFile.Read(path), null, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = MaxDepth });
            if (node is not JsonObject fields)
                throw StopException.Usage($"{path} does not hold one JSON object");
            Prune(fields);
            return fields;
        }
        catch (JsonException e)
        {
            throw StopException.Usage($"{path} is not JSON: {e.Message}");
        }
        catch (ArgumentException e)
        {
            throw StopException.Usage($"{path} names a member twice: {e.Message}");
        }
    }

    /// <summary>Takes out null, blank strings, empty lists and objects, from the inside out.</summary>
    public static void Prune(JsonObject fields)
    {
        foreach (var (name, value) in fields.ToArray())
        {
            if (IsEmpty(value))
                fields.Remove(name);
        }
    }

    private static bool IsEmpty(JsonNode? node)
    {
        switch (node)
        {
            case null:
                return true;
            case JsonObject inner:
                Prune(inner);
                return inner.Count == 0;
            case JsonArray list:
                foreach (var element in list.Where(IsEmpty).ToArray())
                    list.Remove(element);
                return list.Count == 0;
            default:
                return node.GetValueKind() == JsonValueKind.String && string.IsNullOrWhiteSpace(node.GetValue<string>());
        }
    }
}
