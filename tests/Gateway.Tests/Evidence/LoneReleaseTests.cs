using System.Text.Json.Nodes;
using Gateway.Evidence;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>One officer at 3 a.m.: only in an emergency, only where the profile allows it, only on a judge's word, and never without a second look.</summary>
public sealed class LoneReleaseTests
{
    private const string Emergency = "emergency-disclosure.json";
    private static readonly (string, string) s_judge = ("dutyJudge", "duty judge at the Court of Birk, decision 3 Gs 9/26, by telephone at 03:20");

    [Fact]
    public async Task A_profile_that_does_not_allow_it_and_a_request_that_is_no_emergency_leave_no_lone_release()
    {
        await using var strict = await EvidenceFlow.Start(sample: Emergency);
        var item = await strict.Attached(1000);
        Assert.Equal(["T740"], await strict.Problems(strict.First, item, "ALONE", s_judge));
        await using var calm = await EvidenceFlow.Start(Allow);
        var other = await calm.Attached(1000);
        Assert.Equal(["T740"], await calm.Problems(calm.First, other, "ALONE", s_judge));
    }

    [Fact]
    public async Task A_lone_release_names_the_duty_judge_travels_with_its_conditions_and_is_listed_until_another_officer_reviewed_it()
    {
        await using var flow = await EvidenceFlow.Start(Allow, Emergency);
        var item = await flow.Attached(3000);
        Assert.Equal(["V001"], await flow.Problems(flow.First, item, "ALONE"));
        Assert.Equal(["T110"], await flow.Problems(flow.First, item, "PROPOSE", s_judge));
        Assert.Equal(["V038"], await flow.Problems(flow.Technician, item, "ALONE", s_judge));
        Assert.Equal(["V043"], await flow.Problems(flow.Second, item, "UPHOLD"));
        await flow.Decide(flow.First, item, "ALONE", s_judge, ("conditions", "not before a court without our consent"));
        var there = await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        Assert.StartsWith("not before a court without our consent", there.Conditions, StringComparison.Ordinal);
        Assert.Contains("NO_ONWARD_TRANSFER", there.Conditions, StringComparison.Ordinal);
        Assert.Equal(s_judge.Item2, there.DutyJudge);

        var reviews = flow.States.Asked.Get<WatchReviews>();
        var alarms = flow.States.Asked.Get<Alarms>();
        await reviews.Look();
        Assert.Contains(alarms.All, a => a.Code == AlarmCode.RELEASE_UNREVIEWED && a.Subject == item.Id);
        Assert.Equal(0, await Overdue(flow, item));
        flow.States.Asked.Clock.Offset += TimeSpan.FromHours(13);
        await reviews.Look();
        await reviews.Look();
        Assert.Equal(1, await Overdue(flow, item));
        Assert.NotEmpty((await Listed(flow, item)).ReviewDue);

        Assert.Equal(["V039"], await flow.Problems(flow.First, item, "UPHOLD"));
        await flow.Decide(flow.Second, item, "UPHOLD");
        Assert.DoesNotContain(alarms.All, a => a.Code == AlarmCode.RELEASE_UNREVIEWED);
        Assert.Empty((await Listed(flow, item)).ReviewDue);
        Assert.Equal(["V043"], await flow.Problems(flow.Second, item, "OBJECT"));
    }

    [Fact]
    public async Task Who_approves_signs_the_conditions_of_the_proposal_and_no_other_ones()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(3000);
        await flow.Decide(flow.First, item, "PROPOSE", ("conditions", "keep confidential"));
        Assert.Equal(["T805"], await flow.Problems(flow.Second, item, "APPROVE", ("conditions", "none")));
        await flow.Decide(flow.Second, item, "APPROVE");
        Assert.Equal("keep confidential", (await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE")).Conditions);
    }

    private static void Allow(JsonObject configuration) => configuration["Profile"] = new JsonObject { ["LoneReleaseReviewHours"] = 12 };

    private static async Task<ItemView> Listed(EvidenceFlow flow, TestItem item)
        => Assert.Single((await flow.States.Asked.Client(flow.Second).ListItemsAsync(new ListItemsRequest())).Items, i => i.Item == item.Id);

    private static Task<long> Overdue(EvidenceFlow flow, TestItem item)
        => Task.FromResult(flow.States.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM events WHERE kind = 'release.reviewOverdue' AND subject = $1", item.Id)));
}
