using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Recognition.Algorithms;

/// <summary>Ed448 (RFC 8032 §5.2), pure, without context, as RFC 8410 and RFC 8419 use it. R and the key must be in their canonical form, S below the order.</summary>
internal sealed class Ed448 : NationalScheme
{
    public const string Id = "1.3.101.113";

    private const int PointBytes = 57;
    private const int HashBytes = 114;

    private static readonly PrimeField s_field = new((BigInteger.One << 448) - (BigInteger.One << 224) - 1);
    private static readonly BigInteger s_order = Parse("3fffffffffffffffffffffffffffffffffffffffffffffffffffffff7cca23e9c44edb49aed63690216cc2728dc58f552378c292ab5844f3");
    private static readonly FieldElement s_d = s_field.Of(-39081);
    private static readonly CurvePoint s_base = new()
    {
        X = s_field.Of(Parse("4f1970c66bed0ded221d15a622bf36da9e146570470f1767ea6de324a3d3a46412ae1af72ab66511433b80e18b00938e2626a82bc70cc05e")),
        Y = s_field.Of(Parse("693f46716eb6bc248876203756c9c7624bea73736ca3984087789c1e05a0c2d73ad3ff1ce67c39c4fdbd132c4ed7c8ad9808795bf230fa14")),
        Z = s_field.One,
    };

    private readonly CurvePoint _point;

    private Ed448(PublicKey key, CurvePoint point)
        : base(key) => _point = point;

    public override string Name => "Ed448";

    public override string Oid => Id;

    public override string? DigestOid => null;

    public override int KeyBits => 448;

    public static SchemeChoice? Match(SchemeRequest request)
    {
        if (request.Algorithm.Oid != Id)
            return null;
        // RFC 8410 §3: parameters are absent, in the key and in the signature.
        if (request.Key.Algorithm.Oid != Id || !request.Key.Algorithm.HasNoParameters || !request.Algorithm.HasNoParameters)
            return SchemeChoice.KeyRefused($"an Ed448 signature with parameters, or with a key of kind {request.Key.Algorithm.Oid}");
        if (!Shake256.IsSupported)
            return SchemeChoice.NotAvailable("Ed448 needs SHAKE256, which this machine does not have");
        if (request.Key.Bits.Length != PointBytes)
            return SchemeChoice.KeyRefused($"an Ed448 key of {request.Key.Bits.Length} octets; {PointBytes} are due");
        if (Decode(request.Key.Bits.Span) is not { } point)
            return SchemeChoice.KeyRefused("the public key is no point of Ed448");
        if (IsNeutral(Double(Double(point))))
            return SchemeChoice.KeyRefused("the public key is of small order: a signature by it would fit anything");
        return new Ed448(request.Key, point);
    }

    public override bool? VerifiesNatively(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        => Libcrypto.VerifyEdwards(Key, message, signature);

    public override bool Verifies(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != 2 * PointBytes)
            return false;
        var s = new BigInteger(signature[PointBytes..], isUnsigned: true);
        if (s >= s_order || Decode(signature[..PointBytes]) is not { } r)
            return false;
        using var shake = new Shake256();
        shake.AppendData(Encoding.ASCII.GetBytes("SigEd448"));
        shake.AppendData([0, 0]); // dom4: not prehashed, empty context
        shake.AppendData(signature[..PointBytes]);
        shake.AppendData(Key.Bits.Span);
        shake.AppendData(message);
        var k = BigInteger.Remainder(new BigInteger(shake.GetHashAndReset(HashBytes), isUnsigned: true), s_order);
        // S·B = R + k·A, without the cofactor: the stricter of the two forms that RFC 8032 §5.2.7 allows.
        var left = Add(Multiply(s, s_base), Multiply(k, Negate(_point)));
        return Same(left, r);
    }

    // RFC 8032 §5.2.3.
    private static CurvePoint? Decode(ReadOnlySpan<byte> encoded)
    {
        if ((encoded[PointBytes - 1] & 0x7f) != 0)
            return null;
        var number = new BigInteger(encoded[..(PointBytes - 1)], isUnsigned: true);
        if (number >= s_field.Modulus)
            return null;
        var f = s_field;
        var y = f.Of(number);
        var yy = f.Square(y);
        var u = f.Subtract(yy, f.One);
        var v = f.Subtract(f.Multiply(s_d, yy), f.One);
        // x = u³v (u⁵v³)^((p-3)/4)
        var uuuv = f.Multiply(f.Multiply(f.Square(u), u), v);
        var uuuuuvvv = f.Multiply(f.Multiply(uuuv, f.Square(u)), f.Square(v));
        var x = f.Multiply(uuuv, f.Power(uuuuuvvv, (f.Modulus - 3) / 4));
        if (!PrimeField.Same(f.Multiply(f.Square(x), v), u))
            return null;
        var odd = (encoded[PointBytes - 1] & 0x80) != 0;
        if (PrimeField.IsZero(x) && odd)
            return null;
        if (f.Number(x).IsEven == odd)
            x = f.Subtract(default, x);
        return new CurvePoint { X = x, Y = y, Z = f.One };
    }

    private static CurvePoint Multiply(BigInteger factor, CurvePoint point)
    {
        var multiples = new CurvePoint[16];
        multiples[0] = new CurvePoint { X = default, Y = s_field.One, Z = s_field.One };
        for (var i = 1; i < multiples.Length; i++)
            multiples[i] = Add(multiples[i - 1], point);
        var sum = multiples[0];
        Span<byte> bytes = stackalloc byte[PointBytes];
        factor.TryWriteBytes(bytes, out var length, isUnsigned: true);
        for (var i = length - 1; i >= 0; i--)
        {
            for (var shift = 4; shift >= 0; shift -= 4)
            {
                sum = Double(Double(Double(Double(sum))));
                sum = Add(sum, multiples[(bytes[i] >> shift) & 15]);
            }
        }

        return sum;
    }

    // RFC 8032 §5.2.4; complete, so that no pair of points needs a case of its own.
    private static CurvePoint Add(in CurvePoint p, in CurvePoint q)
    {
        var f = s_field;
        var a = f.Multiply(p.Z, q.Z);
        var b = f.Square(a);
        var c = f.Multiply(p.X, q.X);
        var d = f.Multiply(p.Y, q.Y);
        var e = f.Multiply(s_d, f.Multiply(c, d));
        var g = f.Subtract(b, e);
        var h = f.Add(b, e);
        var i = f.Multiply(f.Add(p.X, p.Y), f.Add(q.X, q.Y));
        return new()
        {
            X = f.Multiply(f.Multiply(a, g), f.Subtract(f.Subtract(i, c), d)),
            Y = f.Multiply(f.Multiply(a, h), f.Subtract(d, c)),
            Z = f.Multiply(g, h),
        };
    }

    private static CurvePoint Double(in CurvePoint p)
    {
        var f = s_field;
        var b = f.Square(f.Add(p.X, p.Y));
        var c = f.Square(p.X);
        var d = f.Square(p.Y);
        var e = f.Add(c, d);
        var j = f.Subtract(e, f.Twice(f.Square(p.Z)));
        return new()
        {
            X = f.Multiply(f.Subtract(b, e), j),
            Y = f.Multiply(e, f.Subtract(c, d)),
            Z = f.Multiply(e, j),
        };
    }

    private static CurvePoint Negate(in CurvePoint p) => p with { X = s_field.Subtract(default, p.X) };

    private static bool IsNeutral(in CurvePoint p) => PrimeField.IsZero(p.X) && PrimeField.Same(p.Y, p.Z);

    private static bool Same(in CurvePoint p, in CurvePoint q)
        => PrimeField.Same(s_field.Multiply(p.X, q.Z), s_field.Multiply(q.X, p.Z)) && PrimeField.Same(s_field.Multiply(p.Y, q.Z), s_field.Multiply(q.Y, p.Z));

    private static BigInteger Parse(string hex) => BigInteger.Parse("0" + hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
