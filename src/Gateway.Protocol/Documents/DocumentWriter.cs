using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Protocol.Documents;

/// <summary>Writes a document in the encoding of <see cref="StrictJson"/>: the caller's order is the order of the bytes.</summary>
public sealed class DocumentWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Utf8JsonWriter _json;

    private DocumentWriter(Utf8JsonWriter json) => _json = json;

    /// <summary>Writes <c>v</c>, <c>type</c>, then what <paramref name="members"/> writes, then the line feed.</summary>
    public static byte[] Write(string type, int version, Action<DocumentWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            var writer = new DocumentWriter(json);
            json.WriteStartObject();
            writer.Integer("v", version).Text("type", type);
            members(writer);
            json.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A UTC time with milliseconds and <c>Z</c>.</summary>
    public static string FormatTime(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A local time with its offset.</summary>
    public static string FormatLocalTime(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);

    /// <summary>Writes a string.</summary>
    public DocumentWriter Text(string name, string value)
    {
        _json.WriteString(name, value);
        return this;
    }

    /// <summary>Writes a string or null.</summary>
    public DocumentWriter TextOrNull(string name, string? value)
    {
        _json.WriteString(name, value);
        return this;
    }

    /// <summary>Writes the member only when there is a value.</summary>
    public DocumentWriter OptionalText(string name, string? value) => value is null ? this : Text(name, value);

    /// <summary>Writes a whole number.</summary>
    public DocumentWriter Integer(string name, long value)
    {
        _json.WriteNumber(name, value);
        return this;
    }

    /// <summary>Writes true or false.</summary>
    public DocumentWriter Flag(string name, bool value)
    {
        _json.WriteBoolean(name, value);
        return this;
    }

    /// <summary>Writes a UTC time.</summary>
    public DocumentWriter Time(string name, DateTimeOffset value) => Text(name, FormatTime(value));

    /// <summary>Writes a local time with its offset.</summary>
    public DocumentWriter LocalTime(string name, DateTimeOffset value) => Text(name, FormatLocalTime(value));

    /// <summary>Writes a digest.</summary>
    public DocumentWriter Digest(string name, Digest value) => Text(name, value.ToString());

    /// <summary>Writes a digest or null.</summary>
    public DocumentWriter DigestOrNull(string name, Digest? value) => TextOrNull(name, value?.ToString());

    /// <summary>Writes base64 (RFC 4648 §4).</summary>
    public DocumentWriter Base64(string name, ReadOnlySpan<byte> value)
    {
        _json.WriteBase64String(name, value);
        return this;
    }

    /// <summary>Writes an enum member as spelt.</summary>
    public DocumentWriter Word<TEnum>(string name, TEnum value) where TEnum : struct, Enum => Text(name, value.ToString());

    /// <summary>Writes a nested object.</summary>
    public DocumentWriter Object(string name, Action<DocumentWriter> members)
    {
        _json.WriteStartObject(name);
        members(this);
        _json.WriteEndObject();
        return this;
    }

    /// <summary>Writes a list of objects.</summary>
    public DocumentWriter Objects<T>(string name, IEnumerable<T> items, Action<DocumentWriter, T> members)
    {
        _json.WriteStartArray(name);
        foreach (var item in items)
        {
            _json.WriteStartObject();
            members(this, item);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
        return this;
    }

    /// <summary>Writes a list of strings.</summary>
    public DocumentWriter Texts(string name, IEnumerable<string> items)
    {
        _json.WriteStartArray(name);
        foreach (var item in items)
            _json.WriteStringValue(item);
        _json.WriteEndArray();
        return this;
    }

    /// <summary>Writes a member from JSON that was read before, without white space.</summary>
    public DocumentWriter Raw(string name, JsonElement value)
    {
        _json.WritePropertyName(name);
        value.WriteTo(_json);
        return this;
    }
}
