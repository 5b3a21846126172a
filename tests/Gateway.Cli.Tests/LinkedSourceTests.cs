using System.Security.Cryptography;
using System.Text.Json;
using Gateway.Cli.Output;
using Gateway.Cli.Sources;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>A source is what a name leads to: a link has a length of its own, that of the text in it.</summary>
public sealed class LinkedSourceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_link_to_a_file_is_hashed_packed_and_attached_whole(bool relative)
    {
        if (OperatingSystem.IsWindows())
            return; // there, links need a right of their own
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, Chunk.PlainBytes + 777);
        File.CreateSymbolicLink(gateway.Folder["first.dd"], relative ? Path.GetFileName(source) : source);
        File.CreateSymbolicLink(gateway.Folder["link.dd"], "first.dd");
        await TakenWholeAsync(gateway, gateway.Folder["link.dd"], content);
    }

    [Ewf]
    public async Task A_link_to_an_image_is_taken_whole_with_what_its_tool_recorded()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = EvidenceTests.MakeSource(gateway, 1 << 20);
        var image = await RecordedTests.AcquireAsync(gateway.Folder["image"], source);
        File.CreateSymbolicLink(gateway.Folder["link.E01"], image);
        await TakenWholeAsync(gateway, gateway.Folder["link.E01"], await File.ReadAllBytesAsync(image));
        Assert.Equal(["MD5", "SHA1"], gateway.Service.Signed().Recorded.Where(r => r.Compared).Select(r => r.Algorithm).Order());
    }

    [Fact]
    public void A_link_to_a_device_is_the_device()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder["disk"], "/dev/zero");
        var source = SourceReader.At(folder["disk"], null);
        Assert.True(source.IsDevice);
        Assert.Contains("not a block device that tells its size", Assert.Throws<StopException>(() => source.Measure()).Message, StringComparison.Ordinal);
    }

    /// <summary>Files that are made while they are read tell a length of 0 or of a page.</summary>
    [Theory]
    [InlineData("/proc/cpuinfo")]
    [InlineData("/proc/self/status")]
    public async Task What_gives_more_bytes_than_its_length_is_refused(string path)
    {
        if (!OperatingSystem.IsLinux())
            return;
        await using var gateway = await LoopbackGateway.StartAsync();
        string[][] commands = [["evidence", "hash", path], PackTests.Pack(gateway, path), EvidenceTests.Attach(gateway, path)];
        foreach (var command in commands)
        {
            var said = await gateway.RunAsync(command);
            Assert.Equal(1, said.Exit);
            Assert.Contains("more bytes than its length", said.Error, StringComparison.Ordinal);
        }
        Assert.Null(gateway.Service.Committed);
    }

    [Fact]
    public void A_pipe_is_refused_because_it_has_no_length()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream();
        var source = SourceReader.At($"/proc/self/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}", null);
        Assert.Contains("has no length", Assert.Throws<StopException>(() => source.Measure()).Message, StringComparison.Ordinal);
    }

    private static async Task TakenWholeAsync(LoopbackGateway gateway, string link, byte[] content)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        var hashed = await gateway.RunAsync("evidence", "hash", link, "--json");
        Assert.True(hashed.Exit == 0, hashed.Error);
        Assert.Equal(sha256, JsonDocument.Parse(hashed.Output.TrimEnd().Split('\n')[^1]).RootElement.GetProperty("digests").GetProperty("SHA256").GetString());

        var packed = await PackTests.PackedAsync(gateway, link);
        var manifest = Manifest.Read(SignedDocument.Open(File.ReadAllBytes(Path.Combine(packed, "manifest.cms"))).Value.Content).Value;
        Assert.Equal((content.Length, sha256), (manifest.SizeBytes, manifest.Sha256.ToString()));

        var attached = await EvidenceTests.AttachAsync(gateway, link);
        Assert.True(attached.Exit == 0, attached.Error);
        Assert.Equal(content, await EvidenceTests.OpenAsync(gateway));
    }
}
