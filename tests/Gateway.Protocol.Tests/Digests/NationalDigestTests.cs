using System.Text;
using Gateway.Protocol.Digests;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Tests.Marks;
using Xunit;

namespace Gateway.Protocol.Tests.Digests;

public sealed class NationalDigestTests
{
    // RFC 6986 §10.1 and §10.2, written in the order in which files carry them.
    private const string Digits = "012345678901234567890123456789012345678901234567890123456789012";
    private const string Winds = "d1e520e2e5f2f0e82c20d1f2f0e8e1eee6e820e2edf3f6e82c20e2e5fef2fa20f120eceef0ff20f1f2f0e5ebe0ece820ede020f5f0e0e1f0fbff20efebfaeafb20c8e3eef0e5e2fb";

    [Theory]
    [InlineData(512, false, "1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48")]
    [InlineData(256, false, "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500")]
    [InlineData(512, true, "1e88e62226bfca6f9994f1f2d51569e0daf8475a3b0fe61a5300eee46d961376035fe83549ada2b8620fcd7c496ce5b33f0cb9dddc2b6460143b03dabac9fb28")]
    [InlineData(256, true, "9dd2fe4e90409e5da87f53976d7405b0c0cac628fc669a741d50063c557e8f50")]
    public void Streebog_gives_the_digests_of_RFC_6986(int bits, bool winds, string expected)
        => Assert.Equal(expected, Convert.ToHexStringLower(Streebog.Hash(bits, winds ? Convert.FromHexString(Winds) : Encoding.ASCII.GetBytes(Digits))));

    [Theory]
    [InlineData("abc", 1, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")]
    [InlineData("abcd", 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732")]
    public void Sm3_gives_the_digests_of_the_standard(string text, int times, string expected)
        => Assert.Equal(expected, Convert.ToHexStringLower(Sm3.Hash(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(text, times))))));

    [Theory]
    [InlineData("streebog-256")]
    [InlineData("STREEBOG-512")]
    [InlineData("sm3")]
    [InlineData("SHA3-256")]
    public void Pieces_of_any_length_give_the_digest_of_the_whole(string name)
    {
        var input = Bytes(1000);
        using var whole = DigestSet.Create(name).Value;
        whole.Append(input);
        var expected = whole.Finish();
        Assert.Equal(name.ToUpperInvariant(), expected[1].Algorithm);
        foreach (var piece in (int[])[1, 7, 63, 64, 65, 127, 128, 129, 999])
        {
            using var pieces = DigestSet.Create(name).Value;
            for (var at = 0; at < input.Length; at += piece)
                pieces.Append(input.AsSpan(at, Math.Min(piece, input.Length - at)));
            Assert.Equal(expected, pieces.Finish());
            pieces.Append(input); // Finish leaves a fresh start
            Assert.Equal(expected, pieces.Finish());
        }
    }

    [Fact]
    public void Sm3_agrees_with_openssl_at_every_length_around_a_block()
        => Compare(["-sm3"], Sm3.Hash);

    [Theory]
    [InlineData(224)]
    [InlineData(256)]
    [InlineData(384)]
    [InlineData(512)]
    public void Sha3_agrees_with_openssl_at_every_length_around_a_block(int bits)
        => Compare([$"-sha3-{bits}"], input =>
        {
            using var digest = new Sha3(bits);
            digest.Append(input);
            return digest.Finish();
        });

    [Theory]
    [InlineData(224)]
    [InlineData(256)]
    [InlineData(384)]
    [InlineData(512)]
    public void Sha3_takes_pieces_of_any_length_and_begins_afresh(int bits)
    {
        var input = Bytes(1000);
        using var digest = new Sha3(bits);
        digest.Append(input);
        var expected = digest.Finish();
        foreach (var piece in (int[])[1, 3, 7, 8, 9, 71, 72, 73, 103, 105, 135, 137, 143, 145, 999])
        {
            for (var at = 0; at < input.Length; at += piece)
                digest.Append(input.AsSpan(at, Math.Min(piece, input.Length - at)));
            Assert.Equal(expected, digest.Finish());
        }
    }

    [GostEngineFact]
    public void Streebog_256_agrees_with_the_gost_engine_at_every_length_around_a_block()
        => Compare(["-engine", "gost", "-md_gost12_256"], input => Streebog.Hash(256, input));

    [GostEngineFact]
    public void Streebog_512_agrees_with_the_gost_engine_at_every_length_around_a_block()
        => Compare(["-engine", "gost", "-md_gost12_512"], input => Streebog.Hash(512, input));

    [GostEngineFact]
    public void Streebog_carries_through_a_sum_of_all_ones()
    {
        using var openssl = new OpenSsl();
        var input = Enumerable.Repeat((byte)0xff, 640).ToArray();
        openssl.Write("ones", input);
        Assert.Contains(Convert.ToHexStringLower(Streebog.Hash(512, input)), openssl.Run("dgst", "-engine", "gost", "-md_gost12_512", "ones"), StringComparison.Ordinal);
    }

    private delegate byte[] Digest(ReadOnlySpan<byte> input);

    private static void Compare(string[] algorithm, Digest digest)
    {
        using var openssl = new OpenSsl();
        int[] lengths = [.. Enumerable.Range(0, 12), .. Enumerable.Range(52, 28), .. Enumerable.Range(115, 18), 1000, 65536];
        foreach (var length in lengths)
            openssl.Write($"{length}", Bytes(length));
        var lines = openssl.Run(["dgst", .. algorithm, .. lengths.Select(l => $"{l}")]).Split('\n').Where(l => l.Contains('(', StringComparison.Ordinal)).ToList();
        Assert.Equal(lengths.Length, lines.Count);
        foreach (var (length, line) in lengths.Zip(lines))
            Assert.EndsWith($"({length})= {Convert.ToHexStringLower(digest(Bytes(length)))}", line, StringComparison.Ordinal);
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
            bytes[i] = unchecked((byte)((i * 2654435761u) >> 13));
        return bytes;
    }
}
