namespace Gateway.Protocol.MerkleLog;

/// <summary>A point of edwards25519 in extended coordinates (RFC 8032 §5.1.4): x = X/Z, y = Y/Z, xy = T/Z. The addition is complete: it needs no special cases.</summary>
internal readonly struct EdwardsPoint
{
    /// <summary>Bytes of an encoded point, and of a scalar.</summary>
    public const int Length = 32;

    private static readonly FieldElement D = Constant("a3785913ca4deb75abd841414d0a700098e879777940c78c73fe6f2bee6c0352");
    private static readonly FieldElement TwoD = D + D;
    private static readonly FieldElement RootOfMinusOne = Constant("b0a00e4a271beec478e42fad0618432fa7d7fb3d99004d2b0bdfc14f8024832b");

    private readonly FieldElement _x;
    private readonly FieldElement _y;
    private readonly FieldElement _z;
    private readonly FieldElement _t;

    private EdwardsPoint(FieldElement x, FieldElement y, FieldElement z, FieldElement t) => (_x, _y, _z, _t) = (x, y, z, t);

    public static EdwardsPoint Identity { get; } = new(FieldElement.Zero, FieldElement.One, FieldElement.One, FieldElement.Zero);

    /// <summary>The generator B: y = 4/5, x even.</summary>
    public static EdwardsPoint Generator { get; } = TryRead(Convert.FromHexString("5866666666666666666666666666666666666666666666666666666666666666"), out var b)
        ? b
        : throw new InvalidOperationException("the generator is not on the curve");

    /// <summary>Reads an encoded point (RFC 8032 §5.1.3). False for a second spelling (y ≥ p, or −0) and for what is not on the curve.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out EdwardsPoint point)
    {
        point = default;
        if (bytes.Length != Length)
            return false;
        var y = FieldElement.Read(bytes);
        Span<byte> canonical = stackalloc byte[Length];
        y.Write(canonical);
        var negative = bytes[31] >= 0x80;
        canonical[31] |= (byte)(negative ? 0x80 : 0);
        if (!canonical.SequenceEqual(bytes))
            return false;

        // x² = (y² − 1) / (dy² + 1) = u/v; the candidate is u·v³·(u·v⁷)^((p−5)/8).
        var yy = y.Square();
        var u = yy - FieldElement.One;
        var v = (D * yy) + FieldElement.One;
        var v3 = v.Square() * v;
        var x = u * v3 * (u * v3.Square() * v).PowForRoot();
        var vxx = v * x.Square();
        if (vxx == -u)
            x *= RootOfMinusOne;
        else if (vxx != u)
            return false;
        if (x.IsZero && negative)
            return false;
        if (x.IsOdd != negative)
            x = -x;
        point = new(x, y, FieldElement.One, x * y);
        return true;
    }

    public void Write(Span<byte> bytes)
    {
        var inverse = _z.Invert();
        (_y * inverse).Write(bytes);
        bytes[31] |= (byte)((_x * inverse).IsOdd ? 0x80 : 0);
    }

    /// <summary>Whether eight times the point is the identity: such a key would verify a signature over any message.</summary>
    public bool HasSmallOrder
    {
        get
        {
            var eight = Double().Double().Double();
            return eight._x.IsZero && eight._y == eight._z;
        }
    }

    public static EdwardsPoint operator -(EdwardsPoint p) => new(-p._x, p._y, p._z, -p._t);

    public static EdwardsPoint operator +(EdwardsPoint p, EdwardsPoint q)
    {
        var a = (p._y - p._x) * (q._y - q._x);
        var b = (p._y + p._x) * (q._y + q._x);
        var c = p._t * TwoD * q._t;
        var zz = p._z * q._z;
        return FromParts(b - a, zz + zz - c, zz + zz + c, b + a);
    }

    /// <summary>[a]P + [b]Q; the scalars are 32 little-endian bytes.</summary>
    public static EdwardsPoint Combine(ReadOnlySpan<byte> a, EdwardsPoint p, ReadOnlySpan<byte> b, EdwardsPoint q)
    {
        var (multiplesOfP, multiplesOfQ) = (Multiples(p), Multiples(q));
        var sum = Identity;
        for (var digit = (2 * Length) - 1; digit >= 0; digit--)
        {
            sum = sum.Double().Double().Double().Double();
            sum = sum + multiplesOfP[Digit(a, digit)] + multiplesOfQ[Digit(b, digit)];
        }
        return sum;
    }

    private EdwardsPoint Double()
    {
        var (a, b, zz) = (_x.Square(), _y.Square(), _z.Square());
        var h = a + b;
        var g = a - b;
        return FromParts(h - (_x + _y).Square(), zz + zz + g, g, h);
    }

    private static EdwardsPoint FromParts(FieldElement e, FieldElement f, FieldElement g, FieldElement h) => new(e * f, g * h, f * g, e * h);

    private static EdwardsPoint[] Multiples(EdwardsPoint point)
    {
        var table = new EdwardsPoint[16];
        table[0] = Identity;
        for (var i = 1; i < table.Length; i++)
            table[i] = table[i - 1] + point;
        return table;
    }

    private static int Digit(ReadOnlySpan<byte> scalar, int digit) => (scalar[digit / 2] >> (4 * (digit & 1))) & 15;

    private static FieldElement Constant(string littleEndianHex) => FieldElement.Read(Convert.FromHexString(littleEndianHex));
}
