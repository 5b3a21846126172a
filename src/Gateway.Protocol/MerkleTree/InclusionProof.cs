using Gateway.Protocol.Documents;

namespace Gateway.Protocol.MerkleTree;

/// <summary>Proof that a leaf stands at an index of a tree: the siblings on the way from the leaf to the root, the leaf's own first.</summary>
public static class InclusionProof
{
    /// <summary>Hashes in the longest proof that is read or made.</summary>
    public const int MaxHashes = 63;

    /// <summary>Makes the proof (RFC 6962 §2.1.1).</summary>
    public static IReadOnlyList<Digest> Build(long index, long size, NodeReader nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var proof = new List<Digest>();
        Path(index, 0, size, nodes, proof);
        return proof;
    }

    /// <summary>
    /// Checks the proof (RFC 9162 §2.1.3.2). True only when the root follows from the leaf, the index, the size and every hash
    /// of the proof. The caller must trust <paramref name="root"/> and <paramref name="size"/> from elsewhere.
    /// </summary>
    public static bool Verify(Digest leafHash, ulong index, ulong size, IReadOnlyList<Digest> proof, Digest root)
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (index >= size || proof.Count > MaxHashes)
            return false;
        var (fn, sn, hash) = (index, size - 1, leafHash);
        foreach (var sibling in proof)
        {
            if (sn == 0)
                return false;
            if ((fn & 1) == 1 || fn == sn)
            {
                hash = TreeHash.Node(sibling, hash);
                while ((fn & 1) == 0 && fn != 0)
                    (fn, sn) = (fn >> 1, sn >> 1);
            }
            else
                hash = TreeHash.Node(hash, sibling);
            (fn, sn) = (fn >> 1, sn >> 1);
        }
        return sn == 0 && hash == root;
    }

    private static void Path(long index, long start, long end, NodeReader nodes, List<Digest> proof)
    {
        if (end - start == 1)
            return;
        var middle = start + TreeHash.Split(end - start);
        var left = index < middle;
        Path(index, left ? start : middle, left ? middle : end, nodes, proof);
        proof.Add(left ? TreeNodes.Range(middle, end, nodes) : TreeNodes.Range(start, middle, nodes));
    }
}
