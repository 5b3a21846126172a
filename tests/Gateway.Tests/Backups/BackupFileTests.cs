using System.Security.Cryptography;
using Gateway.Backups;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Refusals;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Backups;

/// <summary>The encrypted file: nothing that was changed, cut, reordered or lengthened is read to its end.</summary>
public sealed class BackupFileTests
{
    private static readonly Decryptor s_key = Decryptor.Ephemeral("backup", TimeProvider.System.GetUtcNow());

    private static byte[] Content(int bytes)
    {
        var content = new byte[bytes];
        new System.Random(7).NextBytes(content);
        return content;
    }

    private static byte[] Written(byte[] content, BackupKind kind = BackupKind.DATA)
    {
        using var file = new MemoryStream();
        using (var writer = new BackupWriter(file, new BackupHeader(kind, "XA", TimeProvider.System.GetUtcNow(), RandomNumberGenerator.GetBytes(32)), s_key.Certificate))
        {
            writer.Write(content);
            writer.Complete();
        }
        return file.ToArray();
    }

    private static byte[]? Read(byte[] file)
    {
        if (!BackupReader.Open(new MemoryStream(file), BackupKind.DATA, s_key).TryGet(out var reader, out _))
            return null;
        using (reader)
        {
            var content = new MemoryStream();
            try
            {
                reader.CopyTo(content);
                return content.ToArray();
            }
            catch (InvalidDataException)
            {
                return null;
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(BackupWriter.ChunkBytes - 1)]
    [InlineData(BackupWriter.ChunkBytes)]
    [InlineData(BackupWriter.ChunkBytes + 1)]
    [InlineData((2 * BackupWriter.ChunkBytes) + 77)]
    public void What_was_written_is_read(int bytes)
    {
        var content = Content(bytes);
        Assert.Equal(content, Read(Written(content)));
    }

    [Fact]
    public void Every_changed_byte_of_a_small_file_is_refused()
    {
        var file = Written(Content(40));
        var passed = Enumerable.Range(0, file.Length).Where(i =>
        {
            var changed = file.ToArray();
            changed[i] ^= 1;
            return Read(changed) is not null;
        });
        Assert.Empty(passed);
    }

    [Fact]
    public void Every_cut_of_a_small_file_is_refused()
    {
        var file = Written(Content(40));
        Assert.DoesNotContain(Enumerable.Range(0, file.Length), length => Read(file[..length]) is not null);
    }

    [Fact]
    public void A_file_cut_between_two_chunks_is_refused()
    {
        var content = Content(2 * BackupWriter.ChunkBytes + 5);
        var file = Written(content);
        var last = BackupWriter.PrefixBytes + 5 + BackupWriter.TagBytes;
        Assert.Null(Read(file[..^last]));
        Assert.Null(Read([.. file, 0]));
        Assert.Null(Read([.. file, .. file[^last..]]));
    }

    [Fact]
    public void Chunks_that_changed_places_are_refused()
    {
        var file = Written(Content(3 * BackupWriter.ChunkBytes));
        var chunk = BackupWriter.PrefixBytes + BackupWriter.ChunkBytes + BackupWriter.TagBytes;
        var start = file.Length - (3 * chunk);
        Assert.Null(Read([.. file[..start], .. file[(start + chunk)..(start + (2 * chunk))], .. file[start..(start + chunk)], .. file[(start + (2 * chunk))..]]));
    }

    [Fact]
    public void The_file_of_the_keys_is_not_taken_for_that_of_the_data_and_another_key_does_not_open_it()
    {
        Assert.Equal("T542", BackupReader.Open(new MemoryStream(Written(Content(5), BackupKind.KEYS)), BackupKind.DATA, s_key).Refusal!.Code.Text());
        using var other = Decryptor.Ephemeral("other", TimeProvider.System.GetUtcNow());
        Assert.Equal("T542", BackupReader.Open(new MemoryStream(Written(Content(5))), BackupKind.DATA, other).Refusal!.Code.Text());
    }
}
