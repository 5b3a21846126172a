using Gateway.Delivery;
using Gateway.Recovery;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Flow;

/// <summary>Log lines are kept longer and read by more people than cases are: codes, ids and States stand in them, and nothing that a request or a peer says.</summary>
public sealed class LogLinesTests
{
    private const string Person = "Zebulon-Quarrington";
    private const string Secret = "hunter2-xyzzy-4711";

    private readonly CapturedLog _log = new();

    [Fact]
    public async Task No_word_of_a_request_or_an_act_reaches_the_log_of_either_side()
    {
        await using var states = await TwoStates.Start();
        await Log(states.Asking);
        await Log(states.Asked);
        await Eventually.Holds(() => states.Asking.Get<Gateway.Receipts.LedgerGate>().Shut is null && states.Asked.Get<Gateway.Receipts.LedgerGate>().Shut is null);
        var fields = TwoStates.Preserve(states.Asking.Clock);
        fields["factsSummary"] = $"{Person} wrote down the password {Secret}.";
        fields["custodian"] = Person;
        fields["dataDescription"] = $"The mailbox of {Person}, password {Secret}.";
        var sent = await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", fields);
        await states.Settled(sent.CaseId, 3);
        await TwoStates.Act(states.Asking, states.DutyOfficer, sent.CaseId, "WITHDRAWN", new() { ["text"] = $"{Person} changed {Secret}." });
        await states.Settled(sent.CaseId, 6);
        // What is refused before it is a message says no more.
        await Assert.ThrowsAsync<RpcException>(async () => await states.Asking.Client(states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = $"{Person} {Secret}" }));
        await Record.ExceptionAsync(async () => await states.Asking.Client(states.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = $$"""{"{{Secret}}": "{{Person}}"}""" }));
        var garbage = (await Courier.For(states)).Make();
        (garbage.Message, garbage.CaseId, garbage.Sender) = (Person, Secret, Person);
        Assert.NotNull((await Courier.Deliver(states, garbage)).Rejection);

        await states.Asking.Stop();
        await states.Asked.Stop();
        Assert.Contains(sent.Message, _log.Text, StringComparison.Ordinal);
        AssertSilent();
    }

    [Fact]
    public async Task No_word_of_a_hostile_peer_reaches_the_log_and_the_officer_reads_it_all_the_same()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await states.Asked.Stop();
        await using var hostile = await RefusingPeer.Start(states.Asked, "V043", $"{Person} says {Secret}");
        await Log(states.Asking);
        await Eventually.Holds(() => states.Asking.Get<Gateway.Receipts.LedgerGate>().Shut is null);
        var refused = await TwoStates.Act(states.Asking, states.DutyOfficer, sent.CaseId, "WITHDRAWN", new() { ["text"] = "no longer needed" });
        await Eventually.Holds(() => states.Asking.Get<Database>().Read(s => Outbox.Find(s, refused.Message)) is { Dead: true });
        await Eventually.Holds(() => states.Asking.Get<CompareHeads>().Results.GetValueOrDefault("XB") == Comparison.UNREACHABLE);
        await Eventually.Holds(() => states.Asking.Get<Alarms>().All.Any(a => a.Code == AlarmCode.PEER_UNREACHABLE));

        var dead = Assert.Single((await states.Asking.Client(states.DutyOfficer).ListDeliveriesAsync(new ListDeliveriesRequest { DeadOnly = true })).Deliveries);
        Assert.Contains($"{Person} says {Secret}", dead.LastError, StringComparison.Ordinal);
        Assert.DoesNotContain(states.Asking.Get<Alarms>().All, a => a.Text.Contains(Secret, StringComparison.Ordinal));
        await states.Asking.Stop();
        Assert.Contains($"\"Message\":\"{refused.Message}\"", _log.Text, StringComparison.Ordinal);
        Assert.Contains("\"Refusal\":\"V043\"", _log.Text, StringComparison.Ordinal);
        AssertSilent();
    }

    private async Task Log(TestState state)
    {
        await state.Stop();
        state.Logging = _log.Attach;
        await state.Start();
    }

    private void AssertSilent()
    {
        Assert.DoesNotContain("Quarrington", _log.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("xyzzy", _log.Text, StringComparison.OrdinalIgnoreCase);
    }
}
