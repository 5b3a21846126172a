using System.Text.Json.Nodes;
using Gateway.Protocol.Evidence;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>That an item came over as it was sent, somebody says who decrypted it and who works on the case.</summary>
public sealed class HandOverTests
{
    [Fact]
    public async Task Nobody_is_given_the_key_of_sensitive_content_who_does_not_say_to_know_what_it_is()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await TestItem.Make(2000);
        await flow.Attach(item, 0, item.Chunks.Count, flow.SignedManifest(item, m => m with { Sensitivity = [Sensitivity.CSAM, Sensitivity.MINOR] }));
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        foreach (var said in (Sensitivity[][])[[], [Sensitivity.MINOR], [Sensitivity.NONE]])
            Assert.Equal("acknowledged", (await Infrastructure.Refused.By(() => flow.Download(flow.States.Lawyer, item, acknowledged: said), "V001")).Path);
        Assert.DoesNotContain(await ShipmentTests.Events(flow.States.Asking, flow.States.Lawyer, item), e => e.Event == CustodyKind.ACCESSED);
        Assert.Equal(item.Content, (await flow.Download(flow.States.Lawyer, item, acknowledged: [Sensitivity.CSAM, Sensitivity.MINOR])).Content);
        var accessed = Assert.Single(await ShipmentTests.Events(flow.States.Asking, flow.States.Lawyer, item), e => e.Event == CustodyKind.ACCESSED);
        Assert.Equal("the whole item, acknowledged as CSAM, MINOR", accessed.Text("part"));
    }

    [Theory]
    [InlineData("AGREED")]
    [InlineData("UNREADABLE")]
    public async Task Who_was_never_given_the_key_states_no_hand_over(string outcome)
    {
        await using var flow = await EvidenceFlow.Start();
        var (states, item) = (flow.States, await Arrived(flow));
        var colleague = await states.Asking.AddUser("colleague", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        var (_, found, manifest, sha256) = await flow.Download(states.Lawyer, item);
        var fields = Fields(found, manifest, sha256.ToString(), outcome);
        // The digests stand in the manifest, which everybody reads who sees the case.
        Assert.Equal(["T746"], await Problems(flow, colleague, fields));
        Assert.Equal(0, States(flow));
        await flow.Download(colleague, item);
        await TwoStates.Submit(states.Asking, colleague, "handOver", fields);
        Assert.Equal(1, States(flow));
    }

    [Fact]
    public async Task Whose_authority_has_a_copy_reads_the_item_and_hands_nothing_over()
    {
        await using var flow = await EvidenceFlow.Start();
        var (states, item) = (flow.States, await Arrived(flow));
        var prosecutor = await states.Asking.AddUser("prosecutor", "XA-PO", "COMPETENT_AUTHORITY");
        await states.Asking.Client(states.DutyOfficer).HandOverCaseAsync(new HandOverCaseRequest { CaseId = flow.Sent.CaseId, To = "XA-PO", Part = "COPY", Reason = "for their file" });
        var (_, found, manifest, sha256) = await flow.Download(prosecutor, item);
        var fields = Fields(found, manifest, sha256.ToString(), "AGREED");
        Assert.Equal(["T802"], await Problems(flow, prosecutor, fields));
        await states.Asking.Client(states.DutyOfficer).HandOverCaseAsync(new HandOverCaseRequest { CaseId = flow.Sent.CaseId, To = "XA-PO", Part = "TASK", Reason = "analysis" });
        await TwoStates.Submit(states.Asking, prosecutor, "handOver", fields);
        Assert.Equal(1, States(flow));
    }

    [Fact]
    public async Task A_key_that_does_not_open_is_stated_as_a_failure_and_replaced_by_a_new_one()
    {
        await using var flow = await EvidenceFlow.Start();
        var (states, item) = (flow.States, await Arrived(flow));
        var (manifest, sha256) = await flow.ManifestOf(states.Lawyer, item);
        await flow.SpoilGrant(item);
        await Refused.By(() => flow.Download(states.Lawyer, item), "T706");
        var unreadable = new JsonObject { ["itemId"] = item.Id, ["manifestSha256"] = sha256.ToString(), ["case"] = manifest.Case, ["outcome"] = "UNREADABLE", ["digests"] = new JsonArray() };
        await TwoStates.Submit(states.Asking, states.Lawyer, "handOver", unreadable);
        Assert.Equal(1, States(flow, "ContentHandoverFailure"));
        await Eventually.Holds(() => states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act = 'item.grantReplaced'")) == 1);
        Assert.Equal("", (await flow.Reaches(states.Asking, states.Lawyer, item, "COMPLETE")).Damaged);
        // It was replaced once, because somebody said that it does not open; a grant that nobody asked for replaces nothing.
        Assert.Equal(["T746"], await Problems(flow, await states.Asking.AddUser("colleague", "XA-CA", "CENTRAL_AUTHORITY_MLA"), unreadable));
        var (content, found, _, _) = await flow.Download(states.Lawyer, item);
        Assert.Equal(item.Content, content);
        await TwoStates.Submit(states.Asking, states.Lawyer, "handOver", Fields(found, manifest, sha256.ToString(), "AGREED"));
        Assert.Equal(1, States(flow, "ContentHandover"));
    }

    private static async Task<TestItem> Arrived(EvidenceFlow flow)
    {
        var item = await flow.Attached(2000);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        return item;
    }

    private static JsonObject Fields(DecryptedItem found, Manifest manifest, string sha256, string outcome) => new()
    {
        ["itemId"] = manifest.ItemId, ["manifestSha256"] = sha256, ["case"] = manifest.Case, ["outcome"] = outcome,
        ["digests"] = new JsonArray([.. found.Digests.Where(_ => outcome == "AGREED").Select(d => (JsonNode)new JsonObject { ["algorithm"] = d.Algorithm, ["value"] = d.Value })]),
    };

    private static async Task<IReadOnlyList<string>> Problems(EvidenceFlow flow, TestPerson person, JsonObject fields)
        => [.. (await flow.States.Asking.Client(person).ComposeAsync(new ComposeRequest { Type = "handOver", FieldsJson = fields.ToJsonString() })).Problems.Select(p => p.Code)];

    private static long States(EvidenceFlow flow, string which)
        => flow.States.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM receipts WHERE event = $1", which));

    private static long States(EvidenceFlow flow)
        => flow.States.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM receipts WHERE event IN ('ContentHandover', 'ContentHandoverFailure')"));
}
