using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Grpc.Core;
using Xunit;

namespace Gateway.Cli.Tests;

public class EvidenceTests
{
    private const int Size = (4 * Chunk.PlainBytes) + 12345;

    [Fact]
    public async Task An_item_arrives_encrypted_with_a_manifest_and_a_grant_that_open_it()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = MakeSource(gateway, Size);
        var said = await AttachAsync(gateway, source, "--also", "sha512");
        Assert.True(said.Error.Length == 0, said.Error);
        Assert.Equal(0, said.Exit);
        var result = JsonDocument.Parse(said.Output.TrimEnd().Split('\n')[^1]).RootElement;
        Assert.Equal(5, result.GetProperty("chunksStored").GetInt32());
        Assert.Equal("XB-318", result.GetProperty("receipt").GetString());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), result.GetProperty("digests").GetProperty("SHA256").GetString());
        Assert.Equal(content, await OpenAsync(gateway));
        Assert.Equal("CN=signing", SignedDocument.Open(gateway.Service.Manifest).Value.Signer.Subject.Split(',')[0]);
        Assert.Equal(LoopbackOperator.RequestMessage, gateway.Service.Signed().Request);
        Assert.Empty(Directory.GetFiles(gateway.Folder["config/attach"]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2 * Chunk.PlainBytes)]
    public async Task Odd_sizes_arrive_too(int size)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = MakeSource(gateway, size);
        Assert.Equal(0, (await AttachAsync(gateway, source)).Exit);
        Assert.Equal(content, await OpenAsync(gateway));
    }

    [Fact]
    public async Task A_broken_connection_goes_on_by_itself_at_the_first_missing_chunk()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = MakeSource(gateway, Size);
        gateway.Service.BreakAfter = 2;
        var said = await AttachAsync(gateway, source);
        Assert.Equal(0, said.Exit);
        Assert.Contains("cable pulled", said.Error, StringComparison.Ordinal);
        Assert.Equal([0L, 1, 2, 3, 4], gateway.Service.Arrived);
        Assert.Equal(content, await OpenAsync(gateway));
    }

    [Fact]
    public async Task A_killed_process_goes_on_when_run_again()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = MakeSource(gateway, Size);
        await KilledAfter(3, gateway, source);
        Assert.Null(gateway.Service.Committed);
        var before = gateway.Service.Arrived.Count;
        var said = await AttachAsync(gateway, source);
        Assert.Equal(0, said.Exit);
        Assert.Equal(5 - 3, gateway.Service.Arrived.Count - before);
        Assert.Equal(content, await OpenAsync(gateway));
    }

    [Fact]
    public async Task What_a_carrier_is_to_bring_is_packed_first()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = MakeSource(gateway, Size);
        var said = await AttachAsync(gateway, source, "--by-carrier");
        Assert.Equal(2, said.Exit);
        Assert.Contains("gatewayctl evidence pack", said.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Service.Arrived);
    }

    [Fact]
    public async Task A_file_that_was_moved_meanwhile_goes_on_under_the_name_of_its_item()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = MakeSource(gateway, Size);
        await KilledAfter(2, gateway, source);
        var moved = gateway.Folder["moved.dd"];
        File.Move(source, moved);
        var item = Path.GetFileNameWithoutExtension(Directory.GetFiles(gateway.Folder["config/attach"], "*.json").Single());
        Assert.Equal(0, (await AttachAsync(gateway, moved, "--item", item)).Exit);
        Assert.Equal([0L, 1, 2, 3, 4], gateway.Service.Arrived);
        Assert.Equal(content, await OpenAsync(gateway));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_was_changed_meanwhile_is_refused_and_begun_anew_on_demand(bool shorter)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = MakeSource(gateway, Size);
        await KilledAfter(2, gateway, source);
        if (shorter)
            content = content[..^1];
        else
            content[Chunk.PlainBytes + 7] ^= 1;
        File.WriteAllBytes(source, content);
        var refused = await AttachAsync(gateway, source);
        Assert.Equal(1, refused.Exit);
        Assert.Contains("--new", refused.Error, StringComparison.Ordinal);
        Assert.Null(gateway.Service.Committed);

        gateway.Service.Chunks.Clear();
        Assert.Equal(0, (await AttachAsync(gateway, source, "--new")).Exit);
        Assert.Equal(content, await OpenAsync(gateway));
        Assert.Empty(Directory.GetFiles(gateway.Folder["config/attach"]));
    }

    [Fact]
    public async Task A_file_that_was_changed_behind_what_was_read_is_refused()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = MakeSource(gateway, Size);
        await KilledAfter(2, gateway, source);
        content[^1] ^= 1;
        File.WriteAllBytes(source, content);
        File.SetLastWriteTimeUtc(source, File.GetLastWriteTimeUtc(source).AddMinutes(1));
        var refused = await AttachAsync(gateway, source);
        Assert.Equal(1, refused.Exit);
        Assert.Contains("refused T709", refused.Error, StringComparison.Ordinal);
        Assert.Null(gateway.Service.Committed);
    }

    [Fact]
    public async Task A_form_that_lacks_something_is_refused_before_anything_is_read()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = MakeSource(gateway, 10);
        var form = gateway.Folder["intake.json"];
        File.WriteAllText(form, File.ReadAllText(Intake()).Replace("Kim Sample", " ", StringComparison.Ordinal));
        var said = await gateway.RunAsync("evidence", "attach", source, "--case", LoopbackOperator.CaseId, "--intake", form);
        Assert.Equal(1, said.Exit);
        Assert.Empty(gateway.Service.Arrived);
        var seized = """[{"event":"SEIZED","time":"2026-03-06T15:30:00+01:00","place":"Birk","actor":{"name":"L. Placeholder","authority":"XB-CP"},"reason":"order"}]""";
        var incomplete = JsonNode.Parse(File.ReadAllText(Intake()))!.AsObject();
        incomplete["custody"] = JsonNode.Parse(seized);
        File.WriteAllText(form, incomplete.ToJsonString());
        said = await gateway.RunAsync("evidence", "attach", source, "--case", LoopbackOperator.CaseId, "--intake", form);
        Assert.Equal(1, said.Exit);
        Assert.Contains("V001 custody: SEIZED (custody[0]) lacks sealNumber, participants, order, hashNotApplicable", said.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Service.Arrived);
        File.WriteAllText(form, File.ReadAllText(Intake()).Replace("+01:00", "", StringComparison.Ordinal));
        Assert.Contains("offset", (await gateway.RunAsync("evidence", "attach", source, "--case", LoopbackOperator.CaseId, "--intake", form)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_download_gets_its_name_when_everything_agrees_and_is_handed_over()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var content = await AttachedAsync(gateway);
        gateway.Service.BreakAfter = 1;
        var said = await DownloadAsync(gateway);
        Assert.True(said.Exit == 0, said.Error);
        // Nobody wonders why nothing moves.
        Assert.StartsWith("interrupted: ", said.Error, StringComparison.Ordinal);
        Assert.Contains("; going on in 1 s", said.Error, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllBytes(gateway.Folder["received/disk.dd"]));
        var statement = Statement(gateway);
        Assert.Equal(HandOverOutcome.AGREED, statement.Outcome);
        Assert.Null(statement.Check(gateway.Service.Signed(), Digest.Of(gateway.Service.Manifest)));

        // Was the answer to the hand-over lost, the same command ends well and states nothing a second time.
        gateway.Service.ItemState = "HANDED_OVER";
        gateway.Service.DownloadedFrom.Clear();
        var again = await DownloadAsync(gateway);
        Assert.True(again.Exit == 0, again.Error);
        Assert.Empty(gateway.Service.DownloadedFrom);
        Assert.Single(gateway.Service.Submitted);
        File.AppendAllText(gateway.Folder["received/disk.dd"], "x");
        var other = await DownloadAsync(gateway);
        Assert.Equal(3, other.Exit);
        Assert.Contains("--force", other.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await DownloadAsync(gateway, "--force")).Exit);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_download_that_was_stopped_goes_on_behind_what_lies_there_and_doubts_it(bool spoilt)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var content = await AttachedAsync(gateway);
        gateway.Service.OnDownload = (index, chunk) => index < 2 ? chunk : throw new RpcException(new Status(StatusCode.InvalidArgument, "stopped"));
        Assert.NotEqual(0, (await DownloadAsync(gateway)).Exit);
        Assert.False(File.Exists(gateway.Folder["received/disk.dd"]));
        Assert.Empty(gateway.Service.Submitted);
        var partial = Assert.Single(Directory.GetFiles(gateway.Folder["received"], ".*.partial"));
        // Decrypted for one person; what an earlier version left open is closed.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(partial));
        File.SetUnixFileMode(partial, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        if (spoilt)
        {
            using var file = new FileStream(partial, FileMode.Open);
            file.Position = 12345;
            file.WriteByte((byte)(content[12345] ^ 1));
        }
        gateway.Service.OnDownload = (_, chunk) => chunk;
        gateway.Service.DownloadedFrom.Clear();
        var said = await DownloadAsync(gateway);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal(content, File.ReadAllBytes(gateway.Folder["received/disk.dd"]));
        Assert.Equal(HandOverOutcome.AGREED, Statement(gateway).Outcome);
        Assert.Equal(spoilt ? [2, 0] : [2], gateway.Service.DownloadedFrom);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(gateway.Folder["received/disk.dd"]));
        Assert.Single(Directory.GetFileSystemEntries(gateway.Folder["received"]));
    }

    // 243 bytes, which a file system takes and a manifest may name.
    [Fact]
    public async Task A_name_of_80_Georgian_letters_is_fetched_and_what_cannot_be_written_asks_for_no_key()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = MakeSource(gateway, 5000);
        var named = gateway.Folder[$"{new string('\u10d0', 80)}.dd"];
        File.Move(source, named);
        Assert.Equal(0, (await AttachAsync(gateway, named)).Exit);
        await OpenAsync(gateway);
        var asked = 0;
        gateway.Service.OnGrant = grant =>
        {
            asked++;
            return grant;
        };
        var taken = Directory.CreateDirectory(gateway.Folder[$"received/.{gateway.Service.Signed().ItemId}.partial"]);
        Assert.NotEqual(0, (await DownloadAsync(gateway)).Exit);
        Assert.Equal(0, asked);
        taken.Delete();
        var said = await DownloadAsync(gateway);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal(1, asked);
        Assert.Equal(content, File.ReadAllBytes(Assert.Single(Directory.GetFileSystemEntries(gateway.Folder["received"]))));
    }

    [Fact]
    public async Task What_an_older_version_had_begun_is_gone_on_with()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var content = await AttachedAsync(gateway);
        gateway.Service.OnDownload = (index, chunk) => index < 2 ? chunk : throw new RpcException(new Status(StatusCode.InvalidArgument, "stopped"));
        Assert.NotEqual(0, (await DownloadAsync(gateway)).Exit);
        var now = gateway.Folder[$"received/.{gateway.Service.Signed().ItemId}.partial"];
        var then = gateway.Folder[$"received/.a name that was cut elsewhere.{gateway.Service.Signed().ItemId}.partial"];
        File.Move(now, then);
        File.Move($"{now}.leaves", $"{then}.leaves");
        gateway.Service.OnDownload = (_, chunk) => chunk;
        Assert.Equal(0, (await DownloadAsync(gateway)).Exit);
        Assert.Equal([0, 2], gateway.Service.DownloadedFrom);
        Assert.Equal(content, File.ReadAllBytes(gateway.Folder["received/disk.dd"]));
        Assert.Single(Directory.GetFileSystemEntries(gateway.Folder["received"]));
    }

    [Fact]
    public async Task A_download_of_what_the_disk_of_the_gateway_lost_ends_and_goes_on_when_it_is_there_again()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var content = await AttachedAsync(gateway);
        gateway.Service.OnDownload = (index, chunk) => index < 2 ? chunk : throw LoopbackOperator.Refused(new Refusal(RefusalCode.ItemDamaged, "chunk 2 cannot be read", "item"));
        var said = await DownloadAsync(gateway);
        Assert.Equal(3, said.Exit);
        Assert.Contains("T742", said.Error, StringComparison.Ordinal);
        Assert.Contains("the same command goes on", said.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Service.Submitted);
        gateway.Service.OnDownload = (_, chunk) => chunk;
        Assert.Equal(0, (await DownloadAsync(gateway)).Exit);
        Assert.Equal([0, 2], gateway.Service.DownloadedFrom);
        Assert.Equal(content, File.ReadAllBytes(gateway.Folder["received/disk.dd"]));
    }

    [Fact]
    public async Task A_download_over_a_line_that_breaks_says_so_and_goes_on()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        await AttachedAsync(gateway);
        gateway.Service.BreakAfter = 1;
        var said = await DownloadAsync(gateway);
        Assert.Equal(0, said.Exit);
        Assert.Contains("interrupted: the gateway cannot be reached: cable pulled; going on in 1 s", said.Error, StringComparison.Ordinal);
        Assert.Equal([0, 2], gateway.Service.DownloadedFrom);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_download_whose_hand_over_did_not_arrive_is_handed_over_without_fetching_anything_again(bool spoilt)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var content = await AttachedAsync(gateway);
        gateway.Service.Gone = true;
        Assert.NotEqual(0, (await DownloadAsync(gateway)).Exit);
        Assert.Equal(content, File.ReadAllBytes(gateway.Folder["received/disk.dd"]));
        Assert.Empty(gateway.Service.Submitted);
        if (spoilt)
        {
            content[^1] ^= 1;
            File.WriteAllBytes(gateway.Folder["received/disk.dd"], content);
        }
        gateway.Service.Gone = false;
        gateway.Service.DownloadedFrom.Clear();
        var said = await DownloadAsync(gateway);
        Assert.Empty(gateway.Service.DownloadedFrom);
        Assert.Equal(content, File.ReadAllBytes(gateway.Folder["received/disk.dd"]));
        Assert.Equal(spoilt ? 3 : 0, said.Exit);
        if (spoilt)
        {
            Assert.Empty(gateway.Service.Submitted);
            Assert.Contains("--force", said.Error, StringComparison.Ordinal);
            return;
        }
        var statement = Statement(gateway);
        Assert.Equal(HandOverOutcome.AGREED, statement.Outcome);
        Assert.Null(statement.Check(gateway.Service.Signed(), Digest.Of(gateway.Service.Manifest)));
    }

    [Fact]
    public async Task A_chunk_changed_on_disk_leaves_no_file_and_is_stated()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        await AttachedAsync(gateway);
        gateway.Service.OnDownload = (index, chunk) =>
        {
            chunk[index == 2 ? 100 : 0] ^= (byte)(index == 2 ? 1 : 0);
            return chunk;
        };
        var said = await DownloadAsync(gateway);
        Assert.Equal(1, said.Exit);
        Assert.Empty(Directory.GetFiles(gateway.Folder["received"]));
        Assert.Equal(HandOverOutcome.UNREADABLE, Statement(gateway).Outcome);
    }

    [Fact]
    public async Task Content_with_other_digests_than_the_manifest_leaves_no_file_and_is_stated()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        await AttachedAsync(gateway);
        var manifest = gateway.Service.Signed();
        var other = Digest.Of("other"u8);
        using var signer = gateway.Pki.Signer("signing");
        manifest = manifest with { Digests = [new ItemDigest(DigestSet.Sha256, other.ToString())], Custody = [.. manifest.Custody.SkipLast(1), manifest.Custody[^1] with { HashAfter = other }] };
        gateway.Service.Manifest = SignedDocument.Sign(manifest.Write(), signer, manifest.Time);
        var said = await DownloadAsync(gateway);
        Assert.Equal(1, said.Exit);
        Assert.Empty(Directory.GetFiles(gateway.Folder["received"]));
        Assert.Equal(HandOverOutcome.DIFFERS, Statement(gateway).Outcome);
    }

    [Fact]
    public async Task A_grant_of_another_manifest_or_key_opens_nothing()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        await AttachedAsync(gateway);
        foreach (var change in new Func<KeyGrant, KeyGrant>[] { g => g with { ManifestSha256 = default }, g => g with { ItemId = new string('0', 32) }, g => g with { ItemKey = new byte[32] } })
        {
            gateway.Service.OnGrant = change;
            var said = await DownloadAsync(gateway);
            Assert.Equal(1, said.Exit);
            Assert.Contains("refused T706", said.Error, StringComparison.Ordinal);
        }
        Assert.Empty(Directory.GetFiles(gateway.Folder["received"]));
        Assert.Empty(gateway.Service.Submitted);
    }

    [Fact]
    public async Task A_grant_that_does_not_open_at_the_gateway_is_stated_as_unreadable()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        await AttachedAsync(gateway);
        gateway.Service.OnGrant = _ => throw LoopbackOperator.Refused(new Refusal(RefusalCode.GrantNotValid, "the grant does not open with the evidence key of XA-CA", "grant"));
        var said = await DownloadAsync(gateway);
        Assert.Equal(1, said.Exit);
        Assert.Contains("does not open with the evidence key", said.Output, StringComparison.Ordinal);
        Assert.Equal(HandOverOutcome.UNREADABLE, Statement(gateway).Outcome);
        Assert.Empty(Directory.GetFiles(gateway.Folder["received"]));
    }

    [Fact]
    public async Task A_release_names_the_very_manifest_that_was_shown()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        await AttachedAsync(gateway);
        var said = await gateway.RunAsync("release", "propose", gateway.Service.Signed().ItemId, "--basis", "CPC art. 118");
        Assert.Equal(0, said.Exit);
        Assert.Contains("XB-EX-2026-031/1", said.Output, StringComparison.Ordinal);
        var release = Release.Read(SignedDocument.Open(gateway.Service.Submitted.Single().SignedDocument.Memory).Value.Content).Value;
        Assert.Equal((ReleaseDecision.PROPOSE, Digest.Of(gateway.Service.Manifest)), (release.Decision, release.ManifestSha256));
    }

    internal static string Intake() => Path.Combine(Up(AppContext.BaseDirectory), "deploy", "samples", "intake.json");

    internal static string[] Attach(LoopbackGateway gateway, string source, params string[] more)
        => ["evidence", "attach", source, "--case", LoopbackOperator.CaseId, "--intake", Intake(), "--json", .. more];

    internal static Task<Said> AttachAsync(LoopbackGateway gateway, string source, params string[] more) => gateway.RunAsync(Attach(gateway, source, more));

    /// <summary>An attach that is killed when so many chunks have arrived.</summary>
    internal static async Task KilledAfter(int chunks, LoopbackGateway gateway, string source)
    {
        gateway.Service.BreakAfter = chunks;
        using var process = gateway.Start(Attach(gateway, source));
        while (gateway.Service.Arrived.Count < chunks)
            await Task.Delay(20);
        process.Kill();
        await process.WaitForExitAsync();
    }

    [Fact]
    public async Task Who_has_a_copy_of_the_case_only_keeps_the_file_and_hands_nothing_over()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var content = await AttachedAsync(gateway);
        gateway.Service.HandOverRefused = new Refusal(RefusalCode.RoleMissing, "kim works for XA-PO; the case lies with XA-CP");
        var said = await DownloadAsync(gateway);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Contains("nothing was handed over", said.Error, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(gateway.Folder["received"], gateway.Service.Signed().FileName)));
        Assert.Empty(gateway.Service.Submitted);
        // Whoever found another's file here and never asked for the key is told so.
        gateway.Service.HandOverRefused = new Refusal(RefusalCode.KeyNotHandedOut, "kim was never given the key");
        var other = await DownloadAsync(gateway, "--force");
        Assert.Equal(1, other.Exit);
        Assert.Contains("T746", other.Error, StringComparison.Ordinal);
    }

    private static Task<Said> DownloadAsync(LoopbackGateway gateway, params string[] more)
        => gateway.RunAsync(["evidence", "download", gateway.Service.Signed().ItemId, "--to", gateway.Folder["received"], "--purpose", "CRIMINAL_PROCEEDINGS: analysis", .. more]);

    private static async Task<byte[]> AttachedAsync(LoopbackGateway gateway)
    {
        var (source, content) = MakeSource(gateway, Size);
        Assert.Equal(0, (await AttachAsync(gateway, source)).Exit);
        await OpenAsync(gateway);
        return content;
    }

    // What the authority's evidence key holder finds: the grant opens, and with its key every chunk.
    internal static async Task<byte[]> OpenAsync(LoopbackGateway gateway)
    {
        using var evidence = gateway.Service.Evidence();
        var grant = KeyGrant.Read(Envelope.Open(gateway.Service.Committed!.Grant.Memory, evidence).Value).Value;
        gateway.Service.ItemKey = grant.ItemKey;
        var manifest = gateway.Service.Signed();
        using var key = grant.KeyFor(manifest, Digest.Of(gateway.Service.Manifest)).Value;
        using var decryptor = ItemDecryptor.Begin(manifest, key).Value;
        var plain = new MemoryStream();
        for (var i = 0; i < manifest.Chunks; i++)
            plain.Write((await decryptor.NextAsync(gateway.Service.Chunks[i])).Value.Span);
        Assert.True((await decryptor.CompleteAsync()).Value.Agrees);
        return plain.ToArray();
    }

    private static HandOver Statement(LoopbackGateway gateway)
        => HandOver.Read(SignedDocument.Open(gateway.Service.Submitted.Single().SignedDocument.Memory).Value.Content).Value;

    internal static (string Path, byte[] Content) MakeSource(LoopbackGateway gateway, int size)
    {
        var content = RandomNumberGenerator.GetBytes(size);
        File.WriteAllBytes(gateway.Folder["disk.dd"], content);
        return (gateway.Folder["disk.dd"], content);
    }

    private static string Up(string folder) => File.Exists(Path.Combine(folder, "Gateway.sln")) ? folder : Up(Path.GetDirectoryName(folder)!);
}
