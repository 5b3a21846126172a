using System.Text.Json.Nodes;
using Gateway.Delivery;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Receipts;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Flow;

/// <summary>Two gateways over mutual TLS on loopback: what each side holds after each step.</summary>
public sealed class ExchangeTests
{
    [Fact]
    public async Task A_request_gives_each_side_the_same_three_receipts()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        var chains = await states.Settled(sent.CaseId, 3);
        Assert.Equal([ReceiptEvent.SubmissionAcceptance], chains["XA"].Select(r => r.Event));
        Assert.Equal([ReceiptEvent.RelayAcceptance, ReceiptEvent.ContentConsignment], chains["XB"].Select(r => r.Event));
        Assert.All(chains["XB"], r => Assert.Equal(1, r.PeerSeq));
        var cases = await states.Asked.Client(states.AskedLawyer).ListCasesAsync(new ListCasesRequest());
        Assert.Equal("DELIVERED", Assert.Single(cases.Cases).State);
    }

    [Fact]
    public async Task A_case_runs_to_its_end_and_both_chains_are_closed()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var opened = await states.Asked.Client(states.AskedLawyer).OpenMessageAsync(new OpenMessageRequest { Message = sent.Message, Purpose = "reading" });
        Assert.Equal(["SIGNATURE", "STAMP", "SEAL"], opened.Marks.Select(m => m.Mark));
        Assert.All(opened.Marks, m => Assert.Equal("PASSED", m.Verdict));
        await states.Settled(sent.CaseId, 4);

        var due = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2));
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = due });
        await states.Settled(sent.CaseId, 7);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACCEPTED", new JsonObject { ["dueAt"] = due });
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "IN_EXECUTION");
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "EXECUTED", new JsonObject { ["outcome"] = "NOTHING_TO_ADD", ["text"] = "The provider keeps these data by itself." });
        await states.Settled(sent.CaseId, 16);
        await TwoStates.Act(states.Asking, states.DutyOfficer, sent.CaseId, "COMPLETED");
        var chains = await states.Settled(sent.CaseId, 21);
        Assert.Equal(ReceiptEvent.GatewayCaseClosed, chains["XA"][^1].Event);
        Assert.Equal(ReceiptEvent.GatewayCaseClosed, chains["XB"][^1].Event);
        Assert.Equal(chains["XB"].Count, chains["XA"][^1].PeerSeq);
    }

    [Fact]
    public async Task An_act_that_the_state_of_the_case_does_not_allow_changes_nothing()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var composed = await states.Asked.Client(states.AskedLawyer).ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = $$"""{"case":"{{sent.CaseId}}","kind":"EXECUTED","outcome":"FULL"}""" });
        Assert.Contains(composed.Problems, p => p.Code == "V043");
    }

    [Fact]
    public async Task The_same_submission_twice_is_one_message_with_the_same_receipts()
    {
        await using var states = await TwoStates.Start();
        var fields = TwoStates.Preserve(states.Asking.Clock);
        var client = states.Asking.Client(states.DutyOfficer);
        var composed = await client.ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = fields.ToJsonString() });
        using var signer = states.DutyOfficer.Signing.Signer();
        var request = new SubmitRequest { SignedDocument = Google.Protobuf.ByteString.CopyFrom(Protocol.Marks.SignedDocument.Sign(composed.Document.Span, signer, states.Asking.Clock.GetUtcNow())), IdempotencyKey = "k1" };
        var first = await client.SubmitAsync(request);
        var again = await client.SubmitAsync(request);
        Assert.True(again.Duplicate);
        Assert.Equal(first.Message, again.Message);
        Assert.Equal(first.Receipts, again.Receipts);
        var other = request.Clone();
        other.SignedDocument = Google.Protobuf.ByteString.CopyFrom(Protocol.Marks.SignedDocument.Sign(composed.Document.Span, signer, states.Asking.Clock.GetUtcNow()));
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.SubmitAsync(other));
        Assert.Contains("T803", refused.Status.Detail, StringComparison.Ordinal);
        Assert.Single((await client.ListMessagesAsync(new ListMessagesRequest())).Messages);
    }

    [Fact]
    public async Task A_message_waits_while_the_peer_is_down_and_arrives_once_in_order()
    {
        await using var states = await TwoStates.Start();
        await states.Asked.Stop();
        var first = await states.SendPreserve();
        var second = await states.SendPreserve();
        states.Asking.Clock.Offset += TimeSpan.FromHours(1);
        await states.Asked.Start();
        states.Asking.Clock.Offset += TimeSpan.FromMinutes(10);
        await states.Settled(first.CaseId, 3);
        await states.Settled(second.CaseId, 3);
        Assert.Equal(2, (await states.Asked.Client(states.AskedLawyer).ListCasesAsync(new ListCasesRequest())).Cases.Count);
    }

    [Fact]
    public async Task Acts_of_one_case_that_wait_for_an_hour_arrive_in_their_order_and_once()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await states.Asking.Stop();
        var due = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2));
        List<string> acts =
        [
            (await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = due })).Message,
            (await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACCEPTED", new JsonObject { ["dueAt"] = due })).Message,
            (await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "IN_EXECUTION")).Message,
            (await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "EXECUTED", new JsonObject { ["outcome"] = "NOTHING_TO_ADD", ["text"] = "The provider keeps these data by itself." })).Message,
        ];
        // As long as the first has not gone, none of the others is even tried.
        await Eventually.Holds(() => Attempts(states.Asked, acts[0]) > 1);
        Assert.All(acts.Skip(1), act => Assert.Equal(0, Attempts(states.Asked, act)));
        states.Asked.Clock.Offset += TimeSpan.FromHours(1);
        await states.Asking.Start();

        var chains = await states.Settled(sent.CaseId, 15);
        Assert.Equal(acts, chains["XB"].Where(r => r.Event == ReceiptEvent.SubmissionAcceptance).Select(r => r.Subject.Message));
        Assert.Equal(acts, chains["XA"].Where(r => r.Event == ReceiptEvent.RelayAcceptance).Select(r => r.Subject.Message));
        Assert.Equal(acts, chains["XA"].Where(r => r.Event == ReceiptEvent.ContentConsignment).Select(r => r.Subject.Message));
        Assert.Equal(acts, states.Asking.Get<Database>().Read(s => s.Query("SELECT id FROM messages WHERE direction = 'IN' ORDER BY position", r => r.GetString(0))));
        Assert.Equal("EXECUTED", (await states.Asking.Client(states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).State);
    }

    [Fact]
    public async Task Watching_from_a_cursor_misses_nothing_and_repeats_nothing()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var all = await Watch(states, 0);
        var rest = await Watch(states, all[2].Cursor);
        Assert.Equal(all.Skip(3).Select(e => e.Cursor), rest.Select(e => e.Cursor));
        Assert.Contains(all, e => e.Kind == "message.delivered" && e.Subject == sent.Message);
    }

    private static int Attempts(TestState state, string message) => state.Get<Database>().Read(s => Outbox.Find(s, message))!.Attempts;

    private static async Task<List<Event>> Watch(TwoStates states, ulong cursor)
    {
        var events = new List<Event>();
        using var call = states.Asking.Client(states.DutyOfficer).Watch(new WatchRequest { Cursor = cursor, NoWait = true });
        while (await call.ResponseStream.MoveNext(default))
            events.Add(call.ResponseStream.Current);
        return events;
    }
}
