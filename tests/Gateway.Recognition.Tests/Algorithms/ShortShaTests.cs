using Gateway.Recognition.Algorithms;
using Xunit;

namespace Gateway.Recognition.Tests.Algorithms;

/// <summary>SHA-224 and SHA3-224 over the octets 0, 1, … 250, 0, … of a length; the values are those of OpenSSL.</summary>
public class ShortShaTests
{
    [Theory]
    [InlineData(0, "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f", "6b4e03423667dbb73b6e15454f0eb1abd4597f9a1b078e3f5b5a6bc7")]
    [InlineData(3, "e615202185aabe2aca924bec29e5a12384f8339eae4e64c9cba9f1da", "5fb2b598ee40ef6f46e82cb8264984aaee891c680d89af5c3c36ed45")]
    [InlineData(55, "8991dfba74284e04dc7581c7c3e4068ff6cb7a63733361429834bb56", "10681e293cce004e088be7c67426f50d6aacc7e31447b0f73a425c35")]
    [InlineData(56, "2b2cd637c16ad7290bb067ad7d8fd04e204fa43a84366afc7130f4ef", "fc95d44e806cbbd484e379882238f555fda923878c443abe4ce4cdd6")]
    [InlineData(64, "c37b88a3522dbf7ac30d1c68ea397ac11d4773571aed01ddab73531e", "fe7c26ee7d8a00d407efc65dcd88809f25f8e37395148733e6efc3b5")]
    [InlineData(143, "5b7bf72f23144fe53ccc048db2e6b1fd99e67107a8f549f38419167e", "64d0e8a1be3cf30ef6727b30a6e428f7f068d44634c943d277ad8e7f")]
    [InlineData(144, "ed9bb4e9f5c5fe070829c5a73e1ea7e1330e0162014b1cfe60707164", "5be75e6a08f19913a1d8036c056cc4556b98dc90aeca3f2a0664dedc")]
    [InlineData(145, "c635ca7dd515c2d5717b3d3793de1570ea9028b92396a36f6a044e40", "90b861ac1b1598459ad8337afa9933ce2f1a6f972c57daf8fc2737e4")]
    [InlineData(1000, "c182669a7f6629dc7fd8a9198f15af15adbbaeffa1842e854f681357", "51481b8dbd6b73dd110a967f438aa22facfcdce1eb5d2b36a5ec023f")]
    public void Give_the_values_of_others(int length, string second, string third)
    {
        var input = Enumerable.Range(0, length).Select(i => (byte)(i % 251)).ToArray();

        Assert.Equal(second, Convert.ToHexStringLower(DigestAlgorithms.Find(DigestAlgorithms.Sha224)!.Of(input)));
        Assert.Equal(third, Convert.ToHexStringLower(DigestAlgorithms.Find(DigestAlgorithms.Sha3With224)!.OfStream(new MemoryStream(input))));
    }
}
