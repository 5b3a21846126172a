using System.Buffers.Binary;
using System.Numerics;

namespace Gateway.Protocol.Digests;

/// <summary>SHA-3 (FIPS 202 §6.1) of 224, 256, 384 or 512 bits, for systems that have none: Windows before 11 24H2, macOS. The framework has no SHA3-224 anywhere.</summary>
public sealed class Sha3 : RunningDigest
{
    private static readonly int[] Rotations = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];
    private static readonly int[] Lanes = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];
    private static readonly ulong[] RoundConstants = MakeRoundConstants();

    private readonly ulong[] _state = new ulong[25];
    private readonly int _rate;
    private int _at;

    /// <summary>A fresh digest.</summary>
    /// <param name="bits">224, 256, 384 or 512.</param>
    public Sha3(int bits)
    {
        if (bits is not (224 or 256 or 384 or 512))
            throw new ArgumentOutOfRangeException(nameof(bits), bits, "SHA-3 has 224, 256, 384 or 512 bits");
        Bytes = bits / 8;
        _rate = 200 - (2 * Bytes);
    }

    /// <inheritdoc/>
    public override int Bytes { get; }

    /// <inheritdoc/>
    public override void Append(ReadOnlySpan<byte> input)
    {
        // Whole lanes where the input allows it: octet by octet an image would take hours.
        while (!input.IsEmpty)
        {
            if (_at % 8 == 0 && input.Length >= 8)
            {
                _state[_at / 8] ^= BinaryPrimitives.ReadUInt64LittleEndian(input);
                _at += 8;
                input = input[8..];
            }
            else
            {
                Mix(_at++, input[0]);
                input = input[1..];
            }
            if (_at < _rate)
                continue;
            Permute();
            _at = 0;
        }
    }

    /// <inheritdoc/>
    public override byte[] Finish()
    {
        // 01 for SHA-3, then pad10*1
        Mix(_at, 0x06);
        Mix(_rate - 1, 0x80);
        Permute();
        var digest = new byte[64];
        for (var i = 0; i < 8; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(digest.AsSpan(8 * i), _state[i]);
        Array.Clear(_state);
        _at = 0;
        return digest[..Bytes];
    }

    private void Mix(int at, byte octet) => _state[at / 8] ^= (ulong)octet << (8 * (at % 8));

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
                    s[x + y] = columns[x] ^ (~columns[(x + 1) % 5] & columns[(x + 2) % 5]);
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
                    constants[round] |= 1ul << ((1 << j) - 1);
                register <<= 1;
                if ((register & 0x100) != 0)
                    register ^= 0x171;
            }
        }

        return constants;
    }
}
