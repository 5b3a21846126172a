using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Deadlines;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Evidence;
using Gateway.Storage;
using Gateway.Tests.Evidence;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Erasures;

/// <summary>Personal data in an item have a day of keeping from the moment at which they are there, also when the case then ends without an answer.</summary>
public sealed class ItemKeepingTests
{
    [Fact]
    public async Task What_an_item_says_about_its_keeping_is_due_and_can_be_reviewed_when_the_case_was_taken_back()
    {
        await using var flow = await EvidenceFlow.Start();
        var (states, database) = (flow.States, flow.States.Asking.Get<Database>());
        var handling = TwoStates.SampleFields("emergency-disclosure.json")["handling"]!.AsObject();
        (handling["retention"], handling["retainUntil"]) = ("UNTIL_DATE", "2031-06-30");
        handling.Remove("retainDays");
        using var declared = JsonDocument.Parse(handling.ToJsonString());
        var item = await TestItem.Make(2000);
        await flow.Attach(item, 0, item.Chunks.Count, flow.SignedManifest(item, m => m with { Handling = ItemHandling.Of(declared.RootElement) }));
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(states.Asking, states.DutyOfficer, item, "COMPLETE");
        await TwoStates.Act(states.Asking, states.DutyOfficer, flow.Sent.CaseId, "WITHDRAWN", new JsonObject { ["text"] = "Not needed any more." });
        await states.Asking.Get<ClockLoop>().LookAtAll();
        var kept = Assert.Single(database.Read(s => DeadlineRows.OfCase(s, flow.Sent.CaseId)), d => d.Deadline.Rule == DeadlineRule.RETENTION);
        Assert.Equal((true, DeadlineState.RUNNING, "date of an item", 2031), (kept.IsOwn, kept.Deadline.State, kept.Deadline.Basis, kept.Deadline.Due.Year));
        await states.Asking.Client(states.Lawyer).ReviewRetentionAsync(new ReviewRetentionRequest { CaseId = flow.Sent.CaseId, Reason = "The proceedings are at an end.", EraseOn = "2030-01-01" });
        await states.Asking.Get<ClockLoop>().LookAtAll();
        Assert.StartsWith("review of ", Assert.Single(database.Read(s => DeadlineRows.OfCase(s, flow.Sent.CaseId)), d => d.Deadline.Rule == DeadlineRule.RETENTION).Deadline.Basis, StringComparison.Ordinal);
    }
}
