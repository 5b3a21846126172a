using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json;
using Gateway.Protocol.MerkleLog;
using Xunit;

namespace Gateway.Protocol.Tests.MerkleLog;

public sealed class Ed25519Tests
{
    [Theory]
    [InlineData("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72", "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [InlineData("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82", "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    [InlineData("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42", "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f", "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704")]
    public void The_vectors_of_the_standard_verify_and_are_made(string seed, string key, string message, string signature)
    {
        var signer = new NoteSigner("a", NoteAlgorithm.Ed25519, Bytes(seed));
        Assert.Equal(key, Convert.ToHexStringLower(signer.PublicKey));
        Assert.Equal(signature, Convert.ToHexStringLower(signer.Sign(Bytes(message))));
        Assert.True(Ed25519.Verify(Bytes(key), Bytes(message), Bytes(signature)));
    }

    [SharedData("signatures/wycheproof/ed25519_test.json")]
    public void Every_Wycheproof_vector_gives_the_result_expected()
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(SharedDataAttribute.PathOf("signatures/wycheproof/ed25519_test.json")));
        var (run, wrong) = (0, new List<int>());
        foreach (var group in file.RootElement.GetProperty("testGroups").EnumerateArray())
        {
            var key = Bytes(group.GetProperty("publicKey").GetProperty("pk").GetString()!);
            foreach (var test in group.GetProperty("tests").EnumerateArray())
            {
                run++;
                var verified = Ed25519.Verify(key, Bytes(test.GetProperty("msg").GetString()!), Bytes(test.GetProperty("sig").GetString()!));
                if (verified != (test.GetProperty("result").GetString() == "valid"))
                    wrong.Add(test.GetProperty("tcId").GetInt32());
            }
        }
        Assert.Equal(file.RootElement.GetProperty("numberOfTests").GetInt32(), run);
        Assert.Empty(wrong);
    }

    [Fact]
    public void No_changed_bit_of_key_message_or_signature_verifies()
    {
        var signer = new NoteSigner("a", NoteAlgorithm.Ed25519);
        byte[] message = [1, 2, 3];
        byte[] all = [.. signer.PublicKey, .. message, .. signer.Sign(message)];
        Assert.True(Ed25519.Verify(all.AsSpan(0, 32), all.AsSpan(32, 3), all.AsSpan(35)));
        for (var bit = 0; bit < all.Length * 8; bit++)
        {
            all[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Ed25519.Verify(all.AsSpan(0, 32), all.AsSpan(32, 3), all.AsSpan(35)), $"bit {bit}");
            all[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_signature_has_one_spelling()
    {
        var signer = new NoteSigner("a", NoteAlgorithm.Ed25519);
        var signature = signer.Sign([7]);
        var larger = new byte[32];
        Assert.True((Ed25519.Number(signature.AsSpan(32)) + Ed25519.Order).TryWriteBytes(larger, out _, isUnsigned: true));
        Assert.True(Ed25519.Verify(signer.PublicKey, [7], signature));
        Assert.False(Ed25519.Verify(signer.PublicKey, [7], [.. signature[..32], .. larger]));
        Assert.False(Ed25519.Verify(signer.PublicKey, [7], [.. signature, 0]));
        Assert.False(Ed25519.Verify(signer.PublicKey, [7], signature.AsSpan(0, 63)));
        Assert.False(Ed25519.Verify(signer.PublicKey.AsSpan(0, 31), [7], signature));
    }

    // The eight points of small order, and second spellings of some: y = p, p + 1, and −0.
    [Theory]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000080")]
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")]
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")]
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")]
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000080")]
    [InlineData("0200000000000000000000000000000000000000000000000000000000000000")]
    public void A_key_that_is_no_proper_point_verifies_nothing(string key)
    {
        Assert.False(Ed25519.IsKey(Bytes(key)));
        // R = the identity, S = 0: under a key of order 1 this "signature" fits every message.
        byte[] trivial = [1, .. new byte[63]];
        Assert.False(Ed25519.Verify(Bytes(key), [1, 2, 3], trivial));
        Assert.Null(NoteKey.Of("a", NoteAlgorithm.Ed25519, Bytes(key)).TryGet(out var accepted, out _) ? accepted : null);
    }

    [Fact]
    public void Random_messages_signed_here_verify()
    {
        for (var i = 0; i < 50; i++)
        {
            var signer = new NoteSigner("a", NoteAlgorithm.Ed25519, RandomNumberGenerator.GetBytes(32));
            var message = RandomNumberGenerator.GetBytes(i * 7);
            Assert.True(Ed25519.IsKey(signer.PublicKey));
            Assert.True(Ed25519.Verify(signer.PublicKey, message, signer.Sign(message)));
        }
    }

    [Fact]
    public void The_field_computes_as_whole_numbers_do()
    {
        var p = BigInteger.Pow(2, 255) - 19;
        for (var i = 0; i < 300; i++)
        {
            var (a, b) = (Sample(i), Sample(i / 3 + 1));
            var (x, y) = (Ed25519.Number(a) % p, Ed25519.Number(b) % p);
            var (f, g) = (FieldElement.Read(a), FieldElement.Read(b));
            Assert.Equal((x + y) % p, Number(f + g));
            Assert.Equal((x - y + p) % p, Number(f - g));
            Assert.Equal(x * y % p, Number(f * g));
            Assert.Equal(BigInteger.ModPow(x, p - 2, p), Number(f.Invert()));
            Assert.Equal(BigInteger.ModPow(x, (p - 5) / 8, p), Number(f.PowForRoot()));
            // Results feed further operations: limbs that were not carried would show here.
            Assert.Equal((x - y + p) * (p + p - x - y) % p * (x + y) % p, Number((f - g) * -(f + g) * (f + g)));
        }
    }

    // Numbers at the edges of the field and of the limbs, then random ones; bit 255 is never set.
    private static byte[] Sample(int i)
    {
        var bytes = i switch
        {
            0 => new byte[32],
            1 => [1, .. new byte[31]],
            2 => [0xec, .. Enumerable.Repeat((byte)0xff, 30), 0x7f],
            3 => [0xed, .. Enumerable.Repeat((byte)0xff, 30), 0x7f],
            4 => [.. Enumerable.Repeat((byte)0xff, 31), 0x7f],
            _ => RandomNumberGenerator.GetBytes(32),
        };
        bytes[31] &= 0x7f;
        return bytes;
    }

    private static BigInteger Number(FieldElement element)
    {
        var bytes = new byte[32];
        element.Write(bytes);
        return Ed25519.Number(bytes);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);
}
