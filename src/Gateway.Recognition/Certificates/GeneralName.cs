using System.Formats.Asn1;
using Gateway.Recognition.Asn1;

namespace Gateway.Recognition.Certificates;

/// <summary>The tags of GeneralName (RFC 5280 §4.2.1.6).</summary>
internal enum GeneralNameKind
{
    OtherName = 0,
    Mail = 1,
    Dns = 2,
    X400 = 3,
    Directory = 4,
    EdiParty = 5,
    Uri = 6,
    Address = 7,
    RegisteredId = 8,
}

/// <summary>A GeneralName. <paramref name="Value"/>: the content octets; for a directory name the encoded Name.</summary>
internal readonly record struct GeneralName(GeneralNameKind Kind, ReadOnlyMemory<byte> Value)
{
    /// <summary>IA5 text of mail, DNS and URI names; throws when there are other characters.</summary>
    public string Ascii()
    {
        var text = new char[Value.Length];
        for (var i = 0; i < text.Length; i++)
            text[i] = Value.Span[i] < 0x80 ? (char)Value.Span[i] : throw new AsnContentException("a name has characters outside of ASCII");
        return new(text);
    }

    public bool Same(GeneralName other) => Kind == other.Kind
        && (Kind == GeneralNameKind.Directory ? Name.Read(Value).Equals(Name.Read(other.Value)) : Value.Span.SequenceEqual(other.Value.Span));

    public static GeneralName Read(ref Asn1Reader reader)
    {
        var tag = reader.Tag();
        if (tag.TagClass != TagClass.ContextSpecific || tag.TagValue > 8)
            throw new AsnContentException("no GeneralName");
        var kind = (GeneralNameKind)tag.TagValue;
        var value = reader.Value();
        if (kind == GeneralNameKind.Directory)
            Name.Read(value);
        return new(kind, value);
    }

    /// <summary>The elements of GeneralNames; the sequence itself was opened.</summary>
    public static List<GeneralName> ReadAll(Asn1Reader reader)
    {
        var names = new List<GeneralName>();
        while (!reader.IsEmpty)
            names.Add(Read(ref reader));
        return names;
    }
}
