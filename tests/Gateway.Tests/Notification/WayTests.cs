using System.Text.Json.Nodes;
using Gateway.Deadlines;
using Gateway.Notification;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Notification;

/// <summary>A pager, a mailbox or a siren that does not work is an alarm itself, until it works again; whoever is called first is judged, not whoever else sits there.</summary>
public sealed class WayTests
{
    [Fact]
    public async Task A_webhook_that_fails_is_an_alarm_and_what_nobody_was_told_of_is_told_when_it_works_again()
    {
        var port = TestState.FreePort();
        await using var states = await TwoStates.Start(configure: Of("XB", new JsonObject { ["Webhooks"] = new JsonArray(new JsonObject { ["Address"] = $"http://127.0.0.1:{port}/alarm" }), ["RepeatMinutes"] = 1 }));
        var alert = await Remind(states);
        var dead = await Dead(states.Asked, "WEBHOOK");
        Assert.DoesNotContain("/alarm", dead.Text, StringComparison.Ordinal);
        Assert.False(Ended(states, alert));
        Assert.Contains((await states.Asked.Client(states.AskedLawyer).StatusAsync(new StatusRequest())).Alarms, a => a.Code == "ALARM_PATH_DEAD");
        var report = await states.Asked.Client(states.AskedLawyer).ShiftReportAsync(new ShiftReportRequest());
        Assert.Equal(("WEBHOOK", $"127.0.0.1:{port}"), Assert.Single(report.Troubles, t => t.What == "WEBHOOK") is var way ? (way.What, way.Target) : default);
        using (var screen = new Screen(states.Asked, states.AskedLawyer, "desk"))
            Assert.Contains((await screen.Next("STARTED")).Troubles, t => t.What == "WEBHOOK");
        // A restart forgets neither.
        await states.Asked.Stop();
        await states.Asked.Start();
        Assert.Equal(dead.Subject, (await Dead(states.Asked, "WEBHOOK")).Subject);

        using var mended = new Listener(port);
        states.Asked.Clock.Offset += TimeSpan.FromMinutes(2);
        await Eventually.Holds(() => Ended(states, alert), () => "nobody was told");
        Assert.Contains(mended.Said, s => s.Contains(alert, StringComparison.Ordinal));
        await Eventually.Holds(() => !states.Asked.Get<Alarms>().All.Any(a => a.Code == AlarmCode.ALARM_PATH_DEAD && a.Subject.StartsWith("WEBHOOK", StringComparison.Ordinal)), () => "the alarm stands");
    }

    [Fact]
    public async Task One_way_that_works_is_enough_for_a_deadline_and_the_other_is_an_alarm_all_the_same()
    {
        using var listener = new Listener();
        var port = TestState.FreePort();
        await using var states = await TwoStates.Start(configure: Of("XB", new JsonObject
        {
            ["Webhooks"] = new JsonArray(new JsonObject { ["Address"] = $"http://127.0.0.1:{listener.HttpPort}/alarm" }),
            ["Mail"] = new JsonObject { ["Host"] = "127.0.0.1", ["Port"] = port, ["From"] = "gateway@xb.example", ["To"] = new JsonArray("night@xb.example") },
        }));
        var alert = await Remind(states);
        await Dead(states.Asked, "MAIL");
        await Eventually.Holds(() => Ended(states, alert), () => "it was told");
        Assert.DoesNotContain(states.Asked.Get<Alarms>().All, a => a.Subject.StartsWith("WEBHOOK", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_test_of_a_shift_tries_every_way_and_a_letter_too()
    {
        using var listener = new Listener();
        var siren = Path.Combine(Path.GetTempPath(), $"siren-{Ids.New()}");
        await File.WriteAllTextAsync(siren, "#!/bin/sh\nexit 1\n");
        File.SetUnixFileMode(siren, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            await using var states = await TwoStates.Start(configure: Of("XB", new JsonObject
            {
                ["Roster"] = Roster("first-officer"),
                ["Webhooks"] = new JsonArray(new JsonObject { ["Address"] = $"http://127.0.0.1:{listener.HttpPort}/alarm" }),
                ["Mail"] = new JsonObject { ["Host"] = "127.0.0.1", ["Port"] = listener.MailPort, ["From"] = "gateway@xb.example", ["To"] = new JsonArray("night@xb.example") },
                ["Command"] = new JsonObject { ["Program"] = siren },
            }));
            await Eventually.Holds(() => listener.Said.Any(s => s.Contains("self-test", StringComparison.Ordinal)) && listener.Said.Any(s => s.Contains("\"kind\":\"TEST\"", StringComparison.Ordinal)), () => string.Join('\n', listener.Said));
            Assert.DoesNotContain(listener.Said, s => s.Contains("A message waits", StringComparison.Ordinal));
            await Dead(states.Asked, "COMMAND");
            Assert.DoesNotContain(states.Asked.Get<Alarms>().All, a => a.Subject.StartsWith("WEBHOOK", StringComparison.Ordinal) || a.Subject.StartsWith("MAIL", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(siren);
        }
    }

    [Fact]
    public async Task Without_a_roster_every_way_is_tried_twice_a_day_and_no_screen_rings_for_it()
    {
        var listener = new Listener();
        var port = listener.HttpPort;
        listener.Dispose();
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock, Of("XB", new JsonObject { ["Webhooks"] = new JsonArray(new JsonObject { ["Address"] = $"http://127.0.0.1:{port}/alarm" }) }));
        // Nothing happened on any case.
        await Dead(states.Asked, "WEBHOOK");
        Assert.Equal(1, Tests(states.Asked));
        using var mended = new Listener(port);
        clock.Offset += TimeSpan.FromHours(12);
        await Eventually.Holds(() => !states.Asked.Get<Alarms>().All.Any(a => a.Code == AlarmCode.ALARM_PATH_DEAD && a.Subject.StartsWith("WEBHOOK", StringComparison.Ordinal)), () => "the alarm stands");
        Assert.Contains(mended.Said, s => s.Contains("\"kind\":\"TEST\"", StringComparison.Ordinal));
        await states.Asked.Stop();
        await states.Asked.Start();
        await states.Asked.Get<AlertLoop>().Look();
        Assert.Equal(2, Tests(states.Asked));
        Assert.Empty(states.Asked.Get<Database>().Read(AlertRow.Open));

        static long Tests(TestState state) => state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM alerts WHERE kind = 'TEST'"));
    }

    [Fact]
    public async Task The_path_is_dead_when_whoever_is_called_first_does_not_watch_although_the_second_does()
    {
        await using var states = await TwoStates.Start(configure: Of("XB", new JsonObject { ["Roster"] = Roster("first-officer", "second-officer") }));
        var first = await states.Asked.AddUser("first-officer", "XB-CP", "CONTACT_POINT_24_7");
        var second = await states.Asked.AddUser("second-officer", "XB-CP", "CONTACT_POINT_24_7");
        bool Stands(string subject) => states.Asked.Get<Alarms>().All.Any(a => a.Code == AlarmCode.ALARM_PATH_DEAD && a.Subject == subject);
        await Eventually.Holds(() => Stands("devices"), () => "nobody watches");
        using var two = new Screen(states.Asked, second, "two");
        await Eventually.Holds(() => Stands("first") && !Stands("devices"), () => "the first officer does not watch");
        using (var one = new Screen(states.Asked, first, "one"))
            await Eventually.Holds(() => !Stands("first") && !Stands("devices"), () => "both watch");
        await Eventually.Holds(() => Stands("first"), () => "the first officer left");
    }

    private static Action<JsonObject> Of(string state, JsonObject notification) => c =>
    {
        if (c["Gateway"]!["State"]!.GetValue<string>() == state)
            c["Notification"] = notification;
    };

    private static string Roster(params string[] users)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, new JsonObject { ["timeZone"] = "Europe/Paris", ["shifts"] = new JsonArray(new JsonObject { ["name"] = "day and night", ["from"] = "00:00", ["to"] = "00:00", ["officers"] = new JsonArray([.. users.Select(u => (JsonNode)new JsonObject { ["user"] = u })]) }) }.ToJsonString());
        return file;
    }

    // A reminder of a deadline that runs here; the number of its alarm.
    private static async Task<string> Remind(TwoStates states)
    {
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await states.Asked.Get<ClockLoop>().LookAtAll();
        var now = states.Asked.Clock.GetUtcNow();
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s => Events.Append(s, now, "deadline.reminder", sent.CaseId, "DECIDE", "a test"));
        List<string> Alerts() => states.Asked.Get<Database>().Read(s => s.Query("SELECT id FROM alerts WHERE kind = 'DEADLINE'", r => r.GetString(0)));
        await Eventually.Holds(() => Alerts().Count > 0, () => "nobody was called");
        return Assert.Single(Alerts());
    }

    private static bool Ended(TwoStates states, string alert) => states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM alerts WHERE id = $1 AND ended IS NOT NULL", alert)) == 1;

    private static async Task<RaisedAlarm> Dead(TestState state, string way)
    {
        RaisedAlarm? Found() => state.Get<Alarms>().All.FirstOrDefault(a => a.Code == AlarmCode.ALARM_PATH_DEAD && a.Subject.StartsWith(way, StringComparison.Ordinal));
        await Eventually.Holds(() => Found() is not null, () => $"{way} counts as alive");
        return Found()!;
    }
}
