namespace Gateway.Rpc.Framing;

/// <summary>base64 of binary metadata: sent without padding, accepted with and without.</summary>
internal static class Base64
{
    public static string Encode(byte[] value) => Convert.ToBase64String(value).TrimEnd('=');

    public static byte[] Decode(string value)
    {
        var text = value.AsSpan().Trim().TrimEnd('=');
        try
        {
            return Convert.FromBase64String(string.Concat(text, "===".AsSpan(0, (4 - text.Length % 4) % 4)));
        }
        catch (FormatException e)
        {
            throw RpcErrors.Internal("Binary metadata is not valid base64.", e);
        }
    }
}
