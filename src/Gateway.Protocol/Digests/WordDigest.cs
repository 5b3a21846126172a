using System.Buffers.Binary;

namespace Gateway.Protocol.Digests;

/// <summary>
/// A digest of the older build (Merkle and Damgård): eight words of 32 bits, blocks of 64 bytes, and at the end a one bit, zeros and the length in bits, all most significant
/// byte first (FIPS 180-4 §5.1.1, GB/T 32905 §5.2). What is left to the digest itself is its beginning and its compression.
/// </summary>
public abstract class WordDigest : BlockDigest
{
    private readonly uint[] _initial;
    private readonly uint[] _state;
    private ulong _blocks;

    /// <summary>A fresh digest.</summary>
    /// <param name="initial">The eight words to begin with.</param>
    protected WordDigest(ReadOnlySpan<uint> initial) => (_initial, _state) = (initial.ToArray(), initial.ToArray());

    /// <inheritdoc/>
    protected sealed override void Start()
    {
        _initial.CopyTo(_state, 0);
        _blocks = 0;
    }

    /// <inheritdoc/>
    protected sealed override void Compress(ReadOnlySpan<byte> block)
    {
        _blocks++;
        Mix(_state, block);
    }

    /// <inheritdoc/>
    protected sealed override byte[] Close(ReadOnlySpan<byte> rest)
    {
        var bits = unchecked((_blocks * BlockBytes + (ulong)rest.Length) * 8);
        Span<byte> tail = stackalloc byte[2 * BlockBytes];
        tail.Clear();
        rest.CopyTo(tail);
        tail[rest.Length] = 0x80;
        var length = rest.Length < BlockBytes - 8 ? BlockBytes : 2 * BlockBytes;
        BinaryPrimitives.WriteUInt64BigEndian(tail[(length - 8)..], bits);
        for (var at = 0; at < length; at += BlockBytes)
            Mix(_state, tail.Slice(at, BlockBytes));
        var digest = new byte[Bytes];
        for (var i = 0; i < digest.Length / 4; i++)
            BinaryPrimitives.WriteUInt32BigEndian(digest.AsSpan(4 * i), _state[i]);
        return digest;
    }

    /// <summary>The compression function.</summary>
    /// <param name="state">The eight words, changed in place.</param>
    /// <param name="block">64 bytes.</param>
    protected abstract void Mix(Span<uint> state, ReadOnlySpan<byte> block);
}
