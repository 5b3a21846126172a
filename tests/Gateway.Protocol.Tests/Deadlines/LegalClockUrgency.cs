using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Deadlines;

/// <summary>What is asked while life is in danger, or data are about to be lost, is answered as quickly as the request was to be acknowledged.</summary>
public partial class LegalClockTests
{
    [Theory]
    [InlineData("emergency-disclosure", "2026-11-20T10:50:00.000Z", "2026-11-20T11:40:00.000Z", ReminderStep.ESCALATE, "2026-11-20T10:35:00.000Z")]
    [InlineData("preserve-data", "2026-11-20T14:20:00.000Z", "2026-11-20T15:10:00.000Z", ReminderStep.REMIND, "2026-11-20T12:20:00.000Z")]
    [InlineData("legal-information", "2026-12-20T10:20:00.000Z", "2026-11-30T11:10:00.000Z", ReminderStep.REMIND, null)]
    public void Questions_in_an_urgent_case_are_answered_within_the_time_of_an_acknowledgement_and_people_are_reminded_at_half_of_it(string sample, string answer, string report, ReminderStep step, string? half)
    {
        ClockedAct[] acts = [Act(ActKind.ACKNOWLEDGED, "2026-11-20T10:10:00Z"), Act(ActKind.RETURNED_FOR_INFO, "2026-11-20T10:20:00Z")];
        var questions = Single(Of(sample, "2026-11-20T10:00:00Z", Table(), CaseState.RETURNED_FOR_INFO, acts: acts), DeadlineRule.ANSWER_QUESTIONS);
        Assert.Equal((CaseSide.Requesting, answer, "default of this installation"), (questions.By, Time(questions.Due), questions.Basis));
        var urgency = Request.Read(RequestSamples.Document(sample, null)).Value.Urgency;
        if (half is not null)
            Assert.Equal((step, half), ReminderPlan.Of(questions, urgency, Table()) is [var first, ..] ? (first.Step, Time(first.At)) : default);

        foreach (var proposed in new[] { ActKind.CONDITIONS_PROPOSED, ActKind.CONFIDENTIALITY_NOT_POSSIBLE })
            Assert.Equal(answer, Time(Single(Of(sample, "2026-11-20T10:00:00Z", Table(), Enum.Parse<CaseState>(proposed.ToString()), acts: [acts[0], Act(proposed, "2026-11-20T10:20:00Z")]), DeadlineRule.ANSWER_QUESTIONS).Due));
        var status = Single(Of(sample, "2026-11-20T10:00:00Z", Table(), CaseState.ACKNOWLEDGED, acts: [acts[0], Act(ActKind.STATUS_QUERY, "2026-11-20T11:10:00Z", CaseSide.Requesting)]), DeadlineRule.STATUS_REPORT);
        Assert.Equal((CaseSide.Requested, report), (status.By, Time(status.Due)));
    }

    [Fact]
    public void No_letter_goes_within_hours_and_a_verifier_blames_nobody_by_hours_that_installations_of_then_did_not_know()
    {
        var request = Request.Read(RequestSamples.Document("emergency-disclosure", null)).Value;
        var of = new ClockedCase(request, At("2026-11-20T10:00:00Z"), CaseState.RETURNED_FOR_INFO, [Act(ActKind.ACKNOWLEDGED, "2026-11-20T10:10:00Z"), Act(ActKind.RETURNED_FOR_INFO, "2026-11-20T10:20:00Z")]) { Calendar = Table() };
        Assert.Equal("2026-11-20T10:50:00.000Z", Time(Single(LegalClock.Of(of), DeadlineRule.ANSWER_QUESTIONS).Due));
        Assert.Equal("2026-12-20T10:20:00.000Z", Time(Single(LegalClock.Of(of with { OnPaper = true }), DeadlineRule.ANSWER_QUESTIONS).Due));
        Assert.Equal("2026-12-20T10:20:00.000Z", Time(Single(LegalClock.Of(of with { InDays = true }), DeadlineRule.ANSWER_QUESTIONS).Due));
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
