using System.Buffers;
using Gateway.Protocol.Documents;

namespace Gateway.Protocol.Evidence;

/// <summary>
/// A chunk ready to be sent, in a pooled buffer that belongs to whoever received the chunk: dispose of it when the bytes have been
/// written, so that memory stays constant. Several may be held at a time.
/// </summary>
public sealed class EncryptedChunk : IDisposable
{
    private readonly int _length;
    private byte[]? _buffer;

    internal EncryptedChunk(long index, bool last, ReadOnlySpan<byte> plain, ItemKey key, string itemId)
    {
        (Index, Last) = (index, last);
        _buffer = ArrayPool<byte>.Shared.Rent(Chunk.StoredBytes + 1);
        // The byte before the chunk is the leaf prefix: the leaf is hashed where it lies, without a copy.
        _buffer[0] = MerkleTree.TreeHash.LeafPrefix;
        _length = Chunk.Encrypt(key, itemId, index, last, plain, _buffer.AsSpan(1));
        Leaf = Digest.Of(_buffer.AsSpan(0, _length + 1));
    }

    /// <summary>Place in the item, from 0.</summary>
    public long Index { get; }

    /// <summary>Whether it is the item's last chunk.</summary>
    public bool Last { get; }

    /// <summary>Its leaf in the chunk tree.</summary>
    public Digest Leaf { get; }

    /// <summary>The chunk as it is sent and stored; not to be read after <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Bytes => (_buffer ?? throw new ObjectDisposedException(nameof(EncryptedChunk))).AsMemory(1, _length);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffer is { } buffer)
            ArrayPool<byte>.Shared.Return(buffer);
        _buffer = null;
    }
}
