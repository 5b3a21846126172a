using Gateway.Protocol.Marks;
using Xunit;

namespace Gateway.Protocol.Tests.Marks;

public sealed class DerScanTests
{
    [Theory]
    [InlineData("0500")]
    [InlineData("3000")]
    [InlineData("30030101ff")]
    [InlineData("0201ff")]
    [InlineData("02020080")]
    [InlineData("0202ff7f")]
    [InlineData("a003020100")]
    [InlineData("8000")]
    [InlineData("3106040100040101")]
    public void Takes_der(string hex) => Assert.Null(DerScan.Check(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("", "ends inside a tag or length")]
    [InlineData("30", "ends inside a tag or length")]
    [InlineData("3001", "length that goes beyond its container")]
    [InlineData("30020500040100", "3 bytes after the end")]
    [InlineData("0500050005", "3 bytes after the end")]
    [InlineData("30030402", "length that goes beyond its container")]
    [InlineData("300304020000040100", "length that goes beyond its container")] // the inner one is longer than the outer
    [InlineData("3080050000", "indefinite length")]
    [InlineData("30800000", "indefinite length")]
    [InlineData("0000", "end-of-contents")]
    [InlineData("308105", "length longer than needed")]
    [InlineData("30810104", "length longer than needed")]
    [InlineData("0482008000", "length longer than needed")]
    [InlineData("3084ffffffff", "length that goes beyond its container")]
    [InlineData("30847fffffff", "length that goes beyond its container")]
    [InlineData("3085010000000000", "length that cannot fit")]
    [InlineData("3082", "length that cannot fit")]
    [InlineData("30ff", "length that cannot fit")]
    [InlineData("1f810100", "multi-byte tag")]
    [InlineData("bf81010100", "multi-byte tag")]
    [InlineData("2403040100", "string cut in pieces")]
    [InlineData("2300", "string cut in pieces")]
    [InlineData("1000", "marked as primitive")]
    [InlineData("1100", "marked as primitive")]
    [InlineData("010101", "BOOLEAN")]
    [InlineData("01020000", "BOOLEAN")]
    [InlineData("0200", "empty INTEGER")]
    [InlineData("0202007f", "INTEGER longer than needed")]
    [InlineData("0202ff80", "INTEGER longer than needed")]
    [InlineData("0a020001", "INTEGER longer than needed")]
    [InlineData("050100", "NULL with a value")]
    public void Refuses_what_is_not_der(string hex, string detail)
    {
        var fault = DerScan.Check(Convert.FromHexString(hex));

        Assert.NotNull(fault);
        Assert.False(fault.Limit);
        Assert.Contains(detail, fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Bounds_the_nesting()
    {
        Assert.Null(DerScan.Check(Nested(DerScan.MaxDepth)));
        Assert.True(DerScan.Check(Nested(DerScan.MaxDepth + 1))?.Limit);
        Assert.True(DerScan.Check(Nested(200_000))?.Limit);
    }

    [Fact]
    public void Bounds_the_number_of_elements()
    {
        Assert.Null(DerScan.Check(Tlv.Sequence([.. Enumerable.Repeat(Tlv.Null(), DerScan.MaxElements - 1)])));
        Assert.True(DerScan.Check(Tlv.Sequence([.. Enumerable.Repeat(Tlv.Null(), DerScan.MaxElements)]))?.Limit);
    }

    /// <summary>So many sequences, one in the other, around a NULL.</summary>
    private static byte[] Nested(int depth)
    {
        var headers = new Stack<byte[]>();
        var length = 2;
        for (var i = 0; i < depth; i++)
        {
            byte[] header = length < 0x80 ? [0x30, (byte)length]
                : length < 0x100 ? [0x30, 0x81, (byte)length]
                : length < 0x10000 ? [0x30, 0x82, (byte)(length >> 8), (byte)length]
                : [0x30, 0x83, (byte)(length >> 16), (byte)(length >> 8), (byte)length];
            headers.Push(header);
            length += header.Length;
        }

        return [.. headers.SelectMany(header => header), .. Tlv.Null()];
    }
}
