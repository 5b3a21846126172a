using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Output;
using Gateway.Protocol.Requests;

namespace Gateway.Cli.Requests;

/// <summary>
/// What a person wrote: JSON in any order, comments and trailing commas allowed, empty members left as the template had them. They
/// are taken out before the gateway composes, so that half of a template is not mistaken for an answer.
/// </summary>
internal static class FieldsFile
{
    private const int MaxDepth = 32;

    /// <summary>A form as JSON, or by the ending of its name as YAML (<see cref="YamlFile"/>), whose texts the table turns into numbers and yes or no.</summary>
    public static JsonObject Read(string path, IReadOnlyList<Field> fields)
    {
        if (!IsYaml(path))
            return Read(path);
        try
        {
            var form = YamlFile.Read(System.Text.Encoding.UTF8.GetString(InputFile.Read(path)));
            Typed(form, fields);
            Prune(form);
            return form;
        }
        catch (FormatException e)
        {
            throw StopException.Usage($"{path}, {e.Message}");
        }
    }

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

    /// <summary>A template of ours that was filled in part.</summary>
    public static JsonObject Parse(string template)
    {
        var fields = (JsonObject)JsonNode.Parse(template, null, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = MaxDepth })!;
        Prune(fields);
        return fields;
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

    private static bool IsYaml(string path) => path.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);

    private static void Typed(JsonObject form, IReadOnlyList<Field> fields)
    {
        foreach (var field in fields)
        {
            switch (form[field.Name])
            {
                case JsonObject inner when field.Shape == Shape.Object:
                    Typed(inner, field.Fields);
                    break;
                case JsonArray list when field.Shape == Shape.Objects:
                    foreach (var element in list.OfType<JsonObject>())
                        Typed(element, field.Fields);
                    break;
                case JsonValue text when field.Shape is Shape.Integer or Shape.Flag && text.GetValueKind() == JsonValueKind.String:
                    form[field.Name] = Typed(field, text.GetValue<string>());
                    break;
            }
        }
    }

    /// <summary>A value given as text, as the table has it; what does not fit stays a text, and is refused with its path.</summary>
    public static JsonNode Typed(Field? field, string value) => field?.Shape switch
    {
        Shape.Integer when long.TryParse(value, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var number) => number,
        Shape.Flag when value is "yes" or "true" => true,
        Shape.Flag when value is "no" or "false" => false,
        _ => value,
    };

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
