using System.Buffers.Binary;
using System.Numerics;
using Gateway.Protocol.Digests;

namespace Gateway.Recognition.Algorithms;

/// <summary>SHA-224 (FIPS 180-4 §6.3): SHA-256 with another beginning, cut short. The framework has none; signatures of the years before 2028 do.</summary>
internal sealed class ShortSha2 : WordDigest
{
    private static readonly uint[] Constants = Fractions();

    public ShortSha2()
        : base([0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4])
    {
    }

    public override int Bytes => 28;

    // §6.2.2
    protected override void Mix(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> w = stackalloc uint[64];
        for (var i = 0; i < 16; i++)
            w[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * i)..]);
        unchecked
        {
            for (var i = 16; i < 64; i++)
            {
                var s0 = BitOperations.RotateRight(w[i - 15], 7) ^ BitOperations.RotateRight(w[i - 15], 18) ^ w[i - 15] >> 3;
                var s1 = BitOperations.RotateRight(w[i - 2], 17) ^ BitOperations.RotateRight(w[i - 2], 19) ^ w[i - 2] >> 10;
                w[i] = w[i - 16] + s0 + w[i - 7] + s1;
            }

            var (a, b, c, d, e, f, g, h) = (state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]);
            for (var i = 0; i < 64; i++)
            {
                var s1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
                var t1 = h + s1 + (e & f ^ ~e & g) + Constants[i] + w[i];
                var s0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
                var t2 = s0 + (a & b ^ a & c ^ b & c);
                (h, g, f, e, d, c, b, a) = (g, f, e, d + t1, c, b, a, t1 + t2);
            }

            state[0] += a;
            state[1] += b;
            state[2] += c;
            state[3] += d;
            state[4] += e;
            state[5] += f;
            state[6] += g;
            state[7] += h;
        }
    }

    /// <summary>§4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes, computed by whole numbers.</summary>
    private static uint[] Fractions()
    {
        var constants = new List<uint>();
        for (var n = 2; constants.Count < 64; n++)
        {
            var prime = n;
            if (Enumerable.Range(2, Math.Max(0, n - 2)).Any(d => prime % d == 0))
                continue;
            // floor(cbrt(n) * 2^32) is the largest x with x^3 <= n * 2^96
            var target = new BigInteger(n) << 96;
            var (low, high) = (BigInteger.Zero, BigInteger.One << 40);
            while (high - low > 1)
            {
                var middle = (low + high) / 2;
                (low, high) = middle * middle * middle <= target ? (middle, high) : (low, middle);
            }

            constants.Add((uint)(low & uint.MaxValue));
        }

        return [.. constants];
    }
}
