using System.Globalization;
using System.Numerics;

namespace Gateway.Recognition.Algorithms;

/// <summary>A point in Jacobian coordinates; Z = 0 is infinity.</summary>
internal struct CurvePoint
{
    public FieldElement X;
    public FieldElement Y;
    public FieldElement Z;
}

/// <summary>
/// A named curve y² = x³ + ax + b over a prime field, for verifying: what is computed is public, so nothing is in constant time, and the time is bounded by the
/// size of the curve alone. The formulas are add-2007-bl and dbl-2007-bl of the explicit-formulas database, completed for equal and opposite points.
/// </summary>
internal sealed class JacobianCurve
{
    private const int WindowBits = 4;

    private readonly FieldElement _a;
    private readonly FieldElement _b;
    private readonly int _cofactor;
    private readonly Lazy<CurvePoint[]> _baseMultiples;

    /// <summary>Numbers in hexadecimal.</summary>
    public JacobianCurve(string name, string p, string a, string b, string q, string x, string y, int cofactor = 1)
    {
        Name = name;
        Field = new PrimeField(Parse(p));
        OrderField = new PrimeField(Parse(q));
        (A, B, BaseX, BaseY) = (Field.Reduce(Parse(a)), Parse(b), Parse(x), Parse(y));
        (_a, _b, _cofactor) = (Field.Of(A), Field.Of(B), cofactor);
        _baseMultiples = new(() => Multiples(Affine(BaseX, BaseY)));
    }

    public string Name { get; }

    public PrimeField Field { get; }

    /// <summary>Arithmetic modulo the order of the base point.</summary>
    public PrimeField OrderField { get; }

    public BigInteger Order => OrderField.Modulus;

    public BigInteger A { get; }

    public BigInteger B { get; }

    public BigInteger BaseX { get; }

    public BigInteger BaseY { get; }

    /// <summary>Octets of a coordinate.</summary>
    public int FieldBytes => (int)((Field.Modulus.GetBitLength() + 7) / 8);

    /// <summary>Whether the point may be a public key: coordinates below p, on the curve, and in the group that the base point makes.</summary>
    public bool Contains(BigInteger x, BigInteger y)
    {
        if (x.Sign < 0 || y.Sign < 0 || x >= Field.Modulus || y >= Field.Modulus)
            return false;
        var (fx, fy) = (Field.Of(x), Field.Of(y));
        var right = Field.Add(Field.Multiply(Field.Add(Field.Square(fx), _a), fx), _b);
        if (!PrimeField.Same(Field.Square(fy), right))
            return false;
        // With cofactor 1 every point of the curve but infinity, which has no affine form, is in the group.
        return _cofactor == 1 || PrimeField.IsZero(Sum(BigInteger.Zero, Order, Affine(x, y)).Z);
    }

    /// <summary>The x coordinate of u·G + v·Q, or null when that is infinity. Q must be on the curve.</summary>
    public BigInteger? SumX(BigInteger u, BigInteger v, BigInteger qx, BigInteger qy)
    {
        var sum = Sum(u, v, Affine(qx, qy));
        if (PrimeField.IsZero(sum.Z))
            return null;
        return Field.Number(Field.Multiply(sum.X, Field.Square(Field.Invert(sum.Z))));
    }

    // Straus: both factors together, four bits at a time.
    private CurvePoint Sum(BigInteger u, BigInteger v, CurvePoint q)
    {
        var ofBase = _baseMultiples.Value;
        var ofPoint = Multiples(q);
        Span<byte> us = stackalloc byte[8 * PrimeField.MaxWords + 1];
        Span<byte> vs = stackalloc byte[8 * PrimeField.MaxWords + 1];
        us.Clear();
        vs.Clear();
        u.TryWriteBytes(us, out var uLength, isUnsigned: true);
        v.TryWriteBytes(vs, out var vLength, isUnsigned: true);
        CurvePoint sum = default;
        for (var i = Math.Max(uLength, vLength) - 1; i >= 0; i--)
        {
            for (var shift = 8 - WindowBits; shift >= 0; shift -= WindowBits)
            {
                for (var bit = 0; bit < WindowBits; bit++)
                    sum = Double(sum);
                sum = Add(sum, ofBase[(us[i] >> shift) & 15]);
                sum = Add(sum, ofPoint[(vs[i] >> shift) & 15]);
            }
        }

        return sum;
    }

    private CurvePoint Affine(BigInteger x, BigInteger y) => new() { X = Field.Of(x), Y = Field.Of(y), Z = Field.One };

    private CurvePoint[] Multiples(CurvePoint point)
    {
        var multiples = new CurvePoint[1 << WindowBits];
        for (var i = 1; i < multiples.Length; i++)
            multiples[i] = Add(multiples[i - 1], point);
        return multiples;
    }

    private CurvePoint Double(in CurvePoint p)
    {
        if (PrimeField.IsZero(p.Z))
            return p;
        var f = Field;
        var xx = f.Square(p.X);
        var yy = f.Square(p.Y);
        var yyyy = f.Square(yy);
        var zz = f.Square(p.Z);
        var s = f.Twice(f.Subtract(f.Subtract(f.Square(f.Add(p.X, yy)), xx), yyyy));
        var m = f.Add(f.Add(f.Twice(xx), xx), f.Multiply(_a, f.Square(zz)));
        var x = f.Subtract(f.Square(m), f.Twice(s));
        var y = f.Subtract(f.Multiply(m, f.Subtract(s, x)), f.Twice(f.Twice(f.Twice(yyyy))));
        var z = f.Subtract(f.Subtract(f.Square(f.Add(p.Y, p.Z)), yy), zz);
        return new() { X = x, Y = y, Z = z };
    }

    private CurvePoint Add(in CurvePoint p, in CurvePoint q)
    {
        if (PrimeField.IsZero(p.Z))
            return q;
        if (PrimeField.IsZero(q.Z))
            return p;
        var f = Field;
        var z1z1 = f.Square(p.Z);
        var z2z2 = f.Square(q.Z);
        var u1 = f.Multiply(p.X, z2z2);
        var u2 = f.Multiply(q.X, z1z1);
        var s1 = f.Multiply(f.Multiply(p.Y, q.Z), z2z2);
        var s2 = f.Multiply(f.Multiply(q.Y, p.Z), z1z1);
        var h = f.Subtract(u2, u1);
        var r = f.Twice(f.Subtract(s2, s1));
        if (PrimeField.IsZero(h))
            return PrimeField.IsZero(r) ? Double(p) : default;
        var i = f.Square(f.Twice(h));
        var j = f.Multiply(h, i);
        var v = f.Multiply(u1, i);
        var x = f.Subtract(f.Subtract(f.Square(r), j), f.Twice(v));
        var y = f.Subtract(f.Multiply(r, f.Subtract(v, x)), f.Twice(f.Multiply(s1, j)));
        var z = f.Multiply(f.Subtract(f.Subtract(f.Square(f.Add(p.Z, q.Z)), z1z1), z2z2), h);
        return new() { X = x, Y = y, Z = z };
    }

    private static BigInteger Parse(string hex)
        => hex == "-3" ? -3 : BigInteger.Parse("0" + hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
