using System.Security.Cryptography;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Evidence;

/// <summary>What a decrypted item was found to be.</summary>
/// <param name="Digests">Computed over the plaintext, SHA-256 first.</param>
/// <param name="Differing">Names of the digests that differ from the manifest; empty when all that were computed agree.</param>
/// <param name="NotComputed">Names in the manifest that this machine cannot compute.</param>
public sealed record DecryptedItem(IReadOnlyList<ItemDigest> Digests, IReadOnlyList<string> Differing, IReadOnlyList<string> NotComputed)
{
    /// <summary>Whether the hand-over may say AGREED: SHA-256 and every other digest computed are those of the manifest.</summary>
    public bool Agrees => Differing.Count == 0;
}

/// <summary>
/// Decrypts an item chunk by chunk, in order, against its manifest. Each plaintext is digested on another thread while the caller
/// writes it. Holds two plaintext chunks. Not safe for concurrent use.
/// </summary>
public sealed class ItemDecryptor : IDisposable
{
    private readonly Manifest _manifest;
    private readonly ItemKey _key;
    private readonly DigestSet _digests;
    private readonly TreeBuilder _tree = new();
    private readonly byte[][] _plain = [new byte[Chunk.PlainBytes], new byte[Chunk.PlainBytes]];
    private Task _digesting = Task.CompletedTask;
    private Refusal? _refusal;

    private ItemDecryptor(Manifest manifest, ItemKey key)
        => (_manifest, _key, _digests) = (manifest, key, DigestSet.For(manifest.Digests));

    /// <summary>Begins an item. The key must be the one that the manifest commits to, else <see cref="RefusalCode.GrantNotValid"/>.</summary>
    public static Outcome<ItemDecryptor> Begin(Manifest manifest, ItemKey key)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(key);
        return key.Commitment(manifest.ItemId) == manifest.KeyCommitment
            ? new ItemDecryptor(manifest, key)
            : new Refusal(RefusalCode.GrantNotValid, "the key is not the one that the manifest commits to", "itemKey");
    }

    /// <summary>Opens the next chunk.</summary>
    /// <returns>
    /// The plaintext, to be read before the next call but one; or <see cref="RefusalCode.ChunkUnreadable"/> (changed, out of order,
    /// of another item), or <see cref="RefusalCode.TreeMismatch"/> when the item has all its chunks already. After a refusal the
    /// item is refused for good.
    /// </returns>
    public async ValueTask<Outcome<ReadOnlyMemory<byte>>> NextAsync(ReadOnlyMemory<byte> chunk)
    {
        await _digesting.ConfigureAwait(false);
        if (_refusal is not null)
            return _refusal;
        var index = _tree.Count;
        if (index == _manifest.Chunks)
            return _refusal = new Refusal(RefusalCode.TreeMismatch, $"the item has {_manifest.Chunks} chunks; another one came");
        var buffer = _plain[index & 1];
        if (!Chunk.Decrypt(_key, _manifest.ItemId, index, index == _manifest.Chunks - 1, chunk.Span, buffer).TryGet(out var length, out var refusal))
            return _refusal = refusal;
        if (length != Chunk.PlainLength(_manifest.SizeBytes, index))
            return _refusal = new Refusal(RefusalCode.ChunkUnreadable, $"chunk {index} holds {length} bytes; the manifest says {Chunk.PlainLength(_manifest.SizeBytes, index)}");
        _digesting = Task.Run(() => _digests.Append(buffer.AsSpan(0, length)));
        LastLeaf = TreeHash.Leaf(chunk.Span);
        _tree.Add(LastLeaf);
        return (ReadOnlyMemory<byte>)buffer.AsMemory(0, length);
    }

    /// <summary>The leaf of the chunk that was opened last, to be kept by who may have to go on later.</summary>
    public Digest LastLeaf { get; private set; }

    /// <summary>
    /// Takes a chunk that an earlier run opened: its plaintext is digested again, its leaf believed until the root is compared at the end.
    /// Null, or <see cref="RefusalCode.ItemIncomplete"/> when it cannot be the chunk that is due.
    /// </summary>
    /// <param name="plain">The plaintext as it lies on the disk.</param>
    /// <param name="leaf">Its <see cref="LastLeaf"/> of then.</param>
    public async ValueTask<Refusal?> AgainAsync(ReadOnlyMemory<byte> plain, Digest leaf)
    {
        await _digesting.ConfigureAwait(false);
        var index = _tree.Count;
        if (_refusal is not null || index >= _manifest.Chunks || plain.Length != Chunk.PlainLength(_manifest.SizeBytes, index))
            return _refusal ?? new Refusal(RefusalCode.ItemIncomplete, $"{plain.Length} bytes cannot be those of chunk {index}");
        var buffer = _plain[index & 1];
        plain.CopyTo(buffer);
        _digesting = Task.Run(() => _digests.Append(buffer.AsSpan(0, plain.Length)));
        _tree.Add(leaf);
        return null;
    }

    /// <summary>Ends the item.</summary>
    /// <returns>
    /// The digests beside those of the manifest; or <see cref="RefusalCode.ItemIncomplete"/> when chunks are missing,
    /// <see cref="RefusalCode.TreeMismatch"/> when the chunks do not make the root, or the refusal of an earlier chunk.
    /// </returns>
    public async Task<Outcome<DecryptedItem>> CompleteAsync()
    {
        await _digesting.ConfigureAwait(false);
        if (_refusal is not null)
            return _refusal;
        if (_tree.Count < _manifest.Chunks)
            return new Refusal(RefusalCode.ItemIncomplete, $"{_tree.Count} of {_manifest.Chunks} chunks came");
        if (_tree.Root != _manifest.TreeRoot)
            return _refusal = new Refusal(RefusalCode.TreeMismatch, $"the chunks make the root {_tree.Root}; the manifest says {_manifest.TreeRoot}", "treeRoot");
        var computed = _digests.Finish();
        var pairs = _manifest.Digests.Select(stated => (Stated: stated, Own: computed.FirstOrDefault(own => own.Algorithm == stated.Algorithm))).ToList();
        return new DecryptedItem(
            computed,
            [.. pairs.Where(p => p.Own is not null && p.Own.Value != p.Stated.Value).Select(p => p.Stated.Algorithm)],
            [.. pairs.Where(p => p.Own is null).Select(p => p.Stated.Algorithm)]);
    }

    /// <summary>Clears the plaintext. Not to be called while a call of this object runs.</summary>
    public void Dispose()
    {
        // A digest may still be reading; it is left to end with the buffers it holds.
        if (_digesting.IsCompleted)
            Clear();
        else
            _ = _digesting.ContinueWith(static (_, state) => ((ItemDecryptor)state!).Clear(), this, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private void Clear()
    {
        _digests.Dispose();
        foreach (var buffer in _plain)
            CryptographicOperations.ZeroMemory(buffer);
    }
}
