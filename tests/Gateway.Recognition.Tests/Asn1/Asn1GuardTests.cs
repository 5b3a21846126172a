using Gateway.Recognition.Asn1;
using Xunit;

namespace Gateway.Recognition.Tests.Asn1;

public class Asn1GuardTests
{
    [Fact]
    public void Refuses_what_is_nested_deeper_than_allowed_without_recursion()
    {
        var deep = Enumerable.Repeat<byte[]>([0x30, 0x80], 100_000).SelectMany(b => b).ToArray();

        Assert.True(Asn1Guard.Check(deep, 32, 1_000_000, out _)!.Limit);
    }

    [Fact]
    public void Refuses_more_elements_than_allowed()
    {
        byte[] many = [0x30, 0x82, 0x27, 0x10, .. Enumerable.Repeat<byte[]>([5, 0], 5000).SelectMany(b => b)];

        Assert.Null(Asn1Guard.Exactly(many, 32, 5001));
        Assert.True(Asn1Guard.Exactly(many, 32, 5000)!.Limit);
    }

    [Theory]
    [InlineData("30847fffffff0000")] // 2 GiB declared
    [InlineData("3005020101")] // beyond the end
    [InlineData("300302010501")] // a byte after the end
    [InlineData("3080020101")] // never closed
    [InlineData("0000")] // closes what was never opened
    [InlineData("0480040101")] // primitive of indefinite length
    [InlineData("30030000ff")] // end-of-contents inside a definite length
    [InlineData("1f810100")] // multi-byte tag
    [InlineData("3089000000000000000001ff")] // nine octets of length
    [InlineData("30")]
    [InlineData("")]
    public void Refuses_what_is_not_one_element(string hex) =>
        Assert.NotNull(Asn1Guard.Exactly(Convert.FromHexString(hex), 32, 100));

    [Theory]
    [InlineData("3003020101")]
    [InlineData("30800201010000")]
    [InlineData("3080308002010100000000")]
    [InlineData("248004010104010200" + "00")]
    [InlineData("0500")]
    [InlineData("3000")]
    public void Takes_definite_and_indefinite_lengths(string hex) =>
        Assert.Null(Asn1Guard.Exactly(Convert.FromHexString(hex), 32, 100));

    [Fact]
    public void Says_where_the_first_element_ends()
    {
        Assert.Null(Asn1Guard.Check(Convert.FromHexString("30800201010000ffff"), 32, 100, out var length));
        Assert.Equal(7, length);
    }
}
