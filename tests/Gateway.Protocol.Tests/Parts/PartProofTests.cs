using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Parts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Tests.Evidence;
using Xunit;

namespace Gateway.Protocol.Tests.Parts;

public sealed class PartProofTests
{
    private static readonly byte[] s_content = Samples.Bytes((2 * Chunk.PlainBytes) + 100);

    [Fact]
    public async Task A_chunk_opens_with_its_own_proof_and_no_other()
    {
        using var key = ItemKey.New();
        var (manifest, chunks) = await Samples.Encrypt(s_content, key);
        var leaves = chunks.ConvertAll(c => TreeHash.Leaf(c));
        ChunkProof Of(long index) => new(index, key.ChunkKey(Samples.ItemId, index, index == 2), InclusionProof.Build(index, 3, TreeNodes.Of(leaves)));
        var plain = new byte[Chunk.PlainBytes];
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Chunk.PlainLength(manifest.SizeBytes, i), PartProof.OpenChunk(manifest, Of(i), chunks[i], plain).Value);
            Assert.Equal(s_content.AsSpan(i * Chunk.PlainBytes, Chunk.PlainLength(manifest.SizeBytes, i)).ToArray(), plain[..Chunk.PlainLength(manifest.SizeBytes, i)]);
        }
        var other = Of(0);
        RefusalCode? Result(ChunkProof proof, byte[] chunk) => PartProof.OpenChunk(manifest, proof, chunk, plain).Refusal?.Code;
        Assert.Equal(RefusalCode.PartNotProved, Result(other with { Index = 1 }, chunks[0]));
        Assert.Equal(RefusalCode.PartNotProved, Result(other with { Index = 3 }, chunks[0]));
        Assert.Equal(RefusalCode.PartNotProved, Result(other with { Path = [] }, chunks[0]));
        Assert.Equal(RefusalCode.PartNotProved, Result(other with { Key = Of(1).Key }, chunks[0]));
        Assert.Equal(RefusalCode.PartNotProved, Result(other with { Key = [] }, chunks[0]));
        Assert.Equal(RefusalCode.PartNotProved, Result(other, chunks[1]));
        Assert.Equal(RefusalCode.PartNotProved, Result(other, [.. chunks[0], 0]));
    }

    [Fact]
    public async Task A_file_is_proved_by_the_tree_of_the_manifest_only()
    {
        using var key = ItemKey.New();
        var (plain, _) = await Samples.Encrypt(s_content, key);
        var entries = Enumerable.Range(0, 5).Select(i => new FileEntry(
            Samples.ItemId, i, $"f{i}", FileKind.FILE, 1, DateTimeOffset.UnixEpoch, Digest.Of([(byte)i]), i, null, [], null, key.FileSalt(Samples.ItemId, i)).Write()).ToList();
        var leaves = entries.ConvertAll(e => FileEntry.Leaf(e));
        var tree = new TreeBuilder();
        leaves.ForEach(tree.Add);
        var manifest = plain with { MediaType = FileTree.MediaType, Files = new FileTree(5, 0, tree.Root, 0, 100) };
        var proof = new FileProof(entries[3], InclusionProof.Build(3, 5, TreeNodes.Of(leaves)));
        Assert.Equal("f3", PartProof.CheckFile(manifest, proof).Value.Path);
        RefusalCode? Result(Manifest of, FileProof given) => PartProof.CheckFile(of, given).Refusal?.Code;
        Assert.Equal(RefusalCode.PartNotProved, Result(plain, proof));
        Assert.Equal(RefusalCode.PartNotProved, Result(manifest, proof with { Entry = entries[2] }));
        Assert.Equal(RefusalCode.PartNotProved, Result(manifest, proof with { Entry = entries[3][..^1] }));
        Assert.Equal(RefusalCode.PartNotProved, Result(manifest, proof with { Path = proof.Path.Reverse().ToList() }));
        Assert.Equal(RefusalCode.PartNotProved, Result(manifest with { Files = manifest.Files with { Entries = 4 } }, proof));
        Assert.Equal(RefusalCode.PartNotProved, Result(manifest with { ItemId = new string('0', 32) }, proof));
    }

    [Fact]
    public void A_proof_of_nothing_of_both_or_with_gaps_is_refused()
    {
        var chunk = new ChunkProof(3, new byte[32], []);
        var file = new FileProof([1], []);
        var proof = new PartProof(Samples.ItemId, Digest.Of([]), [chunk, chunk with { Index = 4 }], null);
        Assert.Equal(proof.Write(), PartProof.Read(proof.Write()).Value.Write());
        foreach (var bad in (PartProof[])[proof with { Chunks = [] }, proof with { File = file }, proof with { Chunks = [chunk, chunk] }, proof with { Chunks = [chunk, chunk with { Index = 5 }] }])
            Assert.Equal(RefusalCode.DocumentValue, PartProof.Read(bad.Write()).Refusal?.Code);
    }
}
