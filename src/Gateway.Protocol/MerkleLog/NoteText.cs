using System.Globalization;

namespace Gateway.Protocol.MerkleLog;

/// <summary>The spellings that notes, proofs and policies share: numbers and base64 have one each.</summary>
internal static class NoteText
{
    /// <summary>Base64 with padding (RFC 4648 §4) in its only spelling: no white space, no stray bits.</summary>
    public static bool TryBase64(string text, out byte[] bytes)
    {
        bytes = [];
        var buffer = new byte[text.Length];
        if (text.Length == 0 || text.Length % 4 != 0 || !Convert.TryFromBase64String(text, buffer, out var length))
            return false;
        bytes = buffer[..length];
        return Convert.ToBase64String(bytes) == text;
    }

    /// <summary>A decimal number from 0 to 2^63 − 1 without leading zeros.</summary>
    public static bool TryNumber(string text, out long number)
        => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && (text.Length == 1 || text[0] != '0');

    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
