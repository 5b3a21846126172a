using System.Diagnostics;
using System.Globalization;
using Gateway.Protocol.Evidence;
using Xunit;
using static Gateway.Cli.Tests.InterruptedTransfer;

namespace Gateway.Cli.Tests;

/// <summary>A person presses Ctrl-C: the command ends with 3, keeps what it has and says what to do; the same command goes on behind it.</summary>
public sealed class StoppedTransferTests
{
    private const string WhatToDo = "run the same command again, it goes on there";

    // The bytes alone tell one source from another.
    private static readonly DateTime s_written = new(2026, 3, 1, 4, 0, 0, DateTimeKind.Utc);

    [Theory]
    [InlineData(0, false)]
    [InlineData(2, false)]
    [InlineData(4, false)]
    [InlineData(0, true)]
    [InlineData(2, true)]
    [InlineData(4, true)]
    public async Task Stopped_in_an_upload_the_command_says_what_to_do_and_goes_on_at_the_first_missing_chunk(int written, bool packed)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content, command) = await InterruptedTransfer.AttachAsync(gateway, packed, written);
        var stopped = await StoppedAsync(gateway, () => gateway.Service.Crossed.Count(index => index >= 0) == Math.Min(written + 2, Chunks), command);
        Assert.True(stopped.Exit == 3, stopped.Error);
        Assert.Contains(WhatToDo, stopped.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", stopped.Error, StringComparison.Ordinal);
        Assert.Null(gateway.Service.Committed);
        // A packed item has its journal in itself; that of any other stays, and what it names is not another item.
        Assert.Equal(packed ? 0 : 1, Journals(gateway, "attach").Count(path => path.EndsWith(".json", StringComparison.Ordinal)));
        gateway.Service.DeafAfter = null;
        gateway.Service.Crossed.Clear();

        // What is there is compared before anything is added to it: another source is not mixed into the item.
        if (!packed && written > 0)
        {
            File.WriteAllBytes(source, [(byte)(content[0] ^ 1), .. content[1..]]);
            File.SetLastWriteTimeUtc(source, s_written);
            Assert.Contains("T709", (await gateway.RunAsync(command)).Error, StringComparison.Ordinal);
            Assert.DoesNotContain(-1L, gateway.Service.Crossed);
            File.WriteAllBytes(source, content);
            File.SetLastWriteTimeUtc(source, s_written);
            gateway.Service.Crossed.Clear();
            Assert.Equal(written, gateway.Service.Chunks.Count);
        }
        var said = await gateway.RunAsync(command);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal(Enumerable.Range(written, Chunks - written).Select(index => (long)index).Append(-1), gateway.Service.Crossed);
        Assert.Equal(content, await EvidenceTests.OpenAsync(gateway));
        Assert.Empty(Journals(gateway, "attach"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Stopped_in_a_download_the_command_says_what_to_do_and_goes_on_behind_what_lies_there(int given)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (content, download) = await InterruptedTransfer.DownloadAsync(gateway, given);
        // The leaf of a chunk is noted behind its content.
        var stopped = await StoppedAsync(gateway, () => !gateway.Service.DownloadedFrom.IsEmpty && Unfinished(gateway, ".leaves") == given * 32, download);
        Assert.True(stopped.Exit == 3, stopped.Error);
        Assert.Contains(WhatToDo, stopped.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(gateway.Folder["received/disk.dd"]));
        Assert.Empty(gateway.Service.Submitted);
        Assert.Equal(given * (long)Chunk.PlainBytes, Unfinished(gateway));
        gateway.Service.SilentAfter = null;

        var said = await gateway.RunAsync(download);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal(given, gateway.Service.DownloadedFrom.Last());
        Assert.Equal(content, File.ReadAllBytes(gateway.Folder["received/disk.dd"]));
        Assert.Single(gateway.Service.Submitted);
        Assert.Single(Directory.GetFileSystemEntries(gateway.Folder["received"]));
    }

    [Fact]
    public async Task Stopped_while_it_packs_the_command_says_what_to_do_and_goes_on_with_the_chunks_that_lie_there()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, 60 * Chunk.PlainBytes);
        string Leaves() => Directory.Exists(gateway.Folder["disk"]) ? Directory.GetFiles(gateway.Folder["disk"], "leaves", SearchOption.AllDirectories).SingleOrDefault() ?? "" : "";
        var stopped = await StoppedAsync(gateway, () => Leaves() is { Length: > 0 } leaves && new FileInfo(leaves).Length >= 64, PackTests.Pack(gateway, source, "--limit", "1M"));
        Assert.True(stopped.Exit == 3, stopped.Error);
        Assert.Contains(WhatToDo, stopped.Error, StringComparison.Ordinal);
        var folder = Path.GetDirectoryName(Leaves())!;
        Assert.False(File.Exists(Path.Combine(folder, "manifest.cms")));
        Assert.Single(Journals(gateway, "pack"), path => path.EndsWith(".json", StringComparison.Ordinal));
        var first = File.ReadAllBytes(Path.Combine(folder, "000000.chunks")).AsSpan(0, Chunk.StoredBytes).ToArray();

        Assert.Equal(folder, await PackTests.PackedAsync(gateway, source));
        Assert.Equal(first, File.ReadAllBytes(Path.Combine(folder, "000000.chunks")).AsSpan(0, Chunk.StoredBytes).ToArray());
        Assert.Empty(Journals(gateway, "pack"));
        Assert.Equal(0, (await gateway.RunAsync("evidence", "attach", folder)).Exit);
        Assert.Equal(content, await EvidenceTests.OpenAsync(gateway));
    }

    // Whoever runs the tests may have been started with the signal ignored, which a shell does behind '&' and every child inherits.
    private static async Task<Said> StoppedAsync(LoopbackGateway gateway, Func<bool> reached, string[] command)
    {
        if (File.Exists(gateway.Folder["disk.dd"]))
            File.SetLastWriteTimeUtc(gateway.Folder["disk.dd"], s_written);
        using var process = gateway.StartBelow(["env", "--default-signal=INT"], command);
        var ended = GatewayCtl.EndedAsync(process);
        await Until(process, reached);
        using (var kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        return await ended;
    }

    private static string[] Journals(LoopbackGateway gateway, string of)
        => Directory.Exists(gateway.Folder[$"config/{of}"]) ? Directory.GetFiles(gateway.Folder[$"config/{of}"]) : [];
}
