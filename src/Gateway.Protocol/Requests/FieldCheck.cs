using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Requests;

/// <summary>Judges one value against its <see cref="Field"/>; and reads the members of a table in their order.</summary>
internal static class FieldCheck
{
    private const int MaxListedText = 500;
    private static readonly SearchValues<char> TimeLetters = SearchValues.Create("0123456789-:.+TZ ");

    /// <summary>Reads the members that a table describes, in order; the reader keeps the first violation.</summary>
    public static DocumentReader Read(DocumentReader reader, IReadOnlyList<Field> fields)
    {
        for (var i = 0; i < fields.Count; i++)
        {
            var field = fields[i];
            if (!reader.Next(field.Name))
            {
                if (field.Need != Need.Always)
                    continue;
                TooLate(reader, fields.Take(i));
            }
            if (field.Shape == Shape.Object)
                reader.Object(field.Name, inner => Read(inner, field.Fields));
            else if (field.Shape == Shape.Objects)
            {
                if (reader.Objects(field.Name, (int)field.Max, inner => Read(inner, field.Fields)).Count < field.Min && !reader.Failed)
                    reader.Refuse(RefusalCode.DocumentValue, "expected at least one element", field.Name);
            }
            else if (reader.Member(field.Name) is { } value && Leaf(field, value) is var (code, detail))
                reader.Refuse(code, detail, field.Name);
        }
        TooLate(reader, fields);
        return reader;
    }

    // A known member where another was expected or nothing more: its own place has passed.
    private static void TooLate(DocumentReader reader, IEnumerable<Field> fields)
    {
        foreach (var field in fields)
        {
            if (reader.Next(field.Name))
                reader.Refuse(RefusalCode.DocumentMemberOrder, "the member stands out of order", field.Name);
        }
    }

    /// <summary>Why a value that is neither object nor list of objects cannot stand for the field; null when it can.</summary>
    public static (RefusalCode Code, string Detail)? Leaf(Field field, JsonElement value) => field.Shape switch
    {
        Shape.Text => Text(field, value),
        Shape.Word => Word(field, value),
        Shape.Integer => Unless(value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var n) && n >= field.Min && n <= field.Max, $"expected a whole number from {field.Min} to {field.Max}"),
        Shape.Flag => Unless(value.ValueKind is JsonValueKind.True or JsonValueKind.False, "expected true or false"),
        Shape.LocalTime => LocalTime(value),
        Shape.UtcTime => Unless(String(value) is { } s && DocumentReader.TryTime(s, out _), "expected a UTC time such as 2026-03-01T02:15:00.000Z"),
        Shape.Day => Unless(String(value) is { } s && TryDay(s, out _), "expected a day such as 2026-03-01"),
        Shape.Digest => Unless(Digest.TryParse(String(value), out _), "expected 64 lower-case hexadecimal digits"),
        Shape.Id => Unless(String(value) is { } s && Ids.IsId(s), "expected 32 lower-case hexadecimal digits"),
        Shape.Case => Unless(String(value) is { } s && Ids.IsCase(s), "expected a case id: the State's code, a hyphen, 32 lower-case hexadecimal digits"),
        Shape.Authority => Unless(String(value) is { } s && Ids.IsAuthority(s), "expected an authority id such as XA-CA"),
        Shape.Country => Unless(String(value) is { } s && Ids.IsState(s), "expected two upper-case letters (ISO 3166-1)"),
        Shape.Language => Unless(String(value) is { } s && IsLanguage(s), "expected a language tag such as en or pt-BR"),
        Shape.Reference => Unless(String(value) is { } s && IsReference(s), "expected a reference such as RQ-XA-2026-000417"),
        Shape.Texts => Each(field, value, s => s.Length <= MaxListedText && !string.IsNullOrWhiteSpace(s), $"a text of 1 to {MaxListedText} characters"),
        Shape.Words => Each(field, value, s => field.Words.Contains(s), $"one of {string.Join(", ", field.Words)}", distinct: true),
        Shape.Languages => Each(field, value, IsLanguage, "a language tag such as en or pt-BR", distinct: true),
        Shape.Object or Shape.Objects => throw new InvalidOperationException($"'{field.Name}' has members of its own"),
    };

    /// <summary>A string that is valid Unicode without U+0000, else null.</summary>
    public static string? String(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
            return null;
        try
        {
            return value.GetString() is { } text && !text.Contains('\0', StringComparison.Ordinal) ? text : null;
        }
        catch (InvalidOperationException)
        {
            // JsonElement reports an escaped lone surrogate in this way.
            return null;
        }
    }

    /// <summary>A calendar day.</summary>
    public static bool TryDay(string text, out DateOnly day) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);

    /// <summary>RFC 5646 as far as it matters: a language of two or three letters, then subtags.</summary>
    public static bool IsLanguage(string text)
    {
        var subtags = text.Split('-');
        return text.Length <= 35 && subtags[0].Length is 2 or 3 && subtags[0].All(char.IsAsciiLetterLower)
            && subtags.Skip(1).All(s => s.Length is >= 1 and <= 8 && s.All(char.IsAsciiLetterOrDigit));
    }

    /// <summary><c>RQ-XA-2026-000417</c>.</summary>
    public static bool IsReference(string text)
        => text.Length == 17 && text.StartsWith("RQ-", StringComparison.Ordinal) && Ids.IsState(text[3..5]) && text[5] == '-' && text[10] == '-'
            && text.AsSpan(6, 4).IndexOfAnyExceptInRange('0', '9') < 0 && text.AsSpan(11).IndexOfAnyExceptInRange('0', '9') < 0;

    private static (RefusalCode, string)? Text(Field field, JsonElement value)
    {
        var text = String(value);
        if (text is null || text.Length > field.Max || string.IsNullOrWhiteSpace(text))
            return (RefusalCode.DocumentValue, $"expected a string of {field.Min} to {field.Max} characters");
        if (field.Content is null && text.Length < field.Min)
            return (RefusalCode.DocumentValue, $"has {text.Length} characters; at least {field.Min} are needed");
        return null;
    }

    private static (RefusalCode, string)? Word(Field field, JsonElement value)
    {
        var text = String(value);
        if (text is null || text.Length is 0 or > 60)
            return (RefusalCode.DocumentValue, "expected a word of 1 to 60 characters");
        return field.Content is null && !field.Words.Contains(text)
            ? (RefusalCode.DocumentValue, $"'{StrictJson.Shown(text)}' is not one of {string.Join(", ", field.Words)}")
            : null;
    }

    private static (RefusalCode, string)? LocalTime(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
            return (RefusalCode.DocumentValue, "expected a time with its UTC offset");
        var text = String(value);
        if (text is not null && DocumentReader.TryLocalTime(text, out _))
            return null;
        var echo = text is { Length: <= 40 } && !text.AsSpan().ContainsAnyExcept(TimeLetters) ? text : "…";
        return (RefusalCode.TimeWithoutZone, $"Time \"{echo}\" has no UTC offset. Write e.g. 2026-03-01T02:15:00+05:30.");
    }

    private static (RefusalCode, string)? Each(Field field, JsonElement value, Func<string, bool> fits, string expected, bool distinct = false)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() < field.Min || value.GetArrayLength() > field.Max)
            return (RefusalCode.DocumentValue, $"expected a list of {field.Min} to {field.Max} elements");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var element in value.EnumerateArray())
        {
            if (String(element) is not { } text || !fits(text))
                return (RefusalCode.DocumentValue, $"element {seen.Count + 1} is not {expected}");
            if (!seen.Add(text) && distinct)
                return (RefusalCode.DocumentValue, $"element {seen.Count + 1} stands twice");
        }
        return null;
    }

    private static (RefusalCode, string)? Unless(bool fits, string expected) => fits ? null : (RefusalCode.DocumentValue, expected);
}
