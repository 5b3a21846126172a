using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;

namespace Gateway.Evidence;

/// <summary>
/// Takes a leaf list in frames and gives it its name only when it makes the root. The part of one that broke off stays, for a sender who goes on behind it; it is
/// read and hashed again once, when all of the list is here: what is done for a sender grows with what it sent, never with how often it begins.
/// </summary>
internal sealed class LeafIntake : IDisposable
{
    private readonly ItemFiles _files;
    private readonly Manifest _manifest;
    private readonly FileStream _list;

    // Grows with the list; nothing when part of the list was here before.
    private readonly TreeBuilder? _tree;

    /// <param name="files">Of the item.</param>
    /// <param name="manifest">Of the item.</param>
    /// <param name="resumes">Whether the sender goes on behind the leaves that are here; otherwise it begins anew.</param>
    public LeafIntake(ItemFiles files, Manifest manifest, bool resumes = false)
    {
        (_files, _manifest, _list) = (files, manifest, files.BeginLeaves(resumes));
        Count = _list.Length / Digest.Length;
        // Whole, and without its name, it was cut off between two steps: there is nothing behind it that could come.
        if (Count >= manifest.Chunks)
            Count = 0;
        _list.SetLength(Count * Digest.Length);
        _list.Position = _list.Length;
        _tree = Count == 0 ? new TreeBuilder() : null;
    }

    public bool Complete { get; private set; }

    /// <summary>Leaves that are here.</summary>
    public long Count { get; private set; }

    /// <summary>The next leaves; <see cref="RefusalCode.TreeMismatch"/> when there are too many or the root is another.</summary>
    public Refusal? Take(ReadOnlySpan<byte> leaves)
    {
        if (leaves.Length == 0 || leaves.Length % Digest.Length != 0 || Count + (leaves.Length / Digest.Length) > _manifest.Chunks)
            return Drop(new Refusal(RefusalCode.TreeMismatch, "the leaf list has another length than the item has chunks", "leaves"));
        _list.Write(leaves);
        Count += leaves.Length / Digest.Length;
        for (; _tree is not null && leaves.Length > 0; leaves = leaves[Digest.Length..])
            _tree.Add(new Digest(leaves[..Digest.Length]));
        if (Count < _manifest.Chunks)
            return null;
        if ((_tree ?? Read()).Root != _manifest.TreeRoot)
        {
            // A loss of power may have spoilt what was kept of it: that says nothing of the list of the sender.
            return Drop(_tree is null
                ? new Refusal(RefusalCode.ItemIncomplete, "the part of the leaf list that was kept here does not go with the rest; it was dropped, send the list from its beginning", "leaves")
                : new Refusal(RefusalCode.TreeMismatch, "the leaves make another root", "leaves"));
        }
        _list.Flush(flushToDisk: true);
        _list.Dispose();
        _files.KeepLeaves();
        Complete = true;
        return null;
    }

    public void Dispose() => _list.Dispose();

    private TreeBuilder Read()
    {
        var tree = new TreeBuilder();
        Span<byte> leaf = stackalloc byte[Digest.Length];
        for (_list.Position = 0; tree.Count < Count; tree.Add(new Digest(leaf)))
            _list.ReadExactly(leaf);
        return tree;
    }

    private Refusal Drop(Refusal refusal)
    {
        _list.SetLength(0);
        return refusal;
    }
}
