using System.Globalization;
using System.Numerics;
using Gateway.Recognition.Algorithms;
using Xunit;

namespace Gateway.Recognition.Tests.Algorithms;

/// <summary>Keys are checked before anything is computed with them.</summary>
public class NationalKeyTests
{
    private const string SetA = "1.2.643.7.1.2.1.1.1";
    private const string SetB = "1.2.643.7.1.2.1.1.2";
    private const string BaseX = "91e38443a5e82c0d880923425712b2bb658b9196932e02c78b2582fe742daa28";
    private const string BaseY = "32879423ab1a0375895786c4bb46e9565fde0b5344766740af268adb32322e5c";

    [Fact]
    public void A_point_of_the_group_is_a_key() => Assert.NotNull(NationalSamples.Find(Key(SetA, BaseX, BaseY), Gost.With256).Scheme);

    [Theory]
    [InlineData("0100fe73f595ff158e974b44d478d9588744fe5c192ac47ea63075dce7a14aaa", "00")] // on the curve, order 2
    [InlineData("18476b1af2e5cecdc380e4c91d2a3a5c2b6c0788066615e2b4e9a63246463e96", "4cfa952e3b48a1409977e07faba396136986d7e8edc05c336154375be5070030")] // the base point plus that
    [InlineData(BaseX, "32879423ab1a0375895786c4bb46e9565fde0b5344766740af268adb32322e5d")]
    [InlineData("00", "00")]
    [InlineData("fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffd97", BaseY)] // p
    public void A_point_outside_the_group_is_no_key(string x, string y)
        => Assert.Equal(SignatureCheck.KeyRefused, NationalSamples.Find(Key(SetA, x, y), Gost.With256).Problem);

    [Fact]
    public void A_coordinate_above_the_prime_is_refused_though_it_is_the_same_point()
    {
        // GOST-256-B: x = 1 and x = 1 + p both fit into 32 octets.
        const string y = "8d91e471e0989cda27df505a453f2b7635294f2ddf23e3b122acc99c9e9f1e14";
        Assert.NotNull(NationalSamples.Find(Key(SetB, "1", y), Gost.With256).Scheme);
        Assert.Equal(SignatureCheck.KeyRefused, NationalSamples.Find(Key(SetB, "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffd98", y), Gost.With256).Problem);
    }

    [Fact]
    public void Unknown_is_not_available_and_never_refused()
    {
        Assert.Equal(SignatureCheck.NotAvailable, NationalSamples.Find(Key("1.2.643.2.2.35.0", BaseX, BaseY), Gost.With256).Problem); // the set for tests
        Assert.Equal(SignatureCheck.NotAvailable, NationalSamples.Find(Key(SetA, BaseX, BaseY), "1.2.643.2.2.3").Problem); // GOST R 34.10-2001
        Assert.Equal(SignatureCheck.NotAvailable, NationalSamples.Find(NationalSamples.Info(new byte[1952], "2.16.840.1.101.3.4.3.18"), "2.16.840.1.101.3.4.3.18").Problem); // ML-DSA-65
    }

    [Fact]
    public void The_algorithm_must_fit_the_key()
    {
        var key = Key(SetA, BaseX, BaseY);
        Assert.Equal(SignatureCheck.KeyRefused, NationalSamples.Find(key, Gost.With512).Problem);
        Assert.Equal(SignatureCheck.KeyRefused, NationalSamples.Find(key, Sm2.WithSm3).Problem);
        Assert.Equal(SignatureCheck.KeyRefused, NationalSamples.Find(key, Ed448.Id).Problem);
        Assert.Null(NationalSamples.Find(NationalSamples.Info(new byte[65], Ecdsa.EcPublicKey, "1.2.840.10045.3.1.7", inSequence: false), Sm2.WithSm3).Scheme);
        Assert.Equal(SignatureCheck.NotAvailable, NationalSamples.Find(NationalSamples.Info(new byte[128], Gost.Key512, SetA), Gost.With512).Problem);
    }

    [Fact]
    public void A_key_of_another_length_is_refused()
    {
        foreach (var length in (int[])[0, 63, 65, 128])
            Assert.Equal(SignatureCheck.KeyRefused, NationalSamples.Find(NationalSamples.GostKey(Gost.Key256, SetA, new byte[length]), Gost.With256).Problem);
        foreach (var length in (int[])[0, 56, 58])
            Assert.Equal(SignatureCheck.KeyRefused, NationalSamples.Find(NationalSamples.Info(new byte[length], Ed448.Id), Ed448.Id).Problem);
        foreach (var length in (int[])[0, 1, 64, 66])
            Assert.Equal(SignatureCheck.KeyRefused, NationalSamples.Find(NationalSamples.Info(new byte[length], Ecdsa.EcPublicKey, Sm2.Curve, inSequence: false), Sm2.WithSm3).Problem);
    }

    [Fact]
    public void An_SM2_point_off_its_curve_is_refused()
    {
        var point = Convert.FromHexString("0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13");
        Assert.NotNull(NationalSamples.Find(NationalSamples.Info(point, Ecdsa.EcPublicKey, Sm2.Curve, inSequence: false), Sm2.WithSm3).Scheme);
        for (var bit = 8; bit < point.Length * 8; bit += 5)
            Assert.Equal(SignatureCheck.KeyRefused, NationalSamples.Find(NationalSamples.Info(NationalSamples.Flip(point, bit), Ecdsa.EcPublicKey, Sm2.Curve, inSequence: false), Sm2.WithSm3).Problem);
    }

    [Fact]
    public void The_group_law_holds_for_equal_opposite_and_infinite_points()
    {
        var curve = GostCurves.Find(256, SetB)!;
        var (x, y, q) = (curve.BaseX, curve.BaseY, curve.Order);
        Assert.Null(curve.SumX(1, q - 1, x, y)); // G - G
        Assert.Null(curve.SumX(0, 0, x, y));
        Assert.Equal(curve.SumX(2, 0, x, y), curve.SumX(1, 1, x, y)); // G + G is a doubling
        Assert.Equal(x, curve.SumX(0, 1, x, y));
        Assert.Equal(x, curve.SumX(q - 1, 2, x, y));
        Assert.Equal(curve.SumX(12345, 0, x, y), curve.SumX(12000, 345, x, y));
    }

    [Fact]
    public void The_field_agrees_with_BigInteger()
    {
        var random = new Random(7);
        foreach (var prime in (BigInteger[])[97, (BigInteger.One << 127) - 1, (BigInteger.One << 448) - (BigInteger.One << 224) - 1, (BigInteger.One << 512) - 569])
        {
            var field = new PrimeField(prime);
            for (var i = 0; i < 60; i++)
            {
                var a = Some(prime, random, i);
                var b = Some(prime, random, i / 3);
                var (fa, fb) = (field.Of(a), field.Of(b));
                Assert.Equal(a * b % prime, field.Number(field.Multiply(fa, fb)));
                Assert.Equal((a + b) % prime, field.Number(field.Add(fa, fb)));
                Assert.Equal((a - b + prime) % prime, field.Number(field.Subtract(fa, fb)));
                if (!a.IsZero)
                    Assert.Equal(BigInteger.One, field.Number(field.Multiply(fa, field.Invert(fa))));
            }
        }
    }

    // Every third number lies at a border, where carries happen.
    private static BigInteger Some(BigInteger prime, Random random, int i)
    {
        if (i % 3 == 0)
            return (prime - (i % 7)) % prime;
        var bytes = new byte[65];
        random.NextBytes(bytes);
        return new BigInteger(bytes, isUnsigned: true) % prime;
    }

    private static byte[] Key(string set, string x, string y)
    {
        var point = new byte[64];
        Number(x).TryWriteBytes(point, out _, isUnsigned: true);
        Number(y).TryWriteBytes(point.AsSpan(32), out _, isUnsigned: true);
        return NationalSamples.GostKey(Gost.Key256, set, point);
    }

    private static BigInteger Number(string hex) => BigInteger.Parse("0" + hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
