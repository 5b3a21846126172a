using System.Security.Cryptography;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Evidence;

/// <summary>
/// One encrypted chunk of an evidence item, as it travels and as it is stored.
/// </summary>
/// <remarks>
/// <para>An item of n bytes has max(1, ⌈n / 1 048 576⌉) chunks, at most 2^24, numbered from 0. Every chunk but the last holds exactly
/// 1 048 576 bytes of plaintext; the last holds the rest, at least one byte; an empty item is one chunk of no bytes, which is the last.</para>
/// <para>Stored chunk = nonce (12 bytes) ‖ key commitment (32) ‖ ciphertext (as long as the plaintext) ‖ tag (16).</para>
/// <para>Position = item id (the 16 bytes of its 32 hexadecimal digits) ‖ index (unsigned, 64 bits, big-endian) ‖ last mark (one
/// byte: 1 for the last chunk, else 0).</para>
/// <para>Chunk key = HKDF-SHA256 (RFC 5869) of the 32-byte item key without salt, info = ASCII <c>gateway/chunk/v1</c> ‖ position,
/// 32 bytes. Key commitment = HKDF-SHA256 of the chunk key without salt, info = ASCII <c>gateway/chunk-commitment/v1</c>, 32 bytes.</para>
/// <para>Ciphertext and tag = AES-256-GCM (NIST SP 800-38D, tag of 128 bits) under the chunk key, additional data = ASCII
/// <c>A256GCM-SHA256</c> (<see cref="Suite"/>) ‖ position. The nonce is 12 fresh random bytes every time a chunk is encrypted,
/// also when the same chunk of a file is encrypted again, so that no key and nonce ever encrypt two plaintexts even if the file
/// was changed in between.</para>
/// <para>The key commitment is compared, in constant time, before decrypting: AES-GCM alone does not bind the key. Index and last mark are in the key and in the additional data, so that chunks out of order, of another item or of a
/// cut item do not open.</para>
/// <para>Leaf of the chunk tree = SHA-256(0x00 ‖ stored chunk); the tree is that of RFC 6962 §2.1. A hop without keys checks,
/// resumes and scrubs with leaves alone.</para>
/// <para>One chunk is disclosed by its chunk key. It proves itself: the commitment in the chunk follows from it alone, so that no
/// chunk opens with two keys; the inclusion proof shows that the chunk is the item's.</para>
/// </remarks>
public static class Chunk
{
    /// <summary>Plaintext bytes in every chunk but the last: 1 MiB.</summary>
    public const int PlainBytes = 1 << 20;

    /// <summary>Bytes that encryption adds: nonce, key commitment, tag.</summary>
    public const int Overhead = NonceBytes + Digest.Length + TagBytes;

    /// <summary>Bytes of a full stored chunk.</summary>
    public const int StoredBytes = PlainBytes + Overhead;

    /// <summary>Chunks in the largest item: 2^24, which is 16 TiB.</summary>
    public const long MaxCount = 1 << 24;

    /// <summary>The name of this construction in manifests and in the additional data.</summary>
    public const string Suite = "A256GCM-SHA256";

    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int CipherStart = NonceBytes + Digest.Length;
    private const int SuiteBytes = 14;

    /// <summary>Chunks of an item of this many bytes. Throws when the item is larger than 2^24 chunks.</summary>
    public static long CountFor(long sizeBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sizeBytes, MaxCount * PlainBytes);
        return Math.Max(1, ((sizeBytes - 1) / PlainBytes) + 1);
    }

    /// <summary>Plaintext bytes of chunk <paramref name="index"/> of an item of this many bytes.</summary>
    public static int PlainLength(long sizeBytes, long index)
    {
        var count = CountFor(sizeBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, count);
        return index < count - 1 ? PlainBytes : (int)(sizeBytes - (index * PlainBytes));
    }

    /// <summary>Encrypts one chunk with a fresh nonce.</summary>
    /// <returns>Bytes written: <paramref name="plain"/> and <see cref="Overhead"/>.</returns>
    /// <exception cref="ArgumentException">The plaintext has not the length that its place asks for, or the destination is short.</exception>
    public static int Encrypt(ItemKey key, string itemId, long index, bool last, ReadOnlySpan<byte> plain, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!Fits(index, last, plain.Length))
            throw new ArgumentException($"chunk {index} cannot hold {plain.Length} bytes{(last ? " as the last" : "")}", nameof(plain));
        if (destination.Length < plain.Length + Overhead)
            throw new ArgumentException("the destination is shorter than the chunk", nameof(destination));

        Span<byte> chunkKey = stackalloc byte[ItemKey.Length];
        key.DeriveChunkKey(itemId, index, last, chunkKey);
        Span<byte> aad = stackalloc byte[SuiteBytes + ItemKey.PositionBytes];
        AdditionalData(itemId, index, last, aad);

        var nonce = destination[..NonceBytes];
        RandomNumberGenerator.Fill(nonce);
        ItemKey.CommitTo(chunkKey, destination[NonceBytes..]);
        using (var aes = new AesGcm(chunkKey, TagBytes))
            aes.Encrypt(nonce, plain, destination.Slice(CipherStart, plain.Length), destination.Slice(CipherStart + plain.Length, TagBytes), aad);
        CryptographicOperations.ZeroMemory(chunkKey);
        return plain.Length + Overhead;
    }

    /// <summary>Opens one chunk with the item key. Nothing of the plaintext is written unless all of it is authentic.</summary>
    /// <returns>Bytes of plaintext, or <see cref="RefusalCode.ChunkUnreadable"/>.</returns>
    public static Outcome<int> Decrypt(ItemKey key, string itemId, long index, bool last, ReadOnlySpan<byte> chunk, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(key);
        Span<byte> chunkKey = stackalloc byte[ItemKey.Length];
        key.DeriveChunkKey(itemId, index, last, chunkKey);
        try
        {
            return DecryptWithChunkKey(chunkKey, itemId, index, last, chunk, destination);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(chunkKey);
        }
    }

    /// <summary>Opens one disclosed chunk with its chunk key (<see cref="ItemKey.ChunkKey"/>), which must be the one that the chunk commits to.</summary>
    /// <returns>Bytes of plaintext, or <see cref="RefusalCode.ChunkUnreadable"/>.</returns>
    public static Outcome<int> DecryptWithChunkKey(ReadOnlySpan<byte> chunkKey, string itemId, long index, bool last, ReadOnlySpan<byte> chunk, Span<byte> destination)
    {
        if (chunkKey.Length != ItemKey.Length)
            throw new ArgumentException($"a chunk key has {ItemKey.Length} bytes, not {chunkKey.Length}", nameof(chunkKey));
        if (!Fits(index, last, chunk.Length - Overhead))
            return Unreadable(index, $"{chunk.Length} bytes are not the length of a chunk at this place");
        Span<byte> commitment = stackalloc byte[Digest.Length];
        ItemKey.CommitTo(chunkKey, commitment);
        return CryptographicOperations.FixedTimeEquals(commitment, chunk.Slice(NonceBytes, Digest.Length))
            ? Open(chunkKey, itemId, index, last, chunk, destination)
            : Unreadable(index, "it was not encrypted with this key for this item and place");
    }

    private static Outcome<int> Open(ReadOnlySpan<byte> key, string itemId, long index, bool last, ReadOnlySpan<byte> chunk, Span<byte> destination)
    {
        var length = chunk.Length - Overhead;
        if (destination.Length < length)
            throw new ArgumentException("the destination is shorter than the plaintext", nameof(destination));
        Span<byte> aad = stackalloc byte[SuiteBytes + ItemKey.PositionBytes];
        AdditionalData(itemId, index, last, aad);
        try
        {
            using var aes = new AesGcm(key, TagBytes);
            aes.Decrypt(chunk[..NonceBytes], chunk.Slice(CipherStart, length), chunk[(CipherStart + length)..], destination[..length], aad);
            return length;
        }
        catch (AuthenticationTagMismatchException)
        {
            return Unreadable(index, "it was changed, or belongs to another item or place");
        }
    }

    private static bool Fits(long index, bool last, int plainLength)
        => index is >= 0 and < MaxCount
            && (last ? plainLength <= PlainBytes && plainLength >= (index == 0 ? 0 : 1) : plainLength == PlainBytes);

    private static void AdditionalData(string itemId, long index, bool last, Span<byte> destination)
    {
        "A256GCM-SHA256"u8.CopyTo(destination);
        ItemKey.CopyPosition(itemId, index, last, destination[SuiteBytes..]);
    }

    private static Refusal Unreadable(long index, string why) => new(RefusalCode.ChunkUnreadable, $"chunk {index} does not open: {why}");
}
