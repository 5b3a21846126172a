using System.Numerics;
using System.Security.Cryptography;
using Gateway.Recognition.Asn1;

namespace Gateway.Recognition.Algorithms;

/// <summary>An RSA public key (RFC 8017 A.1.1) whose numbers were bounded before any library sees them.</summary>
internal sealed record RsaKey(ReadOnlyMemory<byte> Modulus, ReadOnlyMemory<byte> Exponent, int Bits)
{
    public const int MaxBits = 16384;
    public const int MinBits = 512;

    /// <summary>Null with the reason when the key is refused. Throws <c>AsnContentException</c> when it is no RSA key at all.</summary>
    public static RsaKey? Read(ReadOnlyMemory<byte> bits, out string problem)
    {
        var outer = new Asn1Reader(bits);
        var sequence = outer.Sequence();
        outer.End();
        var n = sequence.Number();
        var e = sequence.Number();
        sequence.End();
        var size = (int)n.GetBitLength();
        problem = n.Sign <= 0 || n.IsEven ? "the RSA modulus is not an odd positive number"
            : size is < MinBits or > MaxBits ? $"the RSA modulus has {size} bits; {MinBits} to {MaxBits} are taken"
            : e < 3 || e.IsEven || e.GetBitLength() > 32 ? "the RSA exponent is not an odd number from 3 to 2^32"
            : "";
        return problem.Length > 0 ? null : new(n.ToByteArray(isUnsigned: true, isBigEndian: true), e.ToByteArray(isUnsigned: true, isBigEndian: true), size);
    }

    /// <summary>How much more than that of a 2048-bit key with the usual exponent one public operation takes.</summary>
    public int Weight => Math.Max(1, Bits * Bits / (2048 * 2048)) * (Exponent.Length > 3 ? 3 : 1);

    public RSA Open() => RSA.Create(new RSAParameters { Modulus = Modulus.ToArray(), Exponent = Exponent.ToArray() });

    /// <summary>RSAVP1 and I2OSP (RFC 8017 §5.2.2, §8.1.2 step 2); null when the representative is out of range. Public values only: no constant time needed.</summary>
    public byte[]? Recover(ReadOnlySpan<byte> signature)
    {
        var length = (Bits + 7) / 8;
        if (signature.Length != length)
            return null;
        var n = new BigInteger(Modulus.Span, isUnsigned: true, isBigEndian: true);
        var s = new BigInteger(signature, isUnsigned: true, isBigEndian: true);
        if (s >= n)
            return null;
        var m = BigInteger.ModPow(s, new BigInteger(Exponent.Span, isUnsigned: true, isBigEndian: true), n);
        var recovered = m.ToByteArray(isUnsigned: true, isBigEndian: true);
        var padded = new byte[length];
        recovered.CopyTo(padded, length - recovered.Length);
        return padded;
    }
}
