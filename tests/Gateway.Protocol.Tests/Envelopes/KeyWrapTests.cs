using System.Security.Cryptography;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Tests.Marks;
using Xunit;

namespace Gateway.Protocol.Tests.Envelopes;

public sealed class KeyWrapTests
{
    // RFC 3394 §4.1–§4.6
    [Theory]
    [InlineData("000102030405060708090A0B0C0D0E0F", "00112233445566778899AABBCCDDEEFF", "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5")]
    [InlineData("000102030405060708090A0B0C0D0E0F1011121314151617", "00112233445566778899AABBCCDDEEFF", "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D")]
    [InlineData("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", "00112233445566778899AABBCCDDEEFF", "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7")]
    [InlineData(
        "000102030405060708090A0B0C0D0E0F1011121314151617",
        "00112233445566778899AABBCCDDEEFF0001020304050607",
        "031D33264E15D33268F24EC260743EDCE1C6C7DDEE725A936BA814915C6762D2")]
    [InlineData(
        "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
        "00112233445566778899AABBCCDDEEFF0001020304050607",
        "A8F9BC1612C68B3FF6E6F4FBE30E71E4769C8B80A32CB8958CD5D17D6B254DA1")]
    [InlineData(
        "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
        "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
        "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21")]
    public void Agrees_with_the_vectors_of_rfc_3394(string keyEncryptionKey, string key, string wrapped)
    {
        Assert.Equal(wrapped, Convert.ToHexString(KeyWrap.Wrap(Convert.FromHexString(keyEncryptionKey), Convert.FromHexString(key))));

        var unwrapped = new byte[key.Length / 2];
        Assert.True(KeyWrap.TryUnwrap(Convert.FromHexString(keyEncryptionKey), Convert.FromHexString(wrapped), unwrapped));
        Assert.Equal(key, Convert.ToHexString(unwrapped));
    }

    [Fact]
    public void Agrees_with_openssl_on_a_random_key()
    {
        using var openSsl = new OpenSsl();
        var (keyEncryptionKey, key) = (RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));
        openSsl.Write("key", key);

        openSsl.Run("enc", "-id-aes256-wrap", "-K", Convert.ToHexString(keyEncryptionKey), "-iv", "A6A6A6A6A6A6A6A6", "-in", "key", "-out", "wrapped");

        Assert.Equal(openSsl.Read("wrapped"), KeyWrap.Wrap(keyEncryptionKey, key));
    }

    [Fact]
    public void Any_changed_bit_is_found_and_leaves_no_key_behind()
    {
        var keyEncryptionKey = RandomNumberGenerator.GetBytes(32);
        var wrapped = KeyWrap.Wrap(keyEncryptionKey, RandomNumberGenerator.GetBytes(32));
        for (var bit = 0; bit < 8 * wrapped.Length; bit++)
        {
            var changed = wrapped.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            var key = new byte[32];
            Assert.False(KeyWrap.TryUnwrap(keyEncryptionKey, changed, key));
            Assert.Equal(new byte[32], key);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(15)]
    [InlineData(33)]
    public void Refuses_lengths_that_are_no_keys(int length)
    {
        Assert.Throws<ArgumentException>(() => KeyWrap.Wrap(new byte[32], new byte[length]));
        Assert.False(KeyWrap.TryUnwrap(new byte[32], new byte[length + 8], new byte[length]));
        Assert.False(KeyWrap.TryUnwrap(new byte[32], new byte[length], new byte[32]));
    }
}
