using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class PartTests
{
    [Fact]
    public async Task A_range_is_disclosed_proved_recorded_and_checked_offline()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (folder, content) = await DisclosedRangeAsync(gateway);
        Assert.Equal(content[Chunk.PlainBytes..(3 * Chunk.PlainBytes)], File.ReadAllBytes(Path.Combine(folder, "content")));
        Assert.Equal(["00000001.chunk", "00000002.chunk", "content", "disclosed.cms", "manifest.cms", "part.json"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        // Neither the item's key nor that of another chunk goes along.
        var proof = File.ReadAllText(Path.Combine(folder, "part.json"));
        using var key = ItemKey.From(gateway.Service.ItemKey);
        Assert.DoesNotContain(Convert.ToBase64String(gateway.Service.ItemKey), proof, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(key.ChunkKey(gateway.Service.Signed().ItemId, 0, false)), proof, StringComparison.Ordinal);
        Assert.Contains(Convert.ToBase64String(key.ChunkKey(gateway.Service.Signed().ItemId, 1, false)), proof, StringComparison.Ordinal);

        using var recorded = JsonDocument.Parse(SignedDocument.Open(gateway.Service.Submitted.Single().SignedDocument.Memory).Value.Content[..^1]);
        Assert.Equal(("DISCLOSED", "DEFENCE", "order 9 Gs 4/26"), (Text(recorded, "event"), Text(recorded, "disclosedTo"), Text(recorded, "decision")));
        Assert.Equal(Digest.Of(File.ReadAllBytes(Path.Combine(folder, "part.json"))).ToString(), Text(recorded, "document"));

        var said = await gateway.RunAsync("evidence", "verify-part", folder, "--trust", Card(gateway));
        Assert.True(said.Exit == 0, said.Error);
        Assert.Contains("PROVED", said.Output, StringComparison.Ordinal);
        Assert.Equal(3, (await gateway.RunAsync("evidence", "verify-part", folder)).Exit);
    }

    [Fact]
    public async Task Who_signed_for_a_laboratory_is_explained_by_the_card_of_its_State_and_by_no_other_one()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (folder, _) = await DisclosedRangeAsync(gateway);
        async Task<(int Exit, string Output, string Error)> Judged(params byte[][] cards)
        {
            var trust = cards.SelectMany((card, i) =>
            {
                File.WriteAllBytes(gateway.Folder[$"{i}.card"], card);
                return (string[])["--trust", gateway.Folder[$"{i}.card"]];
            });
            var said = await gateway.RunAsync(["evidence", "verify-part", folder, .. trust]);
            return (said.Exit, said.Output, said.Error);
        }

        // The same persons' authority in the card of another State says nothing about XB's laboratory.
        var other = await Judged(gateway.Pki.Card("evidence", "XC"));
        Assert.Equal(3, other.Exit);
        Assert.Contains("no card of XB was given", other.Output + other.Error, StringComparison.Ordinal);
        // XB's own card, under which these persons have no certificates.
        var forged = await Judged(new TestPki(gateway.Folder["other-pki"]).Agreement("evidence").Card("evidence"));
        Assert.Equal(1, forged.Exit);
        Assert.Contains("T711", forged.Error, StringComparison.Ordinal);
        // It names the authority, and not as a laboratory.
        var office = await Judged(gateway.Pki.Card("evidence", laboratory: "AUDITOR"));
        Assert.Equal(3, office.Exit);
        Assert.Contains("names XB-LAB, but as none of", office.Output + office.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await Judged(gateway.Pki.Card("evidence", "XC"), gateway.Pki.Card("evidence"))).Exit);
    }

    [Fact]
    public async Task A_file_of_a_folder_is_disclosed_without_the_others()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var root = FolderTests.MakeFolder(gateway);
        Assert.Equal(0, (await EvidenceTests.AttachAsync(gateway, root)).Exit);
        await EvidenceTests.OpenAsync(gateway);
        var folder = await DiscloseAsync(gateway, "--file", "album/b.bin");
        Assert.Equal(File.ReadAllBytes(Path.Combine(root, "album", "b.bin")), File.ReadAllBytes(Path.Combine(folder, "content")));
        Assert.DoesNotContain("a.txt", File.ReadAllText(Path.Combine(folder, "part.json")), StringComparison.Ordinal);
        Assert.Equal(0, (await gateway.RunAsync("evidence", "verify-part", folder, "--trust", Card(gateway))).Exit);

        // For nobody else on this machine; and what a killed run left in clear is taken away by the next one of the same part.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        Assert.All((string[])["content", "part.json"], file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, file))));
        var left = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(folder)!, $".{Path.GetFileName(folder)}.0123456789abcdef.partial"));
        File.WriteAllText(Path.Combine(left.FullName, "content"), "in clear");
        Directory.Delete(folder, recursive: true);
        Assert.Equal(folder, await DiscloseAsync(gateway, "--file", "album/b.bin"));
        Assert.False(Directory.Exists(left.FullName));

        File.WriteAllBytes(Path.Combine(folder, "content"), [.. File.ReadAllBytes(Path.Combine(folder, "content")), 0]);
        Assert.Equal(1, (await gateway.RunAsync("evidence", "verify-part", folder, "--trust", Card(gateway))).Exit);
    }

    [Fact]
    public async Task A_file_with_a_path_of_4000_characters_is_disclosed_by_its_end_and_its_digest()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var root = FolderTests.MakeFolder(gateway);
        var path = $"{string.Join('/', Enumerable.Repeat(new string('d', 250), 15))}/{new string('f', 231)}.txt";
        Assert.Equal(4000, path.Length);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, path))!);
        File.WriteAllText(Path.Combine(root, path), "deep");
        Assert.Equal(0, (await EvidenceTests.AttachAsync(gateway, root)).Exit);
        await EvidenceTests.OpenAsync(gateway);
        var folder = await DiscloseAsync(gateway, "--file", path);
        Assert.Equal("deep", File.ReadAllText(Path.Combine(folder, "content")));
        using var recorded = JsonDocument.Parse(SignedDocument.Open(gateway.Service.Submitted.Single().SignedDocument.Memory).Value.Content[..^1]);
        var part = Text(recorded, "part");
        // What DISCLOSED takes.
        Assert.InRange(part.Length, 1, 4000);
        Assert.EndsWith($"{path[^3500..]} (a path of 4000 characters, SHA-256 {Digest.Of(System.Text.Encoding.UTF8.GetBytes(path))})", part, StringComparison.Ordinal);
        Assert.Equal(0, (await gateway.RunAsync("evidence", "verify-part", folder, "--trust", Card(gateway))).Exit);
    }

    [Fact]
    public async Task What_could_not_be_recorded_asks_for_no_key()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        Assert.Equal(0, (await EvidenceTests.AttachAsync(gateway, FolderTests.MakeFolder(gateway))).Exit);
        await EvidenceTests.OpenAsync(gateway);
        var asked = 0;
        gateway.Service.OnGrant = grant =>
        {
            asked++;
            return grant;
        };
        foreach (var decision in (string[])[" ", new string('x', 301)])
        {
            var said = await gateway.RunAsync("evidence", "download", gateway.Service.Signed().ItemId, "--to", gateway.Folder["disclosed"], "--purpose", "CRIMINAL_PROCEEDINGS: disclosure", "--decision", decision, "--file", "a.txt");
            Assert.Equal(1, said.Exit);
            Assert.Contains("decision", said.Error, StringComparison.Ordinal);
        }
        Assert.Equal(0, asked);
        Assert.Empty(gateway.Service.Submitted);
    }

    [Fact]
    public async Task A_disclosure_killed_after_it_was_recorded_is_finished_by_the_next_run_and_recorded_once()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (folder, content) = await DisclosedRangeAsync(gateway);
        var left = Path.Combine(Path.GetDirectoryName(folder)!, $".{Path.GetFileName(folder)}.0123456789abcdef.partial");
        string[] again = ["--range", $"{Chunk.PlainBytes + 5}-{(2 * Chunk.PlainBytes) + 9}"];

        // Killed between the two: the folder has not got its name. The gateway has the event.
        Directory.Move(folder, left);
        gateway.Service.CustodyEvents.Add(gateway.Service.Submitted.Single().SignedDocument.ToByteArray());
        Assert.Equal(folder, await DiscloseAsync(gateway, again[0], again[1]));
        Assert.Equal(content[Chunk.PlainBytes..(3 * Chunk.PlainBytes)], File.ReadAllBytes(Path.Combine(folder, "content")));
        Assert.Single(gateway.Service.Submitted);
        Assert.Equal([folder], Directory.GetFileSystemEntries(Path.GetDirectoryName(folder)!));
        Assert.Equal(0, (await gateway.RunAsync("evidence", "verify-part", folder, "--trust", Card(gateway))).Exit);

        // Another decision is another disclosure; what was begun is finished as it was recorded.
        Directory.Move(folder, left);
        var other = await gateway.RunAsync(["evidence", "download", gateway.Service.Signed().ItemId, "--to", gateway.Folder["disclosed"], "--purpose", "CRIMINAL_PROCEEDINGS: disclosure", "--decision", "order 10", .. again]);
        Assert.Equal(3, other.Exit);
        Assert.Contains("order 9 Gs 4/26", other.Output, StringComparison.Ordinal);
        Assert.True(Directory.Exists(folder));
        Assert.Single(gateway.Service.Submitted);

        // Changed since: it is not what was disclosed, but stands in the record. A person looks at it, nothing throws it away.
        Directory.Move(folder, left);
        File.AppendAllText(Path.Combine(left, "content"), "more");
        var changed = await gateway.RunAsync(["evidence", "download", gateway.Service.Signed().ItemId, "--to", gateway.Folder["disclosed"], "--purpose", "CRIMINAL_PROCEEDINGS: disclosure", "--decision", "order 9 Gs 4/26", .. again]);
        Assert.Equal(1, changed.Exit);
        Assert.Contains("put it elsewhere", changed.Error, StringComparison.Ordinal);
        Assert.Single(gateway.Service.Submitted);
        Directory.Move(left, gateway.Folder["looked-at"]);
        Assert.Equal(folder, await DiscloseAsync(gateway, again[0], again[1]));
        Assert.Equal(2, gateway.Service.Submitted.Count);
        Assert.False(Directory.Exists(left));

        // Signed and never recorded: nobody was told of it.
        gateway.Service.CustodyEvents.Clear();
        Directory.Move(folder, left);
        Assert.Equal(folder, await DiscloseAsync(gateway, again[0], again[1]));
        Assert.Equal(3, gateway.Service.Submitted.Count);
        Assert.False(Directory.Exists(left));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_disclosure_that_ends_behind_its_record_is_kept_and_finished_by_the_same_command(bool stopped)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        await AttachedAsync(gateway);
        string[] disclose = ["evidence", "download", gateway.Service.Signed().ItemId, "--to", gateway.Folder["disclosed"], "--purpose", "CRIMINAL_PROCEEDINGS: disclosure", "--range", "0-5", "--decision", "order 9 Gs 4/26"];
        string? target = null;
        gateway.Service.Taken = () =>
        {
            var partial = Directory.GetDirectories(gateway.Folder["disclosed"], ".*.partial").Single();
            target = Path.Combine(gateway.Folder["disclosed"], Path.GetFileName(partial).Split('.')[1]);
            // The answer gets lost with its meaning, or the folder cannot get its name.
            if (stopped)
                throw new Grpc.Core.RpcException(new Grpc.Core.Status(Grpc.Core.StatusCode.Cancelled, "stopped"));
            Directory.CreateDirectory(target);
        };
        Assert.NotEqual(0, (await gateway.RunAsync(disclose)).Exit);
        gateway.Service.Taken = null;
        gateway.Service.CustodyEvents.Add(gateway.Service.Submitted.Single().SignedDocument.ToByteArray());
        if (!stopped)
        {
            // Still taken: what stands in the record is not thrown away for that.
            Assert.NotEqual(0, (await gateway.RunAsync(disclose)).Exit);
            Assert.Single(Directory.GetDirectories(gateway.Folder["disclosed"], ".*.partial"));
            Directory.Delete(target!);
        }
        Assert.Equal(target, await DiscloseAsync(gateway, "--range", "0-5"));
        Assert.Single(gateway.Service.Submitted);
        Assert.Equal([target!], Directory.GetFileSystemEntries(gateway.Folder["disclosed"]));
    }

    [Theory]
    [InlineData("content", 5)]
    [InlineData("00000001.chunk", 500_000)]
    [InlineData("part.json", 40)]
    [InlineData("part.json", 700)]
    [InlineData("manifest.cms", 900)]
    [InlineData("disclosed.cms", 300)]
    public async Task A_part_that_was_changed_anywhere_is_not_proved(string file, int at)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (folder, _) = await DisclosedRangeAsync(gateway);
        var path = Path.Combine(folder, file);
        var bytes = File.ReadAllBytes(path);
        bytes[at] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Equal(1, (await gateway.RunAsync("evidence", "verify-part", folder, "--trust", Card(gateway))).Exit);
    }

    [Fact]
    public async Task Nothing_is_handed_over_that_could_not_be_recorded()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        await DisclosedRangeAsync(gateway);
        gateway.Service.Tamper = fields => fields["disclosedTo"] = "COURT";
        var said = await gateway.RunAsync("evidence", "download", gateway.Service.Signed().ItemId, "--to", gateway.Folder["other"], "--purpose", "CRIMINAL_PROCEEDINGS: disclosure", "--range", "0-5", "--decision", "order 9 Gs 4/26");
        Assert.Equal(1, said.Exit);
        Assert.Single(gateway.Service.Submitted);
        Assert.Empty(Directory.GetFileSystemEntries(gateway.Folder["other"]));
    }

    [Fact]
    public async Task Sensitive_content_is_opened_for_nobody_who_does_not_say_what_it_is()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, Chunk.PlainBytes + 5);
        var form = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(EvidenceTests.Intake()))!;
        form["sensitivity"] = new System.Text.Json.Nodes.JsonArray("CSAM", "MINOR");
        File.WriteAllText(gateway.Folder["intake.json"], form.ToJsonString());
        Assert.Equal(0, (await gateway.RunAsync("evidence", "attach", source, "--case", LoopbackOperator.CaseId, "--intake", gateway.Folder["intake.json"])).Exit);
        await EvidenceTests.OpenAsync(gateway);
        Task<Said> Download(params string[] more) => gateway.RunAsync(["evidence", "download", gateway.Service.Signed().ItemId, "--to", gateway.Folder["out"], "--purpose", "CRIMINAL_PROCEEDINGS: trial", .. more]);
        foreach (string[] said in (string[][])[[], ["--acknowledge", "CSAM"], ["--range", "0-5", "--decision", "order 9"]])
        {
            var refused = await Download(said);
            Assert.Equal(1, refused.Exit);
            Assert.Contains("--acknowledge CSAM,MINOR", refused.Error, StringComparison.Ordinal);
        }
        Assert.Equal(2, (await Download("--acknowledge", "1")).Exit);
        Assert.Equal(2, (await Download("--acknowledge", "SECRET")).Exit);
        Assert.Empty(Directory.GetFileSystemEntries(gateway.Folder["out"]));
        Assert.Empty(gateway.Service.DownloadedFrom);
        var good = await Download("--acknowledge", "minor, CSAM");
        Assert.True(good.Exit == 0, good.Error);
        Assert.Equal(content, File.ReadAllBytes(Assert.Single(Directory.GetFiles(gateway.Folder["out"]))));
        Assert.Equal(0, (await Download("--acknowledge", "CSAM,MINOR", "--range", "0-5", "--decision", "order 9")).Exit);
    }

    [Fact]
    public async Task A_disclosure_outlasts_a_line_that_breaks_anywhere_and_an_event_that_comes_between()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var content = await AttachedAsync(gateway);
        (gateway.Service.BreakAfter, gateway.Service.BreakLeaves, gateway.Service.LoseAnswer, gateway.Service.Overtaken) = (1, true, true, 2);
        var folder = await DiscloseAsync(gateway, "--range", $"{Chunk.PlainBytes + 5}-{(3 * Chunk.PlainBytes) + 9}");
        Assert.Equal(content[Chunk.PlainBytes..(4 * Chunk.PlainBytes)], File.ReadAllBytes(Path.Combine(folder, "content")));
        Assert.Equal([1, 2], gateway.Service.DownloadedFrom.TakeLast(2));
        Assert.Equal(2, gateway.Service.LeavesFetched);
        // Signed once behind both events; its lost answer was asked for again, with the same bytes.
        var submitted = gateway.Service.Submitted.TakeLast(2).Select(s => s.SignedDocument).ToList();
        Assert.Equal(submitted[0], submitted[1]);
        Assert.Equal(submitted[0].ToByteArray(), File.ReadAllBytes(Path.Combine(folder, "disclosed.cms")));
        Assert.Equal(0, (await gateway.RunAsync("evidence", "verify-part", folder, "--trust", Card(gateway))).Exit);
    }

    [Fact]
    public async Task A_file_outlasts_a_line_that_breaks_in_the_list()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var root = FolderTests.MakeFolder(gateway);
        Assert.Equal(0, (await EvidenceTests.AttachAsync(gateway, root)).Exit);
        await EvidenceTests.OpenAsync(gateway);
        gateway.Service.BreakAfter = gateway.Service.Chunks.Count - 1;
        var folder = await DiscloseAsync(gateway, "--file", "album/b.bin");
        Assert.Equal(File.ReadAllBytes(Path.Combine(root, "album", "b.bin")), File.ReadAllBytes(Path.Combine(folder, "content")));
        Assert.Null(gateway.Service.BreakAfter);
    }

    [Fact]
    public async Task A_disclosure_that_is_always_overtaken_ends_and_hands_nothing_over()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        await AttachedAsync(gateway);
        gateway.Service.Overtaken = 1000;
        var said = await gateway.RunAsync("evidence", "download", gateway.Service.Signed().ItemId, "--to", gateway.Folder["other"], "--purpose", "CRIMINAL_PROCEEDINGS: disclosure", "--range", "0-5", "--decision", "order 9 Gs 4/26");
        Assert.Equal(1, said.Exit);
        Assert.Contains("T805", said.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(gateway.Folder["other"]));
    }

    [Theory]
    [InlineData("--range", "5-4")]
    [InlineData("--range", "0-99999999999")]
    [InlineData("--range", "five")]
    [InlineData("--file", "a.txt")]
    [InlineData("--for", "PRESS", "--range", "0-1")]
    [InlineData("--decision", "", "--range", "0-1")]
    public async Task What_cannot_be_a_part_is_told_before_a_key_is_asked_for(params string[] options)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        await AttachedAsync(gateway);
        string[] decision = options[0] == "--decision" ? [] : ["--decision", "order 9 Gs 4/26"];
        var said = await gateway.RunAsync(["evidence", "download", gateway.Service.Signed().ItemId, "--to", gateway.Folder["disclosed"], "--purpose", "CRIMINAL_PROCEEDINGS: disclosure", .. decision, .. options]);
        Assert.Equal(2, said.Exit);
        Assert.Empty(gateway.Service.Submitted);
    }

    private static async Task<byte[]> AttachedAsync(LoopbackGateway gateway)
    {
        var (source, content) = EvidenceTests.MakeSource(gateway, (4 * Chunk.PlainBytes) + 12345);
        Assert.Equal(0, (await EvidenceTests.AttachAsync(gateway, source)).Exit);
        await EvidenceTests.OpenAsync(gateway);
        return content;
    }

    private static async Task<(string Folder, byte[] Content)> DisclosedRangeAsync(LoopbackGateway gateway)
    {
        var content = await AttachedAsync(gateway);
        return (await DiscloseAsync(gateway, "--range", $"{Chunk.PlainBytes + 5}-{(2 * Chunk.PlainBytes) + 9}"), content);
    }

    private static async Task<string> DiscloseAsync(LoopbackGateway gateway, string option, string part)
    {
        var said = await gateway.RunAsync("evidence", "download", gateway.Service.Signed().ItemId, "--to", gateway.Folder["disclosed"], "--purpose", "CRIMINAL_PROCEEDINGS: disclosure", option, part, "--decision", "order 9 Gs 4/26", "--json");
        Assert.True(said.Exit == 0, said.Error);
        return JsonDocument.Parse(said.Output.TrimEnd().Split('\n')[^1]).RootElement.GetProperty("folder").GetString()!;
    }

    private static string Card(LoopbackGateway gateway)
    {
        File.WriteAllBytes(gateway.Folder["xb.card"], gateway.Pki.Card("evidence"));
        return gateway.Folder["xb.card"];
    }

    private static string Text(JsonDocument document, string name) => document.RootElement.GetProperty(name).GetString()!;
}
