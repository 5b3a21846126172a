using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Deadlines;

/// <summary>Dates as a lawyer would count them: across a change of the clocks, over holidays, with both profiles, after questions and notices of delay.</summary>
public partial class LegalClockTests
{
    private static readonly TimeZoneInfo Paris = TimeZoneInfo.FindSystemTimeZoneById("Europe/Paris");
    private static readonly FrozenSet<DayOfWeek> Weekend = FrozenSet.ToFrozenSet([DayOfWeek.Saturday, DayOfWeek.Sunday]);

    private static WorkCalendar Table(params string[] holidays)
        => new("XB", Paris, Weekend, holidays.Select(d => DateOnly.Parse(d, CultureInfo.InvariantCulture)).ToFrozenSet(), 2026, 2027);

    [Fact]
    public void A_deadline_in_days_keeps_its_hour_across_both_changes_of_the_clocks()
    {
        // The clocks of Paris go forward on 29 March and back on 25 October 2026.
        var spring = Of("legal-information", "2026-03-27T09:00:00Z", Table());
        Assert.Equal("2026-04-01T10:00:00+02:00", Local(Single(spring, DeadlineRule.DECIDE).Due));
        var autumn = Of("legal-information", "2026-10-23T08:00:00Z", Table());
        Assert.Equal("2026-10-28T10:00:00+01:00", Local(Single(autumn, DeadlineRule.DECIDE).Due));
    }

    [Fact]
    public void A_deadline_in_hours_counts_hours_across_the_change()
        => Assert.Equal("2026-03-29T12:00:00.000Z", Time(Single(Of("preserve-data", "2026-03-28T12:00:00Z", Table()), DeadlineRule.DECIDE).Due));

    [Fact]
    public void An_hour_that_does_not_exist_or_exists_twice_gives_nobody_more_time()
    {
        Assert.Equal("2026-03-29T03:00:00+02:00", Local(Table().At(new DateOnly(2026, 3, 29), new TimeOnly(2, 30))));
        Assert.Equal("2026-10-25T02:30:00+02:00", Local(Table().At(new DateOnly(2026, 10, 25), new TimeOnly(2, 30))));
    }

    [Fact]
    public void Working_days_leave_out_weekends_and_holidays_and_say_when_no_table_was_at_hand()
    {
        var profile = new StateProfile { Deadlines = [new(RequestKind.LEGAL_INFORMATION, Urgency.ORDINARY, 3, TermUnit.WORKING_DAYS)] };
        // From Thursday 30 April: Friday 1 May is a holiday, so Monday, Tuesday, Wednesday.
        var counted = Of("legal-information", "2026-04-30T08:00:00Z", Table("2026-05-01"), requested: profile);
        var decide = Single(counted, DeadlineRule.DECIDE);
        Assert.StartsWith("default of this installation; 3 WORKING_DAYS in the profile of XB would be 2026-05-06T08:00", decide.Basis, StringComparison.Ordinal);
        Assert.Equal("2026-05-05T08:00:00.000Z", Time(decide.Due));

        var longer = Of("legal-information", "2026-04-30T08:00:00Z", WorkCalendar.Without("XB", Paris), requested: profile);
        decide = Single(longer, DeadlineRule.DECIDE);
        Assert.Equal("2026-05-03T08:00:00.000Z", Time(decide.Due));
        Assert.Contains("calendar days where no table of holidays of XB is at hand", decide.Basis, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_that_ends_before_the_year_is_said_too()
    {
        var (time, complete) = Table().AddWorkingDays(At("2027-12-30T09:00:00Z"), 3);
        Assert.False(complete);
        Assert.Equal("2028-01-02T09:00:00.000Z", Time(time));
    }

    [Fact]
    public void The_shortest_of_default_profiles_and_wish_counts_and_the_longer_ones_are_named()
    {
        var shorter = new StateProfile { Deadlines = [new(RequestKind.PRESERVE_DATA, Urgency.URGENT, 12, TermUnit.HOURS)] };
        var longer = new StateProfile { Deadlines = [new(RequestKind.PRESERVE_DATA, Urgency.URGENT, 40, TermUnit.DAYS)] };
        var decide = Single(Of("preserve-data", "2026-11-20T10:00:00Z", Table(), requested: longer, requesting: shorter), DeadlineRule.DECIDE);
        Assert.Equal("2026-11-20T22:00:00.000Z", Time(decide.Due));
        Assert.StartsWith("12 HOURS in the profile of XA; ", decide.Basis, StringComparison.Ordinal);
        Assert.Contains("40 DAYS in the profile of XB would be", decide.Basis, StringComparison.Ordinal);
        Assert.Contains("default of this installation, after BUDAPEST 29 would be", decide.Basis, StringComparison.Ordinal);

        decide = Single(Of("preserve-data", "2026-11-20T10:00:00Z", Table(), change: f =>
        {
            f["deadlineRequested"] = "2026-11-20T15:00:00+01:00";
            f["deadlineReason"] = "The lease ends tonight.";
        }), DeadlineRule.DECIDE);
        Assert.Equal("2026-11-20T14:00:00.000Z", Time(decide.Due));
        Assert.StartsWith("asked for in the request", decide.Basis, StringComparison.Ordinal);
    }

    [Fact]
    public void No_deadline_is_called_a_duty_under_a_treaty()
    {
        foreach (var kind in Enum.GetValues<RequestKind>())
            Assert.All(Of(RequestSamples.Of(kind), "2026-11-20T10:00:00Z", Table()), d => Assert.DoesNotContain("required by", d.Basis, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void The_time_spent_waiting_for_a_supplement_does_not_count()
    {
        var asked = new[] { Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(ActKind.RETURNED_FOR_INFO, "2026-11-20T12:00:00Z") };
        var waiting = Of("preserve-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.RETURNED_FOR_INFO, acts: asked);
        Assert.Equal(DeadlineState.SUSPENDED, Single(waiting, DeadlineRule.DECIDE).State);
        Assert.Equal((CaseSide.Requesting, "2026-12-20T12:00:00.000Z"), (Single(waiting, DeadlineRule.ANSWER_QUESTIONS).By, Time(Single(waiting, DeadlineRule.ANSWER_QUESTIONS).Due)));

        var going = Of("preserve-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACKNOWLEDGED, acts: [.. asked, Act(ActKind.SUPPLEMENTED, "2026-11-22T12:00:00Z", CaseSide.Requesting)]);
        var decide = Single(going, DeadlineRule.DECIDE);
        Assert.Equal((DeadlineState.RUNNING, "2026-11-23T10:00:00.000Z"), (decide.State, Time(decide.Due)));
        Assert.Contains("48 h waited for a supplement", decide.Basis, StringComparison.Ordinal);
        Assert.Equal(DeadlineState.MET, Single(going, DeadlineRule.ANSWER_QUESTIONS).State);
    }

    [Fact]
    public void A_notice_of_delay_moves_the_date_openly()
    {
        var decide = Single(Of("preserve-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACKNOWLEDGED, acts:
            [Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(ActKind.DELAY_NOTICE, "2026-11-21T09:00:00Z", due: "2026-11-25T10:00:00Z")]), DeadlineRule.DECIDE);
        Assert.Equal("2026-11-25T10:00:00.000Z", Time(decide.Due));
        Assert.StartsWith("notice of delay of 2026-11-21T09:00:00.000Z; before it 2026-11-21T10:00:00.000Z", decide.Basis, StringComparison.Ordinal);
    }

    [Fact]
    public void A_first_decision_before_an_execution_is_put_off_once_and_by_thirty_days_at_most()
    {
        // Due on 20 December.
        Deadline Decide(params ClockedAct[] notices) => Single(Of("stored-content-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACKNOWLEDGED, acts: [Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), .. notices]), DeadlineRule.DECIDE);
        ClockedAct Notice(string time, string due) => Act(ActKind.DELAY_NOTICE, time, due: due);
        Assert.Equal("2026-12-20T10:00:00.000Z", Time(Decide().Due));
        var near = Decide(Notice("2026-12-18T10:00:00Z", "2027-01-10T10:00:00Z"));
        Assert.Equal("2027-01-10T10:00:00.000Z", Time(near.Due));
        Assert.EndsWith("; a first decision is put off once, by 30 days at most, after EIO 12", near.Basis, StringComparison.Ordinal);
        var far = Decide(Notice("2026-12-18T10:00:00Z", "2028-01-10T10:00:00Z"));
        Assert.Equal("2027-01-19T10:00:00.000Z", Time(far.Due));
        Assert.Contains("not until 2028-01-10T10:00:00.000Z, which it names", far.Basis, StringComparison.Ordinal);
        var again = Decide(Notice("2026-12-18T10:00:00Z", "2027-01-10T10:00:00Z"), Notice("2027-01-09T10:00:00Z", "2027-01-18T10:00:00Z"));
        Assert.Equal("2027-01-10T10:00:00.000Z", Time(again.Due));
        Assert.EndsWith("; a later notice moves it no more", again.Basis, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_no_rule_limits_a_delay_the_basis_says_so_and_counts_the_notices()
    {
        ClockedAct[] notices = [Act(ActKind.DELAY_NOTICE, "2027-02-20T09:00:00Z", due: "2027-04-20T09:00:00Z"), Act(ActKind.DELAY_NOTICE, "2027-04-19T09:00:00Z", due: "2027-08-20T09:00:00Z")];
        var execute = Single(Of("stored-content-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACCEPTED, acts: [Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(ActKind.ACCEPTED, "2026-12-01T09:00:00Z"), .. notices]), DeadlineRule.EXECUTE);
        Assert.Equal("2027-08-20T09:00:00.000Z", Time(execute.Due));
        Assert.EndsWith("; how far and how often this may be put off no rule says, this is notice 2", execute.Basis, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_a_decision_is_followed_by_the_execution_that_has_ninety_days_of_its_own()
    {
        var accepted = Of("stored-content-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACCEPTED, acts: [Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(ActKind.ACCEPTED, "2026-12-01T09:00:00Z")]);
        Assert.Equal(DeadlineState.MET, Single(accepted, DeadlineRule.DECIDE).State);
        Assert.Equal("2027-03-01T09:00:00.000Z", Time(Single(accepted, DeadlineRule.EXECUTE).Due));
    }

    [Theory]
    [InlineData(ActKind.POSTPONED, CaseState.POSTPONED)]
    [InlineData(ActKind.RETURNED_FOR_INFO, CaseState.RETURNED_FOR_INFO)]
    public void What_was_missed_stays_missed_when_the_case_is_put_off_or_sent_back_afterwards(ActKind kind, CaseState state)
    {
        // Due on 25 November.
        ClockedAct[] late = [Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(kind, "2026-12-05T10:00:00Z")];
        var decide = Single(Of("legal-information", "2026-11-20T10:00:00Z", Table(), state: state, acts: late), DeadlineRule.DECIDE);
        Assert.Equal((DeadlineState.RUNNING, "2026-11-25T10:00:00.000Z"), (decide.State, Time(decide.Due)));

        ClockedAct[] on = [.. late, kind == ActKind.POSTPONED ? Act(ActKind.ACCEPTED, "2026-12-10T10:00:00Z") : Act(ActKind.SUPPLEMENTED, "2026-12-10T10:00:00Z", CaseSide.Requesting)];
        decide = Single(Of("legal-information", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACCEPTED, acts: on), DeadlineRule.DECIDE);
        Assert.Equal((DeadlineState.RUNNING, "2026-11-25T10:00:00.000Z"), (decide.State, Time(decide.Due)));
    }

    [Fact]
    public void A_pause_that_begins_within_the_time_that_another_one_added_counts()
    {
        // Due on 25 November, put off for ten days: 5 December.
        ClockedAct[] acts = [Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(ActKind.POSTPONED, "2026-11-22T10:00:00Z"), Act(ActKind.ACCEPTED, "2026-12-02T10:00:00Z"), Act(ActKind.RETURNED_FOR_INFO, "2026-12-04T10:00:00Z")];
        Assert.Equal(DeadlineState.SUSPENDED, Single(Of("legal-information", "2026-11-20T10:00:00Z", Table(), state: CaseState.RETURNED_FOR_INFO, acts: acts), DeadlineRule.DECIDE).State);
        var decide = Single(Of("legal-information", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACCEPTED, acts: [.. acts, Act(ActKind.SUPPLEMENTED, "2026-12-06T10:00:00Z", CaseSide.Requesting)]), DeadlineRule.DECIDE);
        Assert.Equal((DeadlineState.RUNNING, "2026-12-07T10:00:00.000Z"), (decide.State, Time(decide.Due)));
        Assert.EndsWith("; 48 h waited for a supplement; 240 h postponed", decide.Basis, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_put_off_and_then_accepted_is_due_anew()
    {
        var put = new[] { Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(ActKind.POSTPONED, "2026-11-21T09:00:00Z") };
        var off = Of("legal-information", "2026-11-20T10:00:00Z", Table(), state: CaseState.POSTPONED, acts: put);
        Assert.Equal((DeadlineState.SUSPENDED, null), (Single(off, DeadlineRule.DECIDE).State, Single(off, DeadlineRule.DECIDE).Met));

        ClockedAct[] on = [.. put, Act(ActKind.ACCEPTED, "2026-12-21T09:00:00Z", due: "2027-01-10T09:00:00Z")];
        var again = Of("legal-information", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACCEPTED, acts: on);
        var decide = Single(again, DeadlineRule.DECIDE);
        Assert.Equal((DeadlineState.RUNNING, "2026-12-25T10:00:00.000Z"), (decide.State, Time(decide.Due)));
        Assert.Contains("720 h postponed", decide.Basis, StringComparison.Ordinal);
        Assert.Equal((DeadlineState.RUNNING, "2027-01-10T09:00:00.000Z"), (Single(again, DeadlineRule.PROMISED).State, Time(Single(again, DeadlineRule.PROMISED).Due)));

        var executed = Of("stored-content-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACCEPTED, acts: on);
        Assert.Equal(DeadlineState.MET, Single(executed, DeadlineRule.DECIDE).State);
        Assert.Equal((DeadlineState.RUNNING, "2027-03-21T09:00:00.000Z"), (Single(executed, DeadlineRule.EXECUTE).State, Time(Single(executed, DeadlineRule.EXECUTE).Due)));
        Assert.Equal(DeadlineState.RUNNING, Single(executed, DeadlineRule.PROMISED).State);
        var notice = Of("stored-content-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACCEPTED, acts: [.. on, Act(ActKind.DELAY_NOTICE, "2027-03-20T09:00:00Z", due: "2027-04-20T09:00:00Z")]);
        Assert.Equal([DeadlineState.RUNNING, DeadlineState.RUNNING], [Single(notice, DeadlineRule.EXECUTE).State, Single(notice, DeadlineRule.PROMISED).State]);
        Assert.Equal("2027-04-20T09:00:00.000Z", Time(Single(notice, DeadlineRule.EXECUTE).Due));
    }

    [Fact]
    public void The_answer_answers_how_it_stands_too()
    {
        ClockedAct[] acts = [Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(ActKind.STATUS_QUERY, "2026-11-21T09:00:00Z", CaseSide.Requesting), Act(ActKind.EXECUTED, "2026-11-22T09:00:00Z")];
        Assert.Equal((DeadlineState.MET, "2026-11-22T09:00:00.000Z"), Of("legal-information", "2026-11-20T10:00:00Z", Table(), state: CaseState.EXECUTED, acts: acts)
            .Where(d => d.Rule == DeadlineRule.STATUS_REPORT).Select(d => (d.State, Time(d.Met ?? default))).Single());
        Assert.Equal(DeadlineState.RUNNING, Single(Of("legal-information", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACKNOWLEDGED, acts: acts[..2]), DeadlineRule.STATUS_REPORT).State);
    }

    [Fact]
    public void A_disputed_answer_is_due_anew()
    {
        ClockedAct[] acts =
        [
            Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(ActKind.ACCEPTED, "2026-11-21T09:00:00Z", due: "2026-11-24T09:00:00Z"), Act(ActKind.IN_EXECUTION, "2026-11-21T10:00:00Z"),
            Act(ActKind.EXECUTED, "2026-11-22T09:00:00Z"), Act(ActKind.DISPUTED, "2026-11-23T09:00:00Z", CaseSide.Requesting),
        ];
        static IEnumerable<(int Number, DeadlineState State, string Due)> Rows(IReadOnlyList<Deadline> all, DeadlineRule rule) => all.Where(d => d.Rule == rule).OrderBy(d => d.Number).Select(d => (d.Number, d.State, Time(d.Due)));

        var open = Of("legal-information", "2026-11-20T10:00:00Z", Table(), state: CaseState.IN_EXECUTION, acts: acts);
        Assert.Equal([(1, DeadlineState.MET, "2026-11-25T10:00:00.000Z"), (2, DeadlineState.RUNNING, "2026-11-28T09:00:00.000Z")], Rows(open, DeadlineRule.DECIDE));
        Assert.Contains("after the dispute of 2026-11-23T09:00:00.000Z", open.Single(d => d.Rule == DeadlineRule.DECIDE && d.Number == 2).Basis, StringComparison.Ordinal);
        // A promise was kept, however badly; one made since then runs.
        Assert.Equal(DeadlineState.MET, Single(open, DeadlineRule.PROMISED).State);
        var promised = Of("legal-information", "2026-11-20T10:00:00Z", Table(), state: CaseState.IN_EXECUTION, acts: [.. acts, Act(ActKind.STATUS_REPORT, "2026-11-24T09:00:00Z", due: "2026-11-26T09:00:00Z")]);
        Assert.Equal(DeadlineState.RUNNING, Single(promised, DeadlineRule.PROMISED).State);

        var executing = Of("stored-content-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.IN_EXECUTION, acts: acts);
        Assert.Equal([(1, DeadlineState.MET, "2027-02-19T09:00:00.000Z"), (2, DeadlineState.RUNNING, "2027-02-21T09:00:00.000Z")], Rows(executing, DeadlineRule.EXECUTE));
        Assert.Equal(DeadlineState.MET, Single(executing, DeadlineRule.DECIDE).State);
        var closed = Of("stored-content-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.EXECUTED, acts: [.. acts, Act(ActKind.EXECUTED, "2026-12-01T09:00:00Z")]);
        Assert.All(closed.Where(d => d.Rule == DeadlineRule.EXECUTE), d => Assert.Equal(DeadlineState.MET, d.State));
    }

    [Theory]
    [InlineData(ActKind.CONDITIONS_PROPOSED, ActKind.CONDITIONS_ACCEPTED, CaseState.CONDITIONS_PROPOSED)]
    [InlineData(ActKind.CONFIDENTIALITY_NOT_POSSIBLE, ActKind.CONFIDENTIALITY_WAIVED, CaseState.CONFIDENTIALITY_NOT_POSSIBLE)]
    public void Conditions_are_answered_by_a_day_and_begin_the_execution_when_they_are_accepted(ActKind proposed, ActKind accepted, CaseState waiting)
    {
        var acts = new[] { Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(proposed, "2026-11-21T09:00:00Z") };
        var asked = Of("stored-content-data", "2026-11-20T10:00:00Z", Table(), state: waiting, acts: acts);
        Assert.Equal((CaseSide.Requesting, DeadlineState.RUNNING, "2026-12-21T09:00:00.000Z"),
            (Single(asked, DeadlineRule.ANSWER_QUESTIONS).By, Single(asked, DeadlineRule.ANSWER_QUESTIONS).State, Time(Single(asked, DeadlineRule.ANSWER_QUESTIONS).Due)));
        Assert.DoesNotContain(asked, d => d.Rule == DeadlineRule.MAY_CLOSE);
        // Where the answer is the decision it waits too.
        Assert.Equal(DeadlineState.SUSPENDED, Single(Of("legal-information", "2026-11-20T10:00:00Z", Table(), state: waiting, acts: acts), DeadlineRule.DECIDE).State);

        var going = Of("stored-content-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACCEPTED, acts: [.. acts, Act(accepted, "2026-12-01T09:00:00Z", CaseSide.Requesting)]);
        Assert.Equal(DeadlineState.MET, Single(going, DeadlineRule.ANSWER_QUESTIONS).State);
        Assert.Equal((DeadlineState.RUNNING, "2027-03-01T09:00:00.000Z"), (Single(going, DeadlineRule.EXECUTE).State, Time(Single(going, DeadlineRule.EXECUTE).Due)));
    }

    [Fact]
    public void Accepting_a_preservation_is_not_yet_the_answer()
        => Assert.Equal(DeadlineState.RUNNING, Single(Of("preserve-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACCEPTED,
            acts: [Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(ActKind.ACCEPTED, "2026-11-20T12:00:00Z")]), DeadlineRule.DECIDE).State);

    [Fact]
    public void A_preservation_goes_on_while_the_request_that_follows_it_is_pending()
    {
        var acts = new[] { Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(ActKind.PRESERVED, "2026-11-20T12:00:00Z", until: "2027-01-19T12:00:00Z") };
        var alone = Of("preserve-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACKNOWLEDGED, acts: acts);
        Assert.Equal((DeadlineState.RUNNING, "2027-01-19T12:00:00.000Z"), (Single(alone, DeadlineRule.PRESERVATION_ENDS).State, Time(Single(alone, DeadlineRule.PRESERVATION_ENDS).Due)));
        var followed = Of("preserve-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACKNOWLEDGED, acts: acts, followUps: [new("XA-" + new string('1', 32), Relation.FOLLOWS_PRESERVATION, CaseState.ACCEPTED, null)]);
        Assert.Equal(DeadlineState.SUSPENDED, Single(followed, DeadlineRule.PRESERVATION_ENDS).State);
        // What did not arrive stops nothing, and warns on.
        var queued = Of("preserve-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACKNOWLEDGED, acts: acts, followUps: [new("XA-" + new string('1', 32), Relation.FOLLOWS_PRESERVATION, CaseState.SENT, null)]);
        Assert.Equal(DeadlineState.RUNNING, Single(queued, DeadlineRule.PRESERVATION_ENDS).State);
        var over = Of("preserve-data", "2026-11-20T10:00:00Z", Table(), state: CaseState.ACKNOWLEDGED, acts: acts, followUps: [new("XA-" + new string('1', 32), Relation.FOLLOWS_PRESERVATION, CaseState.COMPLETED, null)]);
        Assert.Equal(DeadlineState.RUNNING, Single(over, DeadlineRule.PRESERVATION_ENDS).State);
    }

    [Fact]
    public void People_are_told_fourteen_seven_three_and_one_days_before_a_preservation_ends()
    {
        var deadline = LegalClock.New(DeadlineRule.PRESERVATION_ENDS, CaseSide.Requested, At("2026-11-20T12:00:00Z"), At("2027-01-19T12:00:00Z"), "", null);
        var plan = ReminderPlan.Of(deadline, Urgency.URGENT, Table());
        Assert.Equal([14, 7, 3, 1, 0], plan.Select(p => (deadline.Due - p.At).Days));
        Assert.Equal(ReminderStep.PASS, plan[^1].Step);
    }

    [Fact]
    public void Reminders_of_ordinary_cases_come_in_office_hours_and_never_later_than_planned()
    {
        // Due on a Monday at 07:00 in Paris: the day before is a Sunday, so Friday at six.
        var deadline = LegalClock.New(DeadlineRule.DECIDE, CaseSide.Requested, At("2026-10-01T07:00:00Z"), At("2026-11-16T06:00:00Z"), "", null);
        var plan = ReminderPlan.Of(deadline, Urgency.ORDINARY, Table("2026-11-09"));
        Assert.Equal(["2026-11-06T18:00:00+01:00", "2026-11-12T18:00:00+01:00", "2026-11-13T18:00:00+01:00", "2026-11-16T07:00:00+01:00"], plan.Select(p => Local(p.At)));
    }

    [Fact]
    public void A_measure_in_real_time_owes_a_delivery_every_week()
    {
        var started = Of("realtime-traffic", "2026-11-20T10:00:00Z", Table(), state: CaseState.IN_EXECUTION, acts:
        [
            Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(ActKind.ACCEPTED, "2026-11-21T11:00:00Z"), Act(ActKind.MEASURE_STARTED, "2026-11-23T10:00:00Z"),
            Act(ActKind.MEASURE_DELIVERY, "2026-11-29T10:00:00Z"),
        ], change: f => f["deliveryIntervalDays"] = 7);
        Assert.Equal([("2026-11-30T10:00:00.000Z", DeadlineState.MET), ("2026-12-06T10:00:00.000Z", DeadlineState.RUNNING)],
            started.Where(d => d.Rule == DeadlineRule.DELIVERY).OrderBy(d => d.Number).Select(d => (Time(d.Due), d.State)));
        Assert.Contains(started, d => d.Rule == DeadlineRule.MEASURE_ENDS);
    }

    [Fact]
    public void A_covert_measure_ends_with_its_period_or_with_the_decision_and_owes_no_weekly_delivery()
    {
        ClockedAct[] acts = [Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(ActKind.ACCEPTED, "2026-11-21T11:00:00Z"), Act(ActKind.IN_EXECUTION, "2026-11-21T12:00:00Z"), Act(ActKind.MEASURE_STARTED, "2026-11-23T10:00:00Z")];
        var started = Of("covert-measure", "2026-11-20T10:00:00Z", Table(), state: CaseState.IN_EXECUTION, acts: acts);
        Assert.Equal(("2031-03-30T22:00:00.000Z", DeadlineState.RUNNING), (Time(Single(started, DeadlineRule.MEASURE_ENDS).Due), Single(started, DeadlineRule.MEASURE_ENDS).State));
        Assert.DoesNotContain(started, d => d.Rule == DeadlineRule.DELIVERY);
        var ended = Of("covert-measure", "2026-11-20T10:00:00Z", Table(), state: CaseState.IN_EXECUTION, acts: [.. acts, Act(ActKind.MEASURE_TERMINATED, "2026-12-01T10:00:00Z")]);
        Assert.Equal(DeadlineState.MET, Single(ended, DeadlineRule.MEASURE_ENDS).State);
        Assert.DoesNotContain(Of("covert-measure", "2026-11-20T10:00:00Z", Table(), state: CaseState.IN_EXECUTION, acts: acts[..3]), d => d.Rule == DeadlineRule.MEASURE_ENDS);
    }

    [Fact]
    public void An_emergency_is_acknowledged_in_half_an_hour_called_back_in_one_answered_in_eight_and_reviewed()
    {
        var emergency = Of("emergency-disclosure", "2026-11-20T02:07:00Z", Table());
        Assert.Equal("2026-11-20T02:37:00.000Z", Time(Single(emergency, DeadlineRule.ACKNOWLEDGE).Due));
        Assert.Equal("2026-11-20T03:07:00.000Z", Time(Single(emergency, DeadlineRule.CALL_BACK).Due));
        Assert.Equal("2026-11-20T10:07:00.000Z", Time(Single(emergency, DeadlineRule.DECIDE).Due));
        Assert.Equal((CaseSide.Requesting, "2026-12-20T02:07:00.000Z"), (Single(emergency, DeadlineRule.FORMAL_REQUEST).By, Time(Single(emergency, DeadlineRule.FORMAL_REQUEST).Due)));
        Assert.Contains(emergency, d => d.Rule == DeadlineRule.POST_REVIEW);
        // The same once the case is closed: the formal request and the review are still to come.
        var closed = Of("emergency-disclosure", "2026-11-20T02:07:00Z", Table(), state: CaseState.COMPLETED);
        Assert.Equal(DeadlineState.VOID, Single(closed, DeadlineRule.DECIDE).State);
        Assert.Equal(DeadlineState.RUNNING, Single(closed, DeadlineRule.FORMAL_REQUEST).State);
    }

    [Theory]
    [InlineData(CaseState.SENT, false)]
    [InlineData(CaseState.REJECTED_TECHNICAL, false)]
    [InlineData(CaseState.WITHDRAWN, false)]
    [InlineData(CaseState.DELIVERED, true)]
    [InlineData(CaseState.REFUSED, true)]
    [InlineData(CaseState.COMPLETED, true)]
    public void A_formal_request_came_when_it_arrived(CaseState state, bool came)
    {
        // Another one that did not arrive changes nothing.
        var all = Of("emergency-disclosure", "2026-11-20T02:07:00Z", Table(), followUps:
            [new("XA-" + new string('1', 32), Relation.FORMALISES, CaseState.SENT, null), new("XA-" + new string('2', 32), Relation.FORMALISES, state, null)]);
        Assert.Equal(came ? DeadlineState.MET : DeadlineState.RUNNING, Single(all, DeadlineRule.FORMAL_REQUEST).State);
    }

    [Fact]
    public void On_paper_everything_is_reckoned_and_says_how_it_was_counted()
    {
        static IReadOnlyList<Deadline> OnPaper(string sample, params ClockedAct[] acts)
            => LegalClock.Of(new ClockedCase(Request.Read(RequestSamples.Document(sample, null)).Value, At("2026-11-20T02:07:00Z"), CaseState.DELIVERED, [.. acts]) { Calendar = Table(), OnPaper = true });
        var emergency = OnPaper("emergency-disclosure");
        Assert.Equal("2026-11-20T03:07:00.000Z", Time(Single(emergency, DeadlineRule.CALL_BACK).Due));
        Assert.Equal("2026-12-20T02:07:00.000Z", Time(Single(emergency, DeadlineRule.POST_REVIEW).Due));
        Assert.Equal(DeadlineState.MET, Single(OnPaper("emergency-disclosure", Act(ActKind.CALLED_BACK, "2026-11-20T02:40:00Z")), DeadlineRule.CALL_BACK).State);
        Assert.Equal("2026-11-20T10:07:00.000Z", Time(Single(emergency, DeadlineRule.DECIDE).Due));
        Assert.All(emergency, d => Assert.Equal(d.By == CaseSide.Requested, d.Basis.EndsWith("on paper: counted from when ours left to when theirs came", StringComparison.Ordinal)));
        Assert.Contains(emergency, d => d.By == CaseSide.Requesting);
        Assert.Contains(emergency, d => d.Rule == DeadlineRule.ACKNOWLEDGE);
        var ordinary = OnPaper("stored-content-data");
        Assert.Equal("2026-11-21T02:07:00.000Z", Time(Single(ordinary, DeadlineRule.ACKNOWLEDGE).Due));
        Assert.Contains(ordinary, d => d.Rule == DeadlineRule.ACKNOWLEDGE_LATEST);
        // While our answer to a question has not left, the other side is not late.
        var asked = Single(OnPaper("stored-content-data", Act(ActKind.ACKNOWLEDGED, "2026-11-21T11:00:00Z"), Act(ActKind.RETURNED_FOR_INFO, "2026-11-22T11:00:00Z")), DeadlineRule.DECIDE);
        Assert.Equal(DeadlineState.SUSPENDED, asked.State);
    }

    [Fact]
    public void Data_that_will_be_lost_before_the_decision_are_marked()
        => Assert.Contains("BEFORE", Single(Of("preserve-data", "2026-11-20T10:00:00Z", Table(), change: f => f["estimatedDataLossAt"] = "2026-11-20T18:00:00+01:00"), DeadlineRule.DATA_LOSS).Basis, StringComparison.Ordinal);

    [Fact]
    public void Received_data_are_reviewed_until_a_review_or_the_request_says_when_they_go()
    {
        static void UntilDate(JsonObject fields)
        {
            fields["handling"]!["retention"] = "UNTIL_DATE";
            fields["handling"]!["retainUntil"] = "2027-03-31";
            fields["handling"]!.AsObject().Remove("retainDays");
        }

        var answered = new[] { Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(ActKind.EXECUTED, "2026-12-01T10:00:00Z") };
        ClockedCase Case(Action<JsonObject>? change = null, string? heldBy = null, params RetentionReview[] reviews)
            => new(Request.Read(RequestSamples.Document("stored-content-data", change)).Value, At("2026-11-20T10:00:00Z"), CaseState.COMPLETED, [.. answered]) { Calendar = Table(), HeldBy = heldBy, RetentionReviews = reviews };

        var first = Single(LegalClock.Of(Case()), DeadlineRule.RETENTION_REVIEW);
        Assert.Equal(("2027-05-30", DeadlineState.RUNNING), (Time(first.Due)[..10], first.State));
        // Still needed: the next review, counted from this one.
        var needed = new RetentionReview(At("2027-05-01T10:00:00Z"), null);
        var again = LegalClock.Of(Case(null, null, needed)).Where(d => d.Rule == DeadlineRule.RETENTION_REVIEW).ToList();
        Assert.Equal([DeadlineState.MET, DeadlineState.RUNNING], again.Select(d => d.State));
        Assert.Equal("2027-10-28", Time(again[1].Due)[..10]);
        // Not needed: a day to erase, and no further review.
        var decided = LegalClock.Of(Case(null, null, needed, new RetentionReview(At("2027-06-01T10:00:00Z"), new DateOnly(2027, 7, 1))));
        Assert.Equal("2027-07-01T00:00:00+02:00", Local(Single(decided, DeadlineRule.RETENTION).Due));
        Assert.All(decided.Where(d => d.Rule == DeadlineRule.RETENTION_REVIEW), d => Assert.Equal(DeadlineState.MET, d.State));
        // Needed after all: the word said last counts.
        Assert.DoesNotContain(LegalClock.Of(Case(null, null, new RetentionReview(At("2027-05-01T10:00:00Z"), new DateOnly(2027, 7, 1)), new RetentionReview(At("2027-06-01T10:00:00Z"), null))), d => d.Rule == DeadlineRule.RETENTION);

        // A review never gives more time than the request does, and may give less.
        Assert.Equal("2027-04-01T00:00:00+02:00", Local(Single(LegalClock.Of(Case(UntilDate, null, new RetentionReview(At("2027-01-01T10:00:00Z"), new DateOnly(2028, 1, 1)))), DeadlineRule.RETENTION).Due));
        Assert.Equal("review of 2027-01-01", Single(LegalClock.Of(Case(UntilDate, null, new RetentionReview(At("2027-01-01T10:00:00Z"), new DateOnly(2027, 2, 1)))), DeadlineRule.RETENTION).Basis);
        var held = Single(LegalClock.Of(Case(UntilDate, "lawyer")), DeadlineRule.RETENTION);
        Assert.Equal((DeadlineState.SUSPENDED, "date of the request; legal hold by lawyer"), (held.State, held.Basis));
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

    [Fact]
    public void Each_side_counts_the_keeping_of_what_it_received_itself()
    {
        ClockedCase Case(string sample, CaseSide own, params RetentionReview[] reviews)
            => new(Request.Read(RequestSamples.Document(sample)).Value, At("2026-11-20T10:00:00Z"), CaseState.COMPLETED, [Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(ActKind.EXECUTED, "2026-12-01T10:00:00Z")])
            { Calendar = Table(), Own = own, HeldBy = "lawyer", RetentionReviews = reviews };

        // The answer went to one side, the persons that the request names to the other: from the day on which it came.
        var asking = Single(LegalClock.Of(Case("stored-content-data", CaseSide.Requesting)), DeadlineRule.RETENTION_REVIEW);
        Assert.Equal((CaseSide.Requesting, "2027-05-30"), (asking.By, Time(asking.Due)[..10]));
        var asked = Single(LegalClock.Of(Case("stored-content-data", CaseSide.Requested)), DeadlineRule.RETENTION_REVIEW);
        Assert.Equal((CaseSide.Requested, "2027-05-19"), (asked.By, Time(asked.Due)[..10]));

        // One's own reviews and holds say nothing about what the other side keeps.
        var theirs = LegalClock.Of(Case("spontaneous-information", CaseSide.Requesting, new RetentionReview(At("2027-01-01T10:00:00Z"), new DateOnly(2027, 2, 1))));
        Assert.Equal((CaseSide.Requested, DeadlineState.RUNNING), (Single(theirs, DeadlineRule.RETENTION_REVIEW).By, Single(theirs, DeadlineRule.RETENTION_REVIEW).State));
        Assert.DoesNotContain(theirs, d => d.Rule == DeadlineRule.RETENTION);
        var ours = Single(LegalClock.Of(Case("spontaneous-information", CaseSide.Requested, new RetentionReview(At("2027-01-01T10:00:00Z"), new DateOnly(2027, 2, 1)))), DeadlineRule.RETENTION);
        Assert.Equal((CaseSide.Requested, DeadlineState.SUSPENDED), (ours.By, ours.State));

        // Where nobody is named and nothing personal is asked, nothing is to be reviewed.
        Assert.DoesNotContain(LegalClock.Of(Case("technical-advice", CaseSide.Requested)), d => d.Rule is DeadlineRule.RETENTION or DeadlineRule.RETENTION_REVIEW);
    }

    private static IReadOnlyList<Deadline> Of(string sample, string delivered, WorkCalendar calendar, CaseState state = CaseState.DELIVERED, StateProfile? requested = null, StateProfile? requesting = null,
        IEnumerable<ClockedAct>? acts = null, Action<JsonObject>? change = null, IReadOnlyList<FollowUp>? followUps = null)
    {
        var request = Request.Read(RequestSamples.Document(sample, change)).Value;
        return LegalClock.Of(new ClockedCase(request, At(delivered), state, [.. acts ?? []]) { Calendar = calendar, Requested = requested, Requesting = requesting, FollowUps = followUps ?? [] });
    }

    private static ClockedAct Act(ActKind kind, string at, CaseSide by = CaseSide.Requested, string? due = null, string? until = null)
    {
        var fields = new JsonObject { ["until"] = until };
        return new(new Act(Ids.New(), kind, "XA-" + new string('0', 32), new string('0', 32), "XB-CP", "", "", null, due is null ? null : At(due), At(at))
        {
            Document = until is null ? null : JsonSerializer.SerializeToElement(fields),
        }, by);
    }

    private static Deadline Single(IReadOnlyList<Deadline> all, DeadlineRule rule) => Assert.Single(all, d => d.Rule == rule);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => DocumentWriter.FormatTime(time);

    private static string Local(DateTimeOffset time) => DocumentWriter.FormatLocalTime(TimeZoneInfo.ConvertTime(time, Paris));
}
