using System.Buffers.Binary;

namespace Gateway.Protocol.Digests;

/// <summary>
/// Streebog (GOST R 34.11-2012, RFC 6986), 256 or 512 bits. The framework has none. The octets come in the order in which certificates and
/// signatures of TC 26 carry them: the vector of the standard written from its least significant octet.
/// </summary>
public sealed class Streebog : BlockDigest
{
    private const int Words = 8;

    private readonly bool _short;
    private readonly ulong[] _h = new ulong[Words];
    private readonly ulong[] _count = new ulong[Words];
    private readonly ulong[] _sum = new ulong[Words];

    /// <summary>A fresh digest of 256 or 512 bits.</summary>
    public Streebog(int bits)
    {
        if (bits is not (256 or 512))
            throw new ArgumentOutOfRangeException(nameof(bits), bits, "256 or 512");
        _short = bits == 256;
        Start();
    }

    /// <inheritdoc/>
    public override int Bytes => _short ? 32 : 64;

    /// <summary>The digest of one piece.</summary>
    public static byte[] Hash(int bits, ReadOnlySpan<byte> input)
    {
        using var digest = new Streebog(bits);
        digest.Append(input);
        return digest.Finish();
    }

    /// <inheritdoc/>
    protected override void Start()
    {
        Array.Fill(_h, _short ? 0x0101010101010101UL : 0);
        Array.Clear(_count);
        Array.Clear(_sum);
    }

    /// <inheritdoc/>
    protected override void Compress(ReadOnlySpan<byte> block) => Take(block, BlockBytes * 8);

    /// <inheritdoc/>
    protected override byte[] Close(ReadOnlySpan<byte> rest)
    {
        Span<byte> last = stackalloc byte[BlockBytes];
        last.Clear();
        rest.CopyTo(last);
        last[rest.Length] = 1;
        Take(last, rest.Length * 8);
        Span<ulong> none = stackalloc ulong[Words];
        none.Clear();
        Mix(none, _count);
        Mix(none, _sum);
        var digest = new byte[BlockBytes];
        for (var i = 0; i < Words; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(digest.AsSpan(8 * i), _h[i]);
        return _short ? digest[32..] : digest;
    }

    // RFC 6986 §10: stages 2 and 3.
    private void Take(ReadOnlySpan<byte> block, int bits)
    {
        Span<ulong> m = stackalloc ulong[Words];
        for (var i = 0; i < Words; i++)
            m[i] = BinaryPrimitives.ReadUInt64LittleEndian(block[(8 * i)..]);
        Mix(_count, m);
        Span<ulong> length = stackalloc ulong[Words];
        length.Clear();
        length[0] = (ulong)bits;
        Add(_count, length);
        Add(_sum, m);
    }

    private static void Add(ulong[] sum, ReadOnlySpan<ulong> term)
    {
        unchecked
        {
            var carry = 0UL;
            for (var i = 0; i < Words; i++)
            {
                var before = sum[i];
                var after = before + term[i];
                var over = after < before ? 1UL : 0;
                sum[i] = after + carry;
                carry = over | (sum[i] < after ? 1UL : 0);
            }
        }
    }

    // RFC 6986 §8: g_N(h, m) = E(LPS(h ^ N), m) ^ h ^ m.
    private void Mix(ReadOnlySpan<ulong> n, ReadOnlySpan<ulong> m)
    {
        Span<ulong> key = stackalloc ulong[Words];
        Span<ulong> text = stackalloc ulong[Words];
        Span<ulong> mixed = stackalloc ulong[Words];
        for (var i = 0; i < Words; i++)
            mixed[i] = _h[i] ^ n[i];
        Transform(mixed, key);
        m.CopyTo(text);
        for (var round = 0; round < StreebogTables.Rounds; round++)
        {
            for (var i = 0; i < Words; i++)
                mixed[i] = text[i] ^ key[i];
            Transform(mixed, text);
            var constant = StreebogTables.Constant(round);
            for (var i = 0; i < Words; i++)
                mixed[i] = key[i] ^ constant[i];
            Transform(mixed, key);
        }

        for (var i = 0; i < Words; i++)
            _h[i] ^= text[i] ^ key[i] ^ m[i];
    }

    // S, P and L at once: octet i of the eight words makes word i.
    private static void Transform(ReadOnlySpan<ulong> from, Span<ulong> to)
    {
        var table = StreebogTables.Combined;
        ulong w0 = from[0], w1 = from[1], w2 = from[2], w3 = from[3], w4 = from[4], w5 = from[5], w6 = from[6], w7 = from[7];
        for (var i = 0; i < Words; i++)
        {
            to[i] = table[w0 & 255] ^ table[256 + (w1 & 255)] ^ table[512 + (w2 & 255)] ^ table[768 + (w3 & 255)]
                ^ table[1024 + (w4 & 255)] ^ table[1280 + (w5 & 255)] ^ table[1536 + (w6 & 255)] ^ table[1792 + (w7 & 255)];
            w0 >>= 8;
            w1 >>= 8;
            w2 >>= 8;
            w3 >>= 8;
            w4 >>= 8;
            w5 >>= 8;
            w6 >>= 8;
            w7 >>= 8;
        }
    }
}
