using System.Collections.Immutable;
using System.Globalization;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Xunit;
using Xunit.Abstractions;

namespace Gateway.Protocol.Tests.Acts;

/// <summary>
/// Two sides that act whenever they may, over a line that delivers late, twice, and never out of order within one direction (the chain
/// of receipts refuses that). Whatever happens on the way, both stand at the same place once each has what the other did.
/// </summary>
public class CaseHistoryTests(ITestOutputHelper output)
{
    private static readonly ActKind[] All = Enum.GetValues<ActKind>();

    // What moves a case.
    private static readonly ActKind[] Moving = [.. Transitions.All.Where(row => row.To is not null || row.Back).Select(row => row.Act).OfType<ActKind>().Distinct()];

    // Of acts with the same shape (a question about confidentiality and one about conditions) one, so that longer stories can be told.
    private static readonly ActKind[] OfEachShape = [.. Moving.Except([ActKind.REFERRED, ActKind.CONFIDENTIALITY_NOT_POSSIBLE, ActKind.CONFIDENTIALITY_WAIVED, ActKind.PARTIALLY_ANSWERED])];

    // What moves the track of a preservation or of a measure, with the states in which it may.
    private static readonly ActKind[] Tracked =
    [
        ActKind.ACKNOWLEDGED, ActKind.ACCEPTED, ActKind.IN_EXECUTION, ActKind.EXECUTED, ActKind.WITHDRAWN,
        .. Transitions.All.Where(row => row.TrackFrom.Count > 0).Select(row => row.Act).OfType<ActKind>().Distinct(),
    ];

    private int _refused;
    private int _crossed;

    [Fact]
    public void Both_sides_agree_after_any_crossing_of_up_to_eight_messages()
    {
        var finals = Explore(8, OfEachShape).Select(standing => standing.State).ToHashSet();
        Assert.Superset(new HashSet<CaseState> { CaseState.REFUSED, CaseState.WITHDRAWN, CaseState.EXPIRED, CaseState.EXECUTED, CaseState.COMPLETED, CaseState.POSTPONED }, finals);
    }

    [Fact]
    public void Both_sides_agree_in_every_state_after_any_crossing_of_up_to_six_messages_of_every_act_that_moves_a_case()
    {
        var reached = Explore(6, Moving).Select(standing => standing.State).ToHashSet();
        // The gateways alone are in the other two: before a request has arrived, and when it did not.
        Assert.Equal(Enum.GetValues<CaseState>().Except([CaseState.SENT, CaseState.REJECTED_TECHNICAL]).Order(), reached.Order());
    }

    [Fact]
    public void Both_sides_agree_on_every_track_and_on_what_became_of_preserved_data_after_any_crossing_of_up_to_six_messages()
    {
        var standings = Explore(6, Tracked);
        Assert.Equal(Enum.GetValues<CaseTrack>(), standings.Select(standing => standing.Track).Distinct().Order());
        var states = from standing in standings
                     from followUps in new FollowUp[][] { [], [new("XA-1", Relation.FOLLOWS_PRESERVATION, CaseState.DELIVERED, null)], [new("XA-2", Relation.EXTENDS, CaseState.EXECUTED, DateTimeOffset.UnixEpoch.AddYears(1))] }
                     from now in new[] { DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(2) }
                     select Preservation.Of(standing, followUps, now).State;
        Assert.Equal(Enum.GetValues<PreservationState>(), states.Distinct().Order());
    }

    [Theory]
    [InlineData(CaseState.SENT)]
    [InlineData(CaseState.REJECTED_TECHNICAL)]
    public void Nobody_acts_on_a_request_that_has_not_arrived(CaseState state)
        => Assert.All(All.SelectMany(kind => Transitions.SidesOf(kind).Select(side => (kind, side))), act
            => Assert.Equal(RefusalCode.TransitionNotAllowed, CaseHistory.Of(state, []).Take(new ActEntry("a", act.side, act.kind, null) { Waived = true }).Refusal!.Code));

    // Every story of so many messages; gives where the two stand whenever they know the same.
    private HashSet<Standing> Explore(int messages, ActKind[] acts)
    {
        var seen = new HashSet<string>();
        var settled = new HashSet<Standing>();
        var work = new Stack<World>([World.New with { Left = messages }]);
        while (work.TryPop(out var world))
        {
            if (!seen.Add(world.Key))
                continue;
            if (world.Settled)
                settled.Add(world.Asked.History.Standing);
            foreach (var next in Next(world, acts))
                work.Push(next);
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seen.Count} states of {messages} messages and {acts.Length} acts, {_crossed} meetings with an act without effect, {_refused} acts refused to their authors"));
        Assert.True(seen.Count > 10_000, $"{seen.Count}");
        Assert.True(_crossed > 0);
        Assert.True(_refused > 0);
        return settled;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Both_sides_agree_after_long_random_runs(int seed)
    {
        // A fixed seed: a run that fails can be run again.
        uint state = (uint)seed * 2_654_435_761;
        int Pick(int count)
        {
            state = (state * 1_664_525) + 1_013_904_223;
            return (int)((state >> 8) % (uint)count);
        }
        for (var run = 0; run < 150; run++)
        {
            var world = World.New with { Left = 25 };
            while (true)
            {
                var next = Next(world, All).ToList();
                if (next.Count == 0)
                    break;
                world = next[Pick(next.Count)];
                foreach (var history in new[] { world.Asking.History, world.Asked.History })
                {
                    // Judged act by act, it stands where all acts judged anew would have it.
                    var anew = history.Without("none of them");
                    Assert.Equal(anew.Standing, history.Standing);
                    Assert.Equal(anew.Void.Order(StringComparer.Ordinal), history.Void.Order(StringComparer.Ordinal));
                    Assert.Equal((anew.LastOf(CaseSide.Requested), anew.LastOf(CaseSide.Requesting)), (history.LastOf(CaseSide.Requested), history.LastOf(CaseSide.Requesting)));
                }
            }
            Assert.True(world.Settled);
        }
    }

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
        Assert.Equal(2002, history.CostOf(late));
        Assert.Equal(1, history.CostOf(new ActEntry("next", CaseSide.Requested, ActKind.STATUS_REPORT, "q999")));
        // It crossed, and is judged all the same.
        Assert.Equal((2002, CaseState.ACKNOWLEDGED), (history.Take(late).Value.Acts.Count, history.Take(late).Value.Standing.State));
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

    private IEnumerable<World> Next(World world, IReadOnlyList<ActKind> tried)
    {
        if (world.Left > 0)
        {
            foreach (var kind in tried)
            {
                foreach (var side in Transitions.SidesOf(kind))
                {
                    var acts = world.Act(side, kind);
                    if (acts.Succeeded)
                        yield return acts.Value;
                    else
                        _refused++;
                }
            }
        }
        foreach (var side in Enum.GetValues<CaseSide>())
        {
            if (world.Of(side).Sent.Count > world.Other(side).Taken)
                yield return Met(world.Deliver(side));
        }
    }

    // Once both have the same acts they stand at the same place, and from there on nothing else matters.
    private World Met(World world)
    {
        if (!world.Settled)
            return world;
        Assert.Equal(world.Asking.History.Standing, world.Asked.History.Standing);
        Assert.True(world.Asking.History.Void.SetEquals(world.Asked.History.Void));
        _crossed += world.Asked.History.Void.Count > 0 ? 1 : 0;
        return world with { Asking = new(CaseHistory.Continue(world.Asking.History.Standing), [], 0), Asked = new(CaseHistory.Continue(world.Asked.History.Standing), [], 0) };
    }

    /// <summary>One side: what it knows, what it sent, and how many of the other side's messages it took.</summary>
    private sealed record Side(CaseHistory History, ImmutableList<ActEntry> Sent, int Taken);

    private sealed record World(Side Asking, Side Asked, int Left)
    {
        public static World New { get; } = new(new(CaseHistory.New, [], 0), new(CaseHistory.New, [], 0), 0);

        public bool Settled => Asking.Taken == Asked.Sent.Count && Asked.Taken == Asking.Sent.Count;

        /// <summary>When both sides know the same, only where they stand matters for what may follow.</summary>
        public string Key => Settled
            ? $"{Left} {Asked.History.Standing}"
            : string.Create(CultureInfo.InvariantCulture, $"{Left} {Asked.History.From} {Describe(Asking)} | {Describe(Asked)}");

        public Side Of(CaseSide side) => side == CaseSide.Requesting ? Asking : Asked;

        public Side Other(CaseSide side) => side == CaseSide.Requesting ? Asked : Asking;

        public Outcome<World> Act(CaseSide side, ActKind kind)
        {
            var own = Of(side);
            var other = side == CaseSide.Requesting ? CaseSide.Requested : CaseSide.Requesting;
            var act = new ActEntry($"{side}{own.Sent.Count}", side, kind, own.History.LastOf(other)) { Waived = true, Outcome = kind == ActKind.EXECUTED ? "FULL" : null, Until = kind == ActKind.PRESERVED ? DateTimeOffset.UnixEpoch.AddDays(30 * (own.Sent.Count + 1)) : null };
            return own.History.Take(act).Then<World>(next => With(side, own with { History = next, Sent = own.Sent.Add(act) }) with { Left = Left - 1 });
        }

        /// <summary>The next message of a side arrives; then the one before it once more, as after an answer that was lost.</summary>
        public World Deliver(CaseSide from)
        {
            var (sender, receiver) = (Of(from), Other(from));
            var act = sender.Sent[receiver.Taken];
            var taken = receiver.History.Take(act);
            Assert.True(taken.Succeeded, $"{act} was possible for its author and is refused: {taken.Refusal}");
            Assert.Same(taken.Value, taken.Value.Take(act).Value);
            var side = from == CaseSide.Requesting ? CaseSide.Requested : CaseSide.Requesting;
            return With(side, receiver with { History = taken.Value, Taken = receiver.Taken + 1 });
        }

        private World With(CaseSide side, Side changed) => side == CaseSide.Requesting ? this with { Asking = changed } : this with { Asked = changed };

        private static string Describe(Side side) => $"{side.Taken} {string.Join(' ', side.Sent.Select(act => $"{act.Id}{act.Kind}<{act.After}"))}";
    }
}
