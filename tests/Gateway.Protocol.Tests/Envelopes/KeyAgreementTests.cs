using System.Security.Cryptography;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Tests.Marks;
using Xunit;

namespace Gateway.Protocol.Tests.Envelopes;

public sealed class KeyAgreementTests
{
    // NIST CAVS, ANSI X9.63-2001 KDF, SHA-256
    [Theory]
    [InlineData("96c05619d56c328ab95fe84b18264b08725b85e33fd34f08", "", "443024c3dae66b95e6f5670601558f71")]
    [InlineData("96f600b73ad6ac5629577eced51743dd2c24c21b1ac83ee4", "", "b6295162a7804f5667ba9070f82fa522")]
    [InlineData(
        "22518b10e70f2a3f243810ae3254139efbee04aa57c7af7d",
        "75eef81aa3041e33b80971203d2c0c52",
        "c498af77161cc59f2962b9a713e2b215152d139766ce34a776df11866a69bf2e52a13d9c7c6fc878c50c5ea0bc7b00e0da2447cfd874f6cf92f30d0097111485500c90c3af8b487872d04685d14c8d1dc8d7fa08beb0ce0ababc11f0bd496269142d43525a78e5bc79a17f59676a5706dc54d54d4d1f0bd7e386128ec26afc21")]
    public void Derives_the_keys_of_the_published_vectors(string secret, string sharedInformation, string key)
    {
        var derived = new byte[key.Length / 2];
        KeyAgreement.Kdf(Convert.FromHexString(secret), Convert.FromHexString(sharedInformation), derived);

        Assert.Equal(key, Convert.ToHexStringLower(derived));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(100)]
    public void Derives_the_same_as_openssl(int length)
    {
        using var openSsl = new OpenSsl();
        var secret = RandomNumberGenerator.GetBytes(48);
        var information = KeyAgreement.SharedInformation([1, 2, 3], hasUkm: true);

        openSsl.Run("kdf", "-keylen", $"{length}", "-kdfopt", "digest:SHA256", "-kdfopt", "hexkey:" + Convert.ToHexString(secret), "-kdfopt", "hexinfo:" + Convert.ToHexString(information),
            "-binary", "-out", "derived", "X963KDF");

        var derived = new byte[length];
        KeyAgreement.Kdf(secret, information, derived);
        Assert.Equal(openSsl.Read("derived"), derived);
    }

    [Fact]
    public void Shared_information_is_encoded_as_rfc_5753_says()
    {
        // SEQUENCE { { id-aes256-wrap }, [0] { ukm }, [2] { 256 } }
        Assert.Equal("3015300b060960864801650304012da206040400000100", Convert.ToHexStringLower(KeyAgreement.SharedInformation([], hasUkm: false)));
        Assert.Equal("301b300b060960864801650304012da0040402abcda206040400000100", Convert.ToHexStringLower(KeyAgreement.SharedInformation([0xab, 0xcd], hasUkm: true)));
        Assert.Equal("3019300b060960864801650304012da0020400a206040400000100", Convert.ToHexStringLower(KeyAgreement.SharedInformation([], hasUkm: true)));
    }
}
