using FsCheck;
using FsCheck.Fluent;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Deadlines;

/// <summary>Dates that no lawyer would write: at both ends of the calendar, and those of strangers.</summary>
public partial class LegalClockTests
{
    [Fact]
    public void Dates_at_the_end_of_the_calendar_stop_nothing()
    {
        var acts = new[]
        {
            Act(ActKind.ACKNOWLEDGED, "9999-12-31T23:59:59Z", due: "9999-12-31T23:59:59Z"), Act(ActKind.RETURNED_FOR_INFO, "9999-12-31T23:59:59Z"),
            Act(ActKind.STATUS_QUERY, "9999-12-31T23:59:59Z", CaseSide.Requesting), Act(ActKind.PRESERVED, "9999-12-31T23:59:59Z", until: "9999-12-31T23:59:59Z"),
        };
        var all = Of("preserve-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.RETURNED_FOR_INFO, acts: acts, change: f => f["estimatedDataLossAt"] = "9999-12-31T23:59:59+14:00");
        Assert.All(all, d => Assert.NotEmpty(ReminderPlan.Of(d, Urgency.ORDINARY, Table())));
    }

    [Fact]
    public void Dates_at_the_beginning_of_the_calendar_stop_nothing()
    {
        var acts = new[]
        {
            Act(ActKind.ACKNOWLEDGED, "0001-01-01T00:00:00Z", due: "9000-01-01T00:00:00Z"), Act(ActKind.RETURNED_FOR_INFO, "0001-01-01T00:00:00Z"),
            Act(ActKind.SUPPLEMENTED, "2026-11-22T12:00:00Z", CaseSide.Requesting), Act(ActKind.PRESERVED, "0001-01-02T00:00:00Z", until: "0001-01-02T00:00:00Z"),
        };
        var all = Of("preserve-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACKNOWLEDGED, acts: acts);
        Assert.All(all, d => Assert.NotEmpty(ReminderPlan.Of(d, Urgency.ORDINARY, Table())));
        Assert.Equal("1900-01-01T00:00:00.000Z", Time(Single(all, DeadlineRule.PRESERVATION_ENDS).Due));
        Assert.Equal("9000-01-01T00:00:00.000Z", Time(Single(all, DeadlineRule.PROMISED).Due));
        // The other dates of the case are what they were.
        Assert.Equal("2026-11-21T10:00:00.000Z", Time(Single(all, DeadlineRule.DECIDE).Due));
    }

    /// <summary>Whatever dates the other side writes, in whatever order, every deadline has a date and a plan.</summary>
    [Fact]
    public void No_dates_of_a_stranger_stop_the_clock()
        => Prop.ForAll<int, int[], bool>((delivered, strange, ends) => Reckoned(delivered, strange, ends)).QuickCheckThrowOnFailure();

    private static bool Reckoned(int delivered, int[] strange, bool ends)
    {
        ActKind[] kinds =
        [
            ActKind.ACKNOWLEDGED, ActKind.ACCEPTED, ActKind.DELAY_NOTICE, ActKind.RETURNED_FOR_INFO, ActKind.SUPPLEMENTED, ActKind.PRESERVED, ActKind.PRESERVATION_RELEASED, ActKind.STATUS_QUERY,
            ActKind.STATUS_REPORT, ActKind.EXECUTED, ActKind.REFUSED, ActKind.MEASURE_STARTED, ActKind.MEASURE_DELIVERY, ActKind.MEASURE_TERMINATED, ActKind.CALLED_BACK,
        ];
        // Spread over the calendar; half of them at its very ends.
        string Any(int number) => Time(ends && number % 2 == 0 ? number % 4 == 0 ? DateTimeOffset.MinValue : DateTimeOffset.MaxValue
            : new DateTimeOffset((long)(unchecked((ulong)number * 6364136223846793005UL) % (ulong)DateTime.MaxValue.Ticks), TimeSpan.Zero));
        var acts = strange.Chunk(3).Where(c => c.Length == 3)
            .Select(c => Act(kinds[(int)((uint)c[0] % (uint)kinds.Length)], Any(c[1]), c[0] < 0 ? CaseSide.Requesting : CaseSide.Requested, Any(c[2]), Any(c[2]))).ToList();
        var profile = new StateProfile { Deadlines = [new(RequestKind.PRESERVE_DATA, Urgency.URGENT, 40, TermUnit.WORKING_DAYS)] };
        return new[] { "preserve-data", "stored-content-data", "realtime-traffic", "emergency-disclosure" }.All(sample =>
            Of(sample, Any(delivered), Table("2026-05-01"), state: CaseState.ACKNOWLEDGED, acts: acts, requested: profile).All(d => ReminderPlan.Of(d, Urgency.ORDINARY, Table())[^1].Step == ReminderStep.PASS));
    }

    [Fact]
    public void Waiting_told_to_and_fro_over_all_the_calendar_adds_up_to_a_date()
    {
        var acts = Enumerable.Range(0, 6).SelectMany(_ => new[] { Act(ActKind.RETURNED_FOR_INFO, "1900-01-01T00:00:00Z"), Act(ActKind.SUPPLEMENTED, "9999-01-01T00:00:00Z", CaseSide.Requesting) });
        var all = Of("preserve-data", "0001-01-01T00:00:00Z", Table(), state: CaseState.ACKNOWLEDGED, acts: acts);
        Assert.Equal("9000-01-01T00:00:00.000Z", Time(Single(all, DeadlineRule.DECIDE).Due));
    }
}
