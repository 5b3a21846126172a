using System.Diagnostics;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>What the kernel sees at the end of an item: a file is flushed under its own name before anything is deleted, or signed, that relies on it.</summary>
public sealed class FlushedNameTests
{
    [Traced]
    public async Task The_papers_of_a_packed_item_are_flushed_under_their_names_before_the_journal_is_wiped()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = EvidenceTests.MakeSource(gateway, 100_000);
        var lines = await TracedAsync(gateway, PackTests.Pack(gateway, source));
        var wiped = lines.FindIndex(line => line.Contains("unlink", StringComparison.Ordinal) && line.Contains("/config/pack/", StringComparison.Ordinal) && line.Contains(".json\"", StringComparison.Ordinal));
        Assert.True(wiped > 0, string.Join('\n', lines));
        AssertFlushed(lines, "/grant.cms", wiped);
        AssertFlushed(lines, "/manifest.cms", wiped);
    }

    [Traced]
    public async Task A_download_is_flushed_under_its_name_before_what_could_make_it_again_is_deleted()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = EvidenceTests.MakeSource(gateway, 100_000);
        Assert.Equal(0, (await EvidenceTests.AttachAsync(gateway, source)).Exit);
        await EvidenceTests.OpenAsync(gateway);
        var lines = await TracedAsync(gateway, "evidence", "download", gateway.Service.Signed().ItemId, "--to", gateway.Folder["received"], "--purpose", "CRIMINAL_PROCEEDINGS: analysis");
        var deleted = lines.FindIndex(line => line.Contains("unlink", StringComparison.Ordinal) && line.Contains(".partial.leaves\"", StringComparison.Ordinal));
        Assert.True(deleted > 0, string.Join('\n', lines));
        AssertFlushed(lines, "/received/disk.dd", deleted);
    }

    private static void AssertFlushed(List<string> lines, string name, int before)
    {
        // The name is the second of a rename or a link.
        var named = lines.FindLastIndex(before, line => (line.Contains("rename", StringComparison.Ordinal) || line.Contains("link", StringComparison.Ordinal)) && line.LastIndexOf($"{name}\"", StringComparison.Ordinal) > line.IndexOf(',', StringComparison.Ordinal));
        Assert.True(named >= 0, $"nothing got the name {name}\n{string.Join('\n', lines)}");
        Assert.True(lines.Skip(named).Take(before - named).Any(line => line.Contains("sync(", StringComparison.Ordinal) && line.Contains($"{name}>", StringComparison.Ordinal)),
            $"{name} was not flushed between\n{string.Join('\n', lines[named..(before + 1)])}");
    }

    private static async Task<List<string>> TracedAsync(LoopbackGateway gateway, params string[] arguments)
    {
        var file = gateway.Folder["trace"];
        var said = await GatewayCtl.RunUnderAsync(gateway.Folder["config/contexts.json"], ["strace", "-f", "-y", "-o", file, "-e", "trace=fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat"], arguments);
        Assert.True(said.Exit == 0, said.Error);
        return [.. await File.ReadAllLinesAsync(file)];
    }

    /// <summary>A test that traces the command line; skipped where that is not possible.</summary>
    private sealed class TracedAttribute : FactAttribute
    {
        private static readonly bool s_possible = OperatingSystem.IsLinux() && Possible();

        public TracedAttribute() => Skip = s_possible ? null : "strace may not trace here (ptrace)";

        private static bool Possible()
        {
            using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", "strace -o /dev/null true"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            shell.WaitForExit();
            return shell.ExitCode == 0;
        }
    }
}
