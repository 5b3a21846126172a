using System.Text.Json.Nodes;
using Gateway.Deadlines;
using Gateway.Notification;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Notification;

/// <summary>The legal clock reaches people who sit before no screen: each moment once, without content, also over a restart.</summary>
public sealed class DeadlineCallTests : IDisposable
{
    private readonly Listener _listener = new();

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_preservation_that_ends_is_told_once_at_each_moment_and_without_content_also_over_a_restart()
    {
        await using var states = await TwoStates.Start(configure: Calls);
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "PRESERVED", new JsonObject { ["until"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(60)) });
        await states.Settled(sent.CaseId, 6);
        await states.Asked.Get<ClockLoop>().LookAtAll();
        foreach (var days in new[] { 46.5, 53.5 })
        {
            states.Asked.Clock.Offset = TimeSpan.FromDays(days);
            await states.Asked.Get<ClockLoop>().LookAtAll();
        }
        await Told(states, sent.CaseId, 2);
        // What comes due while nobody is there is told after the start; what was told is not told again.
        await states.Asked.Stop();
        states.Asked.Clock.Offset = TimeSpan.FromDays(57.5);
        await states.Asked.Start();
        await states.Asked.Get<ClockLoop>().LookAtAll();
        await Told(states, sent.CaseId, 3);
        await states.Asked.Stop();
        await states.Asked.Start();
        await states.Asked.Get<AlertLoop>().Look();
        states.Asked.Clock.Offset = TimeSpan.FromDays(59.5);
        await states.Asked.Get<ClockLoop>().LookAtAll();
        var numbers = await Told(states, sent.CaseId, 4);

        var posts = _listener.Said.Where(s => s.StartsWith("POST", StringComparison.Ordinal)).ToList();
        Assert.All(numbers, number => Assert.Single(posts, p => p.Contains($"\"{number}\"", StringComparison.Ordinal)));
        var everything = string.Join('\n', _listener.Said);
        Assert.All(numbers, number => Assert.Contains($"Number: {number}", everything, StringComparison.Ordinal));
        Assert.Contains("\"kind\":\"DEADLINE\"", everything, StringComparison.Ordinal);
        Assert.All(["PRESERV", "XA", sent.CaseId, "Telecom"], secret => Assert.DoesNotContain(secret, everything, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_deadline_of_the_other_side_calls_nobody_here()
    {
        await using var states = await TwoStates.Start(configure: Calls);
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await states.Asked.Get<ClockLoop>().LookAtAll();
        var now = states.Asked.Clock.GetUtcNow();
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s =>
        {
            // What is left to do of an emergency is none.
            s.RunOne("UPDATE cases SET urgency = 'EMERGENCY' WHERE id = $1", sent.CaseId);
            // Theirs first; what is told comes in the order of the events.
            s.RunOne("UPDATE deadlines SET side = $1 WHERE case_id = $2 AND rule = 'DECIDE'", CaseSide.Requesting, sent.CaseId);
            Events.Append(s, now, "deadline.reminder", sent.CaseId, "DECIDE", "of the other side");
            Events.Append(s, now, "deadline.reminder", sent.CaseId, "PRESERVATION_ENDS", "in 14 days");
        });
        var number = Assert.Single(await Told(states, sent.CaseId, 1));
        Assert.Equal(number, Assert.Single(states.Asked.Get<Database>().Read(s => s.Query("SELECT id FROM alerts WHERE kind = 'DEADLINE' AND urgency = 'ORDINARY'", r => r.GetString(0)))));
        Assert.Equal(1, states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM alerts WHERE kind = 'DEADLINE'")));
    }

    [Fact]
    public async Task A_later_deadline_of_a_numbered_rule_is_told_with_its_own_date_however_long_ago_the_first_one_was()
    {
        await using var states = await TwoStates.Start(configure: Calls);
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await states.Asked.Get<ClockLoop>().LookAtAll();
        using var screen = new Screen(states.Asked, states.AskedLawyer, "desk");
        await screen.Next("STARTED");
        var now = states.Asked.Clock.GetUtcNow();
        var due = now.AddHours(1);
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s =>
        {
            foreach (var (number, day) in new[] { (1, now.AddDays(-40)), (5, due) })
                s.RunOne("INSERT INTO deadlines (case_id, rule, number, side, began, due, state, basis) VALUES ($1, 'DELIVERY', $2, $3, $4, $5, 'RUNNING', 'test')", sent.CaseId, number, CaseSide.Requested, now.AddDays(-47), day);
            Events.Append(s, now, "deadline.reminder", sent.CaseId, "DELIVERY", $"URGENT REAL_TIME_TRAFFIC_DATA: DELIVERY ours, due {DocumentWriter.FormatTime(now.AddDays(-40))}, now");
            Events.Append(s, now, "deadline.reminder", sent.CaseId, "DELIVERY", $"URGENT REAL_TIME_TRAFFIC_DATA: DELIVERY ours, due {DocumentWriter.FormatTime(due)}, in 1 h 0 min");
        });
        Assert.Equal(DocumentWriter.FormatTime(now.AddDays(-40)), (await screen.Next("DEADLINE")).Due);
        Assert.Equal(DocumentWriter.FormatTime(due), (await screen.Next("DEADLINE")).Due);
        // Nobody is called about what was over long ago; about the later one they are.
        List<string> Called() => states.Asked.Get<Database>().Read(s => s.Query("SELECT e.text FROM alerts a JOIN events e ON a.id = 'event-' || e.cursor WHERE a.kind = 'DEADLINE' AND e.subject = 'DELIVERY'", r => r.GetString(0)));
        await Eventually.Holds(() => Called().Count > 0, () => "nobody was called");
        Assert.Contains(DocumentWriter.FormatTime(due), Assert.Single(Called()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_escalated_deadline_goes_to_the_next_officer_of_the_roster_and_a_screen_cannot_confirm_it()
    {
        var roster = Path.GetTempFileName();
        await File.WriteAllTextAsync(roster, """{ "timeZone": "Europe/Paris", "shifts": [{ "name": "always", "from": "00:00", "to": "00:00", "officers": [{ "user": "first" }, { "user": "second", "phone": "+999 1 555 0102" }] }] }""");
        await using var states = await TwoStates.Start(configure: c =>
        {
            Calls(c);
            if (c["Notification"] is { } notification)
                notification["Roster"] = roster;
        });
        await states.Asked.AddUser("first", "XB-CA", "CENTRAL_AUTHORITY_MLA");
        var second = await states.Asked.AddUser("second", "XB-CA", "CENTRAL_AUTHORITY_MLA");
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await states.Asked.Get<ClockLoop>().LookAtAll();
        using var call = states.Asked.Client(second).WatchAlerts(new WatchAlertsRequest { Device = "two" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        var due = (await states.Asked.Client(second).ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = sent.CaseId })).Deadlines.Single(d => d.Rule == "DECIDE").Due;
        var left = DateTimeOffset.Parse(due, System.Globalization.CultureInfo.InvariantCulture) - states.Asked.Clock.GetUtcNow();
        states.Asked.Clock.Offset = left - TimeSpan.FromMinutes(30);
        await states.Asked.Get<ClockLoop>().LookAtAll();
        AlertNotice notice;
        do
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            notice = call.ResponseStream.Current;
        }
        while (notice.Type != "DEADLINE" || notice.Rule != "DECIDE");
        Assert.Equal("second +999 1 555 0102", notice.Officer);
        await Eventually.Holds(() => _listener.Said.Any(s => s.Contains("\"kind\":\"DEADLINE\"", StringComparison.Ordinal) && s.Contains("\"level\":1", StringComparison.Ordinal)), () => string.Join('\n', _listener.Said));
        var alert = states.Asked.Get<Database>().Read(s => s.Query("SELECT id FROM alerts WHERE kind = 'DEADLINE' AND level = 1", r => r.GetString(0)))[0];
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await states.Asked.Client(second).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = alert, Device = "two" }));
        Assert.Equal(StatusCode.NotFound, refused.StatusCode);
    }

    // Numbers of the alarms about the preservation, when so many were carried through.
    private static async Task<List<string>> Told(TwoStates states, string caseId, int count)
    {
        List<string> Numbers() => states.Asked.Get<Database>().Read(s => s.Query(
            "SELECT a.id FROM alerts a JOIN events e ON a.id = 'event-' || e.cursor WHERE a.kind = 'DEADLINE' AND a.ended IS NOT NULL AND a.case_id = $1 AND e.subject = 'PRESERVATION_ENDS' ORDER BY e.cursor", r => r.GetString(0), caseId));
        await Eventually.Holds(() => Numbers().Count >= count, () => $"{Numbers().Count} of {count} were told");
        Assert.Equal(count, Numbers().Count);
        return Numbers();
    }

    // XB's only: both gateways count their events from 1.
    private void Calls(JsonObject configuration)
    {
        if (configuration["Gateway"]!["State"]!.GetValue<string>() != "XB")
            return;
        configuration["Notification"] = new JsonObject
        {
            ["Webhooks"] = new JsonArray(new JsonObject { ["Address"] = $"http://127.0.0.1:{_listener.HttpPort}/alarm" }),
            ["Mail"] = new JsonObject { ["Host"] = "127.0.0.1", ["Port"] = _listener.MailPort, ["From"] = "gateway@xb.example", ["To"] = new JsonArray("night@xb.example") },
        };
    }
}
