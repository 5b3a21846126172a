using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Requests;

/// <summary>Writes the members of a table in their order from an object in any order, and collects what does not fit.</summary>
internal sealed class FieldComposer
{
    private readonly List<Refusal> _problems = [];

    public IReadOnlyList<Refusal> Problems => _problems;

    /// <summary>Whether a problem of this path was reported here, so that the rules need not say that its value is missing.</summary>
    public bool Covers(string? path)
        => path is not null && _problems.Any(problem => problem.Path is { } known
            && (known == path || (known.StartsWith(path, StringComparison.Ordinal) && known[path.Length] is '.' or '[') || (path.StartsWith(known, StringComparison.Ordinal) && path[known.Length] is '.' or '[')));

    /// <summary>Writes what fits; <paramref name="fill"/> gives the values that people leave out.</summary>
    public void Write(DocumentWriter writer, JsonElement source, IReadOnlyList<Field> fields, string path, Func<string, JsonElement?>? fill = null)
    {
        foreach (var field in fields)
        {
            var here = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            var given = source.TryGetProperty(field.Name, out var value) && !IsEmpty(value);
            if (given && field.Filled)
                Refuse(RefusalCode.DocumentUnknownMember, "the gateway fills this member itself", here);
            if (given && !field.Filled)
                WriteValue(writer, field, value, here);
            else if (fill?.Invoke(field.Name) is { } filled)
                writer.Raw(field.Name, filled);
        }
    }

    /// <summary>Refuses the members that the table does not name.</summary>
    public void Unknown(JsonElement source, IReadOnlyList<Field> fields, string path, params ReadOnlySpan<string> others)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in source.EnumerateObject())
        {
            var here = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            if (!seen.Add(member.Name))
                Refuse(RefusalCode.DocumentDuplicateMember, "the member stands twice", here);
            else if (!others.Contains(member.Name) && !fields.Any(field => field.Name == member.Name))
                Refuse(RefusalCode.DocumentUnknownMember, "the member is not known here", here);
        }
    }

    /// <summary>Carries the namespaced additions over, as they are.</summary>
    public void Extensions(DocumentWriter writer, JsonElement source)
    {
        if (!source.TryGetProperty("extensions", out var extensions) || IsEmpty(extensions))
            return;
        if (extensions.ValueKind != JsonValueKind.Object)
            Refuse(RefusalCode.DocumentValue, "expected an object of namespaced additions", "extensions");
        else
            writer.Raw("extensions", extensions);
    }

    /// <summary>A string as a JSON element.</summary>
    public static JsonElement? Json(string? text) => text is null ? null : JsonSerializer.SerializeToElement(text, JsonStrings.Default.String);

    private void WriteValue(DocumentWriter writer, Field field, JsonElement value, string path)
    {
        switch (field.Shape)
        {
            case Shape.Object when value.ValueKind != JsonValueKind.Object:
                Refuse(RefusalCode.DocumentValue, "expected an object", path);
                break;
            case Shape.Object:
                writer.Object(field.Name, inner => Write(inner, value, field.Fields, path));
                Unknown(value, field.Fields, path);
                break;
            case Shape.Objects when value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > field.Max:
                Refuse(RefusalCode.DocumentValue, $"expected a list of at most {field.Max} elements", path);
                break;
            case Shape.Objects:
                WriteList(writer, field, value, path);
                break;
            case Shape.Integer when FieldCheck.Leaf(field, value) is null:
                writer.Integer(field.Name, value.GetInt64());
                break;
            // People may write either spelling of UTC; the document has one per shape.
            case Shape.LocalTime when FieldCheck.String(value) is { } utc && DocumentReader.TryTime(utc, out var zulu):
                writer.LocalTime(field.Name, zulu);
                break;
            case Shape.UtcTime when FieldCheck.String(value) is { } text && DocumentReader.TryLocalTime(text, out var time):
                writer.Time(field.Name, time);
                break;
            default:
                if (FieldCheck.Leaf(field, value) is var (code, detail))
                    Refuse(code, detail, path);
                else
                    writer.Raw(field.Name, value);
                break;
        }
    }

    private void WriteList(DocumentWriter writer, Field field, JsonElement value, string path)
        => writer.Objects(field.Name, value.EnumerateArray().Select((element, index) => (Element: element, Path: $"{path}[{index}]")), (inner, item) =>
        {
            if (item.Element.ValueKind != JsonValueKind.Object)
            {
                Refuse(RefusalCode.DocumentValue, "expected an object", item.Path);
                return;
            }
            Write(inner, item.Element, field.Fields, item.Path);
            Unknown(item.Element, field.Fields, item.Path);
        });

    private void Refuse(RefusalCode code, string detail, string path) => _problems.Add(new Refusal(code, detail, path));

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.String => FieldCheck.String(value) is { } text && string.IsNullOrWhiteSpace(text),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };
}

/// <summary>Strings as JSON elements, without reflection.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class JsonStrings : JsonSerializerContext;
