using System.Globalization;
using System.Text;

namespace Gateway.Rpc.Framing;

/// <summary>grpc-message: UTF-8, all but printable ASCII percent-encoded (PROTOCOL-HTTP2.md, Status-Message).</summary>
internal static class PercentEncoding
{
    public static string Encode(string text)
    {
        if (text.All(IsPlain)) return text;
        var output = new StringBuilder(text.Length * 2);
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            if (IsPlain((char)value)) output.Append((char)value);
            else output.Append('%').Append(value.ToString("X2", CultureInfo.InvariantCulture));
        }
        return output.ToString();
    }

    /// <summary>Never fails: what is not an escape stays as it is, so that no message is lost over a bad peer.</summary>
    public static string Decode(string text)
    {
        if (!text.Contains('%')) return text;
        var source = Encoding.UTF8.GetBytes(text);
        var output = new byte[source.Length];
        var count = 0;
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] == '%' && i + 2 < source.Length && char.IsAsciiHexDigit((char)source[i + 1]) && char.IsAsciiHexDigit((char)source[i + 2]))
            {
                output[count++] = Convert.FromHexString([(char)source[i + 1], (char)source[i + 2]])[0];
                i += 2;
            }
            else
            {
                output[count++] = source[i];
            }
        }
        return Encoding.UTF8.GetString(output, 0, count);
    }

    private static bool IsPlain(char c) => c is >= ' ' and <= '~' and not '%';
}
