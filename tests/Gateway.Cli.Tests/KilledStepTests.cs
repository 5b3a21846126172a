using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Gateway.Cli.Evidence;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Evidence;
using Xunit;
using Xunit.Abstractions;

namespace Gateway.Cli.Tests;

/// <summary>
/// SIGKILL in place of every step by which a command changes a file: each write, cut, naming, deletion and flush. Whatever lies there then, the same command makes one whole item of it.
/// </summary>
public sealed class KilledStepTests(ITestOutputHelper output)
{
    // Each kind is gone through by itself: strace counts each kind of call by itself.
    private static readonly string[] s_kinds = ["pwrite64", "pwritev", "ftruncate", "rename", "renameat", "renameat2", "unlink", "unlinkat", "fsync", "mkdir", "mkdirat"];

    private const int Size = Chunk.PlainBytes + 99;
    private const int MostSteps = 120;
    private const int FewestSteps = 15;
    private const int MostStrays = 3;

    private int _strays;

    [StraceFact]
    public async Task Killed_at_every_step_of_packing_the_same_command_leaves_one_whole_item_and_no_journal()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, Size);
        var pack = PackTests.Pack(gateway, source);
        await AtEveryStep(gateway, "pack", pack, () =>
        {
            if (Directory.Exists(gateway.Folder["disk"]))
                Directory.Delete(gateway.Folder["disk"], recursive: true);
        }, async () => Assert.Equal(content, await PackedContentAsync(gateway)));
    }

    [StraceFact]
    public async Task Killed_at_every_step_of_attaching_the_same_command_leaves_one_whole_item_and_no_journal()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, Size);
        await AtEveryStep(gateway, "attach", EvidenceTests.Attach(gateway, source), gateway.Service.Forget, async () => Assert.Equal(content, await EvidenceTests.OpenAsync(gateway)));
    }

    /// <param name="gateway">Where the command runs.</param>
    /// <param name="journals">Its folder of journals.</param>
    /// <param name="command">What is killed, and run again.</param>
    /// <param name="forget">Takes away what the round before left.</param>
    /// <param name="whole">Looks at what there is in the end.</param>
    private async Task AtEveryStep(LoopbackGateway gateway, string journals, string[] command, Action forget, Func<Task> whole)
    {
        journals = gateway.Folder[$"config/{journals}"];
        var steps = await TracedAsync(gateway, journals, command, forget);
        Assert.Equal(0, steps.Said.Exit);
        await whole();
        output.WriteLine(string.Join('\n', steps.Calls));
        Assert.InRange(steps.Calls.Count, FewestSteps, MostSteps);
        foreach (var kind in s_kinds.Where(kind => steps.Calls.Any(call => Is(call, kind))))
        {
            for (var n = 1; await KilledAtAsync(gateway, journals, command, forget, whole, kind, n); n++)
                Assert.True(n <= MostSteps, $"the command has more than {MostSteps} steps");
        }
    }

    // False when the command did nothing so often, and so was not killed.
    private async Task<bool> KilledAtAsync(LoopbackGateway gateway, string journals, string[] command, Action forget, Func<Task> whole, string kind, int n)
    {
        var (killed, calls) = await TracedAsync(gateway, journals, command, forget, "-e", string.Create(CultureInfo.InvariantCulture, $"inject={kind}:signal=KILL:when={n}"));
        var what = $"{kind} {n}";
        Assert.True(killed.Exit is 0 or 137, $"{what}: {killed.Exit} {killed.Error}");
        // strace counts thread by thread. A busy machine makes the runtime add one, rarely: then it is not the step that is meant, and is gone through again.
        var done = calls.Count(call => Is(call, kind));
        if (killed.Exit == 0 ? done >= n : done != n)
        {
            Assert.True(++_strays <= MostStrays, $"{what}: {done} such calls were made: not all are on one thread\n{string.Join('\n', calls)}");
            return await KilledAtAsync(gateway, journals, command, forget, whole, kind, n);
        }
        // What the person has read is done; else the same command.
        if (!killed.Output.Contains("\"manifestSha256\"", StringComparison.Ordinal))
        {
            var signed = Signed(gateway);
            foreach (var begun in Directory.Exists(journals) ? Directory.GetFiles(journals, ".*.partial") : [])
                File.SetLastWriteTimeUtc(begun, File.GetLastWriteTimeUtc(begun).AddDays(-2));
            var said = await gateway.RunAsync(command);
            Assert.True(said.Exit == 0, $"{what}: {said.Error}\n{string.Join('\n', calls)}");
            // What was signed before the kill is what counts.
            Assert.True(signed is null || signed.AsSpan().SequenceEqual(Signed(gateway)), $"{what}: another manifest was signed");
            // The next command of this kind takes away what a kill left behind: files without their header are nobody's.
            Assert.True(Directory.GetFiles(journals).Length == 0, $"{what}: {string.Join(' ', Directory.GetFiles(journals))}");
        }
        await whole();
        return killed.Exit != 0;
    }

    private static async Task<(Said Said, IReadOnlyList<string> Calls)> TracedAsync(LoopbackGateway gateway, string journals, string[] command, Action forget, params string[] inject)
    {
        forget();
        if (Directory.Exists(journals))
            Directory.Delete(journals, recursive: true);
        var trace = gateway.Folder["trace"];
        using var process = gateway.StartBelow(["strace", "-f", "-y", "-o", trace, "-e", $"trace={string.Join(',', s_kinds.Select(kind => $"?{kind}"))}", .. inject], command);
        var ended = GatewayCtl.EndedAsync(process);
        while (await Task.WhenAny(ended, Task.Delay(TimeSpan.FromSeconds(5))) != ended)
            LetGo(process);
        return (await ended, [.. (await File.ReadAllLinesAsync(trace)).Where(line => s_kinds.Any(kind => Is(line, kind)))]);
    }

    private static bool Is(string line, string kind) => line.Contains($" {kind}(", StringComparison.Ordinal);

    // strace 6.1 sometimes misses the end of a thread that it had killed, and waits for it for ever.
    private static void LetGo(Process strace)
    {
        var children = $"/proc/{strace.Id}/task/{strace.Id}/children";
        var command = File.Exists(children) ? File.ReadAllText(children).Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
        if (command is [var child] && File.Exists($"/proc/{child}/status") && File.ReadAllLines($"/proc/{child}/status").Any(line => line.StartsWith("State:\tZ", StringComparison.Ordinal)))
            strace.Kill();
    }

    private static byte[]? Signed(LoopbackGateway gateway)
        => Directory.Exists(gateway.Folder["disk"]) ? Directory.GetFiles(gateway.Folder["disk"], "manifest.cms", SearchOption.AllDirectories).Select(File.ReadAllBytes).SingleOrDefault() : null;

    private static async Task<byte[]> PackedContentAsync(LoopbackGateway gateway)
    {
        var folder = Assert.Single(Directory.GetDirectories(gateway.Folder["disk"]));
        Assert.Equal(["000000.chunks", "grant.cms", "leaves", "manifest.cms"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using var packed = new PackedItem(folder);
        var (papers, manifest) = packed.Papers();
        await packed.CheckLeavesAsync(manifest);
        using var evidence = gateway.Service.Evidence();
        using var key = KeyGrant.Read(Envelope.Open(papers.Grant, evidence).Value).Value.KeyFor(manifest, papers.Manifest.Sha256).Value;
        using var decryptor = ItemDecryptor.Begin(manifest, key).Value;
        var (plain, buffer) = (new MemoryStream(), new byte[Chunk.StoredBytes]);
        for (var i = 0; i < manifest.Chunks; i++)
            plain.Write((await decryptor.NextAsync(packed.Read(i, buffer))).Value.Span);
        Assert.True((await decryptor.CompleteAsync()).Value.Agrees);
        return plain.ToArray();
    }

    private sealed class StraceFactAttribute : FactAttribute
    {
        public StraceFactAttribute()
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo("strace", ["-o", "/dev/null", "true"]) { RedirectStandardError = true })!;
                process.WaitForExit();
                Skip = process.ExitCode == 0 ? null : "strace may not trace here (ptrace)";
            }
            catch (System.ComponentModel.Win32Exception)
            {
                Skip = "strace is absent: apt-get install strace";
            }
        }
    }
}
