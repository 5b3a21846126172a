using System.Buffers.Binary;

namespace Gateway.Protocol.MerkleLog;

/// <summary>
/// A number modulo p = 2^255 − 19, in five limbs of 51 bits. Every operation leaves limbs below 2^52. Only public values pass here
/// (signatures are verified, never made), so time may depend on them.
/// </summary>
internal readonly struct FieldElement
{
    private const int LimbBits = 51;
    private const ulong Mask = (1UL << LimbBits) - 1;
    private const ulong Fold = 19;

    // 4p in limbs: added before a subtraction, so that no limb goes below zero.
    private const ulong FourP0 = 4 * (Mask - 18);
    private const ulong FourP = 4 * Mask;

    private readonly ulong _0;
    private readonly ulong _1;
    private readonly ulong _2;
    private readonly ulong _3;
    private readonly ulong _4;

    private FieldElement(ulong l0, ulong l1, ulong l2, ulong l3, ulong l4)
    {
        // Carries once; the limbs given are below 2^63.
        l1 += l0 >> LimbBits;
        l2 += l1 >> LimbBits;
        l3 += l2 >> LimbBits;
        l4 += l3 >> LimbBits;
        _0 = (l0 & Mask) + ((l4 >> LimbBits) * Fold);
        _1 = l1 & Mask;
        _2 = l2 & Mask;
        _3 = l3 & Mask;
        _4 = l4 & Mask;
    }

    public static FieldElement Zero => default;

    public static FieldElement One { get; } = new(1, 0, 0, 0, 0);

    /// <summary>Reads 32 little-endian bytes; the top bit is ignored.</summary>
    public static FieldElement Read(ReadOnlySpan<byte> bytes)
    {
        var (a, b, c, d) = (Word(bytes, 0), Word(bytes, 8), Word(bytes, 16), Word(bytes, 24));
        return new(a & Mask, ((a >> 51) | (b << 13)) & Mask, ((b >> 38) | (c << 26)) & Mask, ((c >> 25) | (d << 39)) & Mask, (d >> 12) & Mask);
    }

    /// <summary>Writes the one value below p, 32 little-endian bytes.</summary>
    public void Write(Span<byte> bytes)
    {
        // q is 1 exactly when the value is p or more: then 19 more carries out of bit 255.
        var q = (_0 + Fold) >> LimbBits;
        q = (_1 + q) >> LimbBits;
        q = (_2 + q) >> LimbBits;
        q = (_3 + q) >> LimbBits;
        q = (_4 + q) >> LimbBits;
        var l0 = _0 + (Fold * q);
        var l1 = _1 + (l0 >> LimbBits);
        var l2 = _2 + (l1 >> LimbBits);
        var l3 = _3 + (l2 >> LimbBits);
        var l4 = _4 + (l3 >> LimbBits);
        (l0, l1, l2, l3, l4) = (l0 & Mask, l1 & Mask, l2 & Mask, l3 & Mask, l4 & Mask);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, l0 | (l1 << 51));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], (l1 >> 13) | (l2 << 38));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], (l2 >> 26) | (l3 << 25));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], (l3 >> 39) | (l4 << 12));
    }

    public bool IsZero => this == Zero;

    /// <summary>The lowest bit of the value below p: the "sign" of RFC 8032 §5.1.2.</summary>
    public bool IsOdd
    {
        get
        {
            Span<byte> bytes = stackalloc byte[32];
            Write(bytes);
            return (bytes[0] & 1) == 1;
        }
    }

    public static bool operator ==(FieldElement left, FieldElement right)
    {
        Span<byte> a = stackalloc byte[32];
        Span<byte> b = stackalloc byte[32];
        left.Write(a);
        right.Write(b);
        return a.SequenceEqual(b);
    }

    public static bool operator !=(FieldElement left, FieldElement right) => !(left == right);

    public static FieldElement operator +(FieldElement a, FieldElement b) => new(a._0 + b._0, a._1 + b._1, a._2 + b._2, a._3 + b._3, a._4 + b._4);

    public static FieldElement operator -(FieldElement a, FieldElement b)
        => new(a._0 + FourP0 - b._0, a._1 + FourP - b._1, a._2 + FourP - b._2, a._3 + FourP - b._3, a._4 + FourP - b._4);

    public static FieldElement operator -(FieldElement a) => Zero - a;

    public static FieldElement operator *(FieldElement a, FieldElement b)
    {
        unchecked
        {
            // A limb product is below 2^104, 19 of them five times below 2^111: no sum overflows.
            var (b1, b2, b3, b4) = (b._1 * Fold, b._2 * Fold, b._3 * Fold, b._4 * Fold);
            var r0 = Math.BigMul(a._0, b._0) + Math.BigMul(a._1, b4) + Math.BigMul(a._2, b3) + Math.BigMul(a._3, b2) + Math.BigMul(a._4, b1);
            var r1 = Math.BigMul(a._0, b._1) + Math.BigMul(a._1, b._0) + Math.BigMul(a._2, b4) + Math.BigMul(a._3, b3) + Math.BigMul(a._4, b2);
            var r2 = Math.BigMul(a._0, b._2) + Math.BigMul(a._1, b._1) + Math.BigMul(a._2, b._0) + Math.BigMul(a._3, b4) + Math.BigMul(a._4, b3);
            var r3 = Math.BigMul(a._0, b._3) + Math.BigMul(a._1, b._2) + Math.BigMul(a._2, b._1) + Math.BigMul(a._3, b._0) + Math.BigMul(a._4, b4);
            var r4 = Math.BigMul(a._0, b._4) + Math.BigMul(a._1, b._3) + Math.BigMul(a._2, b._2) + Math.BigMul(a._3, b._1) + Math.BigMul(a._4, b._0);
            r1 += (ulong)(r0 >> LimbBits);
            r2 += (ulong)(r1 >> LimbBits);
            r3 += (ulong)(r2 >> LimbBits);
            r4 += (ulong)(r3 >> LimbBits);
            // The carry out of the top limb is below 2^60 and comes back 19-fold: into the second limb, before one more carry.
            var top = (UInt128)(ulong)(r4 >> LimbBits) * Fold + ((ulong)r0 & Mask);
            return new((ulong)top & Mask, ((ulong)r1 & Mask) + (ulong)(top >> LimbBits), (ulong)r2 & Mask, (ulong)r3 & Mask, (ulong)r4 & Mask);
        }
    }

    /// <summary>Squares <paramref name="times"/> times: a^(2^times).</summary>
    public FieldElement Square(int times = 1)
    {
        var value = this;
        for (var i = 0; i < times; i++)
            value *= value;
        return value;
    }

    /// <summary>a^(p−2) = 1/a; 0 for 0.</summary>
    public FieldElement Invert()
    {
        var (low, high) = Chain();
        return high.Square(5) * low;
    }

    /// <summary>a^((p−5)/8), from which square roots are made (RFC 8032 §5.1.3).</summary>
    public FieldElement PowForRoot() => Chain().High.Square(2) * this;

    // a^11 and a^(2^250 − 1).
    private (FieldElement Low, FieldElement High) Chain()
    {
        var two = Square();
        var nine = two.Square(2) * this;
        var eleven = nine * two;
        var x5 = eleven.Square() * nine;
        var x10 = x5.Square(5) * x5;
        var x20 = x10.Square(10) * x10;
        var x40 = x20.Square(20) * x20;
        var x50 = x40.Square(10) * x10;
        var x100 = x50.Square(50) * x50;
        var x200 = x100.Square(100) * x100;
        return (eleven, x200.Square(50) * x50);
    }

    public override bool Equals(object? obj) => obj is FieldElement other && this == other;

    public override int GetHashCode()
    {
        Span<byte> bytes = stackalloc byte[32];
        Write(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    private static ulong Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}
