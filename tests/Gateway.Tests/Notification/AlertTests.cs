using System.Text.Json.Nodes;
using Gateway.Deadlines;
using Gateway.Notification;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Runtime;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Notification;

/// <summary>An emergency wakes somebody, and the sender knows whether it did.</summary>
public sealed class AlertTests
{
    [Fact]
    public async Task An_emergency_is_heard_confirmed_acknowledged_and_the_sender_knows_each_of_it()
    {
        await using var states = await TwoStates.Start();
        var officer = await states.Asked.AddUser("night-officer", "XB-CP", "CONTACT_POINT_24_7");
        using var screen = new Screen(states.Asked, officer, "desk");
        Assert.Equal("night-officer", Assert.Single((await screen.Next("STARTED")).OnDuty));
        var sent = await SendEmergency(states);
        var alarm = await screen.Next("ALERT");
        Assert.True(alarm.Ring);
        Assert.Equal((sent.CaseId, "EMERGENCY", "EMERGENCY_DISCLOSURE", "XA-CP", "PASSED", "Example Telecom · SUBSCRIBER, ACCESS_IDENTIFIER"), (alarm.CaseId, alarm.Urgency, alarm.Kind, alarm.FromAuthority, alarm.Verdict, alarm.What));
        // A name under which nothing watches has not rung.
        var nowhere = await Assert.ThrowsAsync<RpcException>(async () => await states.Asked.Client(officer).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = alarm.Alert, Device = "in a drawer" }));
        Assert.Equal(StatusCode.Aborted, nowhere.StatusCode);
        Assert.True((await states.Asked.Client(officer).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = alarm.Alert, Device = "desk" })).First);
        Assert.False((await states.Asked.Client(officer).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = alarm.Alert, Device = "desk" })).First);
        var chains = await states.Settled(sent.CaseId, 4);
        Assert.Equal([ReceiptEvent.RelayAcceptance, ReceiptEvent.ContentConsignment, ReceiptEvent.ConsignmentNotification], chains["XB"].Select(r => r.Event));

        // One command: what is not said is filled in.
        await TwoStates.Act(states.Asked, officer, sent.CaseId, "ACKNOWLEDGED");
        Assert.Equal(sent.CaseId, (await screen.Next("ENDED")).CaseId);
        await states.Settled(sent.CaseId, 7);
        Assert.Equal("ACKNOWLEDGED", (await states.Asking.Client(states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).State);
    }

    [Fact]
    public async Task When_no_device_confirms_the_sender_is_told_so_and_when_one_does_after_all_that_too()
    {
        await using var states = await TwoStates.Start(configure: c => c["Notification"] = new JsonObject { ["ConfirmSeconds"] = 1 });
        var officer = await states.Asked.AddUser("night-officer", "XB-CP", "CONTACT_POINT_24_7");
        var sent = await SendEmergency(states);
        var chains = await states.Settled(sent.CaseId, 4);
        var failure = chains["XB"][^1];
        Assert.Equal((ReceiptEvent.ConsignmentNotificationFailure, "T830"), (failure.Event, Assert.Single(failure.Reasons)));
        await Eventually(() => states.Asked.Get<Alarms>().All.Any(a => a.Code == AlarmCode.EMERGENCY_UNHEARD));
        // Without a roster, too.
        await Eventually(() => states.Asked.Get<Alarms>().All.Any(a => a is { Code: AlarmCode.ALARM_PATH_DEAD, Subject: "devices" }));

        using var screen = new Screen(states.Asked, officer, "desk");
        var alarm = await screen.Next("ALERT");
        await states.Asked.Client(officer).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = alarm.Alert, Device = "desk" });
        chains = await states.Settled(sent.CaseId, 5);
        Assert.Equal(ReceiptEvent.ConsignmentNotification, chains["XB"][^1].Event);
        await Eventually(() => states.Asked.Get<Alarms>().All.All(a => a.Code != AlarmCode.EMERGENCY_UNHEARD));
        await Eventually(() => states.Asked.Get<Alarms>().All.All(a => a.Code != AlarmCode.ALARM_PATH_DEAD));
    }

    [Fact]
    public async Task An_alarm_whose_chain_is_behind_keeps_no_other_one_from_ringing()
    {
        await using var states = await TwoStates.Start(configure: c => c["Notification"] = new JsonObject { ["ConfirmSeconds"] = 600 });
        var first = await SendEmergency(states);
        await states.Settled(first.CaseId, 3);
        // As after a restore: our last receipt names one of the other side that did not come back yet.
        var (database, loop) = (states.Asked.Get<Gateway.Storage.Database>(), states.Asked.Get<AlertLoop>());
        await database.Write(Gateway.Storage.Lane.Ordinary, s => s.RunOne("UPDATE chains SET named = named + 1 WHERE chain = $1 AND issuer = 'XB'", first.CaseId));
        var second = await SendEmergency(states);
        await states.Settled(second.CaseId, 3);
        // Both ring, and then the time passes.
        await Eventually(() => database.Read(s => s.Number("SELECT count(*) FROM alerts WHERE kind = 'REQUEST'")) == 2);
        states.Asked.Clock.Offset += TimeSpan.FromSeconds(601);
        await Certified(second.CaseId);
        Assert.Equal(0, Certificates(first.CaseId));
        await loop.Look();
        await database.Write(Gateway.Storage.Lane.Ordinary, s => s.RunOne("UPDATE chains SET named = named - 1 WHERE chain = $1 AND issuer = 'XB'", first.CaseId));
        await Certified(first.CaseId);

        long Certificates(string caseId) => database.Read(s => s.Number("SELECT count(*) FROM receipts WHERE chain = $1 AND event = $2", caseId, ReceiptEvent.ConsignmentNotificationFailure));

        async Task Certified(string caseId)
        {
            for (var i = 0; i < 1200 && Certificates(caseId) == 0; i++)
                await Task.Delay(100);
            Assert.Equal(1, Certificates(caseId));
        }
    }

    [Fact]
    public async Task A_restart_forgets_no_alarm_and_certifies_nothing_twice()
    {
        await using var states = await TwoStates.Start(configure: c => c["Notification"] = new JsonObject { ["ConfirmSeconds"] = 1 });
        var officer = await states.Asked.AddUser("night-officer", "XB-CP", "CONTACT_POINT_24_7");
        var sent = await SendEmergency(states);
        await states.Settled(sent.CaseId, 4);
        await states.Asked.Stop();
        await states.Asked.Start();
        await Eventually(() => states.Asked.Get<Alarms>().All.Any(a => a.Code == AlarmCode.EMERGENCY_UNHEARD));
        using var screen = new Screen(states.Asked, officer, "desk");
        var alarm = await screen.Next("ALERT");
        await Eventually(() => states.Asked.Get<Gateway.Receipts.LedgerGate>().Shut is null);
        await states.Asked.Get<AlertLoop>().Look();
        await states.Asked.Client(officer).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = alarm.Alert, Device = "desk" });
        var chains = await states.Settled(sent.CaseId, 5);
        Assert.Equal([ReceiptEvent.ConsignmentNotificationFailure, ReceiptEvent.ConsignmentNotification], chains["XB"].Skip(2).Select(r => r.Event));
    }

    [Fact]
    public async Task The_alarm_climbs_the_roster_when_nobody_acknowledges()
    {
        var roster = Roster("first-officer", "second-officer");
        await using var states = await TwoStates.Start(configure: c => c["Notification"] = new JsonObject { ["Roster"] = roster });
        var first = await states.Asked.AddUser("first-officer", "XB-CP", "CONTACT_POINT_24_7");
        var second = await states.Asked.AddUser("second-officer", "XB-CP", "CONTACT_POINT_24_7");
        using var one = new Screen(states.Asked, first, "one");
        using var two = new Screen(states.Asked, second, "two");
        // The self-test of the shift is for the first officer.
        var test = await one.Next("TEST");
        await states.Asked.Client(first).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = test.Alert, Device = "one" });
        await SendEmergency(states);
        Assert.True((await one.Next("ALERT")).Ring);
        Assert.False((await two.Next("ALERT")).Ring);
        states.Asked.Clock.Offset += TimeSpan.FromMinutes(6);
        Assert.True((await one.Next("REPEAT")).Ring);
        Assert.False((await two.Next("REPEAT")).Ring);
        states.Asked.Clock.Offset += TimeSpan.FromMinutes(10);
        var climbed = await two.Next("ESCALATED");
        Assert.Equal((true, "second-officer +999 1 555 0102"), (climbed.Ring, climbed.Officer));
        Assert.True((await one.Next("ESCALATED")).Ring);
    }

    [Fact]
    public async Task The_alarm_of_each_shift_is_tested_and_one_that_nobody_hears_is_an_alarm_itself()
    {
        var roster = Roster("first-officer");
        await using var states = await TwoStates.Start(configure: c => c["Notification"] = new JsonObject { ["Roster"] = roster });
        var officer = await states.Asked.AddUser("first-officer", "XB-CP", "CONTACT_POINT_24_7");
        // Nobody hears the first test: its minute passes.
        await Eventually(() => states.Asked.Get<Gateway.Storage.Database>().Read(s => s.Number("SELECT count(*) FROM alerts WHERE kind = 'TEST'")) == 1);
        states.Asked.Clock.Offset += TimeSpan.FromSeconds(61);
        await Eventually(() => states.Asked.Get<Alarms>().All.Count(a => a.Code == AlarmCode.ALARM_PATH_DEAD) == 2);
        using (var screen = new Screen(states.Asked, officer, "desk"))
        {
            Assert.Contains("no officer of the shift", (await screen.Next("STARTED")).Trouble, StringComparison.Ordinal);
            // Whoever begins to watch later in the shift gets a test of their own: the path works, and the screens say so.
            var test = await screen.Next("TEST");
            await states.Asked.Client(officer).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = test.Alert, Device = "desk" });
            await Eventually(() => states.Asked.Get<Alarms>().All.All(a => a.Code != AlarmCode.ALARM_PATH_DEAD));
        }
        var report = await states.Asked.Client(officer).ShiftReportAsync(new ShiftReportRequest());
        Assert.Equal([true, false], report.Alerts.Select(a => a.Failed.Length > 0));
        Assert.True(report.Alerts[1].Confirmed.Length > 0);
        // The screen is gone.
        await Eventually(() => states.Asked.Get<Alarms>().All.Any(a => a.Code == AlarmCode.ALARM_PATH_DEAD));
    }

    [Fact]
    public async Task A_screen_that_rings_and_confirms_nothing_is_tested_once_and_leaves_the_alarm_path_dead()
    {
        var roster = Roster("first-officer");
        await using var states = await TwoStates.Start(configure: c => c["Notification"] = new JsonObject { ["Roster"] = roster, ["ConfirmSeconds"] = 1 });
        var officer = await states.Asked.AddUser("first-officer", "XB-CP", "CONTACT_POINT_24_7");
        bool Dead() => states.Asked.Get<Alarms>().All.Any(a => a is { Code: AlarmCode.ALARM_PATH_DEAD, Subject: "test" });
        async Task<List<bool>> Failed() => [.. (await states.Asked.Client(officer).ShiftReportAsync(new ShiftReportRequest())).Alerts.Select(a => a.Failed.Length > 0)];
        await Eventually(Dead);
        using var screen = new Screen(states.Asked, officer, "desk");
        await screen.Next("TEST");
        await Eventually(async () => await Failed() is [true, true]);
        for (var i = 0; i < 3; i++)
            await states.Asked.Get<AlertLoop>().Look();
        Assert.Equal([true, true], await Failed());
        Assert.True(Dead());
    }

    [Fact]
    public async Task A_screen_without_sound_shows_alarms_confirms_nothing_and_leaves_the_alarm_path_dead()
    {
        var roster = Roster("first-officer");
        await using var states = await TwoStates.Start(configure: c => c["Notification"] = new JsonObject { ["Roster"] = roster, ["ConfirmSeconds"] = 1 });
        var officer = await states.Asked.AddUser("first-officer", "XB-CP", "CONTACT_POINT_24_7");
        using var screen = new Screen(states.Asked, officer, "wall", silent: true);
        await screen.Next("STARTED");
        var sent = await SendEmergency(states);
        var alarm = await screen.Next("ALERT");
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await states.Asked.Client(officer).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = alarm.Alert, Device = "wall" }));
        Assert.Equal(StatusCode.Aborted, refused.StatusCode);
        var chains = await states.Settled(sent.CaseId, 4);
        Assert.Equal(ReceiptEvent.ConsignmentNotificationFailure, chains["XB"][^1].Event);
        await Eventually(() => states.Asked.Get<Alarms>().All.Any(a => a.Code == AlarmCode.ALARM_PATH_DEAD && a.Subject == "devices"));

        // The same person at a screen that rings.
        using var desk = new Screen(states.Asked, officer, "desk");
        await desk.Next("ALERT");
        Assert.True((await states.Asked.Client(officer).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = alarm.Alert, Device = "desk" })).First);
        await Eventually(() => states.Asked.Get<Alarms>().All.All(a => a.Code != AlarmCode.ALARM_PATH_DEAD || a.Subject != "devices"));
    }

    [Fact]
    public async Task An_undetermined_mark_never_hides_an_emergency_and_a_failed_one_is_rejected()
    {
        await using var states = await TwoStates.Start();
        var officer = await states.Asked.AddUser("night-officer", "XB-CP", "CONTACT_POINT_24_7");
        using var screen = new Screen(states.Asked, officer, "desk");
        await screen.Next("STARTED");
        var unknown = new TestPki("XA").Issue("Judge", TestPki.Sign);
        using var signer = unknown.Signer();
        var order = SignedDocument.Sign("order 12/2026"u8, signer, states.Asking.Clock.GetUtcNow());
        await SendEmergency(states, order);
        Assert.Equal("UNDETERMINED", (await screen.Next("ALERT")).Verdict);

        // The same with one byte changed: its signature is wrong, and there is nothing to show.
        order[^10] ^= 1;
        var broken = await SendEmergency(states, order);
        await Eventually(async () => (await states.Asking.Client(states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = broken.CaseId })).State == "REJECTED_TECHNICAL");
        Assert.False(await screen.Hears("ALERT"));
    }

    [Fact]
    public async Task Other_ways_to_reach_people_hear_the_urgency_and_a_number_and_no_content()
    {
        using var listener = new Listener();
        var siren = Path.Combine(Path.GetTempPath(), $"siren-{Ids.New()}");
        await File.WriteAllTextAsync(siren, $"#!/bin/sh\necho \"$@\" >> {siren}.said\n");
        File.SetUnixFileMode(siren, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            await using var states = await TwoStates.Start(configure: c => c["Notification"] = new JsonObject
            {
                ["Webhooks"] = new JsonArray(new JsonObject { ["Address"] = $"http://127.0.0.1:{listener.HttpPort}/alarm", ["Confirms"] = true }),
                ["Mail"] = new JsonObject { ["Host"] = "127.0.0.1", ["Port"] = listener.MailPort, ["From"] = "gateway@xb.example", ["To"] = new JsonArray("night@xb.example") },
                ["Command"] = new JsonObject { ["Program"] = siren },
            });
            var sent = await SendEmergency(states);
            // The webhook confirms: a pager company that answers has reached somebody.
            var chains = await states.Settled(sent.CaseId, 4);
            Assert.Equal(ReceiptEvent.ConsignmentNotification, chains["XB"][^1].Event);
            await Eventually(() => listener.Said.Any(s => s.Contains("A message waits", StringComparison.Ordinal)) && File.Exists(siren + ".said"));
            var everything = string.Join('\n', listener.Said.Append(await File.ReadAllTextAsync(siren + ".said")));
            Assert.Contains("EMERGENCY", everything, StringComparison.Ordinal);
            Assert.Contains(sent.Message, everything, StringComparison.Ordinal);
            Assert.All(["EMERGENCY_DISCLOSURE", "XA", sent.CaseId, "Telecom", "girl", "203.0.113"], secret => Assert.DoesNotContain(secret, everything, StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(siren);
            File.Delete(siren + ".said");
        }
    }

    [Fact]
    public async Task Those_who_may_not_read_requests_do_not_watch_for_them()
    {
        await using var state = await TestState.Running();
        var auditor = await state.AddUser("auditor", "XA-CA", "AUDITOR");
        using var call = state.Client(auditor).WatchAlerts(new WatchAlertsRequest { Device = "desk" });
        Assert.Equal(StatusCode.PermissionDenied, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None))).StatusCode);
        var officer = await state.AddUser("officer", "XA-CP", "CONTACT_POINT_24_7");
        using var unnamed = state.Client(officer).WatchAlerts(new WatchAlertsRequest { Device = "a\nb" });
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => unnamed.ResponseStream.MoveNext(CancellationToken.None))).StatusCode);
    }

    [Fact]
    public async Task Who_may_not_see_the_case_neither_hears_its_alarm_nor_silences_it()
    {
        await using var states = await TwoStates.Start(configure: c => c["Keys"]!["Authorities"]![2]!["Parent"] = "");
        var officer = await states.Asked.AddUser("night-officer", "XB-CP", "CONTACT_POINT_24_7");
        var stranger = await states.Asked.AddUser("stranger", "XB-PO", "COMPETENT_AUTHORITY");
        using var elsewhere = new Screen(states.Asked, stranger, "elsewhere");
        await elsewhere.Next("STARTED");
        using var screen = new Screen(states.Asked, officer, "desk");
        await SendEmergency(states);
        var alarm = await screen.Next("ALERT");
        Assert.False(await elsewhere.Hears("ALERT"));
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await states.Asked.Client(stranger).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = alarm.Alert, Device = "elsewhere" }));
        Assert.Equal(StatusCode.NotFound, refused.StatusCode);
        Assert.True((await states.Asked.Client(officer).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = alarm.Alert, Device = "desk" })).First);
    }

    [Fact]
    public async Task An_emergency_is_reviewed_once_it_is_over()
    {
        await using var states = await TwoStates.Start();
        var officer = await states.Asked.AddUser("night-officer", "XB-CP", "CONTACT_POINT_24_7");
        var sent = await SendEmergency(states);
        await states.Settled(sent.CaseId, 3);
        var client = states.Asked.Client(officer);
        await states.Asked.Get<ClockLoop>().LookAtAll();
        Assert.Equal(sent.CaseId, Assert.Single((await client.ListDeadlinesAsync(new ListDeadlinesRequest { Rule = "POST_REVIEW" })).Deadlines).CaseId);
        var review = new ReviewEmergencyRequest { CaseId = sent.CaseId, Result = "CONFIRMED", Note = "The girl was found at the address." };
        await client.ReviewEmergencyAsync(review);
        await states.Asked.Get<ClockLoop>().LookAtAll();
        Assert.Empty((await client.ListDeadlinesAsync(new ListDeadlinesRequest { Rule = "POST_REVIEW" })).Deadlines);
        Assert.Equal(StatusCode.Aborted, (await Assert.ThrowsAsync<RpcException>(async () => await client.ReviewEmergencyAsync(review))).StatusCode);
    }

    /// <summary>From XA's duty officer to XB; an attachment is a signed document of somebody.</summary>
    internal static async Task<SubmitReply> SendEmergency(TwoStates states, byte[]? attachment = null)
    {
        var fields = TwoStates.SampleFields("emergency-disclosure.json");
        if (attachment is null)
            return await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", fields);
        fields["attachments"] = new JsonArray(new JsonObject { ["name"] = "order.cms", ["type"] = "OTHER", ["mediaType"] = "application/pkcs7-mime", ["sizeBytes"] = attachment.Length, ["sha256"] = Digest.Of(attachment).ToString(), ["language"] = "en" });
        var client = states.Asking.Client(states.DutyOfficer);
        var composed = await client.ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = fields.ToJsonString() });
        Assert.Empty(composed.Problems);
        using var signer = states.DutyOfficer.Signing.Signer();
        return await client.SubmitAsync(new SubmitRequest
        {
            SignedDocument = ByteString.CopyFrom(SignedDocument.Sign(composed.Document.Span, signer, states.Asking.Clock.GetUtcNow())),
            IdempotencyKey = Ids.New(),
            Attachments = { new Attachment { Name = "order.cms", MediaType = "application/pkcs7-mime", Content = ByteString.CopyFrom(attachment) } },
        });
    }

    private static string Roster(params string[] users)
    {
        var file = Path.GetTempFileName();
        var officers = users.Select((u, i) => new JsonObject { ["user"] = u, ["phone"] = $"+999 1 555 010{i + 1}" }).ToArray();
        File.WriteAllText(file, new JsonObject { ["timeZone"] = "Europe/Paris", ["shifts"] = new JsonArray(new JsonObject { ["name"] = "day and night", ["from"] = "00:00", ["to"] = "00:00", ["officers"] = new JsonArray([.. officers]) }) }.ToJsonString());
        return file;
    }

    private static Task Eventually(Func<bool> condition) => Eventually(() => Task.FromResult(condition()));

    private static async Task Eventually(Func<Task<bool>> condition)
    {
        for (var i = 0; i < 1200; i++)
        {
            if (await condition())
                return;
            await Task.Delay(50);
        }
        Assert.Fail("it did not happen");
    }
}
