using System.Buffers.Binary;
using System.Numerics;

namespace Gateway.Protocol.Digests;

/// <summary>SM3 (GB/T 32905-2016, ISO/IEC 10118-3:2018): 256 bits. The framework has none.</summary>
public sealed class Sm3 : WordDigest
{
    /// <summary>A fresh digest.</summary>
    public Sm3()
        : base([0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e])
    {
    }

    /// <inheritdoc/>
    public override int Bytes => 32;

    /// <summary>The digest of one piece.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> input)
    {
        using var digest = new Sm3();
        digest.Append(input);
        return digest.Finish();
    }

    /// <summary>§5.3.2 expansion, §5.3.3 compression.</summary>
    protected override void Mix(Span<uint> state, ReadOnlySpan<byte> block)
    {
        unchecked
        {
            Span<uint> w = stackalloc uint[68];
            for (var i = 0; i < 16; i++)
                w[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * i)..]);
            for (var i = 16; i < 68; i++)
            {
                var x = w[i - 16] ^ w[i - 9] ^ BitOperations.RotateLeft(w[i - 3], 15);
                w[i] = x ^ BitOperations.RotateLeft(x, 15) ^ BitOperations.RotateLeft(x, 23) ^ BitOperations.RotateLeft(w[i - 13], 7) ^ w[i - 6];
            }

            var s = state;
            uint a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
            for (var i = 0; i < 64; i++)
            {
                var early = i < 16;
                var a12 = BitOperations.RotateLeft(a, 12);
                var ss1 = BitOperations.RotateLeft(a12 + e + BitOperations.RotateLeft(early ? 0x79cc4519u : 0x7a879d8au, i), 7);
                var tt1 = (early ? a ^ b ^ c : (a & b) | (a & c) | (b & c)) + d + (ss1 ^ a12) + (w[i] ^ w[i + 4]);
                var tt2 = (early ? e ^ f ^ g : (e & f) | (~e & g)) + h + ss1 + w[i];
                (d, c, b, a) = (c, BitOperations.RotateLeft(b, 9), a, tt1);
                (h, g, f, e) = (g, BitOperations.RotateLeft(f, 19), e, tt2 ^ BitOperations.RotateLeft(tt2, 9) ^ BitOperations.RotateLeft(tt2, 17));
            }

            (s[0], s[1], s[2], s[3]) = (s[0] ^ a, s[1] ^ b, s[2] ^ c, s[3] ^ d);
            (s[4], s[5], s[6], s[7]) = (s[4] ^ e, s[5] ^ f, s[6] ^ g, s[7] ^ h);
        }
    }
}
