using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Deadlines;

/// <summary>What is asked while life is in danger, or data are about to be lost, is told to people as quickly as the request was to be acknowledged.</summary>
public partial class LegalClockTests
{
    [Theory]
    [InlineData("emergency-disclosure", "2026-11-20T10:35:00.000Z", "2026-11-20T10:50:00.000Z", "2026-11-20T11:40:00.000Z")]
    [InlineData("preserve-data", "2026-11-20T12:20:00.000Z", "2026-11-20T14:20:00.000Z", "2026-11-20T15:10:00.000Z")]
    [InlineData("legal-information", null, null, null)]
    public void People_hear_of_questions_in_an_urgent_case_within_the_time_of_an_acknowledgement_and_the_date_stays_in_days(string sample, string? half, string? whole, string? report)
    {
        var urgency = Request.Read(RequestSamples.Document(sample, null)).Value.Urgency;
        ClockedAct[] acts = [Act(ActKind.ACKNOWLEDGED, "2026-11-20T10:10:00Z"), Act(ActKind.RETURNED_FOR_INFO, "2026-11-20T10:20:00Z")];
        var questions = Single(Of(sample, "2026-11-20T10:00:00Z", Table(), CaseState.RETURNED_FOR_INFO, acts: acts), DeadlineRule.ANSWER_QUESTIONS);
        // Nobody is told, and no verifier says, that it was late before this date.
        Assert.Equal((CaseSide.Requesting, "2026-12-20T10:20:00.000Z", "default of this installation"), (questions.By, Time(questions.Due), questions.Basis));
        var plan = ReminderPlan.Of(questions, urgency, Table());
        Assert.Equal((questions.Due, ReminderStep.PASS), (plan[^1].At, plan[^1].Step));
        Assert.Single(plan, p => p.Step == ReminderStep.PASS);
        if (half is not null)
            Assert.Equal([(ReminderStep.REMIND, half), (ReminderStep.ESCALATE, whole!)], plan.Take(2).Select(p => (p.Step, Time(p.At))));
        // No letter goes within hours.
        foreach (var slow in new[] { ReminderPlan.Of(questions, urgency, Table(), onPaper: true), ReminderPlan.Of(questions, Urgency.ORDINARY, Table()) })
            Assert.All(slow, p => Assert.True(p.At > At("2026-12-01T00:00:00Z"), Time(p.At)));

        foreach (var proposed in new[] { ActKind.CONDITIONS_PROPOSED, ActKind.CONFIDENTIALITY_NOT_POSSIBLE })
        {
            var word = Single(Of(sample, "2026-11-20T10:00:00Z", Table(), Enum.Parse<CaseState>(proposed.ToString()), acts: [acts[0], Act(proposed, "2026-11-20T10:20:00Z")]), DeadlineRule.ANSWER_QUESTIONS);
            Assert.Equal(plan, ReminderPlan.Of(word, urgency, Table()));
        }
        var status = Single(Of(sample, "2026-11-20T10:00:00Z", Table(), CaseState.ACKNOWLEDGED, acts: [acts[0], Act(ActKind.STATUS_QUERY, "2026-11-20T11:10:00Z", CaseSide.Requesting)]), DeadlineRule.STATUS_REPORT);
        Assert.Equal((CaseSide.Requested, "2026-11-30T11:10:00.000Z"), (status.By, Time(status.Due)));
        if (report is not null)
            Assert.Equal(report, Time(ReminderPlan.Of(status, urgency, Table()).First(p => p.Step == ReminderStep.ESCALATE).At));
    }

    [Theory]
    [InlineData(Urgency.EMERGENCY, "2026-11-20T10:30:00.000Z")]
    [InlineData(Urgency.URGENT, "2026-11-20T14:00:00.000Z")]
    [InlineData(Urgency.ORDINARY, "2026-11-21T10:00:00.000Z")]
    public void A_request_that_waits_there_for_a_decision_about_its_marks_has_the_time_of_an_acknowledgement(Urgency urgency, string due)
    {
        var waits = LegalClock.Recognition(urgency, At("2026-11-20T10:00:00Z"));
        Assert.Equal((DeadlineRule.ACKNOWLEDGE, CaseSide.Requested, DeadlineState.RUNNING, due), (waits.Rule, waits.By, waits.State, Time(waits.Due)));
        Assert.Equal("default of this installation, for a decision about its marks", waits.Basis);
    }
}
