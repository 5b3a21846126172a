using Gateway.Protocol.Evidence;
using Xunit;
using static Gateway.Cli.Tests.InterruptedTransfer;

namespace Gateway.Cli.Tests;

/// <summary>The command line is killed, as by kill -9, at every chunk on the way to the gateway and back; the same command goes on, and little crosses the line twice.</summary>
public sealed class KilledTransferTests
{
    private const int MostSentAgain = 2;

    [Theory]
    [MemberData(nameof(EveryChunk))]
    public async Task Killed_at_any_chunk_of_attach_the_same_command_goes_on_and_sends_two_chunks_again_at_most(int written, bool packed)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (_, content, command) = await InterruptedTransfer.AttachAsync(gateway, packed, written);
        using (var process = gateway.Start(command))
        {
            // Two chunks are on their way when the last acknowledgement is in: then nothing more comes, but the commit behind the last.
            await Until(process, () => gateway.Service.Crossed.Count(index => index >= 0) == Math.Min(written + MostSentAgain, Chunks) && (written + MostSentAgain < Chunks || gateway.Service.Crossed.Contains(-1)));
            process.Kill();
            await process.WaitForExitAsync();
        }
        Assert.Equal(written, gateway.Service.Chunks.Count);
        Assert.Null(gateway.Service.Committed);
        gateway.Service.DeafAfter = null;
        gateway.Service.Crossed.Clear();

        var said = await gateway.RunAsync(command);
        Assert.True(said.Exit == 0, said.Error);
        // What was written is not sent again; what crossed the line before and was lost, is: two chunks, or fewer at the end.
        Assert.Equal(Enumerable.Range(written, Chunks - written).Select(index => (long)index).Append(-1), gateway.Service.Crossed);
        Assert.Equal(content, await EvidenceTests.OpenAsync(gateway));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(gateway.Folder["config"], "*", SearchOption.AllDirectories), path => path.Contains("attach/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Killed_at_any_chunk_of_a_download_the_same_command_goes_on_behind_what_lies_there(int given)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (content, download) = await InterruptedTransfer.DownloadAsync(gateway, given);
        using (var process = gateway.Start(download))
        {
            await Until(process, () => !gateway.Service.DownloadedFrom.IsEmpty && Unfinished(gateway) >= given * (long)Chunk.PlainBytes);
            process.Kill();
            await process.WaitForExitAsync();
        }
        Assert.False(File.Exists(gateway.Folder["received/disk.dd"]));
        gateway.Service.SilentAfter = null;
        var said = await gateway.RunAsync(download);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal(content, File.ReadAllBytes(gateway.Folder["received/disk.dd"]));
        Assert.InRange(gateway.Service.DownloadedFrom.Last(), Math.Max(0, given - 1), given);
        Assert.Single(Directory.GetFileSystemEntries(gateway.Folder["received"]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Killed_at_any_chunk_of_an_import_the_same_command_goes_on_behind_what_the_gateway_has(int written)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = EvidenceTests.MakeSource(gateway, Size);
        var disk = await PackTests.PackedAsync(gateway, source);
        gateway.Service.DeafAfter = written;
        using (var process = gateway.Start("evidence", "import", disk))
        {
            await Until(process, () => gateway.Service.Crossed.Count == Math.Min(written + MostSentAgain, Chunks) && gateway.Service.Chunks.Count == written);
            process.Kill();
            await process.WaitForExitAsync();
        }
        gateway.Service.DeafAfter = null;
        gateway.Service.Crossed.Clear();
        var said = await gateway.RunAsync("evidence", "import", disk);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal(Enumerable.Range(written, Chunks - written).Select(index => (long)index), gateway.Service.Crossed);
        Assert.Equal(File.ReadAllBytes(Path.Combine(disk, "000000.chunks")), gateway.Service.Chunks.OrderBy(c => c.Key).SelectMany(c => c.Value));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_line_cut_at_any_chunk_of_an_import_is_outlasted_by_the_command_and_no_chunk_comes_twice(int written)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = EvidenceTests.MakeSource(gateway, Size);
        var disk = await PackTests.PackedAsync(gateway, source);
        gateway.Service.BreakAfter = written;
        var said = await gateway.RunAsync("evidence", "import", disk);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Contains("interrupted", said.Error, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, Chunks).Select(index => (long)index), gateway.Service.Arrived);
        Assert.Equal(File.ReadAllBytes(Path.Combine(disk, "000000.chunks")), gateway.Service.Chunks.OrderBy(c => c.Key).SelectMany(c => c.Value));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_line_cut_behind_any_chunk_of_a_download_is_outlasted_by_the_command_and_no_chunk_is_fetched_twice(int given)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, Size);
        Assert.Equal(0, (await EvidenceTests.AttachAsync(gateway, source)).Exit);
        await EvidenceTests.OpenAsync(gateway);
        gateway.Service.BreakAfter = given;
        var said = await gateway.RunAsync("evidence", "download", gateway.Service.Signed().ItemId, "--to", gateway.Folder["received"], "--purpose", "CRIMINAL_PROCEEDINGS: analysis");
        Assert.True(said.Exit == 0, said.Error);
        Assert.Null(gateway.Service.BreakAfter);
        Assert.Equal(content, File.ReadAllBytes(gateway.Folder["received/disk.dd"]));
        Assert.Equal(given == Chunks - 1 ? [0] : [0, given + 1L], gateway.Service.DownloadedFrom);
    }

    public static TheoryData<int, bool> EveryChunk()
    {
        var data = new TheoryData<int, bool>();
        foreach (var packed in (bool[])[false, true])
        {
            for (var written = 0; written <= Chunks; written++)
                data.Add(written, packed);
        }
        return data;
    }
}
