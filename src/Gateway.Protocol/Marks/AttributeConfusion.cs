using System.Formats.Asn1;

namespace Gateway.Protocol.Marks;

/// <summary>
/// A signature over signed attributes is, byte for byte, also a signature over a content that consists of those attributes, made without signed attributes.
/// We refuse signatures without signed attributes; for the other direction, content that could be such a set is neither signed nor accepted.
/// </summary>
internal static class AttributeConfusion
{
    /// <summary>Whether the content is a DER SET OF whose first element looks like an Attribute: SEQUENCE { OBJECT IDENTIFIER, SET }.</summary>
    public static bool IsPossible(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty || content[0] != 0x31)
            return false;
        try
        {
            var outer = new DerReader(content);
            var set = outer.SetOf(out _);
            outer.End();
            var attribute = set.Sequence();
            attribute.Oid();
            attribute.SetOf(out _);
            return attribute.IsEmpty;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}
