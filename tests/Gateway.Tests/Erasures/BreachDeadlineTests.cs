using System.Text.Json.Nodes;
using Gateway.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.Notification;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Erasures;

/// <summary>The 72 hours in which the other State hears of a breach are a deadline as the others: in the lists, on the screens, and called about.</summary>
public sealed class BreachDeadlineTests : IDisposable
{
    private readonly Listener _listener = new();

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_screen_and_a_webhook_hear_of_a_notice_that_is_due_and_telling_the_other_State_meets_it()
    {
        await using var states = await TwoStates.Start(configure: c =>
        {
            if (c["Gateway"]!["State"]!.GetValue<string>() == "XA")
                c["Notification"] = new JsonObject { ["Webhooks"] = new JsonArray(new JsonObject { ["Address"] = $"http://127.0.0.1:{_listener.HttpPort}/alarm" }) };
        });
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var asking = states.Asking;
        var client = asking.Client(states.DutyOfficer);
        var found = asking.Clock.GetUtcNow();
        var breach = await client.RecordBreachAsync(new RecordBreachRequest { CaseId = sent.CaseId, FoundAt = DocumentWriter.FormatTime(found), Text = "A copy of the answer was sent to a wrong mailbox; it was deleted there." });
        await asking.Get<ClockLoop>().LookAtAll();
        async Task<DeadlineView> Deadline() => Assert.Single((await client.ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = sent.CaseId })).Deadlines, d => d.Rule == "BREACH_NOTICE");
        var running = await Deadline();
        Assert.Equal((true, "RUNNING", breach.DueAt), (running.Own, running.State, running.Due));
        Assert.Contains("breach told", running.NextStep, StringComparison.Ordinal);
        Assert.Equal(0, states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM deadlines WHERE rule = 'BREACH_NOTICE'")));

        using var screen = new Screen(asking, states.DutyOfficer, "desk");
        await screen.Next("STARTED");
        asking.Clock.Offset = TimeSpan.FromHours(71.5);
        await asking.Get<ClockLoop>().LookAtAll();
        AlertNotice notice;
        do
            notice = await screen.Next("DEADLINE");
        while (notice.Rule != "BREACH_NOTICE");
        Assert.Equal((sent.CaseId, breach.DueAt), (notice.CaseId, notice.Due));
        List<string> Called() => asking.Get<Database>().Read(s => s.Query("SELECT a.id FROM alerts a JOIN events e ON a.id = 'event-' || e.cursor WHERE a.kind = 'DEADLINE' AND e.subject = 'BREACH_NOTICE'", r => r.GetString(0)));
        await Eventually.Holds(() => Called().Count > 0 && _listener.Said.Any(s => s.Contains($"\"{Called()[0]}\"", StringComparison.Ordinal)), () => string.Join('\n', _listener.Said));

        asking.Clock.Offset = TimeSpan.FromHours(73);
        await asking.Get<ClockLoop>().LookAtAll();
        Assert.Equal("MISSED", (await Deadline()).State);
        Assert.Contains(asking.Get<Alarms>().All, a => a.Code == AlarmCode.DEADLINES_MISSED);
        // What this State does with it is its own matter: no act goes out.
        Assert.Equal("-", asking.Get<Database>().Read(s => s.One("SELECT announced FROM deadlines WHERE rule = 'BREACH_NOTICE'", r => r.GetString(0))));
        await client.TellBreachAsync(new TellBreachRequest { Breach = breach.Breach, How = "letter 7/26, handed to the embassy" });
        await asking.Get<ClockLoop>().LookAtAll();
        Assert.True((await Deadline()).Met.Length > 0);
        Assert.DoesNotContain((await client.ListDeadlinesAsync(new ListDeadlinesRequest())).Deadlines, d => d.Rule == "BREACH_NOTICE");
    }
}
