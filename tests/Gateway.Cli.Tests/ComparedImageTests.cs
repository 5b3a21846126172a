using System.Security.Cryptography;
using Gateway.Cli.Output;
using Gateway.Cli.Sources;
using Gateway.Protocol.Evidence;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>The medium in an E01 is said to have been compared of the files that are in the item, and of no others.</summary>
public sealed class ComparedImageTests
{
    // Compared was the one that was begun with: of another one in its place nothing may be said that was not looked for.
    [Ewf]
    public async Task An_image_that_goes_on_from_a_copy_is_compared_there_again()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, 4 << 20);
        RandomNumberGenerator.Fill(content);
        File.WriteAllBytes(source, content);
        var image = await RecordedTests.AcquireAsync(gateway.Folder["image"], source);
        await EvidenceTests.KilledAfter(2, gateway, image);
        var item = Path.GetFileNameWithoutExtension(Directory.GetFiles(gateway.Folder["config/attach"], "*.json").Single());
        var (copy, other) = (gateway.Folder["copy.E01"], gateway.Folder["other.E01"]);
        File.Copy(image, copy);
        File.Copy(image, other);
        // Behind what was sent: the digests stand at the end.
        RecordedTests.Falsify(other, content);
        var refused = await EvidenceTests.AttachAsync(gateway, other, "--item", item);
        Assert.Equal(1, refused.Exit);
        Assert.Contains("T710", refused.Error, StringComparison.Ordinal);
        Assert.Null(gateway.Service.Committed);

        var said = await EvidenceTests.AttachAsync(gateway, copy, "--item", item);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Contains("compared again", said.Error, StringComparison.Ordinal);
        Assert.Equal(2, gateway.Service.Signed().Recorded.Count(r => r is { Scope: DigestScope.MEDIUM, Compared: true }));
    }

    [Fact]
    public async Task A_segment_that_was_replaced_after_it_was_compared_stops_the_item_before_it_is_signed()
    {
        using var folder = new TemporaryFolder();
        var (file, set) = (folder["image.E01"], Directory.CreateDirectory(folder["set"]).FullName);
        var segment = Path.Combine(set, "image.E02");
        foreach (var path in (string[])[file, segment])
        {
            File.WriteAllText(path, "one length");
            File.SetLastWriteTimeUtc(path, new DateTime(2026, 3, 1, 4, 0, 0, DateTimeKind.Utc));
        }
        SourceReader[] sources = [SourceReader.At(file, null) with { Images = [SeenFile.At(file)] }, SourceReader.At(set, null) with { Images = [SeenFile.At(segment)] }];
        using var key = ItemKey.New();
        foreach (var source in sources)
            await Read(source);
        foreach (var path in (string[])[file, segment])
        {
            File.Delete(path);
            File.WriteAllText(path, "other text");
        }
        foreach (var source in sources)
            Assert.Contains("T709", (await Assert.ThrowsAsync<StopException>(() => Read(source))).Refusals.Select(r => r.Code));

        async Task Read(SourceReader source)
        {
            using var open = source.Open(new UnreadLog(null), folder[Path.GetRandomFileName()], new string('a', 32), key);
            await open.Content.CopyToAsync(Stream.Null);
            open.Complete();
        }
    }
}
