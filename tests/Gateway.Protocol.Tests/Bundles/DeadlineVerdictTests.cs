using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>Dates that were due, and acts in the order in which they were taken.</summary>
public class DeadlineVerdictTests
{
    [Fact]
    public async Task Dates_that_were_missed_and_acts_out_of_order_are_named_and_break_nothing()
    {
        var promised = await new SampleCase { OnAct = a => a.Kind == ActKind.ACCEPTED ? a with { DueAt = a.Time.AddSeconds(1) } : a }.Write();
        var late = Judge(promised);
        Assert.True(late.Has(FindingCode.DeadlineMissed));
        Assert.Equal(Verdict.VALID, late.Verdict);
        Assert.Contains(late.Deadlines, d => d.What == "answer" && d.Met > d.Due);
        Assert.True(Judge(await new SampleCase { OnRequest = r => r["judicialAuthorisation"]!["validUntil"] = "2026-11-20T11:00:10+01:00" }.Write()).Has(FindingCode.AuthorisationNotInForce));
        var skipped = Judge(await new SampleCase { OnAct = a => a.Kind == ActKind.ACKNOWLEDGED ? a with { Kind = ActKind.ACCEPTED } : a }.Write());
        Assert.Equal(1, skipped.Findings.Count(f => f.Code == FindingCode.ActOutOfOrder));
        Assert.DoesNotContain(Judge(await Good).Findings, f => f.Code is FindingCode.DeadlineMissed or FindingCode.AuthorisationNotInForce or FindingCode.ActOutOfOrder);
    }

    [Fact]
    public async Task A_request_that_was_closed_as_of_no_use_before_its_time_is_out_of_order()
    {
        var early = Judge(await new SampleCase { OnAct = a => a.Kind == ActKind.ACCEPTED ? a with { Kind = ActKind.EXPIRED } : a }.Write());
        var finding = Assert.Single(early.Findings, f => f.Code == FindingCode.ActOutOfOrder);
        Assert.StartsWith("EXPIRED was taken although the life cycle does not allow it: A request is EXPIRED 60 days after", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_date_follows_from_the_profile_in_the_card_and_without_a_table_of_holidays_nobody_is_blamed_for_working_days()
    {
        static TimeSpan Late(ActKind kind) => TimeSpan.FromHours(kind == ActKind.ACCEPTED ? 30 : 0);
        static bool Blames(Finding f) => f.Code == FindingCode.DeadlineMissed && f.Text.Contains("XB-CA", StringComparison.Ordinal);
        Assert.DoesNotContain(Judge(await new SampleCase { Before = Late }.Write()).Findings, Blames);
        DeadlineTerm Term(TermUnit unit) => new(RequestKind.STORED_CONTENT_DATA, Urgency.ORDINARY, 1, unit);
        var strict = Judge(await new SampleCase(asked: new SampleState("XB", null, Term(TermUnit.DAYS))) { Before = Late }.Write(), []);
        Assert.Contains(strict.Findings, f => f.Code == FindingCode.DeadlineMissed && f.Text.Contains("1 DAYS in the profile of XB", StringComparison.Ordinal));
        var working = Judge(await new SampleCase(asked: new SampleState("XB", null, Term(TermUnit.WORKING_DAYS))) { Before = Late }.Write(), []);
        Assert.DoesNotContain(working.Findings, Blames);
        Assert.Contains(working.Deadlines, d => d.Met > d.Due && d.Basis.Contains("counted as calendar days", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_that_its_author_dates_back_is_as_late_as_its_SubmissionAcceptance_says()
    {
        DeadlineTerm term = new(RequestKind.STORED_CONTENT_DATA, Urgency.ORDINARY, 1, TermUnit.DAYS);
        static Act Back(Act a) => a.Kind == ActKind.ACCEPTED ? a with { Time = a.Time.AddHours(-29) } : a;
        var late = Judge(await new SampleCase(asked: new SampleState("XB", null, term)) { OnAct = Back, Before = kind => TimeSpan.FromHours(kind == ActKind.ACCEPTED ? 30 : 0) }.Write(), []);
        Assert.Contains(late.Findings, f => f.Code == FindingCode.DeadlineMissed && f.Text.StartsWith("the first decision of XB-CA", StringComparison.Ordinal));
        Assert.Contains(late.Deadlines, d => d is { What: "first decision", By: "XB-CA" } && d.Met > d.Due);
    }

    [Fact]
    public async Task A_notice_of_delay_does_not_put_a_first_decision_off_for_ever()
    {
        SampleCase Story(int days) => new() { OnAct = a => a.Kind == ActKind.ACCEPTED ? a with { Kind = ActKind.DELAY_NOTICE, DueAt = a.Time.AddDays(200) } : a, ExportedAfter = TimeSpan.FromDays(days) };
        static bool Blames(Finding f) => f.Code == FindingCode.DeadlineMissed && f.Text.StartsWith("the first decision of XB-CA", StringComparison.Ordinal);
        Assert.DoesNotContain(Judge(await Story(45).Write()).Findings, Blames);
        Assert.Contains("put off once, by 30 days at most", Assert.Single(Judge(await Story(70).Write()).Findings, Blames).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_time_in_which_an_authority_waited_for_the_other_one_is_added()
    {
        static Act Told(Act a) => a.Kind == ActKind.ACCEPTED ? a with { DueAt = a.Time.AddHours(1) } : a;
        Assert.Contains(Judge(await new SampleCase { OnAct = Told, Before = kind => TimeSpan.FromHours(kind == ActKind.EXECUTED ? 3.5 : 0) }.Write()).Findings, f => f.Code == FindingCode.DeadlineMissed);
        var waited = Judge(await new SampleCase { OnAct = Told, AsksBack = true, Before = kind => TimeSpan.FromHours(kind switch { ActKind.SUPPLEMENTED => 3, ActKind.EXECUTED => 0.5, _ => 0 }) }.Write());
        Assert.DoesNotContain(waited.Findings, f => f.Code is FindingCode.DeadlineMissed or FindingCode.ActOutOfOrder);
        Assert.Contains(waited.Deadlines, d => d.What == "answer" && d.Basis.Contains("h waited for a supplement", StringComparison.Ordinal));
        Assert.Contains(waited.Deadlines, d => d is { What: "supplement", By: "XA-CA", Met: not null });
    }

    // When the request was there, by the story's clock, is within its first minute.
    private static SampleCase Emergency(TimeSpan late = default, bool formal = false) => new()
    {
        Sample = "emergency-disclosure",
        OnRequest = r => (r["requestingAuthority"], r["requestedAuthority"]) = ("XA-CA", "XB-CA"),
        OnPreserve = r => { if (formal) r["linkedRequests"] = new JsonArray(new JsonObject { ["relation"] = "FORMALISES", ["case"] = SampleCase.Content }); },
        Before = kind => kind == ActKind.ACKNOWLEDGED ? late : TimeSpan.Zero,
        ExportedAfter = TimeSpan.FromDays(40),
        Log = null,
    };

    [Fact]
    public async Task An_emergency_that_was_acknowledged_late_or_never_followed_by_a_formal_request_is_named()
    {
        var report = Judge(await Emergency(TimeSpan.FromHours(1)).Write());
        Assert.Contains(report.Findings, f => f.Code == FindingCode.DeadlineMissed && f.Text.StartsWith("the acknowledgement of XB-CA", StringComparison.Ordinal) && f.Text.Contains("and came", StringComparison.Ordinal));
        Assert.Contains(report.Findings, f => f.Code == FindingCode.DeadlineMissed && f.Text.StartsWith("the formal request of XA-CA", StringComparison.Ordinal) && f.Text.EndsWith("is not here", StringComparison.Ordinal));
        Assert.Contains(report.Deadlines, d => d is { What: "call-back", By: "XB-CA", Met: null });

        var inTime = Judge(await Emergency(formal: true).Write());
        // The request that formalises it here was never answered itself.
        Assert.DoesNotContain(inTime.Findings, f => f.Code == FindingCode.DeadlineMissed && !f.Text.Contains("of XB-CP", StringComparison.Ordinal));
        Assert.Contains(inTime.Deadlines, d => d is { What: "acknowledgement", Met: not null, Late: false });
        Assert.Contains(inTime.Deadlines, d => d is { What: "formal request", Met: not null, Late: false } && d.Basis.Contains("came as XA-0000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_supplement_in_an_emergency_that_took_longer_than_the_hours_which_remind_people_is_no_contradiction()
    {
        var story = Emergency(formal: true);
        var report = Judge(await new SampleCase { Sample = story.Sample, OnRequest = story.OnRequest, OnPreserve = story.OnPreserve, AsksBack = true, ExportedAfter = story.ExportedAfter, Log = null, Before = kind => TimeSpan.FromHours(kind == ActKind.SUPPLEMENTED ? 3 : 0) }.Write());
        Assert.Contains(report.Deadlines, d => d is { What: "supplement", By: "XA-CA", Met: not null, Late: false });
        Assert.DoesNotContain(report.Findings, f => f.Code == FindingCode.DeadlineMissed && f.Text.StartsWith("the supplement", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_formal_request_that_may_stand_in_a_case_that_was_left_out_is_not_missed()
    {
        var report = Judge(await Emergency().Write(s => s with { Cases = [s.Cases[0]] }));
        Assert.DoesNotContain(report.Findings, f => f.Code == FindingCode.DeadlineMissed && f.Text.StartsWith("the formal request", StringComparison.Ordinal));
        Assert.Contains(report.Deadlines, d => d is { What: "formal request", Met: null } && d.Basis.EndsWith("not every case linked with this one is in the bundle", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_day_on_which_a_preservation_ends_is_told_and_nobody_misses_it()
    {
        var report = Judge(await new SampleCase
        {
            Sample = "preserve-data",
            OnAct = a => a.Kind == ActKind.IN_EXECUTION ? a with { Kind = ActKind.PRESERVED, Document = JsonDocument.Parse("{\"until\":\"2026-12-01T00:00:00.000Z\"}").RootElement } : a,
            ExportedAfter = TimeSpan.FromDays(60),
        }.Write());
        Assert.Contains(report.Deadlines, d => d is { What: "end of the preservation", IsEnd: true, Late: false });
        Assert.DoesNotContain(report.Findings, f => f.Text.Contains("end of the preservation", StringComparison.Ordinal));
    }
}
