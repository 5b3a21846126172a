using System.Text;
using System.Text.Json.Nodes;
using Gateway.AuditLog;
using Gateway.Hosting;
using Gateway.Protocol.MerkleLog;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Gateway.Witness;
using Xunit;
using static Gateway.Tests.Witness.LogOfState;

namespace Gateway.Tests.Witness;

/// <summary>The other side: our own log, pushed to real peers.</summary>
public sealed class WitnessedLogTests
{
    [Fact]
    public async Task With_three_States_every_checkpoint_is_cosigned_by_both_others()
    {
        var clock = new TestClock();
        await using var one = await TestState.Running("XA", clock, EverySecond);
        await using var two = await TestState.Running("XB", clock, EverySecond);
        await using var three = await TestState.Running("XC", clock, EverySecond);
        await TestState.Introduce(one, two);
        await TestState.Introduce(one, three);
        await TestState.Introduce(two, three);
        foreach (var state in new[] { one, two, three })
            await Eventually.Holds(() => IsWitnessed(state, 2), () => Describe(state));
        // What XA's auditor takes away verifies with the cards alone, under the policy that asks for both.
        var newest = one.Get<Database>().Read(s => Checkpoints.LatestWitnessed(s, LogEpoch.Current(s)!))!;
        var policy = one.Get<WitnessPolicy>().Of(Epoch(one).Name);
        var witnessed = policy.Verify(SignedNote.Read(newest.Newest).Value, clock.GetUtcNow()).Value;
        Assert.Equal(["gateway-witness/XB", "gateway-witness/XC"], witnessed.Cosignatures.Select(c => c.Key.Name).Order());
        Assert.Equal((2, Standing.WITNESSED), (one.Get<WatchStanding>().Now!.Quorum, one.Get<WatchStanding>().Now!.Standing));
        // Asked twice, the log shows the same note, with both lines.
        using var caller = new WitnessCaller(one, two.Tls);
        Assert.Equal(newest.Size, Checkpoint.Read(SignedNote.Read(Encoding.UTF8.GetBytes((await caller.Get(PeerCopies.OwnPath)).Text)).Value.Text).Value.Size);
    }

    [Fact]
    public async Task A_dead_peer_stops_nothing_and_its_absence_is_told()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock, EverySecond);
        await Eventually.Holds(() => IsWitnessed(states.Asking, 1));
        await states.Asked.Stop();
        await states.Asking.Stop();
        // Alone at start.
        await states.Asking.Start();
        var sent = await states.SendPreserve();
        await Eventually.Holds(() => Newest(states.Asking) > Witnessed(states.Asking) && states.Asking.Get<Alarms>().All.Any(a => a.Code == AlarmCode.PEER_UNREACHABLE));
        clock.Offset = TimeSpan.FromMinutes(11);
        await Eventually.Holds(() => states.Asking.Get<WatchStanding>().Now?.Standing == Standing.LAGGING);
        clock.Offset = TimeSpan.FromHours(5);
        await Eventually.Holds(() => states.Asking.Get<WatchStanding>().Now?.Standing == Standing.UNWITNESSED);
        Assert.Contains((await states.Asking.Client(states.Asking.Administrator).StatusAsync(new StatusRequest())).Alarms, a => a.Code == "LOG_UNWITNESSED");
        // Unless the configuration says otherwise, the exchange goes on.
        await states.SendPreserve();
        await states.Asked.Start();
        await Eventually.Holds(() => IsWitnessed(states.Asking, 1));
        await Eventually.Holds(() => states.Asking.Get<Alarms>().All.All(a => a.Code != AlarmCode.LOG_UNWITNESSED));
        await states.Settled(sent.CaseId, 3);
    }

    [Fact]
    public async Task Where_the_configuration_says_so_nothing_new_is_taken_without_witnesses()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock, EverySecond);
        await Eventually.Holds(() => IsWitnessed(states.Asking, 1));
        await states.Asking.Stop();
        states.Asking.Configure(json => json["Witness"] = new JsonObject { ["WhenUnwitnessed"] = "STOP" });
        await states.Asked.Stop();
        await states.Asking.Start();
        await states.SendPreserve();
        await Eventually.Holds(() => Newest(states.Asking) > Witnessed(states.Asking));
        clock.Offset = TimeSpan.FromHours(5);
        await Eventually.Holds(() => states.Asking.Get<Standstill>().Refusal is not null);
        var refusal = await Refused.By(() => states.SendPreserve(), "T545");
        Assert.True(refusal.Retry);
        // Reading still works.
        Assert.Equal("XA", (await states.Asking.Client(states.DutyOfficer).WhoAmIAsync(new WhoAmIRequest())).State);
        await states.Asked.Start();
        await Eventually.Holds(() => states.Asking.Get<Standstill>().Refusal is null);
        await states.SendPreserve();
    }

    [Fact]
    public async Task Two_gateways_that_restart_together_witness_each_other_again()
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        await Eventually.Holds(() => IsWitnessed(states.Asking, 1) && IsWitnessed(states.Asked, 1), () => Describe(states.Asking) + Describe(states.Asked));
        var before = Witnessed(states.Asking);
        await Task.WhenAll(states.Asking.Stop(), states.Asked.Stop());
        await Task.WhenAll(states.Asking.Start(), states.Asked.Start());
        await states.SendPreserve();
        await Eventually.Holds(() => IsWitnessed(states.Asking, 1) && IsWitnessed(states.Asked, 1) && Witnessed(states.Asking) > before);
    }

    [Fact]
    public async Task A_witness_whose_database_is_older_than_its_promises_does_not_cosign_a_fork()
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        await Eventually.Holds(() => IsWitnessed(states.Asked, 1));
        var origin = Epoch(states.Asked).Name.Origin;
        var leaves = states.Asked.Get<Database>().Read(s => Leaves.Read(s, 0, Leaves.Count(s))).Select(l => l.Hash).ToList();
        var promised = states.Asking.Get<Database>().Read(s => WitnessRows.Find(s, origin))!.Size;
        await states.Asking.Get<Database>().Write(Lane.Ordinary, s =>
        {
            s.Run("DELETE FROM witnessed_logs");
            s.Run("DELETE FROM seen_checkpoints");
        });
        await states.Asking.Stop();
        var fork = new TestLog(states.Asked.Get<Gateway.Keys.LogKeys>(), origin).With(leaves.Take(2)).Grow((int)promised + 3);
        await states.Asking.Start();
        using var caller = new WitnessCaller(states.Asking, states.Asked.Tls);
        var reply = await caller.SubmitWhenReady(fork.Submission(0));
        Assert.Equal(409, reply.Status);
        Assert.True(states.Asking.Get<Database>().Read(s => WitnessRows.Find(s, origin))!.Size >= promised);
    }

    [Fact]
    public async Task A_log_that_shows_two_stories_to_two_States_is_found_out_by_comparing()
    {
        var clock = new TestClock();
        await using var one = await TestState.Running("XA", clock, EverySecond);
        await using var two = await TestState.Running("XB", clock, EverySecond);
        await using var liar = await TestState.Running("XC", clock, EverySecond);
        await TestState.Introduce(one, two);
        await TestState.Introduce(one, liar);
        await TestState.Introduce(two, liar);
        var log = TestLog.Of(liar).Grow(30);
        using var toOne = new WitnessCaller(one, liar.Tls);
        using var toTwo = new WitnessCaller(two, liar.Tls);
        Assert.Equal(200, (await toOne.SubmitWhenReady(log.Submission(0))).Status);
        Assert.Equal(200, (await toTwo.SubmitWhenReady(log.Fork(29).Grow(1).Submission(0))).Status);
        await one.Get<CompareCopies>().Round(CancellationToken.None);
        Assert.Contains(one.Get<Alarms>().All, a => a.Code == AlarmCode.LOG_FORKED && a.Subject == log.Origin && a.Text.Contains("XB", StringComparison.Ordinal));
        Assert.Equal(403, (await toOne.Submit(log.Grow(1).Submission(30))).Status);
    }

    [Fact]
    public void The_quorum_is_two_thirds_and_the_standing_follows_from_time_alone()
    {
        Assert.Equal([0, 1, 2, 2, 3, 4, 5, 8, 18], new[] { 0, 1, 2, 3, 4, 5, 7, 12, 26 }.Select(n => WitnessStanding.Quorum(n, 0)));
        Assert.Equal(3, WitnessStanding.Quorum(9, 3));
        // Never more than there are; and what is wrong with a number is said.
        Assert.Equal(3, WitnessStanding.Quorum(3, 5));
        Assert.All(Enumerable.Range(0, 40), n => Assert.Null(WitnessStanding.Doubt(0, n, [])));
        Assert.Contains("Witness:Quorum is 5, and 3 approved peers", WitnessStanding.Doubt(5, 3, []), StringComparison.Ordinal);
        Assert.Contains("two contradicting checkpoints can both reach it; ask for 2 at least", WitnessStanding.Doubt(1, 3, []), StringComparison.Ordinal);
        Assert.Contains("ask for 3 at least", WitnessStanding.Doubt(2, 4, []), StringComparison.Ordinal);
        Assert.Null(WitnessStanding.Doubt(2, 3, []));
        Assert.Null(WitnessStanding.Doubt(1, 1, []));
        Assert.Contains("the card of XC, XD has expired: 1 of 3 peers can be asked, and 2 must cosign", WitnessStanding.Doubt(0, 3, ["XC", "XD"]), StringComparison.Ordinal);
        var options = new WitnessOptions();
        var now = TimeProvider.System.GetUtcNow();
        Assert.Equal(Standing.ALONE, WitnessStanding.Of(true, now.AddDays(-9), now, options));
        Assert.Equal(Standing.WITNESSED, WitnessStanding.Of(false, null, now, options));
        Assert.Equal(Standing.WITNESSED, WitnessStanding.Of(false, now.AddMinutes(-10), now, options));
        Assert.Equal(Standing.LAGGING, WitnessStanding.Of(false, now.AddMinutes(-11), now, options));
        Assert.Equal(Standing.UNWITNESSED, WitnessStanding.Of(false, now.AddMinutes(-241), now, options));
        // A clock that jumped back makes nothing worse.
        Assert.Equal(Standing.WITNESSED, WitnessStanding.Of(false, now.AddHours(9), now, options));
    }

    [Theory]
    [InlineData("old 1\n")]
    [InlineData("old 01\n\nnote\n")]
    [InlineData("old -1\n\nnote\n")]
    [InlineData("Old 1\n\nnote\n")]
    [InlineData("old 1\r\n\r\nnote\n")]
    [InlineData("old 1\nAAAA\n\nnote\n")]
    [InlineData("old 1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n\nnote\n")]
    [InlineData("old 9999999999999999999\n\nnote\n")]
    [InlineData("old 1\n\n")]
    [InlineData("")]
    public void A_body_of_another_form_is_none(string body) => Assert.Null(CheckpointSubmission.Read(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void At_most_63_hashes_are_read_and_what_is_written_is_read_back()
    {
        var hash = Gateway.Protocol.Documents.Digest.Of("x"u8);
        var good = new CheckpointSubmission(7, [.. Enumerable.Repeat(hash, 63)], "note\n"u8.ToArray());
        var read = CheckpointSubmission.Read(good.Write())!;
        Assert.Equal((7L, 63), (read.Old, read.Proof.Count));
        Assert.Equal(good.Write(), read.Write());
        Assert.Null(CheckpointSubmission.Read((good with { Proof = [.. Enumerable.Repeat(hash, 64)] }).Write()));
    }

    private static string Describe(TestState state)
        => $"{state.State}: {state.Get<WatchStanding>().Now}; {string.Join("; ", state.Get<Alarms>().All.Select(a => $"{a.Code} {a.Text}"))}; newest {Newest(state)} of {state.Get<Database>().Read(Leaves.Count)}, witnessed {Witnessed(state)}\n";

    private static long Newest(TestState state) => state.Get<OwnLog>().Newest()?.Size ?? 0;

    private static long Witnessed(TestState state) => state.Get<Database>().Read(s => LogEpoch.Current(s) is { } epoch ? Checkpoints.LatestWitnessed(s, epoch)?.Size : null) ?? 0;
}
