using System.Text;
using System.Text.Json;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Documents;

/// <summary>Bounds of a document, checked before anything is built from it.</summary>
/// <param name="MaxBytes">Length of the document in bytes.</param>
/// <param name="MaxDepth">Nesting of objects and arrays.</param>
/// <param name="MaxMembers">Members and array elements together.</param>
public sealed record JsonLimits(int MaxBytes = 12 * 1024 * 1024, int MaxDepth = 32, int MaxMembers = 1_000_000)
{
    /// <summary>The limits of docs/protocol.md.</summary>
    public static JsonLimits Default { get; } = new();
}

/// <summary>
/// The encoding of every document: one JSON object (RFC 8259), UTF-8 without BOM, no white space between tokens, no duplicate
/// members, whole numbers within ±(2^53−1) only, one trailing line feed. One content has one spelling but for string escapes.
/// </summary>
public static class StrictJson
{
    private const long MaxInteger = (1L << 53) - 1;

    /// <summary>Checks the encoding. The refusal names the first violation; null means that the bytes are well formed.</summary>
    public static Refusal? Check(ReadOnlySpan<byte> bytes, JsonLimits? limits = null)
    {
        limits ??= JsonLimits.Default;
        if (bytes.Length > limits.MaxBytes)
            return new(RefusalCode.DocumentLimit, $"the document has {bytes.Length} bytes; the limit is {limits.MaxBytes}");
        if (bytes.StartsWith("\uFEFF"u8) || !System.Text.Unicode.Utf8.IsValid(bytes))
            return new(RefusalCode.DocumentNotUtf8, "the document is not UTF-8 without byte order mark");
        if (bytes.IsEmpty || bytes[^1] != '\n')
            return new(RefusalCode.DocumentWhitespace, "the document does not end with one line feed");
        var body = bytes[..^1];
        if (FirstSpace(body) is { } at)
            return new(RefusalCode.DocumentWhitespace, $"white space between tokens at byte {at}");
        var names = MemberNames.Mine;
        try
        {
            return Walk(body, limits, names);
        }
        catch (JsonException e)
        {
            return e.Message.Contains("depth", StringComparison.Ordinal)
                ? new(RefusalCode.DocumentLimit, $"the document is nested deeper than {limits.MaxDepth}")
                : new(RefusalCode.DocumentNotJson, $"not JSON near byte {e.BytePositionInLine ?? 0}");
        }
        catch (InvalidOperationException)
        {
            // Utf8JsonReader reports an escaped lone surrogate (\ud800) in this way.
            return new(RefusalCode.DocumentNotUtf8, "a string holds a lone surrogate");
        }
        finally
        {
            names.Clear();
        }
    }

    /// <summary>What a refusal may repeat of a stranger's word: a short plain name, so that nothing personal, long or unprintable travels on.</summary>
    internal static string Shown(string name) => name.Length is > 0 and <= 60 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') ? name : "…";

    private static int? FirstSpace(ReadOnlySpan<byte> body)
    {
        var inString = false;
        for (var i = 0; i < body.Length; i++)
        {
            var c = body[i];
            if (inString)
            {
                var next = body[i..].IndexOfAny((byte)'"', (byte)'\\');
                if (next < 0)
                    return null; // unterminated: the reader names it
                i += next;
                if (body[i] == '\\')
                    i++;
                else
                    inString = false;
            }
            else if (c == '"')
                inString = true;
            else if (c is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
                return i;
        }
        return null;
    }

    private static Refusal? Walk(ReadOnlySpan<byte> body, JsonLimits limits, MemberNames names)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = limits.MaxDepth });
        var members = 0;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    names.Open();
                    break;
                case JsonTokenType.EndObject:
                    names.Close();
                    break;
                case JsonTokenType.PropertyName when reader.ValueIsEscaped && reader.GetString()!.Contains('\0', StringComparison.Ordinal):
                    return new(RefusalCode.DocumentValue, "a member name holds the character U+0000");
                case JsonTokenType.PropertyName when !names.Add(body, ref reader):
                    return new(RefusalCode.DocumentDuplicateMember, "the member stands twice", Shown(reader.GetString()!));
                case JsonTokenType.Number when !IsWhole(ref reader):
                    return new(RefusalCode.DocumentNumber, $"'{Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(40, reader.ValueSpan.Length)])}' is not a whole number within range");
                case JsonTokenType.String when reader.ValueIsEscaped && reader.GetString()!.Contains('\0', StringComparison.Ordinal):
                    return new(RefusalCode.DocumentValue, "a string holds the character U+0000");
            }
            if (reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray or JsonTokenType.PropertyName) && ++members > limits.MaxMembers)
                return new(RefusalCode.DocumentLimit, $"the document has more than {limits.MaxMembers} members");
        }
        return body[0] == '{' ? null : new(RefusalCode.DocumentNotJson, "the document is not one JSON object");
    }

    private static bool IsWhole(ref Utf8JsonReader reader)
        => reader.ValueSpan.IndexOfAny(".eE"u8) < 0
            && !reader.ValueSpan.SequenceEqual("-0"u8)
            && reader.TryGetInt64(out var value)
            && value is >= -MaxInteger and <= MaxInteger;
}
