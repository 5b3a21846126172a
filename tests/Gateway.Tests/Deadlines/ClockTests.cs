using System.Text.Json.Nodes;
using Gateway.Deadlines;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Deadlines;

/// <summary>The legal clock of two gateways: both see the same dates, what passes is told once, and a gateway that was down makes it good.</summary>
public sealed class ClockTests
{
    [Fact]
    public async Task Both_sides_see_the_same_dates_in_both_time_zones()
    {
        // 25 hours apart: every moment has another date there.
        await using var states = await TwoStates.Start(configure: c =>
        {
            foreach (var authority in c["Keys"]!["Authorities"]!.AsArray())
                authority!["TimeZone"] = c["Gateway"]!["State"]!.GetValue<string>() == "XA" ? "Pacific/Kiritimati" : "Pacific/Pago_Pago";
        });
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var (here, there) = (await Deadlines(states.Asking, states.DutyOfficer, sent.CaseId), await Deadlines(states.Asked, states.AskedLawyer, sent.CaseId));
        Assert.Equal(there.Select(d => (d.Rule, d.Due, d.ByAuthority)), here.Select(d => (d.Rule, d.Due, d.ByAuthority)));
        var decide = Assert.Single(there, d => d.Rule == "DECIDE");
        Assert.True(decide.Own);
        Assert.Equal(("XB-CA", "RUNNING", "Pacific/Pago_Pago", "Pacific/Kiritimati"), (decide.ByAuthority, decide.State, decide.ZoneHere, decide.ZoneThere));
        var (due, dueHere, dueThere) = (Parsed(decide.Due), Parsed(decide.DueHere), Parsed(decide.DueThere));
        // Local times are told to the second.
        Assert.Equal(dueHere, dueThere);
        Assert.InRange(due - dueHere, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal((TimeSpan.FromHours(-11), TimeSpan.FromHours(14)), (dueHere.Offset, dueThere.Offset));
        Assert.True(dueThere.Date > dueHere.Date);
        Assert.Equal(there.Select(d => (d.Rule, d.DueHere, d.DueThere)), here.Select(d => (d.Rule, d.DueThere, d.DueHere)));
        Assert.StartsWith("default of this installation", decide.Basis, StringComparison.Ordinal);
        Assert.False(Assert.Single(here, d => d.Rule == "DECIDE").Own);
    }

    [Fact]
    public async Task What_will_be_lost_first_stands_first_in_the_list_of_expected_losses()
    {
        await using var states = await TwoStates.Start();
        var cases = new Dictionary<int, string>();
        foreach (var days in new[] { 9, 3, 20 })
        {
            var fields = TwoStates.Preserve(states.Asking.Clock);
            fields["estimatedDataLossAt"] = DocumentWriter.FormatLocalTime(states.Asking.Clock.GetUtcNow().AddDays(days));
            cases[days] = (await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", fields)).CaseId;
            await states.Settled(cases[days], 3);
        }
        await Look(states.Asked);
        var losses = (await states.Asked.Client(states.AskedLawyer).ListDeadlinesAsync(new ListDeadlinesRequest { Rule = "DATA_LOSS" })).Deadlines;
        Assert.Equal([cases[3], cases[9], cases[20]], losses.Select(d => d.CaseId));
    }

    [Fact]
    public async Task A_long_case_is_reckoned_as_a_short_one_also_by_what_is_remembered_of_it()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var due = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddHours(20));
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = due });
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "CONSULTATION_OPENED", new JsonObject { ["text"] = "How long will the data be needed?" });
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACCEPTED", new JsonObject { ["dueAt"] = due });
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "PRESERVED", new JsonObject { ["until"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(60)) });
        await states.Settled(sent.CaseId, 15);
        // As read for the first time, and as remembered: the same dates, word for word.
        var clock = states.Asked.Get<CaseClock>();
        var (first, again) = (Protocol.Deadlines.LegalClock.Of(clock.Read(sent.CaseId)!), Protocol.Deadlines.LegalClock.Of(clock.Read(sent.CaseId)!));
        Assert.Equal(first, again);
        Assert.Equal(["ACKNOWLEDGE", "DATA_LOSS", "DECIDE", "PRESERVATION_ENDS", "PROMISED"], again.Select(d => d.Rule.ToString()).Distinct().Order(StringComparer.Ordinal));
        var afresh = new CaseClock(states.Asked.Get<Database>(), states.Asked.Get<CaseKeys>(), states.Asked.Get<PeerDirectory>(), states.Asked.Get<Calendars>());
        Assert.Equal(Protocol.Deadlines.LegalClock.Of(afresh.Read(sent.CaseId)!), again);
    }

    [Fact]
    public async Task Deadlines_that_cannot_be_told_to_one_State_keep_no_other_from_being_told()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await Look(states.Asked);
        states.Asked.Clock.Offset = TimeSpan.FromHours(5);
        // More than one look takes, all earlier, of a State that is no peer any more.
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s =>
        {
            for (var i = 0; i < 120; i++)
            {
                var (caseId, due) = (Ids.NewCase("XD"), states.Asked.Clock.GetUtcNow().AddDays(-2).AddSeconds(i));
                s.RunOne("INSERT INTO cases (id, side, peer, own_authority, peer_authority, kind, urgency, state, reference, request_message, opened) VALUES ($1, 'Requested', 'XD', 'XB-CA', 'XD-CA', 'STORED_CONTENT_DATA', 'ORDINARY', 'DELIVERED', 'r', $2, $3)", caseId, Ids.New(), due);
                s.RunOne("INSERT INTO deadlines (case_id, rule, number, side, began, due, state, basis, passed) VALUES ($1, 'DECIDE', 1, 'Requested', $2, $2, 'RUNNING', 'card', $2)", caseId, due);
            }
        });
        for (var i = 0; i < 5; i++)
            await states.Asked.Get<ClockLoop>().Look();
        await states.Settled(sent.CaseId, 6);
        Assert.Equal("DEADLINE_MISSED", Assert.Single((await states.Asking.Client(states.DutyOfficer).ListMessagesAsync(new ListMessagesRequest { CaseId = sent.CaseId, Direction = "IN" })).Messages).Kind);
        Assert.Equal(120, states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM deadlines WHERE case_id LIKE 'XD-%' AND announced IS NULL")));
    }

    [Fact]
    public async Task A_deadline_that_passes_is_told_to_the_other_side_once_by_an_act_that_no_person_signed()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await Look(states.Asked);
        states.Asked.Clock.Offset = TimeSpan.FromHours(5);
        await Look(states.Asked);
        await Look(states.Asked);
        await states.Settled(sent.CaseId, 6);

        var messages = (await states.Asking.Client(states.DutyOfficer).ListMessagesAsync(new ListMessagesRequest { CaseId = sent.CaseId, Direction = "IN" })).Messages;
        var missed = Assert.Single(messages);
        Assert.Equal("DEADLINE_MISSED", missed.Kind);
        var opened = await states.Asking.Client(states.DutyOfficer).OpenMessageAsync(new OpenMessageRequest { Message = missed.Message });
        Assert.Contains(opened.Marks, m => m.Verdict == "PASSED" && m.Text.Contains("no person signed it", StringComparison.Ordinal));
        var row = Assert.Single(await Deadlines(states.Asked, states.AskedLawyer, sent.CaseId), d => d.Rule == "ACKNOWLEDGE");
        Assert.Equal(("MISSED", missed.Message), (row.State, row.Announced));
        var draft = JsonNode.Parse(row.DraftJson)!.AsObject();
        Assert.Equal("DELAY_NOTICE", draft["kind"]!.GetValue<string>());
        Assert.Contains(states.Asked.Get<Alarms>().All, a => a.Code == AlarmCode.DEADLINES_MISSED);

        // Completed and signed by a person, the draft is an act; and acknowledging ends the alarm.
        draft["text"] += "the officer was at another case.";
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "DELAY_NOTICE", draft);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddHours(9)) });
        await states.Settled(sent.CaseId, 12);
        await Look(states.Asked);
        Assert.DoesNotContain(states.Asked.Get<Alarms>().All, a => a.Code == AlarmCode.DEADLINES_MISSED);
        Assert.Equal("MISSED", Assert.Single(await Deadlines(states.Asked, states.AskedLawyer, sent.CaseId), d => d.Rule == "ACKNOWLEDGE").State);
    }

    [Fact]
    public async Task An_act_counts_from_when_its_gateway_took_it_on_whatever_time_its_author_wrote()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await Look(states.Asked);
        states.Asked.Clock.Offset = TimeSpan.FromHours(5);
        states.Asking.Clock.Offset = TimeSpan.FromHours(5);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject
        {
            ["reference"] = "XB 7/26",
            ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddHours(9)),
        }, act => act with { Time = act.Time.AddHours(-4.5) });
        await states.Settled(sent.CaseId, 6);
        await Look(states.Asked);
        await Look(states.Asking);
        foreach (var (state, person) in new[] { (states.Asked, states.AskedLawyer), (states.Asking, states.DutyOfficer) })
            Assert.Equal("MISSED", Assert.Single(await Deadlines(state, person, sent.CaseId), d => d.Rule == "ACKNOWLEDGE").State);
    }

    [Fact]
    public async Task An_act_that_is_older_than_a_day_is_not_submitted()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        Task Acknowledge(TimeSpan ago) => TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED",
            new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddHours(9)) }, act => act with { Time = act.Time - ago });
        Assert.Equal("time", (await Refused.By(() => Acknowledge(TimeSpan.FromHours(25)), "T831")).Path);
        await Acknowledge(TimeSpan.FromHours(23));
    }

    [Fact]
    public async Task A_notice_of_delay_names_no_earlier_date_than_what_is_due()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await Look(states.Asked);
        var first = Parsed((await Deadlines(states.Asked, states.AskedLawyer, sent.CaseId)).Where(d => d is { Own: true, State: "RUNNING", Rule: "ACKNOWLEDGE" }).Min(d => d.Due)!);
        JsonObject Notice(DateTimeOffset due) => new() { ["text"] = "The provider asks for a week.", ["dueAt"] = DocumentWriter.FormatTime(due) };
        var fields = Notice(first.AddSeconds(-1));
        (fields["case"], fields["kind"]) = (sent.CaseId, "DELAY_NOTICE");
        var problem = Assert.Single((await states.Asked.Client(states.AskedLawyer).ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = fields.ToJsonString() })).Problems);
        Assert.Equal(("V012", "dueAt"), (problem.Code, problem.Path));
        Assert.Contains("ACKNOWLEDGE is due", problem.Detail, StringComparison.Ordinal);
        // Nor may a person change it before signing.
        await Refused.By(() => TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "DELAY_NOTICE", Notice(first.AddHours(1)), act => act with { DueAt = first.AddSeconds(-1) }), "V012");
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "DELAY_NOTICE", Notice(first.AddHours(1)));
    }

    [Fact]
    public async Task Whoever_puts_a_first_decision_off_too_far_is_told_that_it_is_due_all_the_same()
    {
        await using var states = await TwoStates.Start();
        var fields = TwoStates.SampleFields("stored-content-data.json");
        (fields["requestingAuthority"], fields["requestedAuthority"]) = ("XA-CA", "XB-CA");
        fields.Remove("linkedRequests");
        var sent = await TwoStates.Submit(states.Asking, states.Lawyer, "request", fields);
        await states.Arrived(sent.CaseId);
        await Look(states.Asked);
        var now = states.Asked.Clock.GetUtcNow();
        async Task<IReadOnlyList<V1.Refusal>> Warnings(int days) => (await states.Asked.Client(states.AskedLawyer).ComposeAsync(new ComposeRequest
        {
            Type = "act",
            FieldsJson = new JsonObject { ["case"] = sent.CaseId, ["kind"] = "DELAY_NOTICE", ["text"] = "The court sits in spring.", ["dueAt"] = DocumentWriter.FormatTime(now.AddDays(days)) }.ToJsonString(),
        })).Warnings;
        Assert.DoesNotContain(await Warnings(50), w => w.Code == "V012");
        Assert.Contains("DECIDE is due", Assert.Single(await Warnings(90), w => w.Code == "V012").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_goes_on_where_a_page_ended_also_among_dates_of_one_moment()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await Eventually.Holds(() => { states.Asked.Get<ClockLoop>().LookAtAll().GetAwaiter().GetResult(); return states.Asked.Get<Database>().Read(s => s.Number("SELECT count(DISTINCT case_id) FROM deadlines")) == 2; });
        var client = states.Asked.Client(states.AskedLawyer);
        foreach (var (caseId, sql) in new[] { ("", ""), (sent.CaseId, ""), ("", "UPDATE deadlines SET due = (SELECT min(due) FROM deadlines)"), (sent.CaseId, "") })
        {
            if (sql.Length > 0)
                await states.Asked.Get<Database>().Write(Lane.Ordinary, s => s.Run(sql));
            var all = await client.ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = caseId });
            Assert.Equal("", all.Next);
            Assert.True(all.Deadlines.Count > 2);
            var (paged, after) = (new List<DeadlineView>(), "");
            do
            {
                var page = await client.ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = caseId, Limit = 1, After = after });
                paged.AddRange(page.Deadlines);
                after = page.Next;
                Assert.True(paged.Count <= all.Deadlines.Count);
            }
            while (after.Length > 0);
            Assert.Equal(all.Deadlines.Select(d => (d.CaseId, d.Rule, d.Number)), paged.Select(d => (d.CaseId, d.Rule, d.Number)));
        }
        await Refused.By(() => client.ListDeadlinesAsync(new ListDeadlinesRequest { After = "tomorrow" }).ResponseAsync, "T806");
    }

    [Fact]
    public async Task A_gateway_that_was_down_makes_good_what_passed_meanwhile_and_nothing_twice()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await Look(states.Asked);
        await states.Asked.Stop();
        states.Asked.Clock.Offset = TimeSpan.FromHours(30);
        await states.Asked.Start();
        await Look(states.Asked);
        await states.Asked.Stop();
        await states.Asked.Start();
        // After a start nothing is signed until the chains were compared with the peer's; a later look tells what could not be told.
        for (var i = 0; i < 600 && (await All(states.Asked, states.AskedLawyer)).Count(e => e.Kind == "message.queued") < 2; i++)
        {
            await Look(states.Asked);
            await Task.Delay(50);
        }
        // ACKNOWLEDGE and DECIDE passed; each was told by one act.
        await states.Settled(sent.CaseId, 9);
        var kinds = await Events(states.Asked, states.AskedLawyer, sent.CaseId);
        Assert.Equal(2, kinds.Count(k => k == "deadline.missed"));
        // The other side may not send such an act in a person's name.
        var composed = await states.Asking.Client(states.DutyOfficer).ComposeAsync(new ComposeRequest
        {
            Type = "act",
            FieldsJson = new JsonObject { ["case"] = sent.CaseId, ["kind"] = "DEADLINE_MISSED", ["deadlineRule"] = "DECIDE", ["deadlineAt"] = "2026-11-20T10:00:00Z" }.ToJsonString(),
        });
        Assert.Equal("T802", Assert.Single(composed.Problems).Code);
    }

    [Fact]
    public async Task Reminders_come_once_even_when_the_clock_is_looked_at_often()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "PRESERVED", new JsonObject { ["until"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(60)) });
        await states.Settled(sent.CaseId, 6);
        foreach (var days in new[] { 40, 46.5, 46.6, 53.5, 57.5, 59.5, 61 })
        {
            states.Asked.Clock.Offset = TimeSpan.FromDays(days);
            await Look(states.Asked);
            await Look(states.Asked);
        }
        var texts = (await All(states.Asked, states.AskedLawyer)).Where(e => e.CaseId == sent.CaseId && e.Subject == "PRESERVATION_ENDS").Select(e => (e.Kind, e.Text[(e.Text.LastIndexOf(',') + 2)..])).ToList();
        Assert.Equal([("deadline.reminder", "in 14 days"), ("deadline.reminder", "in 7 days"), ("deadline.reminder", "in 3 days"), ("deadline.reminder", "in 12 h 0 min"), ("deadline.ended", "now")],
            texts.Select(t => (t.Kind, t.Item2.StartsWith("in 12 h", StringComparison.Ordinal) || t.Item2.StartsWith("in 11 h", StringComparison.Ordinal) ? "in 12 h 0 min" : t.Item2)));
    }

    // As a verifier, who has no table, reckons: by the authority that is asked, not by whichever stands first in the card.
    [Fact]
    public async Task Without_a_table_of_holidays_a_case_has_the_time_zone_of_the_authority_that_is_asked()
    {
        await using var states = await TwoStates.Start();
        var card = states.Asking.Get<PeerDirectory>().ByState("XB")!.Card.Card;
        card = card with { Authorities = [.. card.Authorities.Select(a => a with { TimeZone = a.Id == "XB-CA" ? "Asia/Kolkata" : a.Id == "XB-CP" ? "Europe/Paris" : null })] };
        var calendars = states.Asking.Get<Calendars>();
        Assert.Equal(["Asia/Kolkata", "Europe/Paris"], new[] { "XB-CA", "XB-CP" }.Select(a => calendars.Of("XB", card, a).Zone.Id));
        // One that names none has the first that the card names, and a zone that nobody knows is none.
        Assert.Equal(card.Authorities.Select(a => a.TimeZone).First(z => z is not null), card.ZoneOf("XB-LAB").Id);
        Assert.Equal(TimeZoneInfo.Utc, (card with { Authorities = [.. card.Authorities.Select(a => a with { TimeZone = "Nowhere/Land" })] }).ZoneOf("XB-CA"));
        Assert.Equal(calendars.Of("XB").Zone, calendars.Of("XB", null, "XB-CA").Zone);
    }

    [Fact]
    public async Task A_missing_or_broken_table_of_holidays_is_said_and_stops_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("calendars-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "XA.json"), """{ "state": "XA", "timeZone": "Europe/Paris", "weekend": ["SATURDAY", "SUNDAY"], "years": [2026, 2027], "holidays": [{ "day": "2026-12-25", "name": "Winter holiday" }] }""");
            await File.WriteAllTextAsync(Path.Combine(folder, "XC.json"), """{ "state": "XC", "timeZone": "Nowhere/Land", "weekend": [], "years": [2026], "holidays": [] }""");
            await using var states = await TwoStates.Start(configure: c => c["Clock"]!["Calendars"] = folder);
            var sent = await states.SendPreserve();
            await states.Settled(sent.CaseId, 3);
            await Look(states.Asking);
            var reply = await states.Asking.Client(states.DutyOfficer).ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = sent.CaseId });
            Assert.Equal("there is no table of holidays of XB: its days are counted as calendar days", Assert.Single(reply.Warnings));
            Assert.All(reply.Deadlines, d => Assert.Equal(("Europe/Paris", "UTC"), (d.ZoneHere, d.ZoneThere)));
            var alarms = states.Asking.Get<Alarms>().All.Where(a => a.Code == AlarmCode.HOLIDAYS_MISSING).ToDictionary(a => a.Subject, a => a.Text);
            Assert.Equal(["XB", "XC.json"], alarms.Keys.Order());
            Assert.Contains("'Nowhere/Land' is not a time zone", alarms["XC.json"], StringComparison.Ordinal);

            // A table that is put there is used without a restart.
            await File.WriteAllTextAsync(Path.Combine(folder, "XB.json"), """{ "state": "XB", "timeZone": "Asia/Kolkata", "weekend": ["SUNDAY"], "years": [2026, 2027], "holidays": [] }""");
            await Look(states.Asking);
            reply = await states.Asking.Client(states.DutyOfficer).ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = sent.CaseId });
            Assert.Empty(reply.Warnings);
            Assert.All(reply.Deadlines, d => Assert.EndsWith("+05:30", d.DueThere, StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_date_at_the_end_of_the_calendar_does_not_stop_the_clock_of_the_other_side_and_one_that_is_over_is_refused()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        Task<ComposeReply> Kept(string until) => states.Asked.Client(states.AskedLawyer).ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = new JsonObject { ["case"] = sent.CaseId, ["kind"] = "PRESERVED", ["until"] = until }.ToJsonString() }).ResponseAsync;
        Assert.Equal("V012", Assert.Single((await Kept("0001-01-02T00:00:00Z")).Problems).Code);
        // Less than was asked for is a slip or a decision: a person is told before he signs.
        var now = states.Asked.Clock.GetUtcNow();
        Assert.Contains((await Kept(DocumentWriter.FormatTime(now.AddDays(59)))).Warnings, w => w.Code == "V015");
        Assert.DoesNotContain((await Kept(DocumentWriter.FormatTime(now.AddDays(60)))).Warnings, w => w.Code == "V015");
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "PRESERVED", new JsonObject { ["until"] = "9999-12-30T00:00:00Z" });
        await states.Settled(sent.CaseId, 6);
        var here = await Deadlines(states.Asking, states.DutyOfficer, sent.CaseId);
        Assert.Contains(here, d => d.Rule == "PRESERVATION_ENDS" && d.Due.StartsWith("9000-", StringComparison.Ordinal));
        Assert.Contains(here, d => d.Rule == "ACKNOWLEDGE");
    }

    [Fact]
    public async Task A_case_that_cannot_be_reckoned_is_named_by_an_alarm_and_the_others_go_on()
    {
        await using var states = await TwoStates.Start();
        var spoilt = await states.SendPreserve();
        await states.Settled(spoilt.CaseId, 3);
        await Look(states.Asking);
        // What cannot be read any more, and something that happened on the case.
        var stored = states.Asking.Get<CaseKeys>().Seal(spoilt.CaseId, $"message:{spoilt.Message}", "no document"u8);
        await states.Asking.Get<Database>().Write(Lane.Ordinary, s =>
        {
            s.RunOne("UPDATE messages SET body = $1 WHERE id = $2", stored, spoilt.Message);
            Storage.Events.Append(s, states.Asking.Clock.GetUtcNow(), "case.changed", spoilt.CaseId, "", "");
        });
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        Assert.NotEmpty(await Deadlines(states.Asking, states.DutyOfficer, sent.CaseId));
        Assert.Contains(states.Asking.Get<Alarms>().All, a => a.Code == AlarmCode.ROUND_FAILS && a.Subject.Contains(spoilt.CaseId, StringComparison.Ordinal));
        // Kept, so that it is named again after a start, when the board is empty.
        Assert.Equal(1, states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM facts WHERE name = $1", $"clock.notReckoned:{spoilt.CaseId}")));
    }

    [Fact]
    public async Task A_rule_that_does_not_exist_is_refused_with_those_that_do()
    {
        await using var state = await TestState.Running();
        var officer = await state.AddUser("duty-officer", "XA-CP", "CONTACT_POINT_24_7");
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await state.Client(officer).ListDeadlinesAsync(new ListDeadlinesRequest { Rule = "WHENEVER" }));
        Assert.Contains("PRESERVATION_ENDS", refused.Status.Detail, StringComparison.Ordinal);
    }

    private static DateTimeOffset Parsed(string time) => DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture);

    private static Task Look(TestState state) => state.Get<ClockLoop>().LookAtAll();

    private static async Task<IReadOnlyList<DeadlineView>> Deadlines(TestState state, TestPerson person, string caseId)
    {
        await Look(state);
        return (await state.Client(person).ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = caseId })).Deadlines;
    }

    private static async Task<List<string>> Events(TestState state, TestPerson person, string caseId) => [.. (await All(state, person)).Where(e => e.CaseId == caseId).Select(e => e.Kind)];

    private static async Task<List<Event>> All(TestState state, TestPerson person)
    {
        using var call = state.Client(person).Watch(new WatchRequest { NoWait = true });
        var events = new List<Event>();
        await foreach (var e in call.ResponseStream.ReadAllAsync())
            events.Add(e);
        return events;
    }
}
