using System.Text;
using System.Text.Json;
using Gateway.Cli.Parts;
using Gateway.Cli.Sources;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Parts;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class FolderCheckTests
{
    [Fact]
    public async Task What_is_listed_and_not_there_or_there_and_not_listed_is_named()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (content, manifest) = await AttachedAsync(gateway);
        Assert.Null(await CheckAsync(gateway, content, manifest));
        var entries = FolderTests.Entries(content, manifest);
        var file = (int)entries.Single(e => e.Path == "a.txt").Offset!;

        // Header and one block of content are taken out.
        var missing = await CheckAsync(gateway, [.. content[..(file - 512)], .. content[(file + 512)..]], Moved(manifest, -1024));
        Assert.Equal(RefusalCode.ManifestIncomplete, missing!.Code);
        Assert.StartsWith("Manifest lists 5 files, received 4. Missing: a.txt.", missing.Detail, StringComparison.Ordinal);

        byte[] more = [.. TarHeader.Of("content/extra.txt", FileKind.FILE, 3, DateTimeOffset.UnixEpoch), .. "abc"u8, .. new byte[509]];
        var list = (int)manifest.Files!.ListFrom - 512;
        Assert.Equal("Manifest lists 5 files, received 6. Not listed: extra.txt.", (await CheckAsync(gateway, [.. content[..list], .. more, .. content[list..]], Moved(manifest, 1024)))!.Detail);
        byte[] twice = [.. TarHeader.Of("content/a.txt", FileKind.FILE, 3, DateTimeOffset.UnixEpoch), .. "abc"u8, .. new byte[509]];
        Assert.Contains("Not listed: a.txt.", (await CheckAsync(gateway, [.. content[..list], .. twice, .. content[list..]], Moved(manifest, 1024)))!.Detail, StringComparison.Ordinal);
        byte[] outside = [.. TarHeader.Of("../etc/passwd", FileKind.FILE, 3, DateTimeOffset.UnixEpoch), .. "abc"u8, .. new byte[509]];
        Assert.Contains("Not listed: /../etc/passwd.", (await CheckAsync(gateway, [.. content[..list], .. outside, .. content[list..]], Moved(manifest, 1024)))!.Detail, StringComparison.Ordinal);

        var changed = content.ToArray();
        changed[file] ^= 1;
        Assert.Equal("Manifest lists 5 files, received 5. Other content than listed: a.txt.", (await CheckAsync(gateway, changed, manifest))!.Detail);
        var spoilt = content.ToArray();
        spoilt[file - 512] ^= 1;
        Assert.Contains("The archive cannot be read behind 0 files", (await CheckAsync(gateway, spoilt, manifest))!.Detail, StringComparison.Ordinal);
        var relisted = content.ToArray();
        relisted[(int)manifest.Files.ListFrom + Encoding.UTF8.GetString(content.AsSpan((int)manifest.Files.ListFrom, 2000)).IndexOf("\"modified\":\"2", StringComparison.Ordinal) + 15] ^= 1;
        Assert.Contains("the manifest seals", (await CheckAsync(gateway, relisted, manifest))!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_spoilt_archive_ends_in_more_than_a_sentence()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (content, manifest) = await AttachedAsync(gateway);
        var random = new Random(11);
        for (var i = 0; i < 300; i++)
        {
            var bytes = content.ToArray();
            for (var change = 0; change < 3; change++)
                bytes[random.Next(i % 2 == 0 ? 2048 : bytes.Length)] ^= (byte)random.Next(1, 256);
            var cut = i % 5 == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
            if (await CheckAsync(gateway, cut, manifest) is { } refusal)
                Assert.Equal(RefusalCode.ManifestIncomplete, refusal.Code);
        }
    }

    [Fact]
    public async Task A_download_whose_list_names_more_than_came_says_so_and_keeps_what_the_laboratory_signed()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (content, manifest) = await AttachedAsync(gateway);
        string[] download = ["evidence", "download", manifest.ItemId, "--to", gateway.Folder["received"], "--force", "--json", "--purpose", "CRIMINAL_PROCEEDINGS: analysis"];
        var whole = await gateway.RunAsync(download);
        Assert.True(whole.Exit == 0, whole.Error);

        var file = (int)FolderTests.Entries(content, manifest).Single(e => e.Path == "a.txt").Offset!;
        byte[] less = [.. content[..(file - 512)], .. content[(file + 512)..]];
        using var key = ItemKey.From(gateway.Service.ItemKey);
        using var encryptor = new ItemEncryptor(key, manifest.ItemId, DigestSet.Create().Value);
        gateway.Service.Chunks.Clear();
        await foreach (var chunk in encryptor.EncryptAsync(new MemoryStream(less)))
        {
            using (chunk)
                gateway.Service.Chunks[chunk.Index] = chunk.Bytes.ToArray();
        }
        var encrypted = encryptor.Complete();
        manifest = Moved(manifest, -1024) with
        {
            SizeBytes = encrypted.SizeBytes,
            Chunks = encrypted.Chunks,
            TreeRoot = encrypted.TreeRoot,
            Digests = encrypted.Digests,
            Custody = [.. manifest.Custody.SkipLast(1), manifest.Custody[^1] with { HashAfter = new Digest(Convert.FromHexString(encrypted.Digests[0].Value)) }],
        };
        using var signer = gateway.Pki.Signer("signing");
        gateway.Service.Manifest = SignedDocument.Sign(manifest.Write(), signer, manifest.Time);

        var said = await gateway.RunAsync(download);
        Assert.Equal(1, said.Exit);
        Assert.Contains("refused V035 files: Manifest lists 5 files, received 4. Missing: a.txt.", said.Error, StringComparison.Ordinal);
        var result = JsonDocument.Parse(said.Output.TrimEnd().Split('\n')[^1]).RootElement;
        Assert.Equal(("AGREED", "V035"), (result.GetProperty("outcome").GetString(), result.GetProperty("refused")[0].GetProperty("code").GetString()));
        Assert.Equal(less, File.ReadAllBytes(gateway.Folder["received/photos.tar"]));
    }

    private static async Task<(byte[] Content, Manifest Manifest)> AttachedAsync(LoopbackGateway gateway)
    {
        Assert.Equal(0, (await EvidenceTests.AttachAsync(gateway, FolderTests.MakeFolder(gateway))).Exit);
        return (await EvidenceTests.OpenAsync(gateway), gateway.Service.Signed());
    }

    private static Manifest Moved(Manifest manifest, long bytes) => manifest with { Files = manifest.Files! with { ListFrom = manifest.Files!.ListFrom + bytes } };

    private static async Task<Refusal?> CheckAsync(LoopbackGateway gateway, byte[] content, Manifest manifest)
    {
        File.WriteAllBytes(gateway.Folder["content.tar"], content);
        return await FolderCheck.RunAsync(manifest, gateway.Folder["content.tar"], _ => { }, CancellationToken.None);
    }
}
