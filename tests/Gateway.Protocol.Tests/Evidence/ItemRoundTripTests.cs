using System.Security.Cryptography;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Xunit;

namespace Gateway.Protocol.Tests.Evidence;

public sealed class ItemRoundTripTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(Chunk.PlainBytes - 1, 1)]
    [InlineData(Chunk.PlainBytes, 1)]
    [InlineData(Chunk.PlainBytes + 1, 2)]
    [InlineData(3 * Chunk.PlainBytes, 3)]
    public async Task Gives_back_what_was_encrypted(int length, int count)
    {
        var content = Samples.Bytes(length);
        using var key = ItemKey.New();
        var (manifest, chunks) = await Samples.Encrypt(content, key, "SHA512", "MD5", "SHA1");
        Assert.Equal(count, chunks.Count);
        Assert.Equal(count, manifest.Chunks);
        Assert.Equal(Digest.Of(content), manifest.Sha256);
        Assert.Equal(Convert.ToHexStringLower(SHA512.HashData(content)), manifest.Digests[1].Value);

        using var decryptor = ItemDecryptor.Begin(manifest, key).Value;
        var plain = new MemoryStream();
        foreach (var chunk in chunks)
            plain.Write((await decryptor.NextAsync(chunk)).Value.Span);
        var item = (await decryptor.CompleteAsync()).Value;
        Assert.True(item.Agrees);
        Assert.Empty(item.NotComputed);
        Assert.Equal(manifest.Digests, item.Digests);
        Assert.Equal(content, plain.ToArray());
    }

    [Fact]
    public async Task A_manifest_reads_back_as_it_was_written()
    {
        using var key = ItemKey.New();
        var (manifest, _) = await Samples.Encrypt(Samples.Bytes(2_000_000), key, "SHA3-256");
        var bytes = manifest.Write();
        var read = Manifest.Read(bytes);
        Assert.Null(read.Refusal);
        Assert.Equal(bytes, read.Value.Write());
    }
}
