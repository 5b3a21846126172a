using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Gateway.Protocol.Tests.Documents;

/// <summary>Checks a document against a schema: the keywords that our schemas use, and the order of the members. Another keyword throws.</summary>
internal static class SchemaCheck
{
    private static readonly HashSet<string> Annotations = ["$schema", "$id", "title", "description", "$defs"];

    /// <summary>The first violation, or null.</summary>
    /// <param name="root">The file, in which references are looked up; left out: the schema itself.</param>
    public static string? Violation(JsonNode? value, JsonObject schema, string path = "$", JsonObject? root = null)
        => schema.Where(keyword => !Annotations.Contains(keyword.Key)).Select(keyword => One(value, keyword.Key, keyword.Value!, schema, path, root ?? schema)).FirstOrDefault(v => v is not null);

    private static string? One(JsonNode? value, string keyword, JsonNode argument, JsonObject schema, string path, JsonObject root) => keyword switch
    {
        "$ref" => Violation(value, root["$defs"]![argument.GetValue<string>()["#/$defs/".Length..]]!.AsObject(), path, root),
        "type" => Unless(TypeOf(value) == argument.GetValue<string>(), path, $"is not {argument}"),
        "const" => Unless(JsonNode.DeepEquals(value, argument), path, $"is not {argument}"),
        "enum" => Unless(argument.AsArray().Any(word => JsonNode.DeepEquals(value, word)), path, "is none of the words"),
        "pattern" => Unless(TypeOf(value) != "string" || Regex.IsMatch(value!.GetValue<string>(), argument.GetValue<string>(), RegexOptions.CultureInvariant), path, $"does not match {argument}"),
        "minLength" => Unless(TypeOf(value) != "string" || value!.GetValue<string>().EnumerateRunes().Count() >= argument.GetValue<long>(), path, "is too short"),
        "maxLength" => Unless(TypeOf(value) != "string" || value!.GetValue<string>().EnumerateRunes().Count() <= argument.GetValue<long>(), path, "is too long"),
        "minimum" => Unless(TypeOf(value) != "integer" || value!.GetValue<long>() >= argument.GetValue<long>(), path, "is too small"),
        "maximum" => Unless(TypeOf(value) != "integer" || value!.GetValue<long>() <= argument.GetValue<long>(), path, "is too large"),
        "minItems" => Unless(value is not JsonArray list || list.Count >= argument.GetValue<long>(), path, "has too few elements"),
        "maxItems" => Unless(value is not JsonArray list || list.Count <= argument.GetValue<long>(), path, "has too many elements"),
        "uniqueItems" => Unless(value is not JsonArray list || list.Select(item => item?.ToJsonString()).Distinct().Count() == list.Count, path, "has an element twice"),
        "items" => value is JsonArray list ? list.Select((item, index) => Violation(item, argument.AsObject(), $"{path}[{index}]", root)).FirstOrDefault(v => v is not null) : null,
        "required" => value is JsonObject item ? argument.AsArray().Select(name => name!.GetValue<string>()).Where(name => !item.ContainsKey(name)).Select(name => $"{path}.{name} is missing").FirstOrDefault() : null,
        "properties" => value is JsonObject item ? Properties(item, argument.AsObject(), path, root) : null,
        "additionalProperties" => value is JsonObject item ? item.Where(member => !schema["properties"]!.AsObject().ContainsKey(member.Key)).Select(member => $"{path}.{member.Key} is not known").FirstOrDefault() : null,
        "anyOf" => Unless(argument.AsArray().Any(one => Violation(value, one!.AsObject(), path, root) is null), path, "fits none of the choices"),
        "oneOf" => Unless(argument.AsArray().Count(one => Violation(value, one!.AsObject(), path, root) is null) == 1, path, "does not fit exactly one of the choices"),
        _ => throw new InvalidOperationException($"keyword '{keyword}' is not known to this check"),
    };

    private static string? Properties(JsonObject value, JsonObject properties, string path, JsonObject root)
    {
        var order = properties.Select(property => property.Key).ToList();
        var last = -1;
        foreach (var (name, member) in value)
        {
            var at = order.IndexOf(name);
            if (at < 0)
                continue;
            if (at < last)
                return $"{path}.{name} stands too late";
            last = at;
            if (Violation(member, properties[name]!.AsObject(), $"{path}.{name}", root) is { } violation)
                return violation;
        }
        return null;
    }

    private static string TypeOf(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject => "object",
        JsonArray => "array",
        _ => value.GetValueKind() switch
        {
            System.Text.Json.JsonValueKind.String => "string",
            System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False => "boolean",
            _ => value.AsValue().TryGetValue<long>(out _) ? "integer" : "number",
        },
    };

    private static string? Unless(bool fits, string path, string problem) => fits ? null : $"{path} {problem}";
}
