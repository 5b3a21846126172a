using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.Evidence;

public sealed class ItemTests
{
    [Fact]
    public async Task Swapped_missing_extra_and_cut_chunks_are_refused()
    {
        using var key = ItemKey.New();
        var (manifest, chunks) = await Samples.Encrypt(Samples.Bytes((2 * Chunk.PlainBytes) + 9), key);
        Assert.Equal(RefusalCode.ChunkUnreadable, await Result(manifest, key, [chunks[1], chunks[0], chunks[2]]));
        Assert.Equal(RefusalCode.ChunkUnreadable, await Result(manifest, key, [chunks[0], chunks[2]]));
        Assert.Equal(RefusalCode.ItemIncomplete, await Result(manifest, key, [chunks[0], chunks[1]]));
        Assert.Equal(RefusalCode.ItemIncomplete, await Result(manifest, key, []));
        Assert.Equal(RefusalCode.TreeMismatch, await Result(manifest, key, [.. chunks, chunks[2]]));
        Assert.Equal(RefusalCode.ChunkUnreadable, await Result(manifest, key, [chunks[0], chunks[1], chunks[2][..^1]]));
        Assert.Null(await Result(manifest, key, chunks));
    }

    [Fact]
    public async Task A_cut_item_is_refused_even_when_the_manifest_says_fewer_chunks()
    {
        using var key = ItemKey.New();
        var (manifest, chunks) = await Samples.Encrypt(Samples.Bytes(2 * Chunk.PlainBytes), key);
        var cut = manifest with { Chunks = 1, SizeBytes = Chunk.PlainBytes, TreeRoot = TreeHash.Leaf(chunks[0]) };
        Assert.Equal(RefusalCode.ChunkUnreadable, await Result(cut, key, [chunks[0]]));
    }

    [Fact]
    public async Task A_chunk_encrypted_anew_opens_but_is_not_in_the_tree()
    {
        using var key = ItemKey.New();
        var content = Samples.Bytes(Chunk.PlainBytes + 5);
        var (manifest, chunks) = await Samples.Encrypt(content, key);
        using var anew = await ItemEncryptor.EncryptOneAsync(key, Samples.ItemId, new MemoryStream(content), content.Length, 1);
        Assert.True(anew.Last);
        Assert.NotEqual(chunks[1], anew.Bytes.ToArray());
        Assert.Equal(RefusalCode.TreeMismatch, await Result(manifest, key, [chunks[0], anew.Bytes.ToArray()]));
    }

    [Fact]
    public async Task Another_key_is_refused_before_anything_is_decrypted()
    {
        using var key = ItemKey.New();
        using var other = ItemKey.New();
        var (manifest, _) = await Samples.Encrypt([1, 2, 3], key);
        Assert.Equal(RefusalCode.GrantNotValid, ItemDecryptor.Begin(manifest, other).Refusal?.Code);
        Assert.Equal(RefusalCode.GrantNotValid, ItemDecryptor.Begin(manifest with { ItemId = Samples.Request }, key).Refusal?.Code);
    }

    [Fact]
    public async Task A_digest_that_differs_is_named()
    {
        using var key = ItemKey.New();
        var (manifest, chunks) = await Samples.Encrypt([1, 2, 3], key, "MD5");
        using var decryptor = ItemDecryptor.Begin(manifest with { Digests = [manifest.Digests[0], new ItemDigest("MD5", new string('0', 32))] }, key).Value;
        Assert.True((await decryptor.NextAsync(chunks[0])).Succeeded);
        var item = (await decryptor.CompleteAsync()).Value;
        Assert.False(item.Agrees);
        Assert.Equal(["MD5"], item.Differing);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_transfer_that_broke_off_is_resumed_where_it_stopped(int had)
    {
        using var key = ItemKey.New();
        var content = Samples.Bytes((2 * Chunk.PlainBytes) + 9);
        var (_, before) = await Samples.Encrypt(content, key);
        var stored = new StoredChunks([.. before.Take(had).Select(chunk => TreeHash.Leaf(chunk))], content.Length);

        using var encryptor = new ItemEncryptor(key, Samples.ItemId, DigestSet.Create("SHA512").Value);
        var chunks = before.Take(had).ToList();
        await foreach (var chunk in encryptor.EncryptAsync(new MemoryStream(content), stored))
            using (chunk)
            {
                Assert.Equal(chunks.Count, chunk.Index);
                chunks.Add(chunk.Bytes.ToArray());
            }
        var manifest = Samples.Manifest(encryptor.Complete());
        Assert.Equal(3, chunks.Count);
        Assert.Equal(Digest.Of(content), manifest.Sha256);
        Assert.Null(await Result(manifest, key, chunks));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(-Chunk.PlainBytes)]
    [InlineData(Chunk.PlainBytes)]
    public async Task A_file_whose_size_changed_is_not_resumed(int more)
    {
        using var key = ItemKey.New();
        var stored = new StoredChunks([Digest.Of([1]), Digest.Of([2])], (2 * Chunk.PlainBytes) + 9);
        using var encryptor = new ItemEncryptor(key, Samples.ItemId, DigestSet.Create().Value);
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            await foreach (var chunk in encryptor.EncryptAsync(new MemoryStream(Samples.Bytes((2 * Chunk.PlainBytes) + 9 + more)), stored))
                chunk.Dispose();
        });
        Assert.Throws<InvalidOperationException>(encryptor.Complete);
    }

    [Fact]
    public async Task A_hop_without_keys_refuses_what_does_not_make_the_root()
    {
        using var key = ItemKey.New();
        var (manifest, chunks) = await Samples.Encrypt(Samples.Bytes((2 * Chunk.PlainBytes) + 9), key);
        var leaves = chunks.Select(chunk => TreeHash.Leaf(chunk)).ToArray();
        var list = leaves.SelectMany(leaf => leaf.ToArray()).ToArray();
        foreach (var (bytes, good) in new (byte[] Bytes, bool Good)[]
        {
            (list, true), ([], false), (list[..^1], false), (list[..64], false), ([.. list, .. list[..32]], false), ([.. list[32..], .. list[..32]], false),
        })
        {
            Assert.Equal(good ? null : RefusalCode.TreeMismatch, ChunkCheck.Leaves(manifest, bytes)?.Code);
            Assert.Equal(good ? null : RefusalCode.TreeMismatch, (await ChunkCheck.LeavesAsync(manifest, new MemoryStream(bytes)))?.Code);
        }

        Assert.Null(ChunkCheck.Check(manifest, 2, chunks[2], leaves[2]));
        Assert.Equal(RefusalCode.ChunkMismatch, ChunkCheck.Check(manifest, 2, chunks[2], leaves[1])?.Code);
        Assert.Equal(RefusalCode.ChunkMismatch, ChunkCheck.Check(manifest, 0, chunks[2], leaves[2])?.Code);
        Assert.Equal(RefusalCode.ChunkMismatch, ChunkCheck.Check(manifest, 3, chunks[2], leaves[2])?.Code);
        Assert.Equal(RefusalCode.ChunkMismatch, ChunkCheck.Check(manifest, -1, chunks[2], leaves[2])?.Code);
        chunks[2][20] ^= 1;
        Assert.Equal(RefusalCode.ChunkMismatch, ChunkCheck.Check(manifest, 2, chunks[2], leaves[2])?.Code);
    }

    [Fact]
    public void A_digest_that_is_not_known_is_refused_by_name()
    {
        var refusal = DigestSet.Create("MD4").Refusal;
        Assert.Equal(RefusalCode.ArgumentNotValid, refusal?.Code);
        Assert.Contains("MD4", refusal?.Detail, StringComparison.Ordinal);
        using var digests = DigestSet.Create("MD5", "SHA256", "MD5").Value;
        digests.Append("abc"u8);
        Assert.Equal([new("SHA256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), new("MD5", "900150983cd24fb0d6963f7d28e17f72")], digests.Finish());
    }

    private static async Task<RefusalCode?> Result(Manifest manifest, ItemKey key, IReadOnlyList<byte[]> chunks)
    {
        using var decryptor = ItemDecryptor.Begin(manifest, key).Value;
        foreach (var chunk in chunks)
        {
            if ((await decryptor.NextAsync(chunk)).Refusal is { } refusal)
            {
                // A refused item stays refused.
                Assert.Equal(refusal.Code, (await decryptor.CompleteAsync()).Refusal?.Code);
                return refusal.Code;
            }
        }
        return (await decryptor.CompleteAsync()).Refusal?.Code;
    }
}
