using System.Numerics;
using Gateway.Protocol.Documents;

namespace Gateway.Protocol.MerkleTree;

/// <summary>Proof that a tree only grew: the first <c>size1</c> leaves of the tree of <c>size2</c> leaves are those of the older tree.</summary>
public static class ConsistencyProof
{
    /// <summary>Makes the proof (RFC 6962 §2.1.2). Empty when the sizes are equal. Nothing can be proved from the empty tree: <paramref name="size1"/> is at least 1.</summary>
    public static IReadOnlyList<Digest> Build(long size1, long size2, NodeReader nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentOutOfRangeException.ThrowIfLessThan(size1, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size1, size2);
        var proof = new List<Digest>();
        if (size1 < size2)
            Subproof(size1, 0, size2, whole: true, nodes, proof);
        return proof;
    }

    /// <summary>
    /// Checks the proof (RFC 9162 §2.1.4.2). Size 0 is consistent only with size 0, both with the root of the empty tree: a witness
    /// that has seen nothing yet accepts its first checkpoint by its own rule, not by this proof.
    /// </summary>
    public static bool Verify(ulong size1, ulong size2, Digest root1, Digest root2, IReadOnlyList<Digest> proof)
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (size1 > size2 || proof.Count > InclusionProof.MaxHashes)
            return false;
        if (size1 == size2)
            return proof.Count == 0 && root1 == root2 && (size1 != 0 || root1 == TreeHash.Empty);
        if (size1 == 0 || proof.Count == 0)
            return false;

        var (fn, sn) = (size1 - 1, size2 - 1);
        while ((fn & 1) == 1)
            (fn, sn) = (fn >> 1, sn >> 1);
        // A complete first tree is itself the first node; the proof leaves it out.
        var known = BitOperations.IsPow2(size1);
        var (first, second) = known ? (root1, root1) : (proof[0], proof[0]);
        for (var i = known ? 0 : 1; i < proof.Count; i++)
        {
            if (sn == 0)
                return false;
            if ((fn & 1) == 1 || fn == sn)
            {
                (first, second) = (TreeHash.Node(proof[i], first), TreeHash.Node(proof[i], second));
                while ((fn & 1) == 0 && fn != 0)
                    (fn, sn) = (fn >> 1, sn >> 1);
            }
            else
                second = TreeHash.Node(second, proof[i]);
            (fn, sn) = (fn >> 1, sn >> 1);
        }
        return sn == 0 && first == root1 && second == root2;
    }

    // SUBPROOF(m, D[start:end], b): b is true while the older tree is the whole of what lies to the left.
    private static void Subproof(long size1, long start, long end, bool whole, NodeReader nodes, List<Digest> proof)
    {
        if (size1 == end)
        {
            if (!whole)
                proof.Add(TreeNodes.Range(start, end, nodes));
            return;
        }
        var middle = start + TreeHash.Split(end - start);
        if (size1 <= middle)
        {
            Subproof(size1, start, middle, whole, nodes, proof);
            proof.Add(TreeNodes.Range(middle, end, nodes));
        }
        else
        {
            Subproof(size1, middle, end, whole: false, nodes, proof);
            proof.Add(TreeNodes.Range(start, middle, nodes));
        }
    }
}
