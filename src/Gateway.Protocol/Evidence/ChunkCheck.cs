using System.Buffers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Evidence;

/// <summary>What a hop can check without keys: that leaves make the root of the manifest, and that a chunk is its leaf.</summary>
/// <remarks>A leaf list, as a file and on the wire, is the leaves in order, 32 bytes each, nothing else.</remarks>
public static class ChunkCheck
{
    private const int LeavesPerRead = 4096;

    /// <summary>Checks one chunk as stored against its leaf; null when it is good, else <see cref="RefusalCode.ChunkMismatch"/>.</summary>
    /// <param name="manifest">Says how long the chunk must be.</param>
    /// <param name="index">Its place, from 0.</param>
    /// <param name="chunk">The bytes that came.</param>
    /// <param name="leaf">The leaf at this place of a list that made the root.</param>
    public static Refusal? Check(Manifest manifest, long index, ReadOnlySpan<byte> chunk, Digest leaf)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (index < 0 || index >= manifest.Chunks)
            return new Refusal(RefusalCode.ChunkMismatch, $"the item has {manifest.Chunks} chunks, numbered from 0; there is no chunk {index}");
        var expected = Chunk.PlainLength(manifest.SizeBytes, index) + Chunk.Overhead;
        if (chunk.Length != expected)
            return new Refusal(RefusalCode.ChunkMismatch, $"chunk {index} has {chunk.Length} bytes; it must have {expected}");
        return TreeHash.Leaf(chunk) == leaf ? null : new Refusal(RefusalCode.ChunkMismatch, $"chunk {index} is not what its leaf says");
    }

    /// <summary>Reads a leaf list and checks that it makes the root of the manifest; null when it does, else <see cref="RefusalCode.TreeMismatch"/>.</summary>
    public static async Task<Refusal?> LeavesAsync(Manifest manifest, Stream leafList, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(leafList);
        var tree = new TreeBuilder();
        var buffer = ArrayPool<byte>.Shared.Rent(LeavesPerRead * Digest.Length);
        try
        {
            int read;
            do
            {
                read = await leafList.ReadAtLeastAsync(buffer.AsMemory(0, LeavesPerRead * Digest.Length), LeavesPerRead * Digest.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
                if (tree.Count + (read / Digest.Length) > manifest.Chunks || read % Digest.Length != 0)
                    return new Refusal(RefusalCode.TreeMismatch, $"the leaf list does not hold {manifest.Chunks} leaves of {Digest.Length} bytes");
                AddLeaves(tree, buffer.AsSpan(0, read));
            }
            while (read == LeavesPerRead * Digest.Length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return Root(manifest, tree);
    }

    /// <summary>The same for a leaf list in memory.</summary>
    public static Refusal? Leaves(Manifest manifest, ReadOnlySpan<byte> leafList)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (leafList.Length != manifest.Chunks * Digest.Length)
            return new Refusal(RefusalCode.TreeMismatch, $"the leaf list does not hold {manifest.Chunks} leaves of {Digest.Length} bytes");
        var tree = new TreeBuilder();
        AddLeaves(tree, leafList);
        return Root(manifest, tree);
    }

    private static void AddLeaves(TreeBuilder tree, ReadOnlySpan<byte> leaves)
    {
        for (; leaves.Length > 0; leaves = leaves[Digest.Length..])
            tree.Add(new Digest(leaves[..Digest.Length]));
    }

    private static Refusal? Root(Manifest manifest, TreeBuilder tree)
    {
        if (tree.Count != manifest.Chunks)
            return new Refusal(RefusalCode.TreeMismatch, $"the leaf list holds {tree.Count} leaves; the manifest says {manifest.Chunks} chunks");
        return tree.Root == manifest.TreeRoot ? null : new Refusal(RefusalCode.TreeMismatch, $"the leaves make the root {tree.Root}; the manifest says {manifest.TreeRoot}", "treeRoot");
    }
}
