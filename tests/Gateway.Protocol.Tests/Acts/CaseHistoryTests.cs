using Gateway.Protocol.Acts;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.Acts;

/// <summary>One history at a time; all that two of them can do to each other: <see cref="LifeCycleModelTests"/>.</summary>
public class CaseHistoryTests
{
    private static readonly ActKind[] All = Enum.GetValues<ActKind>();

    [Theory]
    [InlineData(CaseState.SENT)]
    [InlineData(CaseState.REJECTED_TECHNICAL)]
    public void Nobody_acts_on_a_request_that_has_not_arrived(CaseState state)
        => Assert.All(All.SelectMany(kind => Transitions.SidesOf(kind).Select(side => (kind, side))), act
            => Assert.Equal(RefusalCode.TransitionNotAllowed, CaseHistory.Of(state, []).Take(new ActEntry("a", act.side, act.kind, null) { Waived = true }).Refusal!.Code));

    [Fact]
    public void Acts_that_know_all_before_them_cost_one_step_each_and_those_that_crossed_cost_what_they_cross()
    {
        var history = CaseHistory.New.Take(new ActEntry("a", CaseSide.Requested, ActKind.ACKNOWLEDGED, null)).Value;
        for (var i = 0; i < 1000; i++)
        {
            foreach (var act in new[] { new ActEntry($"q{i}", CaseSide.Requesting, ActKind.STATUS_QUERY, history.LastOf(CaseSide.Requested)), new ActEntry($"r{i}", CaseSide.Requested, ActKind.STATUS_REPORT, $"q{i}") })
            {
                Assert.Equal(1, history.CostOf(act));
                history = history.Take(act).Value;
            }
        }
        Assert.Equal(2001, history.Acts.Count);
        var late = new ActEntry("late", CaseSide.Requesting, ActKind.STATUS_QUERY, "r998");
        Assert.Equal(2, history.CostOf(late));
        Assert.Equal(1, history.CostOf(new ActEntry("next", CaseSide.Requested, ActKind.STATUS_REPORT, "q999")));
        // It crossed, and is judged all the same.
        Assert.Equal((2002, CaseState.ACKNOWLEDGED), (history.Take(late).Value.Acts.Count, history.Take(late).Value.Standing.State));
    }

    /// <summary>Acts in any order that both sides can bring about, crossed ones and rejected ones among them: added one by one they give what all of them read anew give.</summary>
    [Fact]
    public void A_history_that_grew_act_by_act_is_the_one_that_is_read_as_a_whole()
    {
        var (crossed, withoutEffect, rejected) = (0, 0, 0);
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var (grown, stored) = (CaseHistory.New, new List<ActEntry>());
            for (var i = 0; i < 30; i++)
            {
                var kind = All[random.Next(All.Length)];
                var sides = Transitions.SidesOf(kind).ToList();
                var side = sides[random.Next(sides.Count)];
                // Its author has not always heard of everything.
                var known = stored.Where(act => act.Side != side).SkipLast(random.Next(3)).LastOrDefault();
                var act = new ActEntry($"{seed}-{i}", side, kind, known?.Id) { Waived = true, Outcome = kind == ActKind.EXECUTED ? "FULL" : null, Until = DateTimeOffset.UnixEpoch.AddDays(i) };
                if (!grown.Take(act).TryGet(out var taken, out _))
                    continue;
                crossed += grown.CostOf(act) > 1 ? 1 : 0;
                grown = grown.With(act);
                stored.Add(act);
                Same(taken, grown);
                if (random.Next(20) == 0)
                {
                    rejected++;
                    stored.RemoveAt(random.Next(stored.Count));
                    grown = CaseHistory.Of(CaseState.DELIVERED, stored);
                }
                Same(CaseHistory.Of(CaseState.DELIVERED, stored), grown);
            }
            withoutEffect += grown.Void.Count;
        }
        Assert.True(crossed > 500 && withoutEffect > 50 && rejected > 50, $"{crossed} crossed, {withoutEffect} without effect, {rejected} rejected");

        static void Same(CaseHistory whole, CaseHistory grown)
        {
            Assert.Equal(whole.Standing, grown.Standing);
            Assert.True(whole.Void.SetEquals(grown.Void));
            Assert.Equal(whole.Acts, grown.Acts);
            foreach (var side in Enum.GetValues<CaseSide>())
            {
                Assert.Equal(whole.LastOf(side), grown.LastOf(side));
                var next = new ActEntry("next", side, ActKind.STATUS_QUERY, grown.LastOf(side == CaseSide.Requested ? CaseSide.Requesting : CaseSide.Requested));
                Assert.Equal(whole.CostOf(next), grown.CostOf(next));
            }
        }
    }

    [Fact]
    public void A_withdrawal_that_crosses_the_answer_has_no_effect_on_either_side()
    {
        var asked = CaseHistory.New;
        foreach (var kind in new[] { ActKind.ACKNOWLEDGED, ActKind.ACCEPTED, ActKind.IN_EXECUTION })
            asked = asked.Take(new ActEntry(kind.ToString(), CaseSide.Requested, kind, null)).Value;
        var asking = asked;
        var answer = new ActEntry("answer", CaseSide.Requested, ActKind.EXECUTED, null) { Outcome = "FULL" };
        var withdrawal = new ActEntry("withdrawal", CaseSide.Requesting, ActKind.WITHDRAWN, "IN_EXECUTION");
        asking = asking.Take(withdrawal).Value;
        Assert.Equal(CaseState.WITHDRAWN, asking.Standing.State);
        asking = asking.Take(answer).Value;
        asked = asked.Take(answer).Value.Take(withdrawal).Value;
        Assert.Equal((CaseState.EXECUTED, CaseState.EXECUTED), (asking.Standing.State, asked.Standing.State));
        Assert.Equal(["withdrawal"], asked.Void);
        Assert.Equal(["withdrawal"], asking.Void);
    }

    [Fact]
    public void What_its_author_knew_to_be_impossible_is_refused_and_changes_nothing()
    {
        var history = CaseHistory.New.Take(new ActEntry("a", CaseSide.Requested, ActKind.ACKNOWLEDGED, null)).Value;
        Assert.Equal(RefusalCode.TransitionNotAllowed, history.Take(new ActEntry("b", CaseSide.Requested, ActKind.EXECUTED, null)).Refusal!.Code);
        Assert.Equal(RefusalCode.TransitionNotAllowed, history.Take(new ActEntry("c", CaseSide.Requesting, ActKind.ACKNOWLEDGED, null)).Refusal!.Code);
        Assert.Equal("after", history.Take(new ActEntry("d", CaseSide.Requesting, ActKind.WITHDRAWN, "nothing")).Refusal!.Path);
        Assert.Equal("after", history.Take(new ActEntry("e", CaseSide.Requested, ActKind.ACCEPTED, "a")).Refusal!.Path);
        Assert.Equal(CaseState.ACKNOWLEDGED, history.Standing.State);
    }

    [Fact]
    public void An_author_does_not_forget_what_it_knew()
    {
        var history = CaseHistory.New
            .Take(new ActEntry("a", CaseSide.Requested, ActKind.ACKNOWLEDGED, null)).Value
            .Take(new ActEntry("b", CaseSide.Requested, ActKind.RETURNED_FOR_INFO, null)).Value
            .Take(new ActEntry("c", CaseSide.Requesting, ActKind.SUPPLEMENTED, "b")).Value;
        Assert.Equal("after", history.Take(new ActEntry("d", CaseSide.Requesting, ActKind.WITHDRAWN, "a")).Refusal!.Path);
    }

    [Fact]
    public void An_act_that_was_rejected_counts_no_more()
    {
        var history = CaseHistory.New.Take(new ActEntry("a", CaseSide.Requested, ActKind.ACKNOWLEDGED, null)).Value;
        Assert.Equal(CaseState.DELIVERED, history.Without("a").Standing.State);
        Assert.Equal(history.Standing, history.Take(history.Acts[0]).Value.Standing);
    }
}
