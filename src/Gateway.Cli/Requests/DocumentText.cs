using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Cli.Output;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Wording;

namespace Gateway.Cli.Requests;

/// <summary>
/// A request or an act as a person reads it: each member with its label and its name, by which a question or an answer refers to it; codes with their words; times as
/// they were sent and in the reader's zone. What no table knows stands as it is.
/// </summary>
internal sealed class DocumentText(Labels labels, TimeZoneInfo zone, bool alone = false)
{
    private const int LongestValue = 2000;

    private readonly StringBuilder _text = new();

    /// <summary>The text of the bytes that were signed.</summary>
    public static string Of(Labels labels, TimeZoneInfo zone, ReadOnlyMemory<byte> document)
    {
        try
        {
            using var json = JsonDocument.Parse(document);
            return Of(labels, zone, json.RootElement);
        }
        catch (JsonException)
        {
            return ReadableJson.Text(document);
        }
    }

    public static string Of(Labels labels, TimeZoneInfo zone, JsonElement document)
    {
        var type = document.TryGetProperty("type", out var given) ? given.ToString() : "";
        IReadOnlyList<Field> fields = type == "act" ? ActFields.All
            : document.TryGetProperty("kind", out var kind) && Enum.TryParse<RequestKind>(kind.ToString(), out var known) && Enum.IsDefined(known) ? RequestKinds.Of(known).AllFields : RequestFields.Shared;
        var text = new DocumentText(labels, zone);
        text.Members(document, fields, 1, type == "act" ? "act" : "kind");
        return text._text.ToString();
    }

    /// <summary>Some members alone, whole: what people wrote stands on lines of its own, to be copied.</summary>
    public static string OnlyOf(Labels labels, TimeZoneInfo zone, JsonElement document, IEnumerable<Field> fields)
    {
        var text = new DocumentText(labels, zone, alone: true);
        foreach (var field in fields)
        {
            if (document.TryGetProperty(field.Name, out var value))
                text.Member(field.Name, field, value, 1, "kind");
        }
        return text._text.ToString();
    }

    private void Members(JsonElement parent, IReadOnlyList<Field> fields, int depth, string kindGroup)
    {
        foreach (var member in parent.EnumerateObject())
            Member(SafeText.Line(member.Name), fields.FirstOrDefault(field => field.Name == member.Name), member.Value, depth, kindGroup);
    }

    private void Member(string name, Field? field, JsonElement value, int depth, string kindGroup)
    {
        var label = field is null ? name : labels.Word("field", field.Name);
        _text.Append(' ', depth * 2).Append(label == name ? name : $"{label} [{name}]");
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                _text.Append('\n');
                Members(value, field?.Fields ?? [], depth + 1, kindGroup);
                break;
            case JsonValueKind.Array when value.EnumerateArray().Any(element => element.ValueKind is JsonValueKind.Object or JsonValueKind.Array):
                _text.Append('\n');
                var number = 0;
                foreach (var element in value.EnumerateArray())
                    Element(number++, field, element, depth + 1, kindGroup);
                break;
            case JsonValueKind.Array when Whole(field):
                foreach (var element in value.EnumerateArray())
                    Copied(element, depth);
                break;
            case JsonValueKind.String when Whole(field):
                Copied(value, depth);
                break;
            case JsonValueKind.Array:
                _text.Append(": ").AppendJoin(", ", value.EnumerateArray().Select(element => Scalar(field, element, kindGroup))).Append('\n');
                break;
            default:
                _text.Append(": ").Append(Scalar(field, value, kindGroup)).Append('\n');
                break;
        }
    }

    private bool Whole(Field? field) => alone && field?.Shape is Shape.Text or Shape.Texts;

    // No label before it and nothing after it.
    private void Copied(JsonElement value, int depth)
    {
        if (_text[^1] != '\n')
            _text.Append('\n');
        foreach (var line in SafeText.Block(value.GetString()).Split('\n'))
            _text.Append(' ', (depth * 2) + 2).Append(line).Append('\n');
    }

    // Numbered as the paths of questions and answers number them.
    private void Element(int number, Field? field, JsonElement element, int depth, string kindGroup)
    {
        _text.Append(' ', depth * 2).Append(CultureInfo.InvariantCulture, $"[{number}]");
        if (element.ValueKind == JsonValueKind.Object)
        {
            _text.Append('\n');
            Members(element, field?.Fields ?? [], depth + 1, kindGroup);
        }
        else
            _text.Append(' ').Append(Scalar(field, element, kindGroup)).Append('\n');
    }

    private string Scalar(Field? field, JsonElement value, string kindGroup)
    {
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return labels[value.GetBoolean() ? "form.yes" : "form.no"];
        var text = SafeText.Line(value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText());
        return field?.Shape switch
        {
            Shape.Word or Shape.Words => labels.Coded(GroupOf(field.Name, text, kindGroup), text),
            Shape.LocalTime or Shape.UtcTime => Language.Both(text, zone),
            _ => labels.Set(text.Length <= LongestValue ? text : $"{text[..LongestValue]}… ({text.Length.ToString(CultureInfo.InvariantCulture)})"),
        };
    }

    /// <summary>The group of labels of a code, by the member in which it stands.</summary>
    internal static string GroupOf(string field, string code, string kindGroup) => field switch
    {
        "kind" => kindGroup,
        "urgency" or "outcome" => field,
        "deadlineRule" => "rule",
        _ => Grounds.Of(code) is null ? "word" : "ground",
    };
}
