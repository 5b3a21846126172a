using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.MerkleLog;

/// <summary>Tiles of hashes (C2SP tlog-tiles): made from a tree, read back, and used as the source of proofs.</summary>
public static class Tile
{
    /// <summary>The bytes of a tile of hashes: its hashes one after the other. The caller has asked <see cref="TilePath.ExistsIn"/>.</summary>
    public static byte[] Write(TilePath path, NodeReader nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentOutOfRangeException.ThrowIfNegative(path.Level);
        var bytes = new byte[path.Width * Digest.Length];
        for (var i = 0; i < path.Width; i++)
            nodes(path.Level * TilePath.Height, (path.Index * TilePath.FullWidth) + i).CopyTo(bytes.AsSpan(i * Digest.Length));
        return bytes;
    }

    /// <summary>Reads the hashes of a tile; refuses another number of bytes than its path says.</summary>
    public static Outcome<IReadOnlyList<Digest>> Read(TilePath path, ReadOnlyMemory<byte> bytes)
    {
        if (path.Level == TilePath.Entries || bytes.Length != path.Width * Digest.Length)
            return new Refusal(RefusalCode.LogEntryMalformed, $"a tile of {NoteText.Number(path.Width)} hashes has {NoteText.Number(path.Width * Digest.Length)} bytes");
        var hashes = new Digest[path.Width];
        for (var i = 0; i < hashes.Length; i++)
            hashes[i] = new Digest(bytes.Span.Slice(i * Digest.Length, Digest.Length));
        return hashes;
    }

    /// <summary>
    /// Reads the nodes of a log of this size from its tiles. Nothing is verified here: a proof made from what a stranger serves must be
    /// checked against a verified checkpoint.
    /// </summary>
    /// <param name="size">Leaves; decides which tiles are partial.</param>
    /// <param name="fetch">Gives the hashes of a tile.</param>
    public static NodeReader Nodes(long size, Func<TilePath, IReadOnlyList<Digest>> fetch)
    {
        ArgumentNullException.ThrowIfNull(fetch);
        return (level, index) =>
        {
            var (tileLevel, above) = (level / TilePath.Height, level % TilePath.Height);
            var first = index << above;
            var tile = first / TilePath.FullWidth;
            var width = Math.Min(TilePath.FullWidth, (size >> (TilePath.Height * tileLevel)) - (tile * TilePath.FullWidth));
            var hashes = fetch(new TilePath(tileLevel, tile, (int)width));
            var builder = new TreeBuilder();
            for (var i = 0; i < 1 << above; i++)
                builder.Add(hashes[(int)(first % TilePath.FullWidth) + i]);
            return builder.Root;
        };
    }
}
