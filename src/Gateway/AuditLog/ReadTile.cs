using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.AuditLog;

/// <summary>
/// A tile of hashes or a bundle of entries as it is handed out: the very bytes are hashed and led to the root of the checkpoint first, so that what
/// rotted on the disk never leaves under our checkpoint. That takes one path for each perfect tree in the tile, eight at most.
/// </summary>
internal static class ReadTile
{
    private const int TileBits = 8;

    /// <summary>NotFound when no log of this size has it; LogProofMismatch when what is stored does not give the root.</summary>
    public static Outcome<byte[]> Run(Session session, LogEpoch epoch, CheckpointRow checkpoint, TilePath path)
    {
        try
        {
            var tree = new LogTree(session, epoch);
            if (tree.Tile(path, checkpoint.Size) is not { } file)
                return new Refusal(RefusalCode.NotFound, $"{epoch.Name} has no {path}");
            return Leads(tree, checkpoint, path, file) ? file : Damaged(epoch, path, $"it does not lead to the root of checkpoint {checkpoint.Size}");
        }
        catch (LedgerBrokenException e)
        {
            return Damaged(epoch, path, e.Message);
        }
    }

    private static bool Leads(LogTree tree, CheckpointRow checkpoint, TilePath path, byte[] file)
    {
        if (Hashes(path, file) is not { } hashes || hashes.Count != path.Width)
            return false;
        var level = path.Level == TilePath.Entries ? 0 : path.Level;
        for (var offset = 0; offset < hashes.Count;)
        {
            // The largest perfect tree that begins here: what is before it is a multiple of its size.
            var bits = TileBits;
            while (offset + (1 << bits) > hashes.Count)
                bits--;
            var builder = new TreeBuilder();
            for (var i = 0; i < 1 << bits; i++)
                builder.Add(hashes[offset + i]);
            // A perfect tree of so many levels is a leaf of the tree above them.
            var below = (TileBits * level) + bits;
            var index = ((path.Index * TilePath.FullWidth) + offset) >> bits;
            var way = tree.Inclusion(index << below, checkpoint.Size).Skip(below).ToList();
            if (!InclusionProof.Verify(builder.Root, (ulong)index, (ulong)((checkpoint.Size - 1) >> below) + 1, way, checkpoint.Root))
                return false;
            offset += 1 << bits;
        }
        return true;
    }

    private static IReadOnlyList<Digest>? Hashes(TilePath path, byte[] file)
    {
        if (path.Level != TilePath.Entries)
            return Tile.Read(path, file).TryGet(out var hashes, out _) ? hashes : null;
        return EntryBundle.Read(path, file).TryGet(out var entries, out _) ? [.. entries.Select(e => TreeHash.Leaf(e.Span))] : null;
    }

    // In the words of fsck.
    private static Refusal Damaged(LogEpoch epoch, TilePath path, string text)
        => new(RefusalCode.LogProofMismatch, $"{(path.Level > 0 ? "TILE_ALTERED" : "LEAF_ALTERED")} {path} of {epoch.Name}: {text}; run 'gateway fsck'");
}
