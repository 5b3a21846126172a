using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Records;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>A record goes to the gateway with every signature over it, and comes back byte for byte; and the block for the notebook, as a person sees it.</summary>
public sealed class RecordTravelTests
{
    private const string Item = "00112233445566778899aabbccddeeff";

    // Signed by whoever uses the context: CN=signing.
    private static readonly string OnePart = RecordCommandTests.Form[..RecordCommandTests.Form.IndexOf("expert:", StringComparison.Ordinal)]
        .Replace("IN_BSA_63_4", "GENERIC", StringComparison.Ordinal).Replace("C. Custodian", "signing", StringComparison.Ordinal);

    [Fact]
    public async Task A_certificate_of_which_one_part_is_signed_is_not_brought()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        File.WriteAllText(gateway.Folder["form.yaml"], $"item: {Item}\n{RecordCommandTests.Form.Replace("C. Custodian", "signing", StringComparison.Ordinal)}");
        Assert.Equal(0, (await gateway.RunAsync("evidence", "record", "make", "custodianCertificate", "--form", gateway.Folder["form.yaml"], "--to", gateway.Folder["records"])).Exit);
        var record = Assert.Single(Directory.GetFiles(gateway.Folder["records"], "*.json"));
        Assert.Equal(0, (await gateway.RunAsync("evidence", "record", "sign", record)).Exit);
        var added = await gateway.RunAsync("evidence", "record", "add", Item, record);
        Assert.Equal(1, added.Exit);
        Assert.Contains("T772", added.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Service.Records);
    }

    [Fact]
    public async Task A_signed_record_is_brought_with_its_signatures_and_fetched_again_byte_for_byte()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        File.WriteAllText(gateway.Folder["form.yaml"], $"item: {Item}\n{OnePart}");
        var made = await gateway.RunAsync("evidence", "record", "make", "custodianCertificate", "--form", gateway.Folder["form.yaml"], "--to", gateway.Folder["records"]);
        Assert.True(made.Exit == 0, made.Error);
        var record = Assert.Single(Directory.GetFiles(gateway.Folder["records"], "*.json"));
        var unsigned = await gateway.RunAsync("evidence", "record", "add", Item, record);
        Assert.Equal(1, unsigned.Exit);
        Assert.Contains("nobody has signed it", unsigned.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Service.Records);

        var signed = await gateway.RunAsync("evidence", "record", "sign", record);
        Assert.True(signed.Exit is 0, signed.Error);
        var added = await gateway.RunAsync("evidence", "record", "add", Item, record);
        Assert.True(added.Exit == 0, added.Error);
        var kept = SignedDocument.Open(Assert.Single(gateway.Service.Records)).Value;
        Assert.Equal(File.ReadAllBytes(record), kept.Content.ToArray());
        Assert.Equal(Item, RecordDocument.Read(kept.Content).Value.Item);

        var fetched = await gateway.RunAsync("evidence", "record", "fetch", Item, "--to", gateway.Folder["fetched"]);
        Assert.True(fetched.Exit == 0, fetched.Error);
        var copy = Assert.Single(Directory.GetFiles(gateway.Folder["fetched"], "*.json"));
        Assert.Equal(File.ReadAllBytes(record), File.ReadAllBytes(copy));
        Assert.Equal(kept.Der.ToArray(), File.ReadAllBytes($"{copy[..^".json".Length]}.1.cms"));
        Assert.Equal(0, (await gateway.RunAsync("evidence", "record", "show", copy)).Exit);
        Assert.DoesNotContain("UNDETERMINED", fetched.Output, StringComparison.Ordinal);
        gateway.Service.Waiting.Add(new V1.WaitingRecord { Message = Ids.New(), Type = "labReport", Signatures = 1, Held = "V027 nobody knows the signer" });
        var waiting = await gateway.RunAsync("evidence", "record", "fetch", Item, "--to", gateway.Folder["waiting"]);
        Assert.Contains("UNDETERMINED: a labReport", waiting.Output, StringComparison.Ordinal);
        Assert.Contains($"request decide {gateway.Service.Waiting[0].Message}", waiting.Output, StringComparison.Ordinal);
        // What the gateway gives must be about the item that was asked for.
        Assert.Equal(1, (await gateway.RunAsync("evidence", "record", "fetch", Ids.New(), "--to", gateway.Folder["other"])).Exit);
    }

    [Fact]
    public async Task The_block_for_the_notebook_names_exhibit_digest_chunks_receipt_and_both_times()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, (2 * Chunk.PlainBytes) + 1);
        var said = await gateway.RunAsync([.. EvidenceTests.Attach(gateway, source).Where(word => word != "--json")]);
        Assert.True(said.Exit == 0, said.Error);
        foreach (var line in (string[])[
            @"^exhibit +XB-EX-2026-031/1$",
            $"^SHA256 +{Convert.ToHexStringLower(SHA256.HashData(content))}$",
            @"^chunks +3 of 3 chunks, tree root equal$",
            @"^receipt number +XB-318$",
            @"^local time +20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$",
            @"^UTC +20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"])
            Assert.Matches(new Regex(line, RegexOptions.Multiline), said.Output.Replace("\r", "", StringComparison.Ordinal));
    }
}
