using System.Diagnostics;
using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.Evidence;

public sealed class ChunkTests
{
    private const string OtherItem = "10112233445566778899aabbccddeeff";

    [Fact]
    public void Any_changed_byte_is_refused()
    {
        using var key = ItemKey.New();
        var chunk = Encrypt(key, 0, last: true, Samples.Bytes(100));
        var plain = new byte[100];
        for (var i = 0; i < chunk.Length; i++)
        {
            var changed = (byte[])chunk.Clone();
            changed[i] ^= 0x40;
            Assert.Equal(RefusalCode.ChunkUnreadable, Chunk.Decrypt(key, Samples.ItemId, 0, true, changed, plain).Refusal?.Code);
        }
        Assert.Equal(100, Chunk.Decrypt(key, Samples.ItemId, 0, true, chunk, plain).Value);
    }

    [Fact]
    public void Another_item_place_mark_key_or_length_is_refused()
    {
        using var key = ItemKey.New();
        using var other = ItemKey.New();
        var chunk = Encrypt(key, 1, last: false, Samples.Bytes(Chunk.PlainBytes));
        var plain = new byte[Chunk.PlainBytes];
        Assert.False(Chunk.Decrypt(key, OtherItem, 1, false, chunk, plain).Succeeded);
        Assert.False(Chunk.Decrypt(key, Samples.ItemId, 2, false, chunk, plain).Succeeded);
        Assert.False(Chunk.Decrypt(key, Samples.ItemId, 1, true, chunk, plain).Succeeded);
        Assert.False(Chunk.Decrypt(other, Samples.ItemId, 1, false, chunk, plain).Succeeded);
        Assert.False(Chunk.Decrypt(key, Samples.ItemId, 1, false, chunk.AsSpan(1), plain).Succeeded);
        Assert.False(Chunk.Decrypt(key, Samples.ItemId, 1, false, new byte[10], plain).Succeeded);
        Assert.False(Chunk.Decrypt(key, Samples.ItemId, Chunk.MaxCount, false, chunk, plain).Succeeded);
        Assert.All(plain, b => Assert.Equal(0, b));
        Assert.True(Chunk.Decrypt(key, Samples.ItemId, 1, false, chunk, plain).Succeeded);
    }

    [Theory]
    [InlineData(0, false, 5)]
    [InlineData(0, false, Chunk.PlainBytes - 1)]
    [InlineData(1, true, 0)]
    [InlineData(-1, true, 5)]
    [InlineData(Chunk.MaxCount, true, 5)]
    public void A_chunk_of_the_wrong_length_for_its_place_is_not_made(long index, bool last, int length)
    {
        using var key = ItemKey.New();
        Assert.Throws<ArgumentException>(() => Chunk.Encrypt(key, Samples.ItemId, index, last, new byte[length], new byte[Chunk.StoredBytes]));
    }

    [Fact]
    public void No_key_and_nonce_encrypt_twice_even_when_a_changed_file_is_resumed()
    {
        using var key = ItemKey.New();
        var seen = new HashSet<string>();
        Prop.ForAll(Gen.Choose(0, 3).SelectMany(index => Gen.Choose(0, 1).SelectMany(last => Gen.Choose(1, 255).Select(fill => (index, last, fill)))).ToArbitrary(), sample =>
        {
            var last = sample.last == 1;
            var plain = new byte[last ? 16 : Chunk.PlainBytes];
            Array.Fill(plain, (byte)sample.fill);
            var chunk = Encrypt(key, sample.index, last, plain);
            Assert.True(seen.Add($"{Convert.ToHexString(key.ChunkKey(Samples.ItemId, sample.index, last))} {Convert.ToHexString(chunk.AsSpan(0, 12))}"));
        }).QuickCheckThrowOnFailure();
        Assert.True(seen.Count >= 100);
    }

    [Fact]
    public void A_chunk_key_opens_its_chunk_and_no_other()
    {
        using var key = ItemKey.New();
        var content = Samples.Bytes(Chunk.PlainBytes);
        var (first, second) = (Encrypt(key, 0, last: false, content), Encrypt(key, 1, last: true, content.AsSpan(0, 50)));
        var disclosed = key.ChunkKey(Samples.ItemId, 1, last: true);
        var plain = new byte[Chunk.PlainBytes];
        Assert.False(Chunk.DecryptWithChunkKey(disclosed, Samples.ItemId, 0, false, first, plain).Succeeded);
        Assert.False(Chunk.DecryptWithChunkKey(disclosed, Samples.ItemId, 1, false, second, plain).Succeeded);
        Assert.False(Chunk.DecryptWithChunkKey(disclosed, OtherItem, 1, true, second, plain).Succeeded);
        Assert.Equal(50, Chunk.DecryptWithChunkKey(disclosed, Samples.ItemId, 1, true, second, plain).Value);
        Assert.Equal(content.AsSpan(0, 50), plain.AsSpan(0, 50));
        Assert.Throws<ArgumentException>(() => Chunk.DecryptWithChunkKey(new byte[16], Samples.ItemId, 1, true, second, plain));
    }

    [Fact]
    public void A_chunk_key_to_which_the_chunk_does_not_commit_is_refused_even_when_it_would_decrypt()
    {
        using var key = ItemKey.New();
        var chunk = Encrypt(key, 0, last: true, Samples.Bytes(50));
        chunk[12 + 5] ^= 1;
        Assert.Equal(RefusalCode.ChunkUnreadable, Chunk.DecryptWithChunkKey(key.ChunkKey(Samples.ItemId, 0, last: true), Samples.ItemId, 0, true, chunk, new byte[50]).Refusal?.Code);
    }

    // The format as docs describe it, with HKDF by openssl and AES-GCM on the bytes as laid out.
    [Fact]
    public void A_chunk_is_what_its_description_says()
    {
        var itemKey = Samples.Bytes(32);
        using var key = ItemKey.From(itemKey);
        var content = Samples.Bytes(333);
        var chunk = Encrypt(key, 7, last: true, content);
        byte[] position = [.. Convert.FromHexString(Samples.ItemId), 0, 0, 0, 0, 0, 0, 0, 7, 1];
        var chunkKey = OpenSslHkdf(itemKey, [.. "gateway/chunk/v1"u8, .. position], 32);
        Assert.Equal(chunkKey, key.ChunkKey(Samples.ItemId, 7, last: true));
        Assert.Equal(OpenSslHkdf(chunkKey, "gateway/chunk-commitment/v1"u8.ToArray(), 32), chunk[12..44]);
        using var aes = new AesGcm(chunkKey, 16);
        var plain = new byte[333];
        aes.Decrypt(chunk.AsSpan(0, 12), chunk.AsSpan(44, 333), chunk.AsSpan(377, 16), plain, [.. "A256GCM-SHA256"u8, .. position]);
        Assert.Equal(content, plain);
        Assert.Equal(377 + 16, chunk.Length);
        Assert.Equal(OpenSslHkdf(itemKey, [.. "gateway/item-key/v1"u8, .. Convert.FromHexString(Samples.ItemId)], 32), key.Commitment(Samples.ItemId).ToArray());
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(1048576, 1)]
    [InlineData(1048577, 2)]
    [InlineData(17592186044416, 16777216)]
    public void The_number_of_chunks_follows_from_the_size(long size, long count)
    {
        Assert.Equal(count, Chunk.CountFor(size));
        Assert.Throws<ArgumentOutOfRangeException>(() => Chunk.CountFor(17592186044417));
    }

    private static byte[] Encrypt(ItemKey key, long index, bool last, ReadOnlySpan<byte> plain)
    {
        var chunk = new byte[plain.Length + Chunk.Overhead];
        Assert.Equal(chunk.Length, Chunk.Encrypt(key, Samples.ItemId, index, last, plain, chunk));
        return chunk;
    }

    private static byte[] OpenSslHkdf(byte[] key, byte[] info, int length)
    {
        var start = new ProcessStartInfo("openssl", ["kdf", "-keylen", $"{length}", "-kdfopt", "digest:SHA256", "-kdfopt", $"hexkey:{Convert.ToHexString(key)}", "-kdfopt", $"hexinfo:{Convert.ToHexString(info)}", "HKDF"])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return Convert.FromHexString(output.Trim().Replace(":", "", StringComparison.Ordinal));
    }
}
