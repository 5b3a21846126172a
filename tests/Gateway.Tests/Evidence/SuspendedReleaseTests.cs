using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>Nothing is released while the execution is suspended for an original that did not come, or while the other side has not answered what was proposed.</summary>
public sealed class SuspendedReleaseTests
{
    [Fact]
    public async Task Nothing_is_released_when_the_grace_for_the_original_has_passed_and_everything_before()
    {
        await using var flow = await EvidenceFlow.Start(json =>
        {
            if (json["Gateway"]!["State"]!.GetValue<string>() == "XB")
                json["Profile"] = new JsonObject { ["OriginalFollowUp"] = "ALWAYS", ["OriginalFollowUpDays"] = 2, ["LoneReleaseReviewHours"] = 24 };
        }, sample: "emergency-disclosure.json");
        var item = await flow.Attached(1000);
        // Overdue: a warning. The original follows later, and an emergency does not wait for it.
        flow.States.Asked.Clock.Offset += TimeSpan.FromDays(5);
        Assert.Empty(await flow.Problems(flow.First, item, "PROPOSE"));
        await flow.Decide(flow.First, item, "PROPOSE");
        flow.States.Asked.Clock.Offset += TimeSpan.FromDays(14);
        Assert.Equal(["V047"], await flow.Problems(flow.Second, item, "APPROVE"));
        Assert.Equal(["V047"], await flow.Problems(flow.Second, item, "ALONE", ("dutyJudge", "Judge of XB, order 7")));
        // That it does not leave can be decided all the same.
        Assert.Empty(await flow.Problems(flow.First, item, "REJECT"));
        await TwoStates.Act(flow.States.Asked, flow.States.AskedLawyer, flow.Sent.CaseId, "ORIGINAL_RECEIVED", new JsonObject { ["originalComparison"] = "MATCH", ["text"] = "compared by hand" });
        Assert.Empty(await flow.Problems(flow.Second, item, "APPROVE"));
    }

    [Theory]
    [InlineData("CONDITIONS_PROPOSED")]
    [InlineData("CONFIDENTIALITY_NOT_POSSIBLE")]
    public async Task Nothing_is_released_while_the_other_side_has_not_answered(string asked)
    {
        await using var flow = await EvidenceFlow.Start(sample: "emergency-disclosure.json");
        var (states, caseId) = (flow.States, flow.Sent.CaseId);
        var item = await flow.Attached(1000);
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddHours(6)) });
        await flow.Decide(flow.First, item, "PROPOSE");
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, asked, asked == "CONDITIONS_PROPOSED"
            ? new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["code"] = "COURT_USE_ONLY", ["text"] = "only before the court of Alder" }) }
            : new JsonObject { ["text"] = "The holder must be told." });
        Assert.Equal(["V043"], await flow.Problems(flow.Second, item, "APPROVE"));
        await flow.Decide(flow.First, item, "REJECT");
        Assert.Equal(["V043"], await flow.Problems(flow.First, item, "PROPOSE"));
        await Eventually.Holds(() => states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM cases WHERE id = $1 AND state = $2", caseId, asked)) == 1);
        await TwoStates.Act(states.Asking, states.DutyOfficer, caseId, asked == "CONDITIONS_PROPOSED" ? "CONDITIONS_ACCEPTED" : "CONFIDENTIALITY_WAIVED");
        await Eventually.Holds(() => states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM cases WHERE id = $1 AND state = 'ACCEPTED'", caseId)) == 1);
        Assert.Empty(await flow.Problems(flow.First, item, "PROPOSE"));
    }
}
