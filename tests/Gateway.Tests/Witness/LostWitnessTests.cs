using System.Text.Json.Nodes;
using Gateway.AuditLog;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Backups;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Gateway.Witness;
using Xunit;

namespace Gateway.Tests.Witness;

/// <summary>The last witness falls away, or too few are left for the quorum: the log is no better off than with witnesses that are silent.</summary>
public sealed class LostWitnessTests
{
    [Fact]
    public async Task When_the_last_witness_is_shut_out_the_log_is_unwitnessed_and_a_stop_stands()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock, json =>
        {
            json["Log"] = new JsonObject { ["CheckpointSeconds"] = 1 };
            json["Witness"] = new JsonObject { ["WhenUnwitnessed"] = "STOP" };
        });
        var asking = states.Asking;
        await Eventually.Holds(() => asking.Get<OwnLog>().Newest() is { Row.Witnessed: not null });
        await asking.Client(asking.Administrator).BlockPeerAsync(new BlockPeerRequest { State = "XB", Reason = "a key was lost" });
        await Eventually.Holds(() => asking.Get<OwnLog>().Newest() is { Row.Witnessed: null });
        clock.Offset = TimeSpan.FromMinutes(11);
        asking.Get<WatchStanding>().Look();
        Assert.Equal((Standing.LAGGING, 0), (asking.Get<WatchStanding>().Now!.Standing, asking.Get<WatchStanding>().Now!.Witnesses));
        Assert.Contains(asking.Get<Alarms>().All, a => a.Code == AlarmCode.LOG_UNWITNESSED);
        Assert.Null(asking.Get<Standstill>().Refusal);
        clock.Offset = TimeSpan.FromHours(5);
        asking.Get<WatchStanding>().Look();
        Assert.Equal(Standing.UNWITNESSED, asking.Get<WatchStanding>().Now!.Standing);
        await Refused.By(() => states.SendPreserve(), "T545");
    }

    [Theory]
    [InlineData("GO_ON", "ALONE")]
    [InlineData("STOP", "UNWITNESSED")]
    public async Task A_log_that_never_had_a_witness_is_alone_unless_acts_are_to_stop(string whenUnwitnessed, string expected)
    {
        await using var state = await TestState.Running("XA", new TestClock(), json =>
        {
            json["Log"] = new JsonObject { ["CheckpointSeconds"] = 1 };
            json["Witness"] = new JsonObject { ["WhenUnwitnessed"] = whenUnwitnessed };
        });
        await Eventually.Holds(() => state.Get<OwnLog>().Newest() is not null);
        state.Get<WatchStanding>().Look();
        Assert.Null(state.Get<Standstill>().Refusal);
        state.Clock.Offset = TimeSpan.FromHours(5);
        state.Get<WatchStanding>().Look();
        Assert.Equal(expected, state.Get<WatchStanding>().Now!.Standing.ToString());
        Assert.Equal(whenUnwitnessed == "STOP", state.Get<Standstill>().Refusal is not null);
    }

    [Fact]
    public async Task An_alarm_that_was_raised_for_the_log_of_last_year_goes_when_all_is_witnessed()
    {
        await using var state = await TestState.Running("XA", new TestClock(), json => json["Log"] = new JsonObject { ["CheckpointSeconds"] = 1 });
        await Eventually.Holds(() => state.Get<OwnLog>().Newest() is not null);
        state.Get<Alarms>().Raise(AlarmCode.LOG_UNWITNESSED, "gateway-log/XA/2025", "the log has 9 leaves; only checkpoint 2 is cosigned by 1 of 1 peers");
        state.Get<WatchStanding>().Look();
        Assert.DoesNotContain(state.Get<Alarms>().All, a => a.Code == AlarmCode.LOG_UNWITNESSED);
    }

    [Fact]
    public async Task A_quorum_of_more_than_there_are_is_told_and_asks_for_all_of_them_in_the_gateway_and_in_its_policy()
    {
        await using var states = await TwoStates.Start(null, json =>
        {
            json["Log"] = new JsonObject { ["CheckpointSeconds"] = 1 };
            json["Witness"] = new JsonObject { ["Quorum"] = 5 };
        });
        var asking = states.Asking;
        await Eventually.Holds(() => asking.Get<OwnLog>().Newest() is { Row.Witnessed: not null });
        asking.Get<WatchStanding>().Look();
        Assert.Contains(asking.Get<Alarms>().All, a => a.Code.ToString() == "WITNESS_QUORUM" && a.Text.Contains("Witness:Quorum is 5", StringComparison.Ordinal));
        var shown = await asking.Client(asking.Administrator).ShowWitnessAsync(new ShowWitnessRequest());
        Assert.Equal(1u, shown.Quorum);
        Assert.Contains("Witness:Quorum is 5", shown.Text, StringComparison.Ordinal);
        Assert.Contains("\ngroup witnesses 1 XB\n", shown.Policy, StringComparison.Ordinal);
        await asking.Stop();
        var (code, said, why) = await RestoreTests.Run("config", "check", "--config", asking.ConfigurationFile);
        Assert.NotEqual(0, code);
        Assert.Contains("Witness:Quorum", said + why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_card_that_expires_does_not_shrink_the_quorum_and_each_change_is_on_record()
    {
        await using var state = await TestState.Running("XA", new TestClock(), json => json["Log"] = new JsonObject { ["CheckpointSeconds"] = 1 });
        await using var two = await TestState.Initialised("XB", state.Clock);
        await using var three = await TestState.Initialised("XC", state.Clock);
        await state.Approve(two.IssueCard(null));
        await Eventually.Holds(() => Recorded(state).Count == 1, () => string.Join("; ", Recorded(state)));
        await state.Approve(three.IssueCard(null, validDays: 2));
        await Eventually.Holds(() => Recorded(state).Count == 2, () => string.Join("; ", Recorded(state)));
        Assert.Equal(2, state.Get<WitnessPolicy>().Quorum);
        state.Clock.Offset = TimeSpan.FromDays(3);
        Assert.Equal(2, state.Get<WitnessPolicy>().Quorum);
        state.Get<WatchStanding>().Look();
        Assert.Contains(state.Get<Alarms>().All, a => a.Code.ToString() == "WITNESS_QUORUM" && a.Text.Contains("the card of XC has expired", StringComparison.Ordinal));
        // Who is gone for good is blocked, by a person and on record.
        await state.Client(state.Administrator).BlockPeerAsync(new BlockPeerRequest { State = "XC", Reason = "it has no gateway any more" });
        await Eventually.Holds(() => Recorded(state).Count == 3, () => string.Join("; ", Recorded(state)));
        Assert.Equal(["1 of 1: XB", "2 of 2: XB, XC", "1 of 1: XB"], Recorded(state));
        state.Get<WatchStanding>().Look();
        Assert.DoesNotContain(state.Get<Alarms>().All, a => a.Code.ToString() == "WITNESS_QUORUM");
    }

    private static List<string> Recorded(TestState state)
        => state.Get<Database>().Read(s => s.Query("SELECT body FROM audit_records WHERE act = 'log.quorum' ORDER BY idx", row => JsonNode.Parse(row.Bytes(0))!["detail"]!.GetValue<string>()));
}
