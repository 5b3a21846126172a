using System.Buffers.Binary;
using System.Numerics;
using Gateway.Protocol.Digests;

namespace Gateway.Recognition.Algorithms;

/// <summary>SHA3-224 (FIPS 202 §6.1), which the framework lacks among the four.</summary>
internal sealed class ShortSha3 : RunningDigest
{
    private const int Rate = 144;

    private static readonly int[] Rotations = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];
    private static readonly int[] Lanes = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];
    private static readonly ulong[] RoundConstants = MakeRoundConstants();

    private readonly ulong[] _state = new ulong[25];
    private int _at;

    public override int Bytes => 28;

    public override void Append(ReadOnlySpan<byte> input)
    {
        foreach (var octet in input)
            Absorb(octet);
    }

    public override byte[] Finish()
    {
        // 01 for SHA-3, then pad10*1
        Mix(_at, 0x06);
        Mix(Rate - 1, 0x80);
        Permute();
        var digest = new byte[32];
        for (var i = 0; i < 4; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(digest.AsSpan(8 * i), _state[i]);
        Array.Clear(_state);
        _at = 0;
        return digest[..28];
    }

    private void Absorb(byte octet)
    {
        Mix(_at, octet);
        if (++_at < Rate)
            return;
        Permute();
        _at = 0;
    }

    private void Mix(int at, byte octet) => _state[at / 8] ^= (ulong)octet << 8 * (at % 8);

    // Keccak-f[1600], §3.2, §3.3
    private void Permute()
    {
        Span<ulong> columns = stackalloc ulong[5];
        var s = _state;
        foreach (var constant in RoundConstants)
        {
            for (var x = 0; x < 5; x++)
                columns[x] = s[x] ^ s[x + 5] ^ s[x + 10] ^ s[x + 15] ^ s[x + 20];
            for (var x = 0; x < 5; x++)
            {
                var theta = columns[(x + 4) % 5] ^ BitOperations.RotateLeft(columns[(x + 1) % 5], 1);
                for (var y = 0; y < 25; y += 5)
                    s[x + y] ^= theta;
            }

            var moved = s[1];
            for (var i = 0; i < 24; i++)
            {
                var next = s[Lanes[i]];
                s[Lanes[i]] = BitOperations.RotateLeft(moved, Rotations[i]);
                moved = next;
            }

            for (var y = 0; y < 25; y += 5)
            {
                s.AsSpan(y, 5).CopyTo(columns);
                for (var x = 0; x < 5; x++)
                    s[x + y] = columns[x] ^ ~columns[(x + 1) % 5] & columns[(x + 2) % 5];
            }

            s[0] ^= constant;
        }
    }

    /// <summary>§3.2.5: bits of a linear feedback shift register.</summary>
    private static ulong[] MakeRoundConstants()
    {
        var constants = new ulong[24];
        var register = 1;
        for (var round = 0; round < 24; round++)
        {
            for (var j = 0; j <= 6; j++)
            {
                if ((register & 1) != 0)
                    constants[round] |= 1ul << (1 << j) - 1;
                register <<= 1;
                if ((register & 0x100) != 0)
                    register ^= 0x171;
            }
        }

        return constants;
    }
}
