using System.Formats.Asn1;
using System.Globalization;
using System.Text;

namespace Gateway.Protocol.Marks;

/// <summary>An X.501 Name as text (RFC 4514), and its common name. Names are compared as DER bytes, never as this text.</summary>
internal static class DistinguishedName
{
    private const string CommonNameOid = "2.5.4.3";

    /// <summary>Reads a Name element; throws <see cref="AsnContentException"/> when it is not one.</summary>
    public static (string Text, string? CommonName) Read(ReadOnlySpan<byte> name)
    {
        var outer = new DerReader(name);
        var relativeNames = outer.Sequence();
        outer.End();
        var parts = new List<string>();
        string? commonName = null;
        while (!relativeNames.IsEmpty)
        {
            var pairs = relativeNames.SetOf(out _);
            var texts = new List<string>();
            while (!pairs.IsEmpty)
            {
                var pair = pairs.Sequence();
                var oid = pair.Oid();
                var encoded = pair.Element();
                pair.End();
                var value = Text(encoded);
                if (oid == CommonNameOid)
                    commonName = value ?? commonName;
                // RFC 4514 §2.4: a type without a short name, or a value that is no text, is written as the DER in hexadecimal.
                var shortName = ShortName(oid);
                texts.Add(shortName is null || value is null ? $"{shortName ?? oid}=#{Convert.ToHexStringLower(encoded)}" : $"{shortName}={Escape(value)}");
            }

            if (texts.Count == 0)
                throw new AsnContentException("a relative distinguished name is empty");
            parts.Add(string.Join('+', texts));
        }

        parts.Reverse(); // RFC 4514 §2.1: the last one first
        return (string.Join(',', parts), commonName);
    }

    private static string? Text(ReadOnlySpan<byte> encoded)
    {
        var tag = Asn1Tag.Decode(encoded, out _);
        if (tag.TagClass != TagClass.Universal)
            return null;
        var type = (UniversalTagNumber)tag.TagValue;
        return type is UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String
            or UniversalTagNumber.BMPString or UniversalTagNumber.NumericString or UniversalTagNumber.TeletexString or UniversalTagNumber.VisibleString
            ? AsnDecoder.ReadCharacterString(encoded, AsnEncodingRules.DER, type, out _)
            : null;
    }

    // RFC 4514 §3 and the LDAP descriptors of RFC 4519 that certificates of people and authorities carry
    private static string? ShortName(string oid) => oid switch
    {
        CommonNameOid => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "title",
        "2.5.4.42" => "givenName",
        "2.5.4.97" => "organizationIdentifier",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        _ => null,
    };

    private static string Escape(string value)
    {
        var text = new StringBuilder(value.Length + 8);
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            // Control and direction characters could make the name read as another.
            if (char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format)
            {
                foreach (var octet in Encoding.UTF8.GetBytes([c]))
                    text.Append('\\').Append(octet.ToString("x2", null));
                continue;
            }

            if (c is '"' or '+' or ',' or ';' or '<' or '>' or '\\' || c == '#' && i == 0 || c == ' ' && (i == 0 || i == value.Length - 1))
                text.Append('\\');
            text.Append(c);
        }

        return text.ToString();
    }
}
