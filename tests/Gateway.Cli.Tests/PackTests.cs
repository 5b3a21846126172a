using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Evidence;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class PackTests
{
    private const int Size = (4 * Chunk.PlainBytes) + 12345;

    [Fact]
    public async Task An_item_packed_without_a_gateway_is_attached_without_its_source()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, Size);
        var folder = await PackedAsync(gateway, source, "--also", "sm3");
        Assert.Empty(gateway.Service.Arrived);
        File.Delete(source);
        var said = await gateway.RunAsync("evidence", "attach", folder, "--json");
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal(content, await EvidenceTests.OpenAsync(gateway));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), Result(said).GetProperty("digests").GetProperty("SHA256").GetString());
        Assert.True(Result(said).GetProperty("digests").TryGetProperty("SM3", out _));
    }

    [Fact]
    public async Task Nothing_on_the_disk_or_in_the_journals_opens_a_packed_item()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, Size);
        var folder = await PackedAsync(gateway, source);
        Assert.Empty(Directory.GetFiles(gateway.Folder["config/pack"]));
        var marker = content.AsSpan(Chunk.PlainBytes, 32).ToArray();
        Assert.All(Directory.GetFiles(folder), file => Assert.Equal(-1, File.ReadAllBytes(file).AsSpan().IndexOf(marker)));
        Assert.Equal(["000000.chunks", "grant.cms", "leaves", "manifest.cms"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_disk_without_room_for_the_item_is_told_before_the_first_byte()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var source = gateway.Folder["huge.dd"];
        // A file of zeros that takes no room itself, larger than what the disk has.
        using (var huge = new FileStream(source, FileMode.CreateNew))
        {
            if (OperatingSystem.IsWindows())
                return; // there, the zeros would be written
            huge.SetLength(new DriveInfo(gateway.Folder.Path).AvailableFreeSpace + (100L << 30));
        }
        var said = await gateway.RunAsync(Pack(gateway, source));
        Assert.Equal(3, said.Exit);
        Assert.Contains("has room for", said.Error, StringComparison.Ordinal);
        Assert.Contains("name another folder with --to", said.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(gateway.Folder["disk"]));
        Assert.False(Directory.Exists(gateway.Folder["config/pack"]));
    }

    [Fact]
    public async Task A_source_that_was_moved_is_packed_on_under_the_name_of_its_item_and_under_no_other()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, 60 * Chunk.PlainBytes);
        var begun = await KilledAsync(gateway, source);
        var moved = gateway.Folder["moved.dd"];
        File.Move(source, moved);
        var (item, key) = (Path.GetFileName(begun), File.ReadAllBytes(Path.Combine(begun, "000000.chunks")).AsSpan(0, Chunk.StoredBytes).ToArray());

        // Without a word of the item, what was done would be done again as another item.
        var anew = await gateway.RunAsync(Pack(gateway, moved));
        Assert.Equal(2, anew.Exit);
        Assert.Contains($"--item {item}", anew.Error, StringComparison.Ordinal);
        Assert.Contains("--new", anew.Error, StringComparison.Ordinal);
        Assert.Equal([begun], Directory.GetDirectories(gateway.Folder["disk"]));
        var unknown = await gateway.RunAsync(Pack(gateway, moved, "--item", new string('0', 32)));
        Assert.Equal(2, unknown.Exit);
        Assert.Contains("was begun here", unknown.Error, StringComparison.Ordinal);
        var otherCase = await gateway.RunAsync([.. Pack(gateway, moved, "--item", item).Select(a => a == LoopbackOperator.CaseId ? "XA-ffffffffffffffffffffffffffffffff" : a)]);
        Assert.Equal(2, otherCase.Exit);
        Assert.Contains("was begun for case", otherCase.Error, StringComparison.Ordinal);
        var changed = content.ToArray();
        changed[5] ^= 1;
        File.WriteAllBytes(gateway.Folder["other.dd"], changed);
        Assert.Contains("T709", (await gateway.RunAsync(Pack(gateway, gateway.Folder["other.dd"], "--item", item))).Error, StringComparison.Ordinal);

        Assert.Equal(begun, await PackedAsync(gateway, moved, "--item", item));
        Assert.Equal(key, File.ReadAllBytes(Path.Combine(begun, "000000.chunks")).AsSpan(0, Chunk.StoredBytes).ToArray());
        Assert.Equal(0, (await gateway.RunAsync("evidence", "attach", begun)).Exit);
        Assert.Equal(content, await EvidenceTests.OpenAsync(gateway));
    }

    // The journal of a pack that was killed behind its last byte: everything is on the disk, and the source is not needed.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pack_killed_behind_its_last_byte_is_finished_when_its_source_has_changed_or_is_gone(bool gone)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, 60 * Chunk.PlainBytes);
        var begun = await KilledAsync(gateway, source);
        var journal = Directory.GetFiles(gateway.Folder["config/pack"]).ToDictionary(file => file, File.ReadAllBytes);
        Assert.Equal(begun, await PackedAsync(gateway, source));
        foreach (var (file, bytes) in journal)
        {
            File.WriteAllBytes(file, bytes);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        if (gone)
            File.Delete(source);
        else
            File.WriteAllBytes(source, [.. content, 1]);
        var signed = File.ReadAllBytes(Path.Combine(begun, "manifest.cms"));

        Assert.Equal(begun, await PackedAsync(gateway, source));
        Assert.Equal(signed, File.ReadAllBytes(Path.Combine(begun, "manifest.cms")));
        Assert.Empty(Directory.GetFileSystemEntries(gateway.Folder["config/pack"]));
        Assert.Equal(0, (await gateway.RunAsync("evidence", "attach", begun)).Exit);
    }

    [Fact]
    public async Task A_killed_pack_goes_on_at_the_first_chunk_that_is_not_there()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, 60 * Chunk.PlainBytes);
        var begun = await KilledAsync(gateway, source);
        Assert.False(File.Exists(Path.Combine(begun, "manifest.cms")));
        Assert.NotEqual(0, (await gateway.RunAsync("evidence", "attach", begun)).Exit);
        var first = File.ReadAllBytes(Path.Combine(begun, "000000.chunks")).AsSpan(0, Chunk.StoredBytes).ToArray();

        Assert.Equal(begun, await PackedAsync(gateway, source));
        Assert.Equal(first, File.ReadAllBytes(Path.Combine(begun, "000000.chunks")).AsSpan(0, Chunk.StoredBytes).ToArray());
        Assert.Equal(0, (await gateway.RunAsync("evidence", "attach", begun)).Exit);
        Assert.Equal(content, await EvidenceTests.OpenAsync(gateway));
    }

    [Theory]
    [InlineData("000000.chunks", 2_000_000)]
    [InlineData("leaves", 40)]
    [InlineData("manifest.cms", 200)]
    public async Task A_disk_that_was_changed_is_refused_and_named(string file, int at)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = EvidenceTests.MakeSource(gateway, Size);
        var path = Path.Combine(await PackedAsync(gateway, source), file);
        var bytes = File.ReadAllBytes(path);
        bytes[at] ^= 1;
        File.WriteAllBytes(path, bytes);
        var said = await gateway.RunAsync("evidence", "attach", Path.GetDirectoryName(path)!);
        Assert.Equal(1, said.Exit);
        Assert.Null(gateway.Service.Committed);
        if (file == "000000.chunks")
            Assert.Contains("chunk 1 on", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_of_a_packed_item_goes_on_by_itself_at_the_first_missing_chunk()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, Size);
        var folder = await PackedAsync(gateway, source);
        gateway.Service.BreakAfter = 3;
        Assert.Equal(0, (await gateway.RunAsync("evidence", "attach", folder)).Exit);
        Assert.Equal([0L, 1, 2, 3, 4], gateway.Service.Arrived);
        Assert.Equal(content, await EvidenceTests.OpenAsync(gateway));
    }

    [Theory]
    [InlineData("--limit", "fast")]
    [InlineData("--also", "sha257")]
    [InlineData("--limit", "0")]
    [InlineData("--between", "20:00")]
    [InlineData("--between", "20:00-20:00")]
    [InlineData("--authority", "XB-NO")]
    public async Task What_cannot_be_meant_is_told_before_anything_is_read(string option, string value)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = EvidenceTests.MakeSource(gateway, 10);
        var said = await gateway.RunAsync([.. Pack(gateway, source).TakeWhile(a => a != option), option, value, .. Pack(gateway, source).SkipWhile(a => a != option).Skip(2)]);
        Assert.Equal(2, said.Exit);
        Assert.False(Directory.Exists(gateway.Folder["disk"]));
    }

    // Two chunks are there after two seconds; all of them would take a minute.
    private static async Task<string> KilledAsync(LoopbackGateway gateway, string source)
    {
        using var process = gateway.Start(Pack(gateway, source, "--limit", "1M"));
        while (!Directory.Exists(gateway.Folder["disk"]) || Directory.GetFiles(gateway.Folder["disk"], "leaves", SearchOption.AllDirectories) is not [var leaves] || new FileInfo(leaves).Length < 64)
            await Task.Delay(20);
        process.Kill();
        await process.WaitForExitAsync();
        return Directory.GetDirectories(gateway.Folder["disk"]).Single();
    }

    private static JsonElement Result(Said said) => JsonDocument.Parse(said.Output.TrimEnd().Split('\n')[^1]).RootElement;

    internal static string[] Pack(LoopbackGateway gateway, string source, params string[] more)
    {
        var fields = JsonNode.Parse(File.ReadAllText(EvidenceTests.Intake()), documentOptions: new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true })!.AsObject();
        fields["request"] = LoopbackOperator.RequestMessage;
        File.WriteAllText(gateway.Folder["packed-intake.json"], fields.ToJsonString());
        File.WriteAllBytes(gateway.Folder["own.card"], gateway.Pki.Card("evidence"));
        return ["evidence", "pack", source, "--to", gateway.Folder["disk"], "--card", gateway.Folder["own.card"], "--authority", "XB-CA", "--case", LoopbackOperator.CaseId,
            "--intake", gateway.Folder["packed-intake.json"], "--as", "technician", "--lab", "XB-LAB", "--json", .. more];
    }

    internal static async Task<string> PackedAsync(LoopbackGateway gateway, string source, params string[] more)
    {
        var said = await gateway.RunAsync(Pack(gateway, source, more));
        Assert.True(said.Exit == 0, said.Error);
        return Result(said).GetProperty("folder").GetString()!;
    }
}
