using System.Buffers.Binary;
using System.Security.Cryptography;
using Gateway.Protocol.Documents;

namespace Gateway.Protocol.Evidence;

/// <summary>
/// The random 32-byte key of one evidence item. It never encrypts anything itself: it is the input of HKDF-SHA256 (RFC 5869) for
/// the chunk keys. It leaves the lab only inside a <see cref="KeyGrant"/>. Safe for concurrent use until disposed.
/// </summary>
public sealed class ItemKey : IDisposable
{
    /// <summary>Bytes in an item key and in a chunk key.</summary>
    public const int Length = 32;

    internal const int ItemIdBytes = 16;
    internal const int PositionBytes = ItemIdBytes + sizeof(ulong) + 1;

    private readonly byte[] _key = new byte[Length];
    private bool _disposed;

    private ItemKey()
    {
    }

    /// <summary>A fresh random key.</summary>
    public static ItemKey New()
    {
        var key = new ItemKey();
        RandomNumberGenerator.Fill(key._key);
        return key;
    }

    /// <summary>Takes exactly 32 bytes; anything else throws <see cref="ArgumentException"/>. The caller clears its own copy.</summary>
    public static ItemKey From(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
            throw new ArgumentException($"an item key has {Length} bytes, not {bytes.Length}", nameof(bytes));
        var key = new ItemKey();
        bytes.CopyTo(key._key);
        return key;
    }

    /// <summary>The key itself, for a key grant. The caller clears the array after use.</summary>
    public byte[] ToArray()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return [.. _key];
    }

    /// <summary>
    /// What the manifest says of the key without giving it away: HKDF-SHA256(item key, no salt, info <c>gateway/item-key/v1</c> ‖
    /// item id as 16 bytes), 32 bytes. Whoever is granted a key can tell that it is the one the lab signed for.
    /// </summary>
    public Digest Commitment(string itemId)
    {
        Span<byte> info = stackalloc byte["gateway/item-key/v1"u8.Length + ItemIdBytes];
        "gateway/item-key/v1"u8.CopyTo(info);
        CopyItemId(itemId, info["gateway/item-key/v1"u8.Length..]);
        Span<byte> output = stackalloc byte[Digest.Length];
        Derive(output, info);
        return new Digest(output);
    }

    /// <summary>The key of one chunk: giving it away discloses that chunk and nothing else.</summary>
    public byte[] ChunkKey(string itemId, long index, bool last)
    {
        var key = new byte[Length];
        DeriveChunkKey(itemId, index, last, key);
        return key;
    }

    /// <summary>The salt of one entry of the item's file list: <see cref="Parts.FileEntry"/>.</summary>
    public byte[] FileSalt(string itemId, long index)
    {
        var label = "gateway/file-salt/v1"u8;
        Span<byte> info = stackalloc byte[label.Length + ItemIdBytes + sizeof(long)];
        label.CopyTo(info);
        CopyItemId(itemId, info[label.Length..]);
        BinaryPrimitives.WriteInt64BigEndian(info[(label.Length + ItemIdBytes)..], index);
        var salt = new byte[Parts.FileEntry.SaltBytes];
        Derive(salt, info);
        return salt;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_key);
        _disposed = true;
    }

    /// <summary>The key of one chunk, 32 bytes; see <see cref="Chunk"/>.</summary>
    internal void DeriveChunkKey(string itemId, long index, bool last, Span<byte> output)
    {
        Span<byte> info = stackalloc byte["gateway/chunk/v1"u8.Length + PositionBytes];
        "gateway/chunk/v1"u8.CopyTo(info);
        CopyPosition(itemId, index, last, info["gateway/chunk/v1"u8.Length..]);
        Derive(output[..Length], info);
    }

    /// <summary>What stands in the chunk for its key, 32 bytes; follows from the chunk key alone.</summary>
    internal static void CommitTo(ReadOnlySpan<byte> chunkKey, Span<byte> commitment)
        => HKDF.DeriveKey(HashAlgorithmName.SHA256, chunkKey, commitment[..Digest.Length], salt: default, "gateway/chunk-commitment/v1"u8);

    /// <summary>Item id (16 bytes) ‖ index (64 bits, big-endian) ‖ last mark (0 or 1).</summary>
    internal static void CopyPosition(string itemId, long index, bool last, Span<byte> destination)
    {
        CopyItemId(itemId, destination);
        BinaryPrimitives.WriteInt64BigEndian(destination[ItemIdBytes..], index);
        destination[ItemIdBytes + sizeof(ulong)] = last ? (byte)1 : (byte)0;
    }

    private static void CopyItemId(string itemId, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(itemId);
        if (!Ids.IsId(itemId))
            throw new ArgumentException("an item id has 32 lower-case hexadecimal digits", nameof(itemId));
        Convert.FromHexString(itemId, destination, out _, out _);
    }

    private void Derive(Span<byte> output, ReadOnlySpan<byte> info)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, output, salt: default, info);
    }
}
