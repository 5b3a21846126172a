using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Cli.Output;

namespace Gateway.Cli.Requests;

/// <summary>A document as a person reads it: names and values, indented, long content cut. Not for programs.</summary>
internal static class ReadableJson
{
    private const int LongestValue = 2000;

    public static string Text(ReadOnlyMemory<byte> document)
    {
        try
        {
            using var json = JsonDocument.Parse(document);
            var text = new StringBuilder();
            Members(text, json.RootElement, 1);
            return text.ToString();
        }
        catch (JsonException)
        {
            return "  (not readable as JSON)\n";
        }
    }

    private static void Members(StringBuilder text, JsonElement value, int depth)
    {
        foreach (var member in value.EnumerateObject())
            Named(text, SafeText.Line(member.Name), member.Value, depth);
    }

    private static void Named(StringBuilder text, string name, JsonElement value, int depth)
    {
        text.Append(' ', depth * 2).Append(name);
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('\n');
                Members(text, value, depth + 1);
                break;
            case JsonValueKind.Array when value.EnumerateArray().All(e => e.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)):
                text.Append(": ").AppendJoin(", ", value.EnumerateArray().Select(Scalar)).Append('\n');
                break;
            case JsonValueKind.Array:
                text.Append('\n');
                var number = 0;
                foreach (var element in value.EnumerateArray())
                    Named(text, (++number).ToString(CultureInfo.InvariantCulture), element, depth + 1);
                break;
            default:
                text.Append(": ").Append(Scalar(value)).Append('\n');
                break;
        }
    }

    private static string Scalar(JsonElement value)
    {
        var text = SafeText.Line(value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText());
        return text.Length <= LongestValue ? text : $"{text[..LongestValue]}… ({text.Length} characters)";
    }
}
