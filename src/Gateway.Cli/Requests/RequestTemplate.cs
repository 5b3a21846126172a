using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Protocol.Requests;

namespace Gateway.Cli.Requests;

/// <summary>A form to fill in: every member of a kind, empty, with what is expected beside it.</summary>
internal static class RequestTemplate
{
    /// <param name="row">The kind.</param>
    /// <param name="comments">With what is expected.</param>
    /// <param name="older">What is filled in from another request.</param>
    public static string Write(RequestRow row, bool comments, RequestLike? older = null)
    {
        var text = new StringBuilder();
        if (comments)
        {
            text.Append(CultureInfo.InvariantCulture, $"// {row.Kind}. Fill in what applies; what stays empty is left out. Lines that begin with // are not sent.\n");
            text.Append(CultureInfo.InvariantCulture, $"// Check with: gatewayctl request check FILE\n");
            if (older is { Reference.Length: > 0 })
                text.Append(CultureInfo.InvariantCulture, $"// What is filled in was taken from {older.Reference}: see for each whether it fits this case.\n");
        }
        Members(text, row.AllFields.Where(f => !f.Filled).ToList(), 1, row.Kind, comments, row.AnyOf, older?.Members);
        return text.Append('\n').ToString();
    }

    /// <summary>A form of any table, with what is known already filled in.</summary>
    public static string Write(string heading, IReadOnlyList<Field> fields, JsonObject known)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"// {heading}\n// Fill in what applies; what stays empty is left out. Times carry their offset: 2026-03-01T02:15:00+05:30\n");
        Members(text, [.. fields.Where(f => !f.Filled)], 1, null, comments: true, [], known);
        return text.Append('\n').ToString();
    }

    private static void Members(StringBuilder text, IReadOnlyList<Field> fields, int depth, RequestKind? kind, bool comments, IReadOnlyList<IReadOnlyList<string>> anyOf, JsonObject? known = null)
    {
        var indent = new string(' ', depth * 2);
        text.Append("{\n");
        for (var i = 0; i < fields.Count; i++)
        {
            var field = fields[i];
            if (comments)
                text.Append(CultureInfo.InvariantCulture, $"{indent}// {Expected(field, anyOf)}\n");
            text.Append(CultureInfo.InvariantCulture, $"{indent}\"{field.Name}\": ");
            if (known?[field.Name] is { } value)
                text.Append(RequestLike.Text(value).Replace("\n", $"\n{indent}", StringComparison.Ordinal));
            else
                Value(text, field, depth, kind is { } k && field.Name == "kind" ? $"\"{k}\"" : null, comments);
            text.Append(i < fields.Count - 1 ? ",\n" : "\n");
        }
        text.Append(indent.AsSpan(2)).Append('}');
    }

    private static void Value(StringBuilder text, Field field, int depth, string? known, bool comments)
    {
        switch (field.Shape)
        {
            case Shape.Object:
                Members(text, field.Fields, depth + 1, null, comments, [field.AnyOf]);
                break;
            case Shape.Objects:
                text.Append('[');
                Members(text, field.Fields, depth + 1, null, comments, [field.AnyOf]);
                text.Append(']');
                break;
            case Shape.Texts or Shape.Words or Shape.Languages:
                text.Append("[]");
                break;
            case Shape.Flag or Shape.Integer:
                text.Append("null");
                break;
            default:
                text.Append(known ?? "\"\"");
                break;
        }
    }

    private static string Expected(Field field, IReadOnlyList<IReadOnlyList<string>> anyOf)
    {
        var group = anyOf.FirstOrDefault(g => g.Contains(field.Name));
        var need = group is not null ? $"one of {string.Join(", ", group)}" : field.Need == Need.Optional ? "optional" : "required";
        return string.Join(" · ", new[] { need, Form(field), field.Hint, field.Source }.Where(part => !string.IsNullOrEmpty(part)));
    }

    /// <summary>What a value looks like.</summary>
    public static string Form(Field field) => field.Shape switch
    {
        Shape.Text => field.Min > 1 ? $"text, {field.Min} to {field.Max} characters" : $"text, at most {field.Max} characters",
        Shape.Word => $"one of {string.Join(" | ", field.Words)}",
        Shape.Words => $"list of {string.Join(" | ", field.Words)}",
        Shape.Integer => $"whole number, {field.Min} to {field.Max}",
        Shape.Flag => "true or false",
        Shape.LocalTime => "time with offset, 2026-03-01T02:15:00+05:30",
        Shape.UtcTime => "UTC time, 2026-03-01T02:15:00Z",
        Shape.Day => "day, 2026-03-01",
        Shape.Digest => "SHA-256, 64 hexadecimal digits",
        Shape.Id => "id, 32 hexadecimal digits",
        Shape.Case => "case id",
        Shape.Authority => "authority id, XB-CA",
        Shape.Country => "two letters",
        Shape.Language => "language tag, en",
        Shape.Reference => "reference",
        Shape.Object => "",
        Shape.Objects => $"list, at most {field.Max}; repeat the {{…}} for more",
        Shape.Texts => $"list of texts, at most {field.Max}",
        Shape.Languages => "list of language tags",
    };
}
