using System.Formats.Asn1;
using System.Text;
using Gateway.Protocol.Marks;
using Gateway.Recognition.Asn1;

namespace Gateway.Recognition.Certificates;

/// <summary>An X.501 Name with the form in which RFC 5280 §7.1 compares it: case and runs of spaces of text do not count, the kind of string neither.</summary>
internal sealed class Name : IEquatable<Name>
{
    private const string CountryOid = "2.5.4.6";

    private Name(ReadOnlyMemory<byte> encoded, string[] parts, string text, string? country) =>
        (Encoded, Parts, Text, Country, Canonical) = (encoded, parts, text, country, string.Join('\u0001', parts));

    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>One string per relative distinguished name, from the root of the tree downward.</summary>
    public IReadOnlyList<string> Parts { get; }

    public string Canonical { get; }

    /// <summary>RFC 4514.</summary>
    public string Text { get; }

    public string? Country { get; }

    public bool IsEmpty => Parts.Count == 0;

    public static Name Read(ref Asn1Reader reader) => Read(reader.Element());

    public static Name Read(ReadOnlyMemory<byte> encoded)
    {
        var outer = new Asn1Reader(encoded);
        var sequence = outer.Sequence();
        outer.End();
        var parts = new List<string>();
        string? country = null;
        while (!sequence.IsEmpty)
        {
            var set = sequence.SetOf();
            var pairs = new List<string>();
            while (!set.IsEmpty)
            {
                var pair = set.Sequence();
                var oid = pair.Oid();
                var value = pair.Element();
                pair.End();
                var (canonical, text) = Canonicalise(value);
                if (oid == CountryOid)
                    country = text;
                pairs.Add($"{oid}={canonical}");
            }

            if (pairs.Count == 0)
                throw new AsnContentException("a relative distinguished name is empty");
            pairs.Sort(StringComparer.Ordinal);
            parts.Add(string.Join('\u0002', pairs));
        }

        return new(encoded, [.. parts], DistinguishedName.Read(encoded.Span).Text, country);
    }

    /// <summary>This name lies in the subtree under <paramref name="root"/>: all parts of it, in order, from the beginning.</summary>
    public bool IsUnder(Name root) => Parts.Count >= root.Parts.Count && root.Parts.SequenceEqual(Parts.Take(root.Parts.Count), StringComparer.Ordinal);

    public bool Equals(Name? other) => other is not null && Canonical == other.Canonical;

    public override bool Equals(object? obj) => Equals(obj as Name);

    public override int GetHashCode() => Canonical.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;

    private static (string Canonical, string? Text) Canonicalise(ReadOnlyMemory<byte> value)
    {
        var tag = Asn1Tag.Decode(value.Span, out _);
        var type = (UniversalTagNumber)tag.TagValue;
        var comparable = tag.TagClass == TagClass.Universal
            && type is UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString or UniversalTagNumber.BMPString or UniversalTagNumber.IA5String;
        if (!comparable)
            return ("#" + Convert.ToHexStringLower(value.Span), null);
        var text = AsnDecoder.ReadCharacterString(value.Span, AsnEncodingRules.DER, type, out _);
        var folded = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (!char.IsWhiteSpace(c))
                folded.Append(char.ToLowerInvariant(c));
            else if (folded.Length > 0 && folded[^1] != ' ')
                folded.Append(' ');
        }

        if (folded.Length > 0 && folded[^1] == ' ')
            folded.Length--;
        return (folded.ToString(), text);
    }
}
