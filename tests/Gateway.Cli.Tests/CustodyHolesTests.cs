using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>Events that a chain of custody passes over: the person of the other State's chain is told which, of the own State's there must be none.</summary>
public sealed class CustodyHolesTests
{
    private const string Own = "XB";
    private const string Other = "XA";

    [Theory]
    [InlineData("1 2 5", "events 3 to 4 of XB are not here")]
    [InlineData("1 3", "event 2 of XB is not here")]
    [InlineData("2 3", "event 1 of XB is not here")]
    public async Task An_event_that_is_missing_in_the_own_chain_stops_the_table(string kept, string told)
    {
        await using var gateway = await WithEventsAsync(Own, kept);
        foreach (var more in (string[][])[[], ["--format", "case"]])
        {
            var said = await gateway.RunAsync(["evidence", "custody", gateway.Service.Signed().ItemId, .. more]);
            Assert.Equal(1, said.Exit);
            Assert.Contains(told, said.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("STORED", said.Output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("1 2 5", 3, 4, "events 3 to 4 of XA are not here")]
    [InlineData("2 3", 1, 1, "event 1 of XA is not here")]
    public async Task What_another_State_kept_for_itself_is_named_on_the_page_and_in_json(string kept, long from, long to, string told)
    {
        await using var gateway = await WithEventsAsync(Other, kept);
        var said = await gateway.RunAsync("evidence", "custody", gateway.Service.Signed().ItemId);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Contains(told, said.Output, StringComparison.Ordinal);
        Assert.Contains("STORED", said.Output, StringComparison.Ordinal);
        var hole = Assert.Single(await MissingAsync(gateway));
        Assert.Equal((Other, from, to), (hole.GetProperty("state").GetString(), hole.GetProperty("from").GetInt64(), hole.GetProperty("to").GetInt64()));
        Assert.Contains(told, (await gateway.RunAsync("evidence", "custody", gateway.Service.Signed().ItemId, "--format", "case")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Own)]
    [InlineData(Other)]
    public async Task Of_a_chain_that_is_whole_nothing_is_missing(string state)
    {
        await using var gateway = await WithEventsAsync(state, "1 2 3 4 5");
        var said = await gateway.RunAsync("evidence", "custody", gateway.Service.Signed().ItemId);
        Assert.True(said.Exit == 0, said.Error);
        Assert.DoesNotContain("not here", said.Output, StringComparison.Ordinal);
        Assert.Empty(await MissingAsync(gateway));
    }

    private static async Task<List<JsonElement>> MissingAsync(LoopbackGateway gateway)
    {
        var said = await gateway.RunAsync("evidence", "custody", gateway.Service.Signed().ItemId, "--json");
        return [.. JsonDocument.Parse(said.Output[said.Output.IndexOf('{')..]).RootElement.GetProperty("missing").EnumerateArray()];
    }

    private static async Task<LoopbackGateway> WithEventsAsync(string state, string kept)
    {
        var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = EvidenceTests.MakeSource(gateway, 1000);
        Assert.Equal(0, (await EvidenceTests.AttachAsync(gateway, source)).Exit);
        var (item, manifest) = (gateway.Service.Signed().ItemId, SignedDocument.Open(gateway.Service.Manifest).Value.Sha256);
        var numbers = kept.Split(' ').Select(long.Parse).ToHashSet();
        using var signer = gateway.Pki.Signer("signing");
        var previous = manifest;
        for (var seq = 1L; seq <= 5; seq++)
        {
            var fields = new JsonObject
            {
                ["event"] = nameof(CustodyKind.STORED), ["item"] = item, ["place"] = "Room 4", ["reason"] = "as ordered", ["hashNotApplicable"] = "it was not read",
                ["storagePlace"] = "shelf 2", ["accessClass"] = "restricted",
            };
            var context = new CustodyContext(item, LoopbackOperator.CaseId, manifest, seq, previous, new Actor("Kim Sample", $"{state}-LAB"), TimeProvider.System.GetUtcNow().AddMinutes(seq - 10));
            var composed = CustodyComposer.Compose(JsonSerializer.SerializeToElement(fields), context);
            Assert.True(composed.Document is not null, string.Join("; ", composed.Problems));
            var signed = SignedDocument.Sign(composed.Document, signer, TimeProvider.System.GetUtcNow());
            previous = SignedDocument.Open(signed).Value.Sha256;
            if (numbers.Contains(seq))
                gateway.Service.CustodyEvents.Add(signed);
        }
        return gateway;
    }
}
