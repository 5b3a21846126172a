using Gateway.Protocol.Evidence;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>A disk that came by courier: what is wrong with it is named, what was read stays read.</summary>
public sealed class ImportTests
{
    private const int Size = (4 * Chunk.PlainBytes) + 12345;

    [Fact]
    public async Task A_disk_with_a_changed_or_missing_chunk_is_named_and_another_one_goes_on_where_it_ended()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = EvidenceTests.MakeSource(gateway, Size);
        var disk = await PackTests.PackedAsync(gateway, source);
        var chunks = Path.Combine(disk, "000000.chunks");
        var whole = File.ReadAllBytes(chunks);
        byte[] changed = [.. whole];
        changed[(2 * Chunk.StoredBytes) + 77] ^= 1;
        File.WriteAllBytes(chunks, changed);
        var said = await gateway.RunAsync("evidence", "import", disk);
        Assert.Equal(1, said.Exit);
        Assert.Contains("chunk 2 on", said.Error, StringComparison.Ordinal);
        File.WriteAllBytes(chunks, whole[..(4 * Chunk.StoredBytes)]);
        said = await gateway.RunAsync("evidence", "import", disk);
        Assert.Equal(1, said.Exit);
        Assert.Contains("chunk 4 is missing on", said.Error, StringComparison.Ordinal);
        File.WriteAllBytes(chunks, whole);
        said = await gateway.RunAsync("evidence", "import", disk, "--seal", "B-9", "--seal-intact", "no", "--signed-by", "A. Porter");
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal(("B-9", false, "A. Porter"), (gateway.Service.Parcel?.SealNumber, gateway.Service.Parcel?.SealIntact, gateway.Service.Parcel?.SignedBy));
        Assert.Contains("another seal", said.Error, StringComparison.Ordinal);
        Assert.Equal([0, 1, 2, 3, 4], gateway.Service.Arrived.Distinct());
        Assert.Equal(whole, gateway.Service.Chunks.OrderBy(c => c.Key).SelectMany(c => c.Value));
    }

    [Fact]
    public async Task A_folder_that_holds_no_packed_item_and_a_refusal_of_the_gateway_are_said_plainly()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        Assert.Equal(2, (await gateway.RunAsync("evidence", "import", gateway.Folder["nothing"])).Exit);
        var (source, _) = EvidenceTests.MakeSource(gateway, Size);
        var disk = await PackTests.PackedAsync(gateway, source);
        // What was found on the parcel is said whole or not at all.
        foreach (var given in (string[][])[["--seal", "B-1"], ["--seal", "B-1", "--signed-by", "A. Porter"], ["--seal", "B-1", "--seal-intact", "perhaps", "--signed-by", "A. Porter"]])
            Assert.Equal(2, (await gateway.RunAsync(["evidence", "import", disk, .. given])).Exit);
        gateway.Service.Refuse = new V1.Refusal { Code = "T743", Detail = "another disk", Remedy = "look at the seal" };
        var said = await gateway.RunAsync("evidence", "import", disk);
        Assert.Equal(1, said.Exit);
        Assert.Contains("T743", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shipment_names_carrier_seal_and_media_and_a_lone_release_the_judge()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        Assert.Equal(2, (await gateway.RunAsync("evidence", "ship", new string('0', 32), "--carrier", "Courier Ltd")).Exit);
        Assert.Equal(2, (await gateway.RunAsync("release", "alone", new string('0', 32), "--basis", "art. 9")).Exit);
    }
}
