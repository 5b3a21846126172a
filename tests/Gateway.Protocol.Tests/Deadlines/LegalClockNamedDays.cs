using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Deadlines;

/// <summary>The day that a consultation names.</summary>
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
}
