using System.Formats.Asn1;
using Xunit;

namespace Gateway.Protocol.Tests.Marks;

/// <summary>Writes ASN.1 byte by byte, right or wrong as the test wants; shares nothing with the product's writers.</summary>
internal static class Tlv
{
    public static byte[] Of(byte tag, params byte[][] content)
    {
        byte[] value = [.. content.SelectMany(part => part)];
        return [tag, .. Length(value.Length), .. value];
    }

    public static byte[] Sequence(params byte[][] content) => Of(0x30, content);

    public static byte[] Set(params byte[][] content) => Of(0x31, content);

    public static byte[] Context(int number, params byte[][] content) => Of((byte)(0xa0 + number), content);

    public static byte[] Integer(int value) => Of(2, [(byte)value]);

    public static byte[] Octets(params byte[] value) => Of(4, value);

    public static byte[] Null() => [5, 0];

    public static byte[] Oid(string oid)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteObjectIdentifier(oid);
        return writer.Encode();
    }

    public static byte[] Algorithm(string oid, params byte[][] parameters) => Sequence([Oid(oid), .. parameters]);

    public static byte[] Attribute(string oid, params byte[][] values) => Sequence(Oid(oid), Set(values));

    public static byte[] UtcTime(string text) => Of(0x17, System.Text.Encoding.ASCII.GetBytes(text));

    public static byte[] GeneralizedTime(string text) => Of(0x18, System.Text.Encoding.ASCII.GetBytes(text));

    public static byte[][] Sorted(IEnumerable<byte[]> elements)
        => [.. elements.Order(Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)))];

    private static byte[] Length(int length) => length switch
    {
        < 0x80 => [(byte)length],
        < 0x100 => [0x81, (byte)length],
        < 0x10000 => [0x82, (byte)(length >> 8), (byte)length],
        _ => [0x83, (byte)(length >> 16), (byte)(length >> 8), (byte)length],
    };
}
