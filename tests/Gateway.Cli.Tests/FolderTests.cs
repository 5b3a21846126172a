using System.Diagnostics;
using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Parts;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class FolderTests
{
    [Fact]
    public async Task A_folder_becomes_one_item_whose_archive_list_and_tree_agree()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var root = MakeFolder(gateway);
        var said = await EvidenceTests.AttachAsync(gateway, root);
        Assert.True(said.Exit == 0, said.Error);
        var content = await EvidenceTests.OpenAsync(gateway);
        var manifest = gateway.Service.Signed();
        Assert.Equal(("photos.tar", FileTree.MediaType, ItemFormat.OTHER), (manifest.FileName, manifest.MediaType, manifest.Format));

        var entries = Entries(content, manifest);
        Assert.Equal(manifest.Files!.Entries, entries.Count);
        Assert.Equal(["a.txt", "album", "album/b.bin", "album/empty", "link"], entries.Select(e => e.Path));
        foreach (var entry in entries.Where(e => e.Kind == FileKind.FILE))
        {
            var file = File.ReadAllBytes(Path.Combine(root, entry.Path));
            Assert.Equal(file, content.AsSpan((int)entry.Offset!, (int)entry.Size).ToArray());
            Assert.Equal(Digest.Of(file), entry.Sha256);
        }
        Assert.Equal("album/b.bin", entries[4].Target);
        Assert.Equal(["content/a.txt", "content/album", "content/album/b.bin", "content/album/empty", "content/link", "files.jsonl"], Archived(content));
    }

    [Fact]
    public async Task Names_that_mislead_are_taken_under_a_spelling_that_does_not()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var root = Directory.CreateDirectory(gateway.Folder["odd"]).FullName;
        // What "invoice‮gpj.exe" looks like on a screen is "invoiceexe.jpg".
        string[] names = ["invoice\u202egpj.exe", "..\\..\\etc", "line\nbreak", "100%", "...", "é", "e\u0301", "\u200b", "a\u001b[2Jb"];
        foreach (var name in names)
            File.WriteAllText(Path.Combine(root, name), name);
        Assert.Equal(0, (await EvidenceTests.AttachAsync(gateway, root)).Exit);
        var entries = Entries(await EvidenceTests.OpenAsync(gateway), gateway.Service.Signed());
        Assert.Equal(names.Length, entries.Count);
        Assert.Contains("invoice%E2%80%AEgpj.exe", entries.Select(e => e.Path));
        Assert.Contains("..%5C..%5Cetc", entries.Select(e => e.Path));
        Assert.Contains("line%0Abreak", entries.Select(e => e.Path));
        Assert.Contains("100%25", entries.Select(e => e.Path));
        Assert.All(entries, e => Assert.Null(FilePaths.Problem(e.Path)));
        Assert.Equal(names.Select(name => Digest.Of(Encoding.UTF8.GetBytes(name)).ToString()).Order(StringComparer.Ordinal), entries.Select(e => e.Sha256.ToString()!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_cannot_be_taken_is_listed_with_the_reason_and_told()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using var gateway = await LoopbackGateway.StartAsync();
        var root = MakeFolder(gateway);
        await Shell($"mkfifo '{root}/pipe' && touch \"$(printf '{root}/bad\\377name')\" && deep='{root}'; cd \"$deep\"; for i in $(seq 1 45); do d=$(printf 'd%.0s' $(seq 1 99)); mkdir $d; cd $d; done; echo deep > file");
        var said = await EvidenceTests.AttachAsync(gateway, root);
        await Shell($"rm -rf '{root}'"); // the framework cannot remove such names either
        // The item is made, and a script does not take it for the whole folder: as 'hash' says it.
        Assert.True(said.Exit == (int)ExitCode.Incomplete, said.Error);
        var entries = Entries(await EvidenceTests.OpenAsync(gateway), gateway.Service.Signed());
        Assert.Equal(FileProblem.NOT_A_FILE, entries.Single(e => e.Path == "pipe").Problem);
        Assert.Equal(FileProblem.NAME_NOT_UTF8, entries.Single(e => e.Path == "bad%EF%BF%BDname").Problem);
        // Deeper than a path can be: the last folder that can be named says that what is below it is not there.
        Assert.NotNull(entries.Where(e => e.Path.StartsWith("ddd", StringComparison.Ordinal)).MaxBy(e => e.Path.Length)!.Problem);
        Assert.Equal(3, gateway.Service.Signed().Files!.NotTaken);
        Assert.Contains("pipe", said.Error, StringComparison.Ordinal);
        Assert.Contains("NAME_NOT_UTF8", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_not_taken_is_told_also_when_the_answer_to_the_commit_was_lost()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using var gateway = await LoopbackGateway.StartAsync();
        var root = MakeFolder(gateway);
        await Shell($"mkfifo '{root}/pipe'");
        gateway.Service.LosesCommit = true;
        var said = await EvidenceTests.AttachAsync(gateway, root);
        Assert.Contains("cable pulled", said.Error, StringComparison.Ordinal);
        Assert.Contains("not taken: pipe", said.Error, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.Incomplete, said.Exit);
        Assert.Empty(Directory.GetFiles(gateway.Folder["config/attach"]));

        // The same of a packed item, wherever it is attached.
        await using var other = await LoopbackGateway.StartAsync();
        var packed = await other.RunAsync(PackTests.Pack(other, root));
        Assert.Equal((int)ExitCode.Incomplete, packed.Exit);
        Assert.Equal((int)ExitCode.Incomplete, (await other.RunAsync("evidence", "attach", Assert.Single(Directory.GetDirectories(other.Folder["disk"])))).Exit);
    }

    /// <summary>Whoever owns the folder could put a file whose name is no UTF-8 beside one whose name is how such names are read.</summary>
    [Fact]
    public async Task Nothing_hides_behind_a_name_that_reads_alike()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new TemporaryFolder();
        var root = folder["seized"];
        await Shell($"mkdir '{root}'; cd '{root}'; echo shown > \"$(printf 'x\\357\\277\\275')\"; echo hidden > \"$(printf 'x\\377')\"; mkdir \"$(printf 'x\\376')\"; echo more > \"$(printf 'x\\357\\277\\275\\357\\277\\275')\"");
        var found = new Gateway.Cli.Sources.FolderWalk(root).Entries().ToList();
        await Shell($"rm -rf '{root}'");
        Assert.Equal(4, found.Count);
        Assert.Equal(4, found.Select(f => f.Path).Distinct().Count());
        Assert.Equal(found.Select(f => f.Path).Order(StringComparer.Ordinal), found.Select(f => f.Path));
        Assert.Equal(["x%EF%BF%BD", "x%EF%BF%BD%EF%BF%BD"], found.Where(f => f.Problem is null).Select(f => f.Path));
        Assert.Equal(2, found.Count(f => f.Problem == FileProblem.NAME_NOT_UTF8));
    }

    [Fact]
    public async Task A_killed_folder_goes_on_and_gives_the_same_tree()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var root = MakeFolder(gateway);
        File.WriteAllBytes(Path.Combine(root, "album", "large"), RandomNumberGenerator.GetBytes(5 * Chunk.PlainBytes));
        gateway.Service.BreakAfter = 3;
        using (var process = gateway.Start(EvidenceTests.Attach(gateway, root)))
        {
            while (gateway.Service.Arrived.Count < 3)
                await Task.Delay(20);
            process.Kill();
            await process.WaitForExitAsync();
        }
        Assert.Equal(0, (await EvidenceTests.AttachAsync(gateway, root)).Exit);
        Assert.Equal(["a.txt", "album", "album/b.bin", "album/empty", "album/large", "link"], Entries(await EvidenceTests.OpenAsync(gateway), gateway.Service.Signed()).Select(e => e.Path));
        Assert.Empty(Directory.GetFiles(gateway.Folder["config/attach"]));
    }

    [Theory]
    [InlineData("added")]
    [InlineData("removed")]
    [InlineData("changed")]
    [InlineData("changed behind what was read")]
    [InlineData("added behind what was read")]
    public async Task A_folder_that_is_changed_between_two_runs_is_refused(string how)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var root = MakeFolder(gateway);
        File.WriteAllBytes(Path.Combine(root, "album", "large"), RandomNumberGenerator.GetBytes(5 * Chunk.PlainBytes));
        File.WriteAllText(Path.Combine(root, "z.txt"), "omega");
        gateway.Service.BreakAfter = 3;
        using (var process = gateway.Start(EvidenceTests.Attach(gateway, root)))
        {
            while (gateway.Service.Arrived.Count < 3)
                await Task.Delay(20);
            process.Kill();
            await process.WaitForExitAsync();
        }
        switch (how)
        {
            case "added": File.WriteAllText(Path.Combine(root, "0"), "new"); break;
            case "added behind what was read": File.WriteAllText(Path.Combine(root, "zz"), "new"); break;
            case "changed behind what was read": File.WriteAllText(Path.Combine(root, "z.txt"), "OMEGA"); break;
            case "removed": File.Delete(Path.Combine(root, "a.txt")); break;
            default: File.WriteAllText(Path.Combine(root, "a.txt"), "ALPHA"); break;
        }
        var said = await EvidenceTests.AttachAsync(gateway, root);
        Assert.Equal(1, said.Exit);
        Assert.Contains("T709", said.Error, StringComparison.Ordinal);
        Assert.Null(gateway.Service.Committed);
    }

    [Fact]
    public async Task Hash_writes_a_line_for_each_file_that_sha256sum_accepts()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var root = MakeFolder(gateway);
        var said = await gateway.RunAsync("evidence", "hash", root);
        Assert.True(said.Exit == 0, said.Error);
        var list = gateway.Folder["list"];
        File.WriteAllLines(list, said.Output.Split('\n').Where(line => line.Contains("  ", StringComparison.Ordinal)));
        Assert.Equal(3, File.ReadAllLines(list).Length);
        if (!OperatingSystem.IsWindows())
            await Shell($"cd '{root}' && sha256sum --strict -c '{list}'");
        var also = await gateway.RunAsync("evidence", "hash", Path.Combine(root, "a.txt"), "--also", "sha512,sha3-256,md5,sha1,streebog-256,sm3", "--json");
        var digests = JsonDocument.Parse(also.Output.TrimEnd().Split('\n')[^1]).RootElement.GetProperty("digests");
        Assert.Equal(["SHA256", "SHA512", "SHA3-256", "MD5", "SHA1", "STREEBOG-256", "SM3"], digests.EnumerateObject().Select(d => d.Name));
    }

    internal static List<FileEntry> Entries(byte[] content, Manifest manifest)
    {
        var list = content.AsSpan((int)manifest.Files!.ListFrom, (int)manifest.Files.ListBytes);
        var (entries, tree) = (new List<FileEntry>(), new TreeBuilder());
        for (int end; (end = list.IndexOf((byte)'\n')) >= 0; list = list[(end + 1)..])
        {
            entries.Add(FileEntry.Read(list[..(end + 1)].ToArray()).Value);
            tree.Add(FileEntry.Leaf(list[..(end + 1)]));
        }
        Assert.Equal(manifest.Files.TreeRoot, tree.Root);
        return entries;
    }

    internal static string MakeFolder(LoopbackGateway gateway)
    {
        var root = Directory.CreateDirectory(gateway.Folder["photos"]).FullName;
        Directory.CreateDirectory(Path.Combine(root, "album"));
        File.WriteAllText(Path.Combine(root, "a.txt"), "alpha");
        File.WriteAllBytes(Path.Combine(root, "album", "b.bin"), RandomNumberGenerator.GetBytes(70_000));
        File.WriteAllText(Path.Combine(root, "album", "empty"), "");
        File.CreateSymbolicLink(Path.Combine(root, "link"), "album/b.bin");
        return root;
    }

    private static List<string> Archived(byte[] content)
    {
        var names = new List<string>();
        using var tar = new TarReader(new MemoryStream(content));
        while (tar.GetNextEntry() is { } entry)
            names.Add(entry.Name);
        return names;
    }

    private static async Task Shell(string script)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = shell.StandardError.ReadToEndAsync();
        await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        Assert.True(shell.ExitCode == 0, await error);
    }
}
