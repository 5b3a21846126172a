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
    public async Task A_fork_that_an_administrator_looked_into_is_alarmed_no_more_and_the_next_one_is()
    {
        await using var states = await TwoStates.Start();
        var courier = await Courier.For(states);
        var delivered = courier.Make();
        await Courier.Deliver(states, delivered);
        await Push(states, courier.CaseId, delivered.Receipts);
        await Refused.By(() => Push(states, courier.CaseId, courier.Make().Receipts), "T502");
        await Eventually.Holds(() => Forked(states));

        var administrator = states.Asked.Client(states.Asked.Administrator);
        var request = new ConfirmLedgerRequest { LookedInto = courier.CaseId, Reason = "their database was set back; told by telephone" };
        await Refused.By(() => states.Asked.Client(states.AskedLawyer).ConfirmLedgerAsync(request).ResponseAsync, "T802");
        await Refused.By(() => administrator.ConfirmLedgerAsync(new ConfirmLedgerRequest { LookedInto = courier.CaseId }).ResponseAsync, "T806");
        await Refused.By(() => administrator.ConfirmLedgerAsync(new ConfirmLedgerRequest { LookedInto = "XA", Reason = "nothing is there" }).ResponseAsync, "T804");
        Assert.True(Forked(states));
        await administrator.ConfirmLedgerAsync(request);
        Assert.False(Forked(states));
        Assert.Equal((1, 1), states.Asked.Get<Database>().Read(s => ((int)s.Number("SELECT count(*) FROM audit_records WHERE act = 'ledger.looked-into' AND case_id = $1", courier.CaseId), (int)s.Number("SELECT count(*) FROM receipt_forks"))));
        await Refused.By(() => administrator.ConfirmLedgerAsync(request).ResponseAsync, "T804");

        await states.Asked.Stop();
        await states.Asked.Start();
        states.Asked.Get<Gateway.Recovery.ForkAlarms>().Look();
        Assert.False(Forked(states));
        // Another contradiction in the same case calls people again.
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s => s.Run("INSERT INTO receipt_forks (chain, issuer, seq, der, seen) SELECT chain, issuer, seq + 1, der, seen FROM receipt_forks"));
        states.Asked.Get<Gateway.Recovery.ForkAlarms>().Look();
        Assert.True(Forked(states));
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

    private static bool Forked(TwoStates states) => states.Asked.Get<Alarms>().All.Any(a => a.Code == AlarmCode.RECEIPT_FORK);

    private static List<RaisedAlarm> Blocked(TwoStates states) => [.. states.Asking.Get<Alarms>().All.Where(a => a.Code == AlarmCode.PEER_BLOCKED)];

    private static async Task Push(TwoStates states, string caseId, IEnumerable<ByteString> receipts)
        => await states.Asked.ExchangeClient(states.Asking.Tls).PushReceiptsAsync(new PushReceiptsRequest { CaseId = caseId, FirstReceipt = 1, Receipts = { receipts } });
}
