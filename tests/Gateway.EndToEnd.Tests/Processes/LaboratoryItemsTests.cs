using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Gateway.Protocol.Evidence;
using Gateway.V1;
using Xunit;
using Xunit.Abstractions;

namespace Gateway.EndToEnd.Tests.Processes;

/// <summary>What laboratories really hand in goes from the desk of one through two gateways to the desk of the other State: an image as the imaging tool wrote it, and a folder of 100,000 files.</summary>
[Collection(GatewayPair.OneAtATime)]
public sealed class LaboratoryItemsTests(ITestOutputHelper output) : IDisposable
{
    private const string Lawyer = "xa-lawyer";
    private const string Purpose = "CRIMINAL_PROCEEDINGS: analysis of the item";

    // 100,000 files and as many again that are unpacked: in memory where there is room for it.
    private readonly string _folder = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"gateway-items-{Guid.NewGuid():n}")).FullName;

    [Fact]
    public async Task An_image_of_the_imaging_tool_goes_through_and_the_tool_finds_the_medium_in_it()
    {
        var (raw, medium) = (Path.Combine(_folder, "disk.dd"), new byte[6 * Chunk.PlainBytes]);
        RandomNumberGenerator.Fill(medium.AsSpan(Chunk.PlainBytes, 3 * Chunk.PlainBytes));
        await File.WriteAllBytesAsync(raw, medium);
        Tool("ewfacquire", "-u", "-q", "-t", Path.Combine(_folder, "disk"), "-C", "CASE-7", "-D", "disk of a server", "-E", "EX-9", "-e", "Kim Sample", "-N", "no remarks", "-d", "sha1", "-f", "encase6", "-c", "fast", raw);
        var image = Path.Combine(_folder, "disk.E01");

        await using var pair = await GatewayPair.Start();
        var (item, received) = await Through(pair, image, "E01");
        Assert.Equal(await File.ReadAllBytesAsync(image), await File.ReadAllBytesAsync(received));
        Tool("ewfexport", "-u", "-q", "-f", "raw", "-t", Path.Combine(_folder, "again"), received);
        Assert.Equal(medium, await File.ReadAllBytesAsync(Path.Combine(_folder, "again.raw")));
        var manifest = await Manifested(pair, item);
        Assert.Equal(ItemFormat.E01, manifest.Format);
        Assert.Contains(manifest.Recorded, d => d is { Algorithm: "MD5", Compared: true } && d.Value == Tool("md5sum", raw)[..32]);
        Assert.Contains(manifest.Recorded, d => d is { Algorithm: "SHA1", Compared: true } && d.Value == Tool("sha1sum", raw)[..40]);
    }

    [Fact]
    public async Task A_folder_of_a_hundred_thousand_files_goes_through_and_one_of_them_is_disclosed_and_proved()
    {
        var source = Directory.CreateDirectory(Path.Combine(_folder, "mailbox")).FullName;
        for (var folder = 0; folder < 100; folder++)
        {
            var path = Directory.CreateDirectory(Path.Combine(source, $"{folder:000}")).FullName;
            for (var file = 0; file < 1000; file++)
                await File.WriteAllTextAsync(Path.Combine(path, $"{file:000}.eml"), $"message {(folder * 1000) + file}\n");
        }
        await using var pair = await GatewayPair.Start();
        var (item, received) = await Through(pair, source, "OTHER");
        Assert.Equal(100_100, (await Manifested(pair, item)).Files!.Entries);
        var unpacked = Directory.CreateDirectory(Path.Combine(_folder, "unpacked")).FullName;
        Tool("tar", "-xf", received, "-C", unpacked);
        Tool("diff", "-r", source, Path.Combine(unpacked, "content"));

        var disclosed = Path.Combine(_folder, "disclosed");
        pair.Ctl(0, "evidence", "download", item.Item, "--file", "042/417.eml", "--decision", "order 9 Gs 4/26", "--to", disclosed, "--purpose", Purpose, "--context", Lawyer);
        var part = Assert.Single(Directory.GetDirectories(disclosed));
        Assert.Equal("message 42417\n", await File.ReadAllTextAsync(Path.Combine(part, "content")));
        var cards = new List<string>();
        foreach (var gateway in new[] { pair.Asking, pair.Asked })
        {
            var card = Path.Combine(_folder, $"{gateway.State}.card");
            await File.WriteAllBytesAsync(card, (await pair.CardOf(gateway)).Card.ToByteArray());
            cards.AddRange(["--trust", card]);
        }
        Assert.Contains("042/417.eml", pair.Ctl(0, ["evidence", "verify-part", part, .. cards]), StringComparison.Ordinal);
        await File.AppendAllTextAsync(Path.Combine(part, "content"), "more");
        pair.Ctl(1, ["evidence", "verify-part", part, .. cards]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Attached at XB's desk, released by two, carried over, decrypted and compared at XA's desk, which states the hand-over.
    private async Task<(ItemView Item, string Received)> Through(GatewayPair pair, string source, string format)
    {
        var form = JsonNode.Parse(await File.ReadAllTextAsync(Repository.PathOf("deploy/samples/intake.json")))!.AsObject();
        form["format"] = format;
        var intake = Path.Combine(_folder, "intake.json");
        await File.WriteAllTextAsync(intake, form.ToJsonString());
        await pair.AddContext(pair.Asking, "lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        var sent = await pair.SendPreserve();
        await pair.Settle();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await pair.Attach(source, sent.CaseId, intake: intake);
        output.WriteLine($"attached after {watch.Elapsed}");
        var item = Assert.Single((await pair.AskedLawyer.Client.ListItemsAsync(new ListItemsRequest { CaseId = sent.CaseId })).Items);
        await pair.Release(item, sent.CaseId);
        Assert.Equal(item.Chunks, (await pair.Received(item)).ChunksStored);
        output.WriteLine($"received after {watch.Elapsed}");
        var to = Path.Combine(_folder, "received");
        var said = pair.Ctl(0, "evidence", "download", item.Item, "--to", to, "--purpose", Purpose, "--context", Lawyer);
        output.WriteLine($"downloaded after {watch.Elapsed}: {said}");
        Assert.Contains("ContentHandover", said, StringComparison.Ordinal);
        return (item, Assert.Single(Directory.GetFiles(to)));
    }

    private static async Task<Manifest> Manifested(GatewayPair pair, ItemView item)
    {
        var signed = Protocol.Marks.SignedDocument.Open((await pair.DutyOfficer.Client.FetchManifestAsync(new FetchManifestRequest { Item = item.Item })).Manifest.Memory).Value;
        return Manifest.Read(signed.Content).Value;
    }

    private static string Tool(string program, params string[] arguments)
    {
        var (code, said, error) = Repository.Run(program, arguments);
        Assert.True(code == 0, $"{program} ended with {code}: {said}{error}");
        return said;
    }
}
