using System.Numerics;
using System.Security.Cryptography;
using Gateway.Protocol.Documents;

namespace Gateway.Protocol.MerkleTree;

/// <summary>
/// The hashes of RFC 6962 §2.1 (= RFC 9162 §2.1) with SHA-256: leaf = H(0x00 ‖ entry), node = H(0x01 ‖ left ‖ right), the empty
/// tree = H(""). An incomplete right edge is not padded: the left part of n leaves has the largest power of two below n.
/// </summary>
public static class TreeHash
{
    internal const byte LeafPrefix = 0;
    private const byte NodePrefix = 1;
    private const int Short = 1024;

    /// <summary>The root of the tree without leaves: SHA-256 of nothing.</summary>
    public static Digest Empty { get; } = Digest.Of([]);

    /// <summary>The hash of a leaf that holds these bytes.</summary>
    public static Digest Leaf(ReadOnlySpan<byte> entry)
    {
        Span<byte> hash = stackalloc byte[Digest.Length];
        if (entry.Length < Short)
        {
            Span<byte> prefixed = stackalloc byte[Short];
            prefixed[0] = LeafPrefix;
            entry.CopyTo(prefixed[1..]);
            SHA256.HashData(prefixed[..(entry.Length + 1)], hash);
            return new Digest(hash);
        }
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData([LeafPrefix]);
        sha.AppendData(entry);
        sha.GetHashAndReset(hash);
        return new Digest(hash);
    }

    /// <summary>The hash of an interior node.</summary>
    public static Digest Node(Digest left, Digest right)
    {
        Span<byte> input = stackalloc byte[1 + (2 * Digest.Length)];
        input[0] = NodePrefix;
        left.CopyTo(input[1..]);
        right.CopyTo(input[(1 + Digest.Length)..]);
        return Digest.Of(input);
    }

    /// <summary>The largest power of two strictly below <paramref name="count"/>, which is at least 2.</summary>
    internal static long Split(long count) => 1L << (63 - BitOperations.LeadingZeroCount((ulong)(count - 1)));
}
