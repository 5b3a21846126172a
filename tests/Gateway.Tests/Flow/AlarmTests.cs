using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Flow;

/// <summary>What the database knows is alarmed when it happens, stands again after a restart, and goes when its cause is gone.</summary>
public sealed class AlarmTests
{
    [Fact]
    public async Task Two_receipts_of_one_number_are_alarmed_once_and_after_a_restart_too_and_the_same_one_twice_is_not()
    {
        await using var states = await TwoStates.Start();
        var courier = await Courier.For(states);
        var delivered = courier.Make();
        await Courier.Deliver(states, delivered);
        await Push(states, courier.CaseId, delivered.Receipts);
        Assert.DoesNotContain(states.Asked.Get<Alarms>().All, a => a.Code == AlarmCode.RECEIPT_FORK);

        for (var i = 0; i < 2; i++)
            await Refused.By(() => Push(states, courier.CaseId, courier.Make().Receipts), "T502");
        await Eventually.Holds(() => states.Asked.Get<Alarms>().All.Any(a => a.Code == AlarmCode.RECEIPT_FORK));
        var alarm = Assert.Single(states.Asked.Get<Alarms>().All, a => a.Code == AlarmCode.RECEIPT_FORK);
        Assert.Equal((courier.CaseId, $"XA issued two receipts 1 in {courier.CaseId}; both are kept as proof"), (alarm.Subject, alarm.Text));

        await states.Asked.Stop();
        await states.Asked.Start();
        await Eventually.Holds(() => states.Asked.Get<Alarms>().All.Any(a => a.Code == AlarmCode.RECEIPT_FORK));
        // Our own number given twice is no fault of the peer's.
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s => s.Run("UPDATE receipt_forks SET issuer = 'XB'"));
        states.Asked.Get<Gateway.Recovery.ForkAlarms>().Look();
        Assert.DoesNotContain(states.Asked.Get<Alarms>().All, a => a.Code == AlarmCode.RECEIPT_FORK);
    }

    [Fact]
    public async Task A_blocked_peer_is_alarmed_until_the_block_is_lifted_without_the_words_of_the_reason()
    {
        await using var states = await TwoStates.Start();
        await Refused.By(async () => await states.Asking.Client(states.DutyOfficer).BlockPeerAsync(new BlockPeerRequest { State = "XB", Reason = "why not" }), "T802");
        Assert.Empty(Blocked(states));
        await states.Asking.Client(states.Asking.Administrator).BlockPeerAsync(new BlockPeerRequest { State = "XB", Reason = "Anna Alder lost a key" });
        Assert.DoesNotContain("Alder", Assert.Single(Blocked(states)).Text, StringComparison.Ordinal);

        await states.Asking.Stop();
        await states.Asking.Start();
        await Eventually.Holds(() => Blocked(states).Count == 1);
        await states.Asking.Client(states.Asking.Administrator).UnblockPeerAsync(new BlockPeerRequest { State = "XB", Reason = "found again" });
        Assert.Empty(Blocked(states));
    }

    private static List<RaisedAlarm> Blocked(TwoStates states) => [.. states.Asking.Get<Alarms>().All.Where(a => a.Code == AlarmCode.PEER_BLOCKED)];

    private static async Task Push(TwoStates states, string caseId, IEnumerable<ByteString> receipts)
        => await states.Asked.ExchangeClient(states.Asking.Tls).PushReceiptsAsync(new PushReceiptsRequest { CaseId = caseId, FirstReceipt = 1, Receipts = { receipts } });
}
