using System.Security.Cryptography;
using Gateway.Cli.Connection;
using Gateway.Cli.Evidence;
using Gateway.Cli.Output;
using Gateway.Cli.Sources;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>Every state in which a killed process can leave journal and disk: so many records, so many chunks, the last of either torn.</summary>
public sealed class KilledPackTests : IDisposable
{
    private const int Chunks = 4;
    private const int RecordBytes = 72;

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pack_goes_on_after_any_chunk_and_gives_the_same_content(bool folder)
    {
        var source = MakeSource(folder);
        using var technician = Technician();
        var expected = (byte[]?)null;
        foreach (var records in Enumerable.Range(0, Chunks + 1))
        {
            foreach (var (chunks, torn) in ((int, int)[])[(records, 0), (records - 1, 0), (records + 1, 0), (records - 1, 1000), (records, 1000)])
            {
                if (chunks < 0)
                    continue;
                var item = await BeginAsync(source, technician);
                Cut(_folder[$"journal/{item}.chunks"], (records * RecordBytes) + (torn > 0 ? 7 : 0));
                Cut(_folder[$"disk/{item}/000000.chunks"], (chunks * (long)Chunk.StoredBytes) + torn);
                Cut(_folder[$"disk/{item}/leaves"], chunks * 32);

                using var journal = AttachJournal.Find(_folder["journal"], item, "", "", technician)!;
                using var packed = new PackedItem(_folder[$"disk/{item}"]);
                var (encrypted, findings) = await WriteAsync(journal, source, packed);
                packed.Dispose();
                var (content, tree) = (new MemoryStream(), new TreeBuilder());
                var (stored, plain) = (new byte[Chunk.StoredBytes], new byte[Chunk.PlainBytes]);
                for (var i = 0; i < encrypted.Chunks; i++)
                {
                    var chunk = packed.Read(i, stored);
                    tree.Add(TreeHash.Leaf(chunk.Span));
                    content.Write(plain, 0, Chunk.Decrypt(journal.Key, item, i, i == encrypted.Chunks - 1, chunk.Span, plain).Value);
                }
                Assert.Equal(encrypted.TreeRoot, tree.Root);
                Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content.ToArray())), encrypted.Digests[0].Value);
                Assert.Equal(folder, findings.Files is not null);
                // The salts of a folder's list differ from item to item, the archive before it does not.
                var same = content.ToArray()[..(int)(findings.Files?.ListFrom ?? content.Length)];
                expected ??= same;
                Assert.Equal(expected, same);
                journal.Wipe();
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private async Task<string> BeginAsync(SourceReader source, TechnicianKey technician)
    {
        var item = new AttachedItem(Protocol.Documents.Ids.New(), LoopbackOperator.CaseId, LoopbackOperator.RequestMessage, source.Path, source.Measure(), [], source.ItemName, source.IsFolder, []);
        using var journal = AttachJournal.Begin(_folder["journal"], item, technician);
        using var packed = new PackedItem(_folder[$"disk/{item.ItemId}"]);
        await WriteAsync(journal, source, packed);
        return item.ItemId;
    }

    private static Task<(EncryptedItem Item, SourceFindings Findings)> WriteAsync(AttachJournal journal, SourceReader source, PackedItem packed)
        => ByteProgress.RunAsync(new Terminal(TextWriter.Null, TextWriter.Null, json: false, interactive: false), TimeProvider.System, "pack", 1,
            progress => EvidencePack.WriteAsync(journal, source, packed, progress, CancellationToken.None));

    private SourceReader MakeSource(bool folder)
    {
        if (!folder)
        {
            File.WriteAllBytes(_folder["disk.dd"], RandomNumberGenerator.GetBytes(((Chunks - 1) * Chunk.PlainBytes) + 99));
            return SourceReader.At(_folder["disk.dd"], null);
        }
        var root = Directory.CreateDirectory(_folder["seized"]).FullName;
        File.WriteAllBytes(Path.Combine(root, "large"), RandomNumberGenerator.GetBytes((Chunks - 1) * Chunk.PlainBytes));
        File.WriteAllText(Path.Combine(root, "small"), "small");
        return SourceReader.At(root, null);
    }

    private TechnicianKey Technician()
    {
        var pki = new TestPki(_folder["pki"]).Marks("signing");
        return TechnicianKey.Open(new Context("https://localhost", "", "", "", pki.Certificate("signing"), pki.Key("signing")));
    }

    private static void Cut(string path, long length)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.SetLength(Math.Min(file.Length, length));
    }
}
