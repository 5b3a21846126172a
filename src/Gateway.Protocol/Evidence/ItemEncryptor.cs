using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleTree;

namespace Gateway.Protocol.Evidence;

/// <summary>What one pass over an item found: the computed part of its manifest.</summary>
/// <param name="SizeBytes">Bytes of plaintext.</param>
/// <param name="Chunks">Chunks, at least 1.</param>
/// <param name="TreeRoot">Root of the chunk tree.</param>
/// <param name="KeyCommitment"><see cref="ItemKey.Commitment"/>.</param>
/// <param name="Digests">Digests of the plaintext, SHA-256 first.</param>
public sealed record EncryptedItem(long SizeBytes, long Chunks, Digest TreeRoot, Digest KeyCommitment, IReadOnlyList<ItemDigest> Digests);

/// <summary>What the gateway has of an item whose transfer broke off.</summary>
/// <param name="Leaves">Leaves of the chunks from 0 up to the first that is missing.</param>
/// <param name="SizeBytes">Size of the plaintext when the transfer began; null when it was not known: then none of these chunks was the last.</param>
public sealed record StoredChunks(IReadOnlyList<Digest> Leaves, long? SizeBytes);

/// <summary>
/// Encrypts an item in one pass: the plaintext is digested on one thread while the chunk is encrypted and hashed on another.
/// Holds two plaintext chunks and the chunk handed out, whatever the size of the item.
/// </summary>
public sealed class ItemEncryptor : IDisposable
{
    private readonly ItemKey _key;
    private readonly string _itemId;
    private readonly DigestSet _digests;
    private readonly TreeBuilder _tree = new();
    private long _size;
    private bool _started;
    private bool _complete;

    /// <summary>Prepares one pass.</summary>
    /// <param name="key">The item's key; stays the caller's.</param>
    /// <param name="itemId">32 hexadecimal digits.</param>
    /// <param name="digests">The digests to compute; disposed of with this object.</param>
    public ItemEncryptor(ItemKey key, string itemId, DigestSet digests)
        => (_key, _itemId, _digests) = (key, itemId, digests);

    /// <summary>Encrypts the whole stream, chunk by chunk in order.</summary>
    /// <param name="source">Read from its present position to its end.</param>
    /// <param name="stored">The first chunks, when a transfer of this item broke off: digested again, but neither encrypted nor yielded.</param>
    /// <param name="cancellation">Stops between chunks.</param>
    /// <exception cref="IOException">The item is larger than 2^24 chunks, or has not the size it had when the transfer began.</exception>
    public async IAsyncEnumerable<EncryptedChunk> EncryptAsync(Stream source, StoredChunks? stored = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (_started)
            throw new InvalidOperationException("one encryptor makes one pass");
        _started = true;
        var current = ArrayPool<byte>.Shared.Rent(Chunk.PlainBytes);
        var next = ArrayPool<byte>.Shared.Rent(Chunk.PlainBytes);
        var digesting = Task.CompletedTask;
        try
        {
            var length = await ReadAsync(source, current, cancellation).ConfigureAwait(false);
            for (long index = 0; ; index++)
            {
                if (index == Chunk.MaxCount)
                    throw new IOException($"the item is larger than {Chunk.MaxCount} chunks");
                var (bytes, count) = (current, length);
                digesting = Task.Run(() => _digests.Append(bytes.AsSpan(0, count)), CancellationToken.None);
                // A chunk is the last when nothing follows it, so one is always read ahead.
                var following = count < Chunk.PlainBytes ? 0 : await ReadAsync(source, next, cancellation).ConfigureAwait(false);
                var last = following == 0;
                _size += count;
                // The last mark of a stored chunk was set for the size of that time.
                if (stored?.SizeBytes is { } size && (last ? _size != size : _size >= size))
                    throw new IOException($"the source had {size} bytes when its transfer began and has another size now: it was changed");
                if (last && stored is { SizeBytes: null } && index < stored.Leaves.Count)
                    throw new IOException($"the source ends at byte {_size}, within what was read before: it was changed");
                if (stored is not null && index < stored.Leaves.Count)
                    _tree.Add(stored.Leaves[(int)index]);
                else
                {
                    var chunk = new EncryptedChunk(index, last, bytes.AsSpan(0, count), _key, _itemId);
                    _tree.Add(chunk.Leaf);
                    yield return chunk;
                }
                // The digest ran beside encryption and the caller's writing; its buffer is about to be filled again.
                await digesting.ConfigureAwait(false);
                if (last)
                    break;
                (current, next, length) = (next, current, following);
            }
            _complete = true;
        }
        finally
        {
            // The buffers go back to the pool only when the digest no longer reads them.
            await digesting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Return(current);
            Return(next);
        }
    }

    /// <summary>The digests, the root and the sizes, once the whole stream has been encrypted.</summary>
    /// <exception cref="InvalidOperationException">The pass has not come to its end.</exception>
    public EncryptedItem Complete()
    {
        if (!_complete)
            throw new InvalidOperationException("the item has not been read to its end");
        _complete = false;
        return new EncryptedItem(_size, _tree.Count, _tree.Root, _key.Commitment(_itemId), _digests.Finish());
    }

    /// <summary>Encrypts one chunk of a seekable source anew, with a fresh nonce and hence another leaf than before.</summary>
    /// <exception cref="IOException">The source has become shorter.</exception>
    public static async Task<EncryptedChunk> EncryptOneAsync(ItemKey key, string itemId, Stream source, long sizeBytes, long index, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var length = Chunk.PlainLength(sizeBytes, index);
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk.PlainBytes);
        try
        {
            source.Position = index * Chunk.PlainBytes;
            if (await source.ReadAtLeastAsync(buffer.AsMemory(0, length), length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false) < length)
                throw new IOException($"the source ends within chunk {index}: it was changed");
            return new EncryptedChunk(index, index == Chunk.CountFor(sizeBytes) - 1, buffer.AsSpan(0, length), key, itemId);
        }
        finally
        {
            Return(buffer);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _digests.Dispose();

    private static ValueTask<int> ReadAsync(Stream source, byte[] buffer, CancellationToken cancellation)
        => source.ReadAtLeastAsync(buffer.AsMemory(0, Chunk.PlainBytes), Chunk.PlainBytes, throwOnEndOfStream: false, cancellation);

    // Plaintext does not stay in the shared pool.
    private static void Return(byte[] buffer)
    {
        CryptographicOperations.ZeroMemory(buffer);
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
