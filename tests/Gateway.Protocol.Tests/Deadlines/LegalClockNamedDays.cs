using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Deadlines;

/// <summary>Days that somebody named: with a consultation, and for looking at received data again.</summary>
public partial class LegalClockTests
{
    [Fact]
    public void The_day_named_with_a_consultation_is_due_to_the_side_that_is_consulted()
    {
        ClockedAct[] Opened(CaseSide by, string? due) => [Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(ActKind.CONSULTATION_OPENED, "2026-11-21T09:00:00Z", by, due)];
        IReadOnlyList<Deadline> Case(params ClockedAct[] acts) => Of("stored-content-data", "2026-11-20T10:00:00Z", Table(), CaseState.ACKNOWLEDGED, acts: acts);

        var theirs = Single(Case(Opened(CaseSide.Requested, "2026-12-01T10:00:00Z")), DeadlineRule.CONSULTATION);
        Assert.Equal((CaseSide.Requesting, DeadlineState.RUNNING, "2026-12-01T10:00:00.000Z"), (theirs.By, theirs.State, Time(theirs.Due)));
        Assert.Equal(CaseSide.Requested, Single(Case(Opened(CaseSide.Requesting, "2026-12-01T10:00:00Z")), DeadlineRule.CONSULTATION).By);
        Assert.Contains(ReminderPlan.Of(theirs, Urgency.ORDINARY, Table()), moment => moment.Step == ReminderStep.REMIND);
        // Without a day nothing is due, and a word on something else answers nothing.
        Assert.DoesNotContain(Case(Opened(CaseSide.Requested, null)), d => d.Rule == DeadlineRule.CONSULTATION);
        Assert.Equal(DeadlineState.RUNNING, Single(Case([.. Opened(CaseSide.Requested, "2026-12-01T10:00:00Z"), Act(ActKind.STATUS_QUERY, "2026-11-22T09:00:00Z", CaseSide.Requesting)]), DeadlineRule.CONSULTATION).State);
        foreach (var (kind, by) in new[] { (ActKind.CONSULTATION_CLOSED, CaseSide.Requesting), (ActKind.CONSULTATION_CLOSED, CaseSide.Requested), (ActKind.POSTPONED, CaseSide.Requested) })
            Assert.Equal(At("2026-11-25T09:00:00Z"), Single(Case([.. Opened(CaseSide.Requested, "2026-12-01T10:00:00Z"), Act(kind, "2026-11-25T09:00:00Z", by)]), DeadlineRule.CONSULTATION).Met);
        // The second one is a second deadline.
        Assert.Equal([1, 2], Case([.. Opened(CaseSide.Requested, "2026-12-01T10:00:00Z"), Act(ActKind.CONSULTATION_CLOSED, "2026-11-25T09:00:00Z"), Act(ActKind.CONSULTATION_OPENED, "2026-11-26T09:00:00Z", CaseSide.Requested, "2026-12-03T10:00:00Z")])
            .Where(d => d.Rule == DeadlineRule.CONSULTATION).Select(d => d.Number));
    }

    [Fact]
    public void Data_that_go_on_a_day_are_looked_at_before_it_as_often_as_the_request_says()
    {
        ClockedCase Case(string retainUntil, int? everyDays, params RetentionReview[] reviews)
            => new(Request.Read(RequestSamples.Document("stored-content-data", fields =>
            {
                fields["handling"]!["retention"] = "UNTIL_DATE";
                fields["handling"]!["retainUntil"] = retainUntil;
                fields["handling"]!.AsObject().Remove("retainDays");
                fields["handling"]!.AsObject().Remove("reviewEveryDays");
                if (everyDays is { } days)
                    fields["handling"]!["reviewEveryDays"] = days;
            })).Value, At("2026-11-20T10:00:00Z"), CaseState.COMPLETED, [Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(ActKind.EXECUTED, "2026-12-01T10:00:00Z")])
            { Calendar = Table(), RetentionReviews = reviews };

        var first = Single(LegalClock.Of(Case("2028-12-31", 90)), DeadlineRule.RETENTION_REVIEW);
        Assert.Equal(("2027-03-01", DeadlineState.RUNNING), (Time(first.Due)[..10], first.State));
        var needed = new RetentionReview(At("2027-03-01T09:00:00Z"), null);
        var again = LegalClock.Of(Case("2028-12-31", 90, needed)).Where(d => d.Rule == DeadlineRule.RETENTION_REVIEW).ToList();
        Assert.Equal([("2027-03-01", DeadlineState.MET), ("2027-05-30", DeadlineState.RUNNING)], again.Select(d => (Time(d.Due)[..10], d.State)));
        // Behind the day on which they go there is nothing to look at; and where the request names no interval beside its day, nobody is asked to.
        Assert.Equal(DeadlineState.MET, Single(LegalClock.Of(Case("2027-05-01", 90, needed)), DeadlineRule.RETENTION_REVIEW).State);
        Assert.DoesNotContain(LegalClock.Of(Case("2027-02-01", 90)), d => d.Rule == DeadlineRule.RETENTION_REVIEW);
        Assert.DoesNotContain(LegalClock.Of(Case("2028-12-31", null)), d => d.Rule == DeadlineRule.RETENTION_REVIEW);
        // Not needed any more: the day of the review, which is earlier.
        var decided = LegalClock.Of(Case("2028-12-31", 90, new RetentionReview(At("2027-03-01T09:00:00Z"), new DateOnly(2027, 4, 1))));
        Assert.Equal("2027-04-01T00:00:00+02:00", Local(Single(decided, DeadlineRule.RETENTION).Due));
        Assert.Equal(DeadlineState.MET, Single(decided, DeadlineRule.RETENTION_REVIEW).State);
    }
}
