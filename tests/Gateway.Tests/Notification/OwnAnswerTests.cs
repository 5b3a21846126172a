using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Evidence;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Notification;

/// <summary>Whoever answers an emergency hears when the answer does not arrive, and whoever asked when it does.</summary>
public sealed class OwnAnswerTests
{
    [Fact]
    public async Task An_act_on_an_emergency_that_does_not_arrive_rings_where_it_was_done_until_it_does()
    {
        await using var states = await TwoStates.Start(configure: c => c["Notification"] = new JsonObject { ["ConfirmSeconds"] = 1 });
        var officer = await states.Asked.AddUser("night-officer", "XB-CP", "CONTACT_POINT_24_7");
        var sent = await AlertTests.SendEmergency(states);
        await states.Settled(sent.CaseId, 4);
        await states.Asking.Stop();
        var act = await TwoStates.Act(states.Asked, officer, sent.CaseId, "ACKNOWLEDGED");
        using var screen = new Screen(states.Asked, officer, "desk");
        AlertNotice alarm;
        do
            alarm = await screen.Next("ALERT");
        while (alarm.Alert != act.Message);
        Assert.Equal((sent.CaseId, "QUEUED", "ACKNOWLEDGED", true, "XA-CP"), (alarm.CaseId, alarm.Standing, alarm.Act, alarm.Ring, alarm.FromAuthority));
        Assert.Contains(states.Asked.Get<Alarms>().All, a => a.Code == AlarmCode.EMERGENCY_NOT_DELIVERED && a.Text.Contains("ACKNOWLEDGED", StringComparison.Ordinal));

        await states.Asking.Start();
        states.Asked.Clock.Offset += TimeSpan.FromMinutes(6);
        while ((await screen.Next("ENDED")).Alert != act.Message)
        {
            // The request itself was acknowledged before.
        }
        await Eventually.Holds(() => !states.Asked.Get<Alarms>().All.Any(a => a.Code == AlarmCode.EMERGENCY_NOT_DELIVERED), () => "it stays on the board");

        // An officer there refuses its marks, long after it was taken: that is something else than that it waited.
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s =>
        {
            s.RunOne("UPDATE messages SET state = 'REJECTED', refusal = 'V027', detail = 'refused by the other side for its marks' WHERE id = $1", act.Message);
            Events.Append(s, states.Asked.Clock.GetUtcNow(), "message.rejected", sent.CaseId, act.Message, "refused by XA-CP: V027");
        });
        await screen.Until(heard => heard.Any(line => line.Alert == act.Message && line is { Standing: "REJECTED", Ring: true }));
    }

    [Fact]
    public async Task That_an_item_for_an_emergency_is_complete_is_a_line_on_the_screens_of_those_who_asked()
    {
        await using var flow = await EvidenceFlow.Start(sample: "emergency-disclosure.json");
        using var screen = new Screen(flow.States.Asking, flow.States.DutyOfficer, "desk");
        await screen.Next("STARTED");
        var item = await flow.Attached(3000);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        var line = await screen.Next("EVIDENCE");
        Assert.Equal((flow.Sent.CaseId, "EMERGENCY_DISCLOSURE", "EMERGENCY", true), (line.CaseId, line.Kind, line.Urgency, line.Ring));
        Assert.StartsWith("XB-", line.FromAuthority, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chains_that_the_other_side_does_not_take_let_the_others_by()
    {
        await using var states = await TwoStates.Start();
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s =>
        {
            // Of cases whose request was given up: nobody there knows them. They come before every other one.
            for (var i = 0; i < 70; i++)
                s.RunOne("INSERT INTO chains (chain, issuer, seq, sha256, time, peer, acked) VALUES ($1, 'XB', 1, $2, $3, 'XA', 0)", $"XA-{i:D32}", Digest.Of([1]), states.Asked.Clock.GetUtcNow());
        });
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await states.Asked.Client(states.AskedLawyer).OpenMessageAsync(new OpenMessageRequest { Message = sent.Message });
        await states.Settled(sent.CaseId, 4);
    }

    [Fact]
    public async Task Receipts_are_pushed_although_a_message_waits_behind_one_that_was_given_up()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var act = await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddHours(20)) });
        await states.Settled(sent.CaseId, 6);
        await states.Asking.Get<Database>().Write(Lane.Ordinary, s =>
        {
            foreach (var state in new[] { "DEAD", "QUEUED" })
            {
                var (id, now) = (Ids.New(), states.Asking.Clock.GetUtcNow());
                s.RunOne("""
                    INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created)
                    VALUES ($1, 'OUT', 'XA-CP', 'XB-CA', $2, 'ACT', 'STATUS_QUERY', 'ORDINARY', $3, $4, $5)
                    """, id, sent.CaseId, Digest.Of("query"u8), state, now);
                s.RunOne("INSERT INTO outbox (position, message, case_id, peer, lane, state, queued, next_attempt) SELECT position, id, case_id, 'XB', 'Ordinary', $2, $3, $3 FROM messages WHERE id = $1", id, state, now);
            }
        });
        await states.Asking.Client(states.DutyOfficer).OpenMessageAsync(new OpenMessageRequest { Message = act.Message });
        var chains = await states.Settled(sent.CaseId, 7);
        Assert.Equal(Protocol.Receipts.ReceiptEvent.ContentAccessTracking, chains["XA"][^1].Event);
    }
}
