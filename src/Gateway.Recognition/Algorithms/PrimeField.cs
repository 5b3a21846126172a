using System.Numerics;
using System.Runtime.CompilerServices;

namespace Gateway.Recognition.Algorithms;

/// <summary>A number of a <see cref="PrimeField"/> of up to 512 bits, in Montgomery form, least significant word first.</summary>
[InlineArray(PrimeField.MaxWords)]
internal struct FieldElement
{
    private ulong _word0;
}

/// <summary>
/// Arithmetic modulo an odd prime of up to 512 bits. Not in constant time: only public numbers pass through here. About 30 times as fast as
/// <see cref="BigInteger"/>, which is used to set up and at the borders.
/// </summary>
internal sealed class PrimeField
{
    public const int MaxWords = 8;

    private readonly ulong[] _p;
    private readonly ulong _negativeInverse;
    private readonly FieldElement _squaredRadix;

    public PrimeField(BigInteger prime)
    {
        Modulus = prime;
        Words = (int)((prime.GetBitLength() + 63) / 64);
        _p = Split(prime);
        var inverse = 1UL;
        unchecked
        {
            for (var i = 0; i < 6; i++)
                inverse *= 2 - (_p[0] * inverse); // Newton: 6 steps give 64 bits
            _negativeInverse = 0 - inverse;
        }

        var radix = BigInteger.One << (64 * Words);
        _squaredRadix = Raw(radix * radix % prime);
        One = Raw(radix % prime);
    }

    public BigInteger Modulus { get; }

    public int Words { get; }

    public FieldElement One { get; }

    /// <summary>The element of a number, which is reduced first.</summary>
    public FieldElement Of(BigInteger number) => Multiply(Raw(Reduce(number)), _squaredRadix);

    public BigInteger Reduce(BigInteger number)
    {
        var rest = BigInteger.Remainder(number, Modulus);
        return rest.Sign < 0 ? rest + Modulus : rest;
    }

    /// <summary>The number of an element, below the modulus.</summary>
    public BigInteger Number(in FieldElement element)
    {
        FieldElement one = default;
        one[0] = 1;
        var plain = Multiply(element, one);
        Span<byte> bytes = stackalloc byte[8 * MaxWords];
        for (var i = 0; i < MaxWords; i++)
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes[(8 * i)..], plain[i]);
        return new BigInteger(bytes, isUnsigned: true);
    }

    public static bool IsZero(in FieldElement a)
    {
        ReadOnlySpan<ulong> words = a;
        return !words.ContainsAnyExcept(0UL);
    }

    public static bool Same(in FieldElement a, in FieldElement b)
    {
        ReadOnlySpan<ulong> left = a, right = b;
        return left.SequenceEqual(right);
    }

    public FieldElement Add(in FieldElement a, in FieldElement b)
    {
        FieldElement sum = default;
        var carry = 0UL;
        unchecked
        {
            for (var i = 0; i < Words; i++)
            {
                var word = a[i] + b[i];
                var over = word < a[i] ? 1UL : 0;
                sum[i] = word + carry;
                carry = over + (sum[i] < word ? 1UL : 0);
            }
        }

        Lower(ref sum, carry);
        return sum;
    }

    public FieldElement Subtract(in FieldElement a, in FieldElement b)
    {
        FieldElement difference = default;
        var borrow = 0UL;
        unchecked
        {
            for (var i = 0; i < Words; i++)
            {
                var word = a[i] - b[i];
                var under = a[i] < b[i] ? 1UL : 0;
                difference[i] = word - borrow;
                borrow = under + (word < borrow ? 1UL : 0);
            }

            if (borrow == 0)
                return difference;
            var carry = 0UL;
            for (var i = 0; i < Words; i++)
            {
                var word = difference[i] + _p[i];
                var over = word < _p[i] ? 1UL : 0;
                difference[i] = word + carry;
                carry = over + (difference[i] < word ? 1UL : 0);
            }
        }

        return difference;
    }

    public FieldElement Twice(in FieldElement a) => Add(a, a);

    public FieldElement Square(in FieldElement a) => Multiply(a, a);

    /// <summary>Montgomery multiplication, words of the factor outside, reduction inside (Koç, Acar, Kaliski 1996, "CIOS").</summary>
    public FieldElement Multiply(in FieldElement a, in FieldElement b)
    {
        FieldElement product = default;
        var p = _p;
        var words = p.Length;
        ulong top = 0, above = 0;
        unchecked
        {
            for (var i = 0; i < words; i++)
            {
                var factor = b[i];
                var carry = 0UL;
                for (var j = 0; j < words; j++)
                {
                    var high = Math.BigMul(a[j], factor, out var low);
                    low += product[j];
                    high += low < product[j] ? 1UL : 0;
                    low += carry;
                    high += low < carry ? 1UL : 0;
                    product[j] = low;
                    carry = high;
                }

                top += carry;
                above = top < carry ? 1UL : 0;

                var multiple = product[0] * _negativeInverse;
                carry = Math.BigMul(multiple, p[0], out var cleared);
                carry += cleared + product[0] < cleared ? 1UL : 0;
                for (var j = 1; j < words; j++)
                {
                    var high = Math.BigMul(multiple, p[j], out var low);
                    low += product[j];
                    high += low < product[j] ? 1UL : 0;
                    low += carry;
                    high += low < carry ? 1UL : 0;
                    product[j - 1] = low;
                    carry = high;
                }

                top += carry;
                product[words - 1] = top;
                top = above + (top < carry ? 1UL : 0);
            }
        }

        Lower(ref product, top);
        return product;
    }

    /// <summary>a^exponent; the exponent is public.</summary>
    public FieldElement Power(in FieldElement a, BigInteger exponent)
    {
        var result = One;
        for (var bit = (int)exponent.GetBitLength() - 1; bit >= 0; bit--)
        {
            result = Square(result);
            if (!((exponent >> bit) & BigInteger.One).IsZero)
                result = Multiply(result, a);
        }

        return result;
    }

    /// <summary>1/a by Fermat; 0 gives 0.</summary>
    public FieldElement Invert(in FieldElement a) => Power(a, Modulus - 2);

    // Brings a number below twice the modulus below the modulus.
    private void Lower(ref FieldElement number, ulong carry)
    {
        if (carry == 0)
        {
            for (var i = Words - 1; i >= 0; i--)
            {
                if (number[i] > _p[i])
                    break;
                if (number[i] < _p[i])
                    return;
            }
        }

        var borrow = 0UL;
        unchecked
        {
            for (var i = 0; i < Words; i++)
            {
                var before = number[i];
                var word = before - _p[i];
                var under = before < _p[i] ? 1UL : 0;
                number[i] = word - borrow;
                borrow = under + (word < borrow ? 1UL : 0);
            }
        }
    }

    private static FieldElement Raw(BigInteger number)
    {
        FieldElement element = default;
        Split(number).AsSpan().CopyTo(element);
        return element;
    }

    private static ulong[] Split(BigInteger number)
    {
        var words = new ulong[Math.Max(1, (int)((number.GetBitLength() + 63) / 64))];
        Span<byte> bytes = new byte[8 * words.Length];
        number.TryWriteBytes(bytes, out _, isUnsigned: true);
        for (var i = 0; i < words.Length; i++)
            words[i] = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes[(8 * i)..]);
        return words;
    }
}
