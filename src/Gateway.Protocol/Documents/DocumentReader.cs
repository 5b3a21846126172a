using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Documents;

/// <summary>
/// Reads the members of one JSON object in the fixed order of its type. The first violation is kept and everything after it
/// reads as empty, so that a type's reading code is a plain list of its members; <see cref="Read{T}"/> returns the refusal.
/// </summary>
public sealed class DocumentReader
{
    private const string UtcSeconds = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const string UtcMilliseconds = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
    private static readonly string[] LocalFormats = ["yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.fffzzz"];

    private readonly State _state;
    private readonly string _path;
    private JsonElement.ObjectEnumerator _members;
    private bool _more;

    private DocumentReader(State state, JsonElement element, string path)
    {
        _state = state;
        _path = path;
        Element = element;
        _members = element.EnumerateObject();
        _more = _members.MoveNext();
    }

    /// <summary>Checks the encoding, the members <c>v</c> and <c>type</c>, then hands the other members to <paramref name="read"/>.</summary>
    /// <param name="bytes">The exact bytes that were signed.</param>
    /// <param name="type">The type expected (<c>receipt</c>).</param>
    /// <param name="maxVersion">The highest version of the type that this code reads; the lowest is 1.</param>
    /// <param name="read">Reads the members in order.</param>
    /// <param name="limits">Bounds; the default is that of docs/protocol.md.</param>
    public static Outcome<T> Read<T>(ReadOnlyMemory<byte> bytes, string type, int maxVersion, Func<DocumentReader, T> read, JsonLimits? limits = null)
    {
        if (StrictJson.Check(bytes.Span, limits) is { } malformed)
            return malformed;
        using var json = JsonDocument.Parse(bytes[..^1], new JsonDocumentOptions { MaxDepth = (limits ?? JsonLimits.Default).MaxDepth });
        var state = new State();
        var reader = new DocumentReader(state, json.RootElement, "");
        reader.Version = (int)reader.Integer("v", 1, int.MaxValue);
        var actual = reader.Text("type", 40);
        if (state.Refusal is null && actual != type)
            return new Refusal(RefusalCode.DocumentType, $"the document is of type '{StrictJson.Shown(actual)}'; expected '{type}'", "type");
        if (state.Refusal is null && reader.Version > maxVersion)
            return new Refusal(RefusalCode.DocumentVersion, $"version {reader.Version} of '{type}' is not known here; known up to {maxVersion}", "v");
        var value = state.Refusal is null ? read(reader) : default;
        reader.End(allowExtensions: true);
        return state.Refusal is { } refusal ? refusal : value!;
    }

    /// <summary>The type of a document, read without judging the rest; null when it is not a document at all.</summary>
    public static string? TypeOf(ReadOnlyMemory<byte> bytes)
    {
        var probe = new Utf8JsonReader(bytes.Span);
        try
        {
            if (!probe.Read() || probe.TokenType != JsonTokenType.StartObject)
                return null;
            while (probe.Read() && probe.TokenType == JsonTokenType.PropertyName)
            {
                var isType = probe.ValueTextEquals("type"u8);
                probe.Read();
                if (isType)
                    return probe.TokenType == JsonTokenType.String ? probe.GetString() : null;
                probe.Skip();
            }
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escaped lone surrogate.
            return null;
        }
    }

    /// <summary>The version (<c>v</c>) of the document being read.</summary>
    public int Version { get; private set; }

    /// <summary>The object being read; it lives as long as the reading.</summary>
    internal JsonElement Element { get; }

    /// <summary>True once a violation was found.</summary>
    public bool Failed => _state.Refusal is not null;

    /// <summary>Whether the next member has this name: for members that may be absent.</summary>
    public bool Next(string name) => _more && !Failed && _members.Current.NameEquals(name);

    /// <summary>Records a violation found by the caller (only the first counts).</summary>
    public void Refuse(RefusalCode code, string detail, string? name = null)
        => _state.Refusal ??= new Refusal(code, detail, name is null ? (_path.Length == 0 ? null : _path) : PathOf(name));

    /// <summary>A string of <paramref name="min"/> to <paramref name="max"/> UTF-16 units.</summary>
    public string Text(string name, int max, int min = 1)
        => Take(name) is { } e ? TextOf(e, name, max, min) : "";

    /// <summary>A string that may be JSON null; the member itself must be present.</summary>
    public string? TextOrNull(string name, int max)
        => Take(name) is { } e && e.ValueKind != JsonValueKind.Null ? TextOf(e, name, max, 1) : null;

    /// <summary>A member that may be absent.</summary>
    public string? OptionalText(string name, int max) => Next(name) ? Text(name, max) : null;

    /// <summary>A string that satisfies a shape of <see cref="Ids"/>.</summary>
    public string Id(string name, Func<string, bool> shape)
    {
        var text = Text(name, 64);
        if (!Failed && !shape(text))
            Refuse(RefusalCode.DocumentValue, "the value does not have the shape of this identifier", name);
        return text;
    }

    /// <summary>A whole number within bounds, both inclusive.</summary>
    public long Integer(string name, long min, long max)
    {
        if (Take(name) is not { } e)
            return min;
        if (e.ValueKind == JsonValueKind.Number && e.TryGetInt64(out var value) && value >= min && value <= max)
            return value;
        Refuse(RefusalCode.DocumentValue, $"expected a whole number from {min} to {max}", name);
        return min;
    }

    /// <summary>true or false.</summary>
    public bool Flag(string name)
    {
        if (Take(name) is not { } e)
            return false;
        if (e.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return e.GetBoolean();
        Refuse(RefusalCode.DocumentValue, "expected true or false", name);
        return false;
    }

    /// <summary>A UTC time, <c>2026-03-01T02:15:00Z</c> or with three digits of a second.</summary>
    public DateTimeOffset Time(string name)
    {
        var text = Text(name, 24);
        if (Failed)
            return default;
        if (TryTime(text, out var time))
            return time;
        Refuse(RefusalCode.DocumentValue, "expected a UTC time such as 2026-03-01T02:15:00.000Z", name);
        return default;
    }

    /// <summary>A local time with its offset, <c>2026-03-01T02:15:00+05:30</c>, for acts whose place matters.</summary>
    public DateTimeOffset LocalTime(string name)
    {
        var text = Text(name, 29);
        if (Failed)
            return default;
        if (TryLocalTime(text, out var time))
            return time;
        Refuse(RefusalCode.TimeWithoutZone, "expected a time with its UTC offset such as 2026-03-01T02:15:00+05:30", name);
        return default;
    }

    /// <summary>A SHA-256 value as 64 lower-case hexadecimal digits.</summary>
    public Digest Digest(string name)
    {
        if (Take(name) is not { } e)
            return default;
        // As it stands, without a string; only where escapes spell the digits is one made.
        if (e.ValueKind == JsonValueKind.String && Documents.Digest.TryParseAscii(JsonMarshal.GetRawUtf8Value(e)[1..^1], out var digest))
            return digest;
        if (!Documents.Digest.TryParse(TextOf(e, name, 64, 64), out digest) && !Failed)
            Refuse(RefusalCode.DocumentValue, "expected 64 lower-case hexadecimal digits", name);
        return digest;
    }

    /// <summary>A SHA-256 value or JSON null; the member must be present.</summary>
    public Digest? DigestOrNull(string name)
    {
        if (!Failed && _more && _members.Current.NameEquals(name) && _members.Current.Value.ValueKind == JsonValueKind.Null)
        {
            Take(name);
            return null;
        }
        return Digest(name);
    }

    /// <summary>Base64 (RFC 4648 §4, with padding) of at most <paramref name="maxBytes"/> bytes.</summary>
    public byte[] Base64(string name, int maxBytes)
    {
        if (Take(name) is not { } e)
            return [];
        if (e.ValueKind == JsonValueKind.String && e.TryGetBytesFromBase64(out var bytes) && bytes.Length <= maxBytes && HasOneSpelling(e, bytes.Length))
            return bytes;
        Refuse(RefusalCode.DocumentValue, $"expected base64 of at most {maxBytes} bytes", name);
        return [];
    }

    /// <summary>A word from a closed list; the enum's members are spelt as on the wire.</summary>
    public TEnum Word<TEnum>(string name) where TEnum : struct, Enum
    {
        var text = Text(name, 60);
        if (Failed)
            return default;
        if (Enum.TryParse<TEnum>(text, ignoreCase: false, out var value) && Enum.GetName(value) == text)
            return value;
        Refuse(RefusalCode.DocumentValue, $"'{StrictJson.Shown(text)}' is not one of {string.Join(", ", Enum.GetNames<TEnum>())}", name);
        return default;
    }

    /// <summary>A nested object.</summary>
    public T? Object<T>(string name, Func<DocumentReader, T> read) where T : class
        => Take(name) is { } e ? Nested(e, PathOf(name), read) : null;

    /// <summary>A nested object that may be absent.</summary>
    public T? OptionalObject<T>(string name, Func<DocumentReader, T> read) where T : class => Next(name) ? Object(name, read) : null;

    /// <summary>A list of objects, at most <paramref name="max"/> long.</summary>
    public IReadOnlyList<T> Objects<T>(string name, int max, Func<DocumentReader, T> read) where T : class
        => List(name, max, (e, path) => Nested(e, path, read)!);

    /// <summary>A list of strings, at most <paramref name="max"/> long.</summary>
    public IReadOnlyList<string> Texts(string name, int max, int maxLength)
        => List(name, max, (e, path) =>
        {
            if (e.ValueKind == JsonValueKind.String && e.GetString() is { } text && text.Length >= 1 && text.Length <= maxLength)
                return text;
            _state.Refusal ??= new Refusal(RefusalCode.DocumentValue, $"expected a string of 1 to {maxLength} characters", path);
            return "";
        });

    /// <summary>Reads a UTC time as <see cref="Time"/> does.</summary>
    internal static bool TryTime(string text, out DateTimeOffset time)
        => DateTimeOffset.TryParseExact(text, UtcMilliseconds, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time)
            || DateTimeOffset.TryParseExact(text, UtcSeconds, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);

    /// <summary>Reads a local time as <see cref="LocalTime"/> does.</summary>
    internal static bool TryLocalTime(string text, out DateTimeOffset time)
    {
        time = default;
        // The framework's zzz also takes +5:30; the document has one spelling.
        return text.Length is 25 or 29 && DateTimeOffset.TryParseExact(text, LocalFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }

    /// <summary>A member as <see cref="Raw"/>, alive only as long as the reading.</summary>
    internal JsonElement? Member(string name) => Take(name);

    /// <summary>The raw JSON of a member, for fields that a table describes.</summary>
    public JsonElement? Raw(string name) => Take(name)?.Clone();

    private List<T> List<T>(string name, int max, Func<JsonElement, string, T> read)
    {
        var list = new List<T>();
        if (Take(name) is not { } e)
            return list;
        if (e.ValueKind != JsonValueKind.Array || e.GetArrayLength() > max)
        {
            Refuse(RefusalCode.DocumentValue, $"expected a list of at most {max} elements", name);
            return list;
        }
        foreach (var element in e.EnumerateArray())
        {
            if (Failed)
                break;
            list.Add(read(element, $"{PathOf(name)}[{list.Count}]"));
        }
        return list;
    }

    private T? Nested<T>(JsonElement e, string path, Func<DocumentReader, T> read) where T : class
    {
        if (e.ValueKind != JsonValueKind.Object)
        {
            _state.Refusal ??= new Refusal(RefusalCode.DocumentValue, "expected an object", path);
            return null;
        }
        var inner = new DocumentReader(_state, e, path) { Version = Version };
        var value = read(inner);
        inner.End(allowExtensions: false);
        return value;
    }

    private string TextOf(JsonElement e, string name, int max, int min)
    {
        if (e.ValueKind == JsonValueKind.String && e.GetString() is { } text && text.Length >= min && text.Length <= max)
            return text;
        Refuse(RefusalCode.DocumentValue, min == max ? $"expected a string of {min} characters" : $"expected a string of {min} to {max} characters", name);
        return "";
    }

    // The framework's decoder skips white space: a second spelling of the same bytes.
    private static bool HasOneSpelling(JsonElement base64, int decoded)
        => JsonMarshal.GetRawUtf8Value(base64).Length - 2 == (decoded + 2) / 3 * 4 || base64.GetString()!.Length == (decoded + 2) / 3 * 4;

    private JsonElement? Take(string name)
    {
        if (Failed)
            return null;
        if (_more && _members.Current.NameEquals(name))
        {
            var value = _members.Current.Value;
            _more = _members.MoveNext();
            return value;
        }
        // Present further on means order; present nowhere means missing.
        var rest = _members;
        while (_more && rest.MoveNext())
        {
            if (rest.Current.NameEquals(name))
            {
                Refuse(RefusalCode.DocumentMemberOrder, $"expected here, but '{StrictJson.Shown(_members.Current.Name)}' stands before it", name);
                return null;
            }
        }
        Refuse(RefusalCode.DocumentMemberMissing, _more ? $"the member is missing before '{StrictJson.Shown(_members.Current.Name)}'" : "the member is missing", name);
        return null;
    }

    private void End(bool allowExtensions)
    {
        if (allowExtensions && Next("extensions"))
        {
            if (_members.Current.Value.ValueKind != JsonValueKind.Object)
                Refuse(RefusalCode.DocumentValue, "expected an object of namespaced additions", "extensions");
            _more = _members.MoveNext();
        }
        if (_more && !Failed)
            Refuse(RefusalCode.DocumentUnknownMember, "the member is not known at this place", StrictJson.Shown(_members.Current.Name));
    }

    private string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    private sealed class State
    {
        public Refusal? Refusal;
    }
}
