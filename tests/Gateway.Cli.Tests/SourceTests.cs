using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Gateway.Cli.Output;
using Gateway.Cli.Sources;
using Gateway.Protocol.Evidence;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class SourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The memory of this process as a file: where nothing is mapped, reading it is an input/output error of the kind that a bad sector gives.</summary>
    [Fact]
    public async Task What_a_medium_does_not_give_is_zero_and_named_to_the_block()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var (from, mapped) = MappedThenNothing();
        var unread = new UnreadLog(_folder["unread"]);
        const int Hole = 3 * 4096;
        using var stream = new SectorStream(FileOnDisk.OpenHandle("/proc/self/mem"), from, mapped + Hole, unread.Of(""));
        var read = await ReadAsync(stream, (int)mapped + Hole);
        Assert.Equal(mapped + Hole, read.Length);
        Assert.All(read[(int)mapped..], b => Assert.Equal(0, b));
        Assert.NotEqual(new byte[mapped], read[..(int)mapped]);
        Assert.Equal([new UnreadRange(mapped, Hole)], unread.Of("").Ranges);
        // A later run takes the same places for zeros without asking the medium.
        Assert.Equal([new UnreadRange(mapped, Hole)], new UnreadLog(_folder["unread"]).Of("").Ranges);
    }

    /// <summary>Below /dev lie files too: those in memory, and what a person puts there.</summary>
    [Fact]
    public void A_file_in_memory_is_a_file_and_a_character_device_is_refused()
    {
        if (!Directory.Exists("/dev/shm"))
            return;
        var file = Path.Combine("/dev/shm", $"gateway-test-{Environment.ProcessId}");
        try
        {
            File.WriteAllBytes(file, new byte[700]);
            var source = SourceReader.At(file, null);
            Assert.False(source.IsDevice);
            Assert.Equal(700, source.Measure());
        }
        finally
        {
            File.Delete(file);
        }
        var zeros = SourceReader.At("/dev/zero", null);
        Assert.True(zeros.IsDevice);
        Assert.Contains("not a block device that tells its size", Assert.Throws<StopException>(() => zeros.Measure()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_medium_that_answers_nowhere_stops_the_work_instead_of_becoming_zeros()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var (from, mapped) = MappedThenNothing();
        var unread = new UnreadLog(null);
        using var stream = new SectorStream(FileOnDisk.OpenHandle("/proc/self/mem"), from + mapped, 1 << 20, unread.Of(""));
        var stop = await Assert.ThrowsAsync<StopException>(() => ReadAsync(stream, 1 << 20));
        Assert.Equal(ExitCode.Incomplete, stop.Exit);
        Assert.Empty(unread.Of("").Ranges);
    }

    /// <summary>What was read before a cable was pulled, the system still gives from its cache.</summary>
    [Fact]
    public async Task A_medium_that_answers_no_more_ahead_stops_the_work_whatever_it_gave_before()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var (from, mapped) = MappedThenNothing();
        var unread = new UnreadLog(null);
        using var stream = new SectorStream(FileOnDisk.OpenHandle("/proc/self/mem"), from, mapped + (1 << 20), unread.Of(""));
        var stop = await Assert.ThrowsAsync<StopException>(() => ReadAsync(stream, (int)mapped + (1 << 20)));
        Assert.Equal(ExitCode.Incomplete, stop.Exit);
        Assert.Contains($"from byte {mapped} to its end", stop.Message, StringComparison.Ordinal);
        Assert.Empty(unread.Of("").Ranges);
    }

    [Fact]
    public void Places_that_touch_are_one_place()
    {
        var ranges = new UnreadLog(null).Of("disk");
        foreach (var from in (long[])[5120, 512, 4096, 1024, 4608, 9216])
            ranges.Add(from, 512);
        Assert.Equal([new(512, 1024), new(4096, 1536), new(9216, 512)], ranges.Ranges);
        Assert.Equal((512L, false), ranges.At(0));
        Assert.Equal((1024L, true), ranges.At(512));
        Assert.Equal((512L, true), ranges.At(5120));
        Assert.Equal((long.MaxValue, false), ranges.At(9728));
    }

    [Fact]
    public void A_medium_with_holes_everywhere_is_refused()
    {
        var ranges = new UnreadLog(null).Of("disk");
        var stop = Assert.Throws<StopException>(() =>
        {
            for (long i = 0; i < 2000; i++)
                ranges.Add(i * 1024, 512);
        });
        Assert.Equal(ExitCode.No, stop.Exit);
    }

    [Fact]
    public async Task A_sparse_file_has_the_bytes_that_its_length_says()
    {
        var path = _folder["sparse"];
        using (var file = new FileStream(path, FileMode.Create))
        {
            file.SetLength(9 * Chunk.PlainBytes);
            file.Position = 5 * Chunk.PlainBytes;
            file.WriteByte(7);
        }
        using var source = SourceReader.At(path, null).OpenFile(new UnreadLog(null));
        var read = await ReadAsync(source.Content, 10 * Chunk.PlainBytes);
        Assert.Equal(SHA256.HashData(File.ReadAllBytes(path)), SHA256.HashData(read));
        Assert.Empty(source.Complete().Unread);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_is_written_to_while_it_is_read_is_refused(bool longer)
    {
        var path = _folder["growing"];
        File.WriteAllBytes(path, new byte[100_000]);
        File.SetLastWriteTimeUtc(path, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        using var source = SourceReader.At(path, null).OpenFile(new UnreadLog(null));
        await ReadAsync(source.Content, 50_000);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = longer ? 100_000 : 10;
            file.WriteByte(1);
        }
        var stop = Assert.Throws<StopException>(() => source.Complete());
        Assert.Equal((ExitCode.No, "T709"), (stop.Exit, stop.Refusals.Single().Code));
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Ctrl_C_stops_cleanly_and_the_same_command_goes_on(string signal)
    {
        if (OperatingSystem.IsWindows())
            return;
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, 60 * Chunk.PlainBytes);
        using (var process = gateway.Start(PackTests.Pack(gateway, source, "--limit", "1M")))
        {
            var error = process.StandardError.ReadToEndAsync();
            while (Directory.Exists(gateway.Folder["config/pack"]) is false || Directory.GetFiles(gateway.Folder["config/pack"], "*.chunks") is not [var records] || new FileInfo(records).Length < 144)
                await Task.Delay(20);
            using (var kill = Process.Start("kill", ["-s", signal, process.Id.ToString(CultureInfo.InvariantCulture)]))
                await kill.WaitForExitAsync();
            await process.WaitForExitAsync();
            Assert.Equal(3, process.ExitCode);
            Assert.Contains("run the same command again", await error, StringComparison.Ordinal);
        }
        var packed = await PackTests.PackedAsync(gateway, source);
        Assert.Equal(0, (await gateway.RunAsync("evidence", "attach", packed)).Exit);
        Assert.Equal(content, await EvidenceTests.OpenAsync(gateway));
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<byte[]> ReadAsync(Stream stream, int most)
    {
        var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (all.Length < most && await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, most - all.Length))) is > 0 and var read)
            all.Write(buffer, 0, read);
        return all.ToArray();
    }

    // A page or more that can be read, behind it at least a megabyte of nothing.
    private static (long From, long Mapped) MappedThenNothing()
    {
        var maps = File.ReadAllLines("/proc/self/maps").Select(line => (Line: line, Range: line.Split(' ')[0].Split('-').Select(x => long.Parse(x, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray())).ToList();
        for (var i = 0; i + 1 < maps.Count; i++)
        {
            if (maps[i].Line.Contains(".dll", StringComparison.Ordinal) && maps[i].Line.Split(' ')[1][0] == 'r' && maps[i + 1].Range[0] - maps[i].Range[1] >= 1 << 20)
                return (maps[i].Range[1] - 4096, 4096);
        }
        // The program's own file is mapped below everything else.
        var own = maps.Zip(maps.Skip(1)).First(pair => pair.First.Line.Split(' ')[1][0] == 'r' && pair.First.Line.Contains('/', StringComparison.Ordinal) && pair.Second.Range[0] - pair.First.Range[1] >= 1 << 20);
        return (own.First.Range[1] - 4096, 4096);
    }
}
