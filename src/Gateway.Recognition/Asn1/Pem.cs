using System.Security.Cryptography;
using System.Text;

namespace Gateway.Recognition.Asn1;

/// <summary>Takes the first block out of a PEM file; DER comes back as it is.</summary>
internal static class Pem
{
    public static ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> bytes)
    {
        var head = bytes.Span[..Math.Min(bytes.Length, 4096)];
        if (bytes.IsEmpty || bytes.Span[0] == 0x30 || head.IndexOf("-----BEGIN "u8) < 0)
            return bytes;
        var text = Encoding.Latin1.GetString(bytes.Span);
        if (!PemEncoding.TryFind(text, out var fields))
            return bytes;
        var decoded = new byte[fields.DecodedDataLength];
        return Convert.TryFromBase64String(text[fields.Base64Data], decoded, out var written) ? decoded.AsMemory(0, written) : bytes;
    }
}
