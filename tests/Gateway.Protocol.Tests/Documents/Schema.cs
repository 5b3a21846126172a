using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Tests.Documents;

/// <summary>Builds JSON Schemas (draft 2020-12) with the few keywords that <see cref="SchemaCheck"/> knows. The order of <c>properties</c>
/// is the order of the document.</summary>
internal static class Schema
{
    private const string TimePattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{3})?";

    public static JsonObject Text(long max, long min = 1) => new() { ["type"] = "string", ["minLength"] = min, ["maxLength"] = max };

    public static JsonObject Pattern(string pattern) => new() { ["type"] = "string", ["pattern"] = pattern };

    public static JsonObject Word(IEnumerable<string> words) => new() { ["enum"] = new JsonArray([.. words.Select(word => (JsonNode)word)]) };

    public static JsonObject Word<TEnum>() where TEnum : struct, Enum => Word(Enum.GetNames<TEnum>());

    public static JsonObject Integer(long min, long max) => new() { ["type"] = "integer", ["minimum"] = min, ["maximum"] = max };

    public static JsonObject Const(JsonNode value) => new() { ["const"] = value };

    public static JsonObject Flag() => new() { ["type"] = "boolean" };

    public static JsonObject Digest() => Pattern("^[0-9a-f]{64}$");

    public static JsonObject Id() => Pattern("^[0-9a-f]{32}$");

    public static JsonObject Case() => Pattern("^[A-Z]{2}-[0-9a-f]{32}$");

    public static JsonObject State() => Pattern("^[A-Z]{2}$");

    public static JsonObject Authority() => Pattern("^[A-Z]{2}-[A-Z0-9-]{1,40}$");

    public static JsonObject Time() => Pattern(TimePattern + "Z$");

    public static JsonObject LocalTime() => Pattern(TimePattern + "[+-][0-9]{2}:[0-9]{2}$");

    public static JsonObject Day() => Pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$");

    public static JsonObject Base64(long maxBytes) => new() { ["type"] = "string", ["maxLength"] = (maxBytes + 2) / 3 * 4, ["pattern"] = "^[A-Za-z0-9+/]*={0,2}$" };

    public static JsonObject Nullable(JsonObject schema) => new() { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) };

    public static JsonObject List(JsonObject items, long max, long min = 0, bool unique = false)
    {
        var list = new JsonObject { ["type"] = "array", ["items"] = items, ["minItems"] = min, ["maxItems"] = max };
        if (unique)
            list["uniqueItems"] = true;
        return list;
    }

    /// <summary>An object; a name that ends in <c>?</c> may be absent.</summary>
    public static JsonObject Object(params IReadOnlyList<(string Name, JsonObject Schema)> members) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(members.Select(m => KeyValuePair.Create(m.Name.TrimEnd('?'), (JsonNode?)m.Schema))),
        ["required"] = new JsonArray([.. members.Where(m => !m.Name.EndsWith('?')).Select(m => (JsonNode)m.Name)]),
        ["additionalProperties"] = false,
    };

    /// <summary>A whole document: <c>v</c>, <c>type</c>, its members, and <c>extensions</c>.</summary>
    public static JsonObject Document(string type, params IReadOnlyList<(string Name, JsonObject Schema)> members)
        => Object([("v", Const(1)), ("type", Const(type)), .. members, ("extensions?", new JsonObject { ["type"] = "object" })]);

    /// <summary>The members of a table.</summary>
    public static IReadOnlyList<(string Name, JsonObject Schema)> Members(IEnumerable<Field> fields)
        => [.. fields.Select(field => (field.Need == Need.Optional ? field.Name + "?" : field.Name, Described(field)))];

    private static JsonObject Described(Field field)
    {
        var schema = Of(field);
        string?[] parts = [field.Hint, field.Source is { } source ? Treaties.Cite(source) : null, field.Filled ? "filled by the gateway" : null];
        if (string.Join("; ", parts.OfType<string>()) is { Length: > 0 } description)
            schema["description"] = description;
        return schema;
    }

    private static JsonObject Of(Field field) => field.Shape switch
    {
        Shape.Text => Text(field.Max, field.Min),
        Shape.Word => Word(field.Words),
        Shape.Integer => Integer(field.Min, field.Max),
        Shape.Flag => Flag(),
        Shape.LocalTime => LocalTime(),
        Shape.UtcTime => Time(),
        Shape.Day => Day(),
        Shape.Digest => Digest(),
        Shape.Id => Id(),
        Shape.Case => Case(),
        Shape.Authority => Authority(),
        Shape.Country => State(),
        Shape.Language => Language(),
        Shape.Reference => Pattern("^RQ-[A-Z]{2}-[0-9]{4}-[0-9]{6}$"),
        Shape.Object => WithAnyOf(Object(Members(field.Fields)), field.AnyOf),
        Shape.Objects => List(Object(Members(field.Fields)), field.Max, field.Min),
        Shape.Texts => List(Text(500), field.Max, field.Min),
        Shape.Words => List(Word(field.Words), field.Max, field.Min, unique: true),
        Shape.Languages => List(Language(), field.Max, field.Min, unique: true),
    };

    public static JsonObject WithAnyOf(JsonObject schema, IReadOnlyList<string> names)
    {
        if (names.Count > 0)
            schema["anyOf"] = new JsonArray([.. names.Select(name => (JsonNode)new JsonObject { ["required"] = new JsonArray(name) })]);
        return schema;
    }

    private static JsonObject Language() => Pattern("^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$");
}
