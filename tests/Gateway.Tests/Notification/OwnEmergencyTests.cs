using System.Text.Json.Nodes;
using Gateway.Deadlines;
using Gateway.Protocol.Marks;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Notification;

/// <summary>Whoever sent an emergency hears when it does not arrive, while there is time to take the telephone.</summary>
public sealed class OwnEmergencyTests
{
    [Fact]
    public async Task An_emergency_that_does_not_arrive_rings_where_it_was_sent_until_it_does()
    {
        await using var states = await TwoStates.Start(configure: c =>
        {
            c["Notification"] = new JsonObject { ["ConfirmSeconds"] = 1 };
            c["Profile"] = new JsonObject { ["AcceptsOralInEmergency"] = true };
            foreach (var authority in c["Keys"]!["Authorities"]!.AsArray())
                authority!["CallBackPhone"] = "+999 1 555 0147";
        });
        var officer = await states.Asking.AddUser("night-officer", "XA-CP", "CONTACT_POINT_24_7");
        await states.Asked.Stop();
        var screen = new Screen(states.Asking, officer, "desk");
        var sent = await AlertTests.SendEmergency(states);
        var alarm = await screen.Next("ALERT");
        Assert.Equal((sent.Message, sent.CaseId, "QUEUED", true, "XB-CP"), (alarm.Alert, alarm.CaseId, alarm.Standing, alarm.Ring, alarm.FromAuthority));
        Assert.Equal("+999 1 555 0147", alarm.CallBackPhone);
        Assert.True(alarm.AcceptsOral);
        await Board(states.Asking, there: true);

        // Heard is not arrived: it rings again, also behind a restart.
        await states.Asking.Client(officer).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = alarm.Alert, Device = "desk" });
        states.Asking.Clock.Offset += TimeSpan.FromMinutes(6);
        Assert.Equal("QUEUED", (await screen.Next("REPEAT")).Standing);
        screen.Dispose();
        await states.Asking.Stop();
        await states.Asking.Start();
        await Board(states.Asking, there: true);
        using var again = new Screen(states.Asking, officer, "desk");
        Assert.Equal("QUEUED", (await again.Next("ALERT")).Standing);

        await states.Asked.Start();
        states.Asking.Clock.Offset += TimeSpan.FromMinutes(6);
        Assert.Equal(sent.CaseId, (await again.Next("ENDED")).CaseId);
        await Board(states.Asking, there: false);
    }

    [Fact]
    public async Task One_that_was_rejected_rings_until_a_screen_has_rung()
    {
        await using var states = await TwoStates.Start();
        var officer = await states.Asking.AddUser("night-officer", "XA-CP", "CONTACT_POINT_24_7");
        using var screen = new Screen(states.Asking, officer, "desk");
        await screen.Next("STARTED");
        var order = SignedDocument.Sign("order 12/2026"u8, states.DutyOfficer.Signing.Signer(), states.Asking.Clock.GetUtcNow());
        order[^10] ^= 1;
        var sent = await AlertTests.SendEmergency(states, order);
        var alarm = await screen.Next("ALERT");
        Assert.Equal((sent.Message, "REJECTED", true), (alarm.Alert, alarm.Standing, alarm.Ring));
        Assert.NotEmpty(alarm.What);
        Assert.False(alarm.AcceptsOral);
        await Board(states.Asking, there: true);
        await states.Asking.Client(officer).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = alarm.Alert, Device = "desk" });
        Assert.Equal(sent.CaseId, (await screen.Next("ENDED")).CaseId);
        await Board(states.Asking, there: false);
    }

    [Fact]
    public async Task One_that_arrives_at_once_rings_nowhere_but_there()
    {
        // Nobody there confirms, and that they are still given time for.
        await using var states = await TwoStates.Start(configure: c => c["Notification"] = new JsonObject { ["ConfirmSeconds"] = 600 });
        var officer = await states.Asking.AddUser("night-officer", "XA-CP", "CONTACT_POINT_24_7");
        using var screen = new Screen(states.Asking, officer, "desk");
        await screen.Next("STARTED");
        var sent = await AlertTests.SendEmergency(states);
        await states.Settled(sent.CaseId, 3);
        states.Asking.Clock.Offset += TimeSpan.FromMinutes(2);
        Assert.False(await screen.Hears("ALERT"));
        Assert.DoesNotContain(states.Asking.Get<Alarms>().All, a => a.Code == AlarmCode.EMERGENCY_NOT_DELIVERED);
    }

    [Fact]
    public async Task One_that_arrived_and_reached_no_officer_rings_where_it_was_sent_until_one_is()
    {
        await using var states = await TwoStates.Start(configure: c => c["Notification"] = new JsonObject { ["ConfirmSeconds"] = 1 });
        var officer = await states.Asking.AddUser("night-officer", "XA-CP", "CONTACT_POINT_24_7");
        var other = await states.Asked.AddUser("night-officer", "XB-CP", "CONTACT_POINT_24_7");
        // Nobody watches on either side when the word comes back.
        var sent = await AlertTests.SendEmergency(states);
        await states.Settled(sent.CaseId, 4);
        using var screen = new Screen(states.Asking, officer, "desk");
        var alarm = await screen.Next("ALERT");
        Assert.Equal((sent.Message, sent.CaseId, "UNHEARD", true, "XB-CP"), (alarm.Alert, alarm.CaseId, alarm.Standing, alarm.Ring, alarm.FromAuthority));
        await Board(states.Asking, there: true, AlarmCode.EMERGENCY_UNHEARD);
        // Heard here is not heard there.
        await states.Asking.Client(officer).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = alarm.Alert, Device = "desk" });
        states.Asking.Clock.Offset += TimeSpan.FromMinutes(6);
        Assert.Equal("UNHEARD", (await screen.Next("REPEAT")).Standing);
        await Board(states.Asking, there: false);

        using var there = new Screen(states.Asked, other, "desk");
        await states.Asked.Client(other).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = (await there.Next("ALERT")).Alert, Device = "desk" });
        Assert.Equal(sent.CaseId, (await screen.Next("ENDED")).CaseId);
        await Board(states.Asking, there: false, AlarmCode.EMERGENCY_UNHEARD);
    }

    [Fact]
    public async Task One_that_was_heard_and_is_not_acknowledged_in_time_rings_where_it_was_sent_until_it_is()
    {
        await using var states = await TwoStates.Start();
        var officer = await states.Asking.AddUser("night-officer", "XA-CP", "CONTACT_POINT_24_7");
        var other = await states.Asked.AddUser("night-officer", "XB-CP", "CONTACT_POINT_24_7");
        using var there = new Screen(states.Asked, other, "desk");
        await there.Next("STARTED");
        using var screen = new Screen(states.Asking, officer, "desk");
        await screen.Next("STARTED");
        var sent = await AlertTests.SendEmergency(states);
        await states.Asked.Client(other).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = (await there.Next("ALERT")).Alert, Device = "desk" });
        // Three receipts of the delivery, and that an officer there was alerted.
        await states.Settled(sent.CaseId, 4);
        states.Asking.Clock.Offset += TimeSpan.FromMinutes(29);
        await states.Asking.Get<ClockLoop>().LookAtAll();
        Assert.False(await screen.Hears("ALERT"));

        states.Asking.Clock.Offset += TimeSpan.FromMinutes(2);
        await states.Asking.Get<ClockLoop>().LookAtAll();
        var alarm = await screen.Next("ALERT");
        Assert.Equal((sent.Message, sent.CaseId, "UNACKNOWLEDGED", true, "XB-CP"), (alarm.Alert, alarm.CaseId, alarm.Standing, alarm.Ring, alarm.FromAuthority));
        await Board(states.Asking, there: true, AlarmCode.EMERGENCY_UNHEARD);
        // Heard here is not acknowledged there: it rings again and climbs the roster.
        await states.Asking.Client(officer).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = alarm.Alert, Device = "desk" });
        states.Asking.Clock.Offset += TimeSpan.FromMinutes(6);
        Assert.Equal("UNACKNOWLEDGED", (await screen.Next("REPEAT")).Standing);
        states.Asking.Clock.Offset += TimeSpan.FromMinutes(10);
        Assert.Equal("UNACKNOWLEDGED", (await screen.Next("ESCALATED")).Standing);

        await TwoStates.Act(states.Asked, other, sent.CaseId, "ACKNOWLEDGED");
        Assert.Equal(sent.CaseId, (await screen.Next("ENDED")).CaseId);
        await Board(states.Asking, there: false, AlarmCode.EMERGENCY_UNHEARD);
    }

    [Fact]
    public async Task One_that_waits_there_for_a_decision_about_its_marks_rings_where_it_was_sent_when_the_time_for_a_word_passed()
    {
        await using var states = await TwoStates.Start();
        var officer = await states.Asking.AddUser("night-officer", "XA-CP", "CONTACT_POINT_24_7");
        using var screen = new Screen(states.Asking, officer, "desk");
        await screen.Next("STARTED");
        var other = await states.Asked.AddUser("night-officer", "XB-CP", "CONTACT_POINT_24_7");
        var sent = await AlertTests.SendEmergency(states);
        await states.Settled(sent.CaseId, 3);
        await states.Asking.Get<ClockLoop>().LookAtAll();
        await states.Asking.Get<Database>().Write(Lane.Ordinary, s => s.RunOne("UPDATE cases SET state = 'PENDING_RECOGNITION' WHERE id = $1 AND state = 'DELIVERED'", sent.CaseId));
        states.Asking.Clock.Offset += TimeSpan.FromMinutes(31);
        await states.Asking.Get<ClockLoop>().LookAtAll();
        var alarm = await screen.Next("ALERT");
        Assert.Equal((sent.Message, sent.CaseId, "UNACKNOWLEDGED", true, "XB-CP"), (alarm.Alert, alarm.CaseId, alarm.Standing, alarm.Ring, alarm.FromAuthority));
        await Board(states.Asking, there: true, AlarmCode.EMERGENCY_UNHEARD);

        await TwoStates.Act(states.Asked, other, sent.CaseId, "ACKNOWLEDGED");
        Assert.Equal(sent.CaseId, (await screen.Next("ENDED")).CaseId);
        await Board(states.Asking, there: false, AlarmCode.EMERGENCY_UNHEARD);
    }

    private static async Task Board(TestState state, bool there, AlarmCode code = AlarmCode.EMERGENCY_NOT_DELIVERED)
    {
        for (var i = 0; i < 2400; i++)
        {
            if (state.Get<Alarms>().All.Any(a => a.Code == code) == there)
                return;
            await Task.Delay(50);
        }
        Assert.Fail($"{code} {(there ? "was not raised" : "stays")}");
    }
}
