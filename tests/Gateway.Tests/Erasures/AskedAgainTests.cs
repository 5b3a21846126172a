using Gateway.Delivery;
using Gateway.Integrity;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Recovery;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Erasures;

/// <summary>A State says of a closed case that it has lost what was delivered to it. It gets it again, and the other side may erase the case all the same.</summary>
public sealed class AskedAgainTests
{
    [Fact]
    public async Task What_a_peer_asks_for_once_more_keeps_no_case_from_being_erased()
    {
        await using var states = await TwoStates.Start();
        var asked = states.Asked;
        var caseId = (await states.SendPreserve()).CaseId;
        await states.Settled(caseId, 3);
        await ErasureFlowTests.Close(states, caseId);
        var (second, _) = await ErasureFlowTests.People(states);
        // It does not take what it asked for, either. From its second receipt on: its own request, which would go back first, is not lost.
        await states.Asking.Stop();
        asked.Get<ReturnMessages>().Enqueue("XA", new LostReceipts(caseId, 2));
        await Eventually.Holds(() => Queued(asked, caseId) > 0);

        await ErasureFlowTests.Decide(states, states.AskedLawyer, caseId, "PROPOSE");
        await ErasureFlowTests.Decide(states, second, caseId, "APPROVE");
        Assert.Equal(0, Queued(asked, caseId));
        Assert.Equal(0, asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE case_id = $1 AND (body IS NOT NULL OR state = 'QUEUED')", caseId)));
        await Eventually.Holds(() => CheckLedger.Run(asked.DataFolder, chunks: true).Good, () => string.Join('\n', CheckLedger.Run(asked.DataFolder, chunks: true).Findings));
    }

    [Fact]
    public async Task What_was_accepted_before_and_is_not_taken_once_more_is_no_failure_and_ends_where_it_was_erased()
    {
        await using var states = await TwoStates.Start();
        var asking = states.Asking;
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await states.Asked.Stop();
        asking.Get<ReturnMessages>().Enqueue("XB", new LostReceipts(sent.CaseId, 1));
        await Eventually.Holds(() => Queued(asking, sent.CaseId) == 1);
        var row = asking.Get<Database>().Read(s => Outbox.Find(s, sent.Message))!;
        await asking.Get<DeliverMessage>().GiveUp(row, new Refusal(RefusalCode.PeerUnreachable, "it does not answer"));
        Assert.Equal(0, Queued(asking, sent.CaseId));
        Assert.Equal(0, asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM receipts WHERE chain = $1 AND event = $2", sent.CaseId, ReceiptEvent.RelayFailure)));
        Assert.Equal("DELIVERED", asking.Get<Database>().Read(s => s.One("SELECT state FROM messages WHERE id = $1", r => r.GetString(0), sent.Message)));
        // Taken out of the outbox at the same moment.
        await asking.Get<DeliverMessage>().GiveUp(row, new Refusal(RefusalCode.PeerUnreachable, "it does not answer"));
        Assert.Equal("DELIVERED", asking.Get<Database>().Read(s => s.One("SELECT state FROM messages WHERE id = $1", r => r.GetString(0), sent.Message)));
    }

    [Fact]
    public async Task Losses_of_one_chain_are_made_up_for_some_times_a_day()
    {
        await using var states = await TwoStates.Start();
        var asking = states.Asking;
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var other = await states.SendPreserve();
        await states.Settled(other.CaseId, 3);
        long TimesOf(string message) => asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM events WHERE kind = 'message.queued' AND subject = $1 AND text LIKE '%has lost it%'", message));
        long Times() => TimesOf(sent.Message);
        for (var loss = 1; loss <= 5; loss++)
        {
            asking.Get<ReturnMessages>().Enqueue("XB", new LostReceipts(sent.CaseId, 1));
            await Eventually.Holds(() => Times() == loss && Queued(asking, sent.CaseId) == 0);
        }
        asking.Get<ReturnMessages>().Enqueue("XB", new LostReceipts(sent.CaseId, 1));
        // Served in the same turns.
        asking.Get<ReturnMessages>().Enqueue("XB", new LostReceipts(other.CaseId, 1));
        await Eventually.Holds(() => TimesOf(other.Message) == 1 && Queued(asking, other.CaseId) == 0);
        Assert.Equal(5, Times());
        asking.Clock.Offset += TimeSpan.FromHours(25);
        asking.Get<ReturnMessages>().Enqueue("XB", new LostReceipts(sent.CaseId, 1));
        await Eventually.Holds(() => Times() == 6);
    }

    private static long Queued(TestState state, string caseId) => state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM outbox WHERE case_id = $1 AND state = 'QUEUED'", caseId));
}
