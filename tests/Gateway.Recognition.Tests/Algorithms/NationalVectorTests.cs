using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using System.Text;
using Gateway.Recognition.Algorithms;
using Xunit;

namespace Gateway.Recognition.Tests.Algorithms;

/// <summary>The examples of the standards, and what must not pass beside them.</summary>
public class NationalVectorTests
{
    private const string Sm2Point = "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
    private const string Sm2R = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3";
    private const string Sm2S = "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";
    private const string Sm2Order = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";
    private const string Ed448PublicKey = "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180";
    private const string Ed448Signature =
        "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980"
        + "ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e652600";

    // RFC 7091 §7.1: curve, key, digest and signature of the example.
    [Theory]
    [InlineData("41aa28d2f1ab148280cd9ed56feda41974053554a42767b83ad043fd39dc0493", "01456c64ba4642a1653c235a98a60249bcd6d3f746b631df928014f6c5bf9c40", true)]
    [InlineData("41aa28d2f1ab148280cd9ed56feda41974053554a42767b83ad043fd39dc0492", "01456c64ba4642a1653c235a98a60249bcd6d3f746b631df928014f6c5bf9c40", false)]
    [InlineData("41aa28d2f1ab148280cd9ed56feda41974053554a42767b83ad043fd39dc0493", "01456c64ba4642a1653c235a98a60249bcd6d3f746b631df928014f6c5bf9c41", false)]
    [InlineData("c1aa28d2f1ab148280cd9ed56feda41ac5038c6cbcbec90dd3f5db6cf3e8d046", "01456c64ba4642a1653c235a98a60249bcd6d3f746b631df928014f6c5bf9c40", false)] // r + q
    [InlineData("41aa28d2f1ab148280cd9ed56feda41974053554a42767b83ad043fd39dc0493", "81456c64ba4642a1653c235a98a6024b0dd52b90ed4d53351c39acc67fc96bf3", false)] // s + q
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", "01456c64ba4642a1653c235a98a60249bcd6d3f746b631df928014f6c5bf9c40", false)]
    [InlineData("41aa28d2f1ab148280cd9ed56feda41974053554a42767b83ad043fd39dc0493", "0000000000000000000000000000000000000000000000000000000000000000", false)]
    public void Gost_verifies_the_example_of_RFC_7091_and_nothing_near_it(string r, string s, bool valid)
    {
        var curve = new JacobianCurve("example", "8000000000000000000000000000000000000000000000000000000000000431", "7",
            "5FBFF498AA938CE739B8E022FBAFEF40563F6E6A3472FC2A514C0CE9DAE23B7E", "8000000000000000000000000000000150FE8A1892976154C59CFC193ACCF5B3",
            "2", "8E2A8A0E65147D4BD6316030E16D19C85C97F0A9CA267122B96ABBCEA7E8FC8");
        var x = Number("7F2B49E270DB6D90D8595BEC458B50C58585BA1D4E9B788F6689DBD8E56FD80B");
        var y = Number("26F1B489D6701DD185C8413A977B3CBBAF64D1C593D26627DFFB101A87FF77DA");
        var digest = Convert.FromHexString("2DFBC1B372D89A1188C09C52E0EEC61FCE52032AB1022E8E67ECE6672B043EE5");
        Array.Reverse(digest); // the digest is read from its least significant octet

        Assert.True(curve.Contains(x, y));
        Assert.Equal(valid, Gost.VerifiesDigest(curve, 256, x, y, digest, Convert.FromHexString(s + r)));
    }

    [Fact]
    public void Sm2_verifies_the_example_of_the_standard_both_ways()
    {
        var scheme = Sm2Key();
        var signature = Sequence(Number(Sm2R), Number(Sm2S));
        Assert.True(scheme.Verifies("message digest"u8, signature));
        Assert.NotEqual(false, scheme.VerifiesNatively("message digest"u8, signature));
        Assert.False(scheme.Verifies("message digesT"u8, signature));
        Assert.NotEqual(true, scheme.VerifiesNatively("message digesT"u8, signature));
    }

    [Fact]
    public void Sm2_under_another_identity_does_not_verify()
    {
        var other = SignatureAlgorithms.Find(new SchemeRequest(new AlgorithmIdentifier(Sm2.WithSm3, default), NationalSamples.Key(Sm2Spki()), null, "ALICE123@YAHOO.COM"));
        Assert.Equal(SignatureCheck.NotValid, other.Scheme!.Verify("message digest"u8, Sequence(Number(Sm2R), Number(Sm2S))));
    }

    [Fact]
    public void Sm2_numbers_outside_the_order_and_lax_DER_are_refused()
    {
        var (r, s, n) = (Number(Sm2R), Number(Sm2S), Number(Sm2Order));
        var scheme = Sm2Key();
        Assert.True(scheme.Verifies("message digest"u8, Sequence(r, s)));
        foreach (var (a, b) in ((BigInteger, BigInteger)[])[(r + n, s), (r, s + n), (0, s), (r, 0), (-r, s), (r, -s), (n, s), (r, n), (r - n, s), (r, s - n), (r, n - r)])
            Assert.False(scheme.Verifies("message digest"u8, Sequence(a, b)));
        var good = Sequence(r, s);
        byte[] padded = [0x30, (byte)(good[1] + 1), 0x02, 0x22, 0, .. good[4..]];
        Assert.False(scheme.Verifies("message digest"u8, padded));
        Assert.False(scheme.Verifies("message digest"u8, [.. good, 0]));
        Assert.False(scheme.Verifies("message digest"u8, good.AsSpan(..^1)));
        Assert.False(scheme.Verifies("message digest"u8, []));
        Assert.False(scheme.Verifies("message digest"u8, [0x30, 0x81, good[1], .. good[2..]]));
    }

    [Fact]
    public void Ed448_verifies_the_first_example_of_RFC_8032_both_ways_and_no_bit_may_change()
    {
        var scheme = Ed448Key();
        var signature = Convert.FromHexString(Ed448Signature);
        Assert.Equal(new NationalSamples.Answers(true, Libcrypto.IsPresent ? true : null), NationalSamples.Verify(scheme, [], signature));
        for (var bit = 0; bit < 8 * signature.Length; bit += 61)
            Assert.False(scheme.Verifies([], NationalSamples.Flip(signature, bit)));
        Assert.False(scheme.Verifies([0], signature));
        Assert.False(scheme.Verifies([], signature.AsSpan(..^1)));
        Assert.False(scheme.Verifies([], [.. signature, 0]));
    }

    [Fact]
    public void Ed448_with_S_above_the_order_is_a_second_spelling_and_refused()
    {
        var order = Number("3fffffffffffffffffffffffffffffffffffffffffffffffffffffff7cca23e9c44edb49aed63690216cc2728dc58f552378c292ab5844f3");
        var signature = Convert.FromHexString(Ed448Signature);
        var s = new BigInteger(signature.AsSpan(57), isUnsigned: true) + order;
        var changed = new byte[114];
        signature.AsSpan(0, 57).CopyTo(changed);
        s.TryWriteBytes(changed.AsSpan(57), out _, isUnsigned: true);
        Assert.False(Ed448Key().Verifies([], changed));
    }

    [Theory]
    [InlineData("01")] // the neutral point
    [InlineData("00")] // order 4
    [InlineData("fefffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffffffffffffffffffff00")] // p - 1: order 2
    [InlineData("000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000080")] // order 4, other sign
    [InlineData("fffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffffffffffffffffffff00")] // p: a second spelling of 0
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000ff")] // bits that must be 0
    [InlineData("02")] // not on the curve
    public void Ed448_keys_that_mean_nothing_are_refused(string start)
    {
        var key = new byte[57];
        Convert.FromHexString(start).CopyTo(key, 0);
        Assert.Equal(SignatureCheck.KeyRefused, NationalSamples.Find(NationalSamples.Info(key, Ed448.Id), Ed448.Id).Problem);
    }

    private static byte[] Sm2Spki() => NationalSamples.Info(Convert.FromHexString(Sm2Point), Ecdsa.EcPublicKey, Sm2.Curve, inSequence: false);

    private static NationalScheme Sm2Key() => Assert.IsAssignableFrom<NationalScheme>(NationalSamples.Find(Sm2Spki(), Sm2.WithSm3).Scheme);

    private static NationalScheme Ed448Key()
        => Assert.IsAssignableFrom<NationalScheme>(NationalSamples.Find(NationalSamples.Info(Convert.FromHexString(Ed448PublicKey), Ed448.Id), Ed448.Id).Scheme);

    private static byte[] Sequence(BigInteger r, BigInteger s)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(r);
            writer.WriteInteger(s);
        }

        return writer.Encode();
    }

    private static BigInteger Number(string hex) => BigInteger.Parse("0" + hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
