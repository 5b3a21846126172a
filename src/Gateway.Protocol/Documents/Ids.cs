using System.Buffers;
using System.Security.Cryptography;

namespace Gateway.Protocol.Documents;

/// <summary>The shapes of identifiers. Ids are 128 random bits, so that they say nothing and never collide.</summary>
public static class Ids
{
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");
    private static readonly SearchValues<char> AuthorityLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

    /// <summary>A new message, item, event or transfer id: 32 lower-case hexadecimal digits.</summary>
    public static string New() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>A new case id: the requesting State's code, a hyphen, 32 digits.</summary>
    public static string NewCase(string requestingState) => $"{requestingState}-{New()}";

    /// <summary>Lower-case hexadecimal digits only.</summary>
    public static bool IsHex(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Hex);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public static bool IsId(string text) => text.Length == 32 && IsHex(text);

    /// <summary><c>XA-</c> and 32 digits.</summary>
    public static bool IsCase(string text) => IsCase(text.AsSpan());

    internal static bool IsCase(ReadOnlySpan<char> text)
        => text.Length == 35 && IsState(text[..2]) && text[2] == '-' && IsHex(text[3..]);

    /// <summary>Two upper-case letters (ISO 3166-1 alpha-2, or user-assigned XA…XZ).</summary>
    public static bool IsState(string text) => IsState(text.AsSpan());

    internal static bool IsState(ReadOnlySpan<char> text) => text.Length == 2 && char.IsAsciiLetterUpper(text[0]) && char.IsAsciiLetterUpper(text[1]);

    /// <summary>The State's code, a hyphen, then 1–40 of A–Z, 0–9 and hyphen: <c>XA-CA</c>, <c>XB-CP</c>.</summary>
    public static bool IsAuthority(string text)
    {
        if (text.Length is < 4 or > 43 || !IsState(text.AsSpan(0, 2)) || text[2] != '-')
            return false;
        return !text.AsSpan(3).ContainsAnyExcept(AuthorityLetters);
    }

    /// <summary>The State of an authority or case id.</summary>
    public static string StateOf(string id) => id[..2];
}
