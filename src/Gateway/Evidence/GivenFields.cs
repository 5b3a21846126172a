using System.Globalization;
using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Evidence;

/// <summary>The members that a person gives for a short document, in any order; every problem at once.</summary>
internal sealed class GivenFields
{
    private readonly JsonElement _fields;
    private readonly List<Refusal> _problems = [];

    public GivenFields(JsonElement fields, params string[] known)
    {
        _fields = fields;
        if (fields.ValueKind != JsonValueKind.Object)
        {
            _problems.Add(new Refusal(RefusalCode.DocumentNotJson, "the fields must be one JSON object"));
            return;
        }
        foreach (var member in fields.EnumerateObject().Where(m => !known.Contains(m.Name, StringComparer.Ordinal)))
            _problems.Add(new Refusal(RefusalCode.DocumentUnknownMember, "the member is not known here, or the gateway fills it itself", member.Name));
    }

    public bool Failed => _problems.Count > 0;

    /// <summary>The composition when something was wrong.</summary>
    public Composition Refused => new(null, _problems, []);

    /// <summary>The document to sign: nothing is missing, its bytes read back, and what it says may be done. Else what is wrong.</summary>
    /// <param name="write">Makes the bytes.</param>
    /// <param name="read">Reads them as whoever gets them does.</param>
    /// <param name="judge">Whether it may be done.</param>
    public Composition Compose(Func<byte[]> write, Func<byte[], Refusal?> read, Func<Refusal?> judge)
    {
        if (Failed)
            return Refused;
        var bytes = write();
        if ((read(bytes) ?? judge()) is not { } problem)
            return new Composition(bytes, [], []);
        Refuse(problem);
        return Refused;
    }

    public string Text(string name) => Optional(name) ?? Missing(name);

    public string? Optional(string name)
        => _fields.ValueKind == JsonValueKind.Object && _fields.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    public TWord Word<TWord>(string name) where TWord : struct, Enum
    {
        var text = Text(name);
        if (Enum.TryParse<TWord>(text, out var word) && Enum.GetName(word) == text)
            return word;
        if (text.Length > 0)
            Refuse(new Refusal(RefusalCode.DocumentValue, $"expected one of {string.Join(", ", Enum.GetNames<TWord>())}", name));
        return default;
    }

    /// <summary>A day; null when none is given.</summary>
    public DateOnly? Day(string name)
    {
        if (Optional(name) is not { } text)
            return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return day;
        Refuse(new Refusal(RefusalCode.DocumentValue, "expected a day such as 2026-03-01", name));
        return null;
    }

    public Digest Digest(string name)
    {
        var text = Text(name);
        if (!Protocol.Documents.Digest.TryParse(text, out var digest) && text.Length > 0)
            Refuse(new Refusal(RefusalCode.DocumentValue, "expected 64 lower-case hexadecimal digits", name));
        return digest;
    }

    /// <summary>A list of objects with two text members each; absent is empty.</summary>
    public IReadOnlyList<(string First, string Second)> Pairs(string name, string first, string second)
    {
        if (_fields.ValueKind != JsonValueKind.Object || !_fields.TryGetProperty(name, out var list))
            return [];
        if (list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(e => e.ValueKind == JsonValueKind.Object && IsText(e, first) && IsText(e, second)))
            return [.. list.EnumerateArray().Select(e => (e.GetProperty(first).GetString()!, e.GetProperty(second).GetString()!))];
        Refuse(new Refusal(RefusalCode.DocumentValue, $"expected a list of objects with '{first}' and '{second}'", name));
        return [];
    }

    public void Refuse(Refusal refusal) => _problems.Add(refusal);

    private string Missing(string name)
    {
        Refuse(new Refusal(RefusalCode.RequiredFieldEmpty, $"Missing field \"{name}\". Nothing was signed.", name));
        return "";
    }

    private static bool IsText(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String;
}
