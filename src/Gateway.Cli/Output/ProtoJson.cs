using System.Buffers;
using System.Collections;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Gateway.Cli.Output;

/// <summary>
/// Replies as JSON for programs: camelCase, every member present, 64-bit numbers as numbers (protobuf's own formatter writes
/// strings), bytes as base64.
/// </summary>
internal static class ProtoJson
{
    public static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    public static readonly JsonWriterOptions Indented = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };

    public static string Text(Action<Utf8JsonWriter> write, bool indented = true)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, indented ? Indented : Compact))
            write(json);
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static void Write(Utf8JsonWriter json, IMessage message)
    {
        json.WriteStartObject();
        WriteMembers(json, message);
        json.WriteEndObject();
    }

    /// <summary>The members only, so that a caller can add some of its own.</summary>
    public static void WriteMembers(Utf8JsonWriter json, IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            if (field.ContainingOneof is not null && !field.Accessor.HasValue(message))
                continue;
            json.WritePropertyName(field.JsonName);
            WriteValue(json, field, field.Accessor.GetValue(message));
        }
    }

    public static void WriteList<T>(Utf8JsonWriter json, IEnumerable<T> messages) where T : IMessage
    {
        json.WriteStartArray();
        foreach (var message in messages)
            Write(json, message);
        json.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter json, FieldDescriptor field, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case string text: json.WriteStringValue(text); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case uint number: json.WriteNumberValue(number); break;
            case ulong number: json.WriteNumberValue(number); break;
            case int number: json.WriteNumberValue(number); break;
            case long number: json.WriteNumberValue(number); break;
            case double number: json.WriteNumberValue(number); break;
            case ByteString bytes: json.WriteBase64StringValue(bytes.Span); break;
            case IMessage message: Write(json, message); break;
            case IList list:
                json.WriteStartArray();
                foreach (var element in list)
                    WriteValue(json, field, element);
                json.WriteEndArray();
                break;
            default: throw new InvalidOperationException($"no JSON form for {field.FullName}");
        }
    }
}
