using Gateway.Peers;
using Gateway.Receipts;
using Gateway.Recovery;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Recovery;

/// <summary>Heads that a State names of chains that are none of its own.</summary>
public sealed class ForeignHeadsTests
{
    [Fact]
    public async Task A_State_that_names_a_chain_between_others_sets_nothing_back_and_is_told_nothing()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        // Nobody takes receipts any more, so that what was set back would stay so.
        await states.Asked.Stop();
        await using var curious = TestState.Configured("XC");
        await states.Asking.Approve(curious.IssueCard(null));
        var database = states.Asking.Get<Database>();
        var acked = database.Read(s => Chains.Acked(s, sent.CaseId, "XA"));
        Assert.True(acked > 0);
        var request = new PushHeadsRequest { Heads = { new ChainHeadView { CaseId = sent.CaseId } } };
        var reply = await states.Asking.Get<TakeHeads>().Run(request, states.Asking.Get<PeerDirectory>().ByState("XC")!);
        Assert.DoesNotContain(reply.Value.Answers, a => a.CaseId == sent.CaseId);
        Assert.Equal(acked, database.Read(s => Chains.Acked(s, sent.CaseId, "XA")));
    }
}
