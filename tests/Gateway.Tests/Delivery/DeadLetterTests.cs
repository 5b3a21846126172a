using System.Text.Json.Nodes;
using Gateway.Delivery;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Delivery;

/// <summary>A peer stays away for longer than a message waits: it is given up with a signed receipt, everybody sees it, and it can be sent again.</summary>
public sealed class DeadLetterTests
{
    [Theory]
    [InlineData("preserve-data.json", 72)]
    [InlineData("emergency-disclosure.json", 8)]
    public async Task A_message_is_given_up_when_its_hours_have_passed_and_not_before(string sample, int hours)
    {
        await using var states = await TwoStates.Start();
        await states.Asked.Stop();
        var sent = await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", Fields(states, sample));
        await Tried(states, sent.Message);

        states.Asking.Clock.Offset += TimeSpan.FromHours(hours - 1);
        await Tried(states, sent.Message);
        Assert.False(Row(states, sent.Message)!.Dead);
        Assert.DoesNotContain(states.Asking.Get<Alarms>().All, a => a.Code == AlarmCode.DELIVERY_DEAD);

        states.Asking.Clock.Offset += TimeSpan.FromHours(2);
        await GivenUp(states, sent.Message);
        var officer = states.Asking.Client(states.DutyOfficer);
        var dead = Assert.Single((await officer.ListDeliveriesAsync(new ListDeliveriesRequest { DeadOnly = true })).Deliveries);
        Assert.Equal((sent.Message, "DEAD"), (dead.Message, dead.State));
        Assert.Contains("T605", dead.LastError, StringComparison.Ordinal);
        Assert.Equal("DEAD", Assert.Single((await officer.ListMessagesAsync(new ListMessagesRequest())).Messages).State);

        var receipts = (await officer.ListReceiptsAsync(new ListReceiptsRequest { CaseId = sent.CaseId })).Receipts;
        Assert.Equal(["SubmissionAcceptance", "RelayFailure"], receipts.Select(r => r.Event));
        var signed = SignedDocument.Open(receipts[1].Der.ToByteArray()).Value;
        var failure = Receipt.Read(signed.Content).Value;
        Assert.Equal(states.Asking.Card.Card.Find("XA-CP")!.Seal[0].Sha256, signed.Signer.Sha256);
        Assert.Equal((sent.Message, "T605"), (failure.Subject.Message, Assert.Single(failure.Reasons)));
        Assert.Equal(receipts[0].Sha256, failure.Previous.ToString());
        var alarm = Assert.Single((await officer.StatusAsync(new StatusRequest())).Alarms, a => a.Code == "DELIVERY_DEAD");
        Assert.Contains("XB", alarm.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_given_up_and_is_sent_again_arrives_once_and_its_acceptance_supersedes_the_failure()
    {
        await using var states = await TwoStates.Start();
        await states.Asked.Stop();
        var sent = await states.SendPreserve();
        await Tried(states, sent.Message);
        states.Asking.Clock.Offset += TimeSpan.FromHours(73);
        await GivenUp(states, sent.Message);
        // It stands again after a restart.
        await states.Asking.Stop();
        await states.Asking.Start();
        await Eventually.Holds(() => DeadAlarms(states) == 1);
        var officer = states.Asking.Client(states.DutyOfficer);
        await Refused.By(async () => await officer.ResendDeliveryAsync(new ResendDeliveryRequest { Message = Ids.New() }), "T804");

        await states.Asked.Start();
        await officer.ResendDeliveryAsync(new ResendDeliveryRequest { Message = sent.Message });
        var chains = await states.Settled(sent.CaseId, 4);
        Assert.Equal([ReceiptEvent.SubmissionAcceptance, ReceiptEvent.RelayFailure], chains["XA"].Select(r => r.Event));
        Assert.Equal([ReceiptEvent.RelayAcceptance, ReceiptEvent.ContentConsignment], chains["XB"].Select(r => r.Event));
        await Eventually.Holds(() => Row(states, sent.Message) is null);
        Assert.Equal("DELIVERED", Assert.Single((await officer.ListMessagesAsync(new ListMessagesRequest())).Messages).State);
        Assert.Equal(sent.Message, Assert.Single((await states.Asked.Client(states.AskedLawyer).ListMessagesAsync(new ListMessagesRequest())).Messages).Message);
        Assert.Equal("DELIVERED", (await officer.ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).State);
        Assert.Equal(0, DeadAlarms(states));
        // What is settled is not sent again.
        await Refused.By(async () => await officer.ResendDeliveryAsync(new ResendDeliveryRequest { Message = sent.Message }), "T804");
    }

    [Fact]
    public async Task The_receipts_of_a_dead_letter_may_reach_the_peer_before_the_letter_does()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await states.Asked.Stop();
        var withdrawal = await TwoStates.Act(states.Asking, states.DutyOfficer, sent.CaseId, "WITHDRAWN", new JsonObject { ["text"] = "no longer needed" });
        await Tried(states, withdrawal.Message);
        states.Asking.Clock.Offset += TimeSpan.FromHours(73);
        await GivenUp(states, withdrawal.Message);

        await states.Asked.Start();
        await Eventually.Holds(() => states.Asked.Get<Database>().Read(s => Chains.Head(s, sent.CaseId, "XA").Seq) >= 3, () => Told(states, sent.CaseId));
        Assert.Equal(0, states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE id = $1", withdrawal.Message)));
        await states.Asking.Client(states.DutyOfficer).ResendDeliveryAsync(new ResendDeliveryRequest { Message = withdrawal.Message });
        await Eventually.Holds(() => states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE id = $1", withdrawal.Message)) == 1, () => Told(states, sent.CaseId));
        // What the other side says of the days that passed may come between.
        var chains = await states.Settled(sent.CaseId, 7);
        Assert.Single(chains["XB"], r => r.Event == ReceiptEvent.RelayAcceptance && r.Subject.Message == withdrawal.Message);
        Assert.Equal(1, states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE id = $1", withdrawal.Message)));
    }

    private static JsonObject Fields(TwoStates states, string sample)
        => sample == "preserve-data.json" ? TwoStates.Preserve(states.Asking.Clock) : TwoStates.SampleFields(sample);

    private static OutboxRow? Row(TwoStates states, string message) => states.Asking.Get<Database>().Read(s => Outbox.Find(s, message));

    private static int DeadAlarms(TwoStates states) => states.Asking.Get<Alarms>().All.Count(a => a.Code == AlarmCode.DELIVERY_DEAD);

    // Two attempts ended: of these the second began after the call.
    private static async Task Tried(TwoStates states, string message)
    {
        var before = Row(states, message)!.Attempts;
        await Eventually.Holds(() => Row(states, message)!.Attempts >= before + 2 || Row(states, message)!.Dead, () => Row(states, message)!.ToString());
    }

    /// <summary>What both hold of a case, what waits and what stands on the boards: which of the two did not go on is seen when the wait ends.</summary>
    private static string Told(TwoStates states, string caseId)
        => string.Join("; ", new[] { states.Asking, states.Asked }.Select(state => string.Join(", ", state.Get<Database>().Read(s =>
            s.Query("SELECT issuer || ' ' || seq || ' ' || event FROM receipts WHERE chain = $1 ORDER BY issuer, seq", r => r.GetString(0), caseId)
                .Concat(s.Query("SELECT message || ' ' || state || ' after ' || attempts || ': ' || coalesce(last_error, '') FROM outbox WHERE case_id = $1", r => r.GetString(0), caseId))
                .Concat(s.Query("SELECT issuer || ' acknowledged ' || acked FROM chains WHERE chain = $1", r => r.GetString(0), caseId))
                .Append($"{state.Get<LedgerGate>().Standing} {state.Get<LedgerGate>().Why}")
                .Concat(state.Get<Alarms>().All.Select(a => $"{a.Code} {a.Subject}: {a.Text}"))))));

    private static async Task GivenUp(TwoStates states, string message)
    {
        await Eventually.Holds(() => Row(states, message)!.Dead && DeadAlarms(states) == 1, () => Row(states, message)!.ToString());
    }
}
