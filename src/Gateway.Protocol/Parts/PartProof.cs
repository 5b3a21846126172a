using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Parts;

/// <summary>What opens one chunk and shows that it is the item's.</summary>
/// <param name="Index">Its place, from 0.</param>
/// <param name="Key">Its chunk key; gives away this chunk and nothing else.</param>
/// <param name="Path">From its leaf to the root of the chunk tree.</param>
public sealed record ChunkProof(long Index, byte[] Key, IReadOnlyList<Digest> Path);

/// <summary>What shows that an entry stands in the file tree.</summary>
/// <param name="Entry">The entry, byte for byte as in the list, its line feed included.</param>
/// <param name="Path">From its leaf to the root of the file tree.</param>
public sealed record FileProof(byte[] Entry, IReadOnlyList<Digest> Path);

/// <summary>
/// Proves a disclosed part of an item against its signed manifest: either chunks that follow each other, or one file of a folder. Type
/// <c>partProof</c>, version 1; not signed: it proves itself, and the custody event DISCLOSED names its digest.
/// </summary>
/// <param name="Item">The item.</param>
/// <param name="ManifestSha256">SHA-256 of the signed manifest.</param>
/// <param name="Chunks">The chunks, in order and without a gap; none when a file is disclosed.</param>
/// <param name="File">The file; null when chunks are disclosed.</param>
public sealed record PartProof(string Item, Digest ManifestSha256, IReadOnlyList<ChunkProof> Chunks, FileProof? File)
{
    /// <summary>Most chunks of one part, 4 GiB; who may see more may see the item.</summary>
    public const int MaxChunks = 4096;

    private const string Type = "partProof";

    /// <summary>Reads a proof. What it proves, <see cref="OpenChunk"/> and <see cref="CheckFile"/> tell.</summary>
    public static Outcome<PartProof> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var proof = new PartProof(
            r.Id("item", Ids.IsId), r.Digest("manifestSha256"),
            r.Next("chunks") ? r.Objects("chunks", MaxChunks, ReadChunk) : [],
            r.OptionalObject("file", ReadFile));
        if (r.Failed)
            return proof;
        if (proof.Chunks.Count > 0 == proof.File is not null)
            r.Refuse(RefusalCode.DocumentValue, "a proof is of chunks or of one file", "chunks");
        if (proof.Chunks.Zip(proof.Chunks.Skip(1)).Any(pair => pair.Second.Index != pair.First.Index + 1))
            r.Refuse(RefusalCode.DocumentValue, "the chunks follow each other", "chunks");
        return proof;
    });

    /// <summary>The bytes of the proof.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w =>
    {
        w.Text("item", Item).Digest("manifestSha256", ManifestSha256);
        if (Chunks.Count > 0)
            w.Objects("chunks", Chunks, static (item, chunk) => item.Integer("index", chunk.Index).Base64("key", chunk.Key).Texts("path", chunk.Path.Select(hash => hash.ToString())));
        if (File is { } file)
            w.Object("file", item => item.Base64("entry", file.Entry).Texts("path", file.Path.Select(hash => hash.ToString())));
    });

    /// <summary>Whether the proof is about this manifest; null, or <see cref="RefusalCode.PartNotProved"/>.</summary>
    public Refusal? Check(Manifest manifest, Digest manifestSha256)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return Item == manifest.ItemId && ManifestSha256 == manifestSha256 ? null : NotProved("the proof is about another item or manifest");
    }

    /// <summary>Opens one disclosed chunk as stored, if it is the item's at that place.</summary>
    /// <returns>Bytes of plaintext, or <see cref="RefusalCode.PartNotProved"/>.</returns>
    public static Outcome<int> OpenChunk(Manifest manifest, ChunkProof proof, ReadOnlySpan<byte> stored, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(proof);
        if (proof.Index < 0 || proof.Index >= manifest.Chunks)
            return NotProved($"the item has {manifest.Chunks} chunks; there is no chunk {proof.Index}");
        if (!InclusionProof.Verify(TreeHash.Leaf(stored), (ulong)proof.Index, (ulong)manifest.Chunks, proof.Path, manifest.TreeRoot))
            return NotProved($"chunk {proof.Index} is not in the tree of the manifest");
        if (proof.Key.Length != ItemKey.Length)
            return NotProved($"the key of chunk {proof.Index} has not {ItemKey.Length} bytes");
        return Chunk.DecryptWithChunkKey(proof.Key, manifest.ItemId, proof.Index, proof.Index == manifest.Chunks - 1, stored, destination).TryGet(out var length, out var refusal)
            ? length
            : NotProved(refusal.Detail);
    }

    /// <summary>The entry of the disclosed file, if it stands in the file tree of the manifest. The content is still to be compared with its digest.</summary>
    public static Outcome<FileEntry> CheckFile(Manifest manifest, FileProof proof)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(proof);
        if (manifest.Files is not { } files)
            return NotProved("the item was not made of a folder and has no file tree");
        if (!FileEntry.Read(proof.Entry).TryGet(out var entry, out var refusal))
            return NotProved($"the entry cannot be read: {refusal.Detail}");
        if (entry.Item != manifest.ItemId)
            return NotProved("the entry is of another item");
        return InclusionProof.Verify(FileEntry.Leaf(proof.Entry), (ulong)entry.Index, (ulong)files.Entries, proof.Path, files.TreeRoot)
            ? entry
            : NotProved("the entry does not stand in the file tree of the manifest");
    }

    private static Refusal NotProved(string why) => new(RefusalCode.PartNotProved, why);

    private static ChunkProof ReadChunk(DocumentReader r) => new(r.Integer("index", 0, Chunk.MaxCount - 1), r.Base64("key", ItemKey.Length), ReadPath(r));

    private static FileProof ReadFile(DocumentReader r) => new(r.Base64("entry", FileEntry.MaxBytes), ReadPath(r));

    private static List<Digest> ReadPath(DocumentReader r)
    {
        var path = new List<Digest>();
        foreach (var text in r.Texts("path", InclusionProof.MaxHashes, 2 * Digest.Length))
        {
            if (Digest.TryParse(text, out var hash))
                path.Add(hash);
            else
                r.Refuse(RefusalCode.DocumentValue, "expected digests", "path");
        }
        return path;
    }
}
