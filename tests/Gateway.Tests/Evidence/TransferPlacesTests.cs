using Gateway.Evidence;
using Gateway.Peers;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>Who brings what to one endpoint at a time: the rule by itself, at given times, and the loop that follows it.</summary>
public sealed class TransferPlacesTests
{
    private const int Places = 4;

    private static readonly DateTimeOffset s_begun = new(2026, 3, 1, 3, 7, 0, TimeSpan.Zero);

    [Fact]
    public void An_emergency_that_stands_still_for_half_a_minute_lets_the_others_in_and_gets_its_places_back_with_its_next_chunk()
    {
        var (urgent, oldest) = (Attempt("urgent", emergency: true), Attempt("oldest"));
        TransferRow[] waiting = [Row("b"), Row("c"), Row("d")];
        foreach (var seconds in new[] { 0, 29, 30 })
            Assert.Equal(("", ""), Next([urgent, oldest], waiting, seconds));
        // Nothing of it was acknowledged for longer: what is free is for everybody, and it keeps its own place.
        Assert.Equal(("b c", ""), Next([urgent, oldest], waiting[..2], 31));
        var (b, c) = (Attempt("b", at: 31), Attempt("c", at: 31));
        Assert.Equal(("", ""), Next([urgent, oldest, b, c], waiting[2..], 40));

        // Its next chunk: all but the oldest leave at once, whether anything waits or not.
        urgent.Advanced(s_begun.AddSeconds(41));
        Assert.Equal(("", "b c"), Next([urgent, oldest, b, c], [], 41));
        b.End.Cancel();
        Assert.Equal(("", "c"), Next([urgent, oldest, b, c], waiting[2..], 41));
        c.End.Cancel();
        Assert.Equal(("", ""), Next([urgent, oldest, b, c], waiting[2..], 42));
        Assert.Equal(("", ""), Next([urgent, oldest], waiting, 71));
        Assert.Equal(("b d", ""), Next([urgent, oldest], [waiting[0], waiting[1], waiting[2] with { SizeBytes = 2 }], 72));
    }

    [Fact]
    public void An_emergency_that_is_due_makes_room_and_leaves_the_oldest_of_the_others_its_place()
    {
        TransferAttempt[] rest = [Attempt("d", at: 3), Attempt("a"), Attempt("c", at: 2), Attempt("b", at: 1)];
        Assert.Equal(("", "b c d"), Next(rest, [Row("urgent", emergency: true)], 10));
        Assert.Equal(("urgent", ""), Next([rest[1]], [Row("e"), Row("urgent", emergency: true)], 10));
        // Emergencies take all places but one; that one is for the others, of which the smallest must not wait behind disks.
        TransferRow[] waiting = [.. Enumerable.Range(1, 5).Select(i => Row($"urgent{i}", emergency: true)), Row("disk"), Row("mail") with { SizeBytes = 1 }];
        Assert.Equal(("urgent1 urgent2 urgent3 mail", ""), Next([], waiting.Select((row, i) => i is 2 ? row with { SizeBytes = 5 } : row), 0));
        // With one place only there is nothing to leave: the emergency has it.
        var (begin, end) = new TransferPlaces(1).Next([rest[1]], [Row("urgent", emergency: true)], s_begun);
        Assert.Equal(("", "a"), Names(begin, end));
    }

    [Fact]
    public async Task Authorities_behind_one_endpoint_share_its_places_and_those_behind_another_have_their_own()
    {
        await using var states = await TwoStates.Start(configure: json =>
        {
            if (json["Gateway"]!["State"]!.ToString() == "XA")
                json["Keys"]!["Authorities"]!.AsArray().Single(a => a!["Id"]!.ToString() == "XA-CP")!["Endpoint"] = "https://contact-point.xa.example:443";
        });
        var lines = states.Asked.Get<PeerChannels>();
        var central = $"https://127.0.0.1:{states.Asking.ExchangePort}";
        // An authority without an endpoint of its own is reached through that of its State, an unknown State through none.
        Assert.Equal([central, "https://contact-point.xa.example:443", central, central, "XZ"], ((string[])["XA-CA", "XA-CP", "XA-PO", "XA-LAB", "XZ-CA"]).Select(lines.LineTo));
    }

    [Fact]
    public async Task A_transfer_let_in_beside_an_emergency_that_stood_still_ends_when_that_moves_again()
    {
        var clock = new TestClock();
        await using var flow = await EvidenceFlow.Start(configuration => configuration["Evidence"] = new System.Text.Json.Nodes.JsonObject { ["ParallelPerPeer"] = 3 }, clock: clock);
        var urgent = flow.InCase(await TwoStates.Submit(flow.States.Asking, flow.States.DutyOfficer, "request", TwoStates.Fields("emergency-disclosure.json")));
        await flow.States.Arrived(urgent.Sent.CaseId);
        await flow.States.Asking.Stop();
        await using var receiver = await DropwisePeer.Start(flow.States.Asking);
        var (wanted, disk, other) = (await urgent.Attached(6_000_000), await flow.Attached(6_000_000), await flow.Attached(6_000_000));
        foreach (var (at, item) in new[] { (urgent, wanted), (flow, disk), (flow, other) })
        {
            await at.Decide(flow.First, item, "PROPOSE");
            await at.Decide(flow.Second, item, "APPROVE");
        }
        // As if the announcements had been taken before the other side became so slow.
        await flow.States.Asked.Get<Database>().Write(Lane.Bulk, s => s.Run("UPDATE messages SET state = 'DELIVERED' WHERE id IN (SELECT message FROM items)"));
        await Eventually.Holds(() => receiver.Open(wanted.Id) && (receiver.Open(disk.Id) || receiver.Open(other.Id)));
        Assert.False(receiver.Open(disk.Id) && receiver.Open(other.Id));
        var (stays, comes) = receiver.Open(disk.Id) ? (disk, other) : (other, disk);

        clock.Offset += TransferPlaces.Moves + TimeSpan.FromSeconds(1);
        await Eventually.Holds(() => receiver.Open(comes.Id), () => "nothing was let in");
        Assert.True(receiver.Open(wanted.Id) && receiver.Open(stays.Id));
        receiver.Acknowledge(wanted.Id);
        await Eventually.Holds(() => !receiver.Open(comes.Id), () => "the emergency did not get its place back");
        Assert.True(receiver.Open(wanted.Id) && receiver.Open(stays.Id));
    }

    private static (string Begin, string End) Next(IEnumerable<TransferAttempt> underWay, IEnumerable<TransferRow> waiting, int seconds)
    {
        var (begin, end) = new TransferPlaces(Places).Next([.. underWay], [.. waiting], s_begun.AddSeconds(seconds));
        return Names(begin, end);
    }

    private static (string Begin, string End) Names(IReadOnlyList<TransferRow> begin, IReadOnlyList<TransferAttempt> end)
        => (string.Join(' ', begin.Select(t => t.Item)), string.Join(' ', end.Select(a => a.Transfer.Item)));

    private static TransferAttempt Attempt(string item, bool emergency = false, int at = 0) => new(Row(item, emergency), "line", s_begun.AddSeconds(at), new CancellationTokenSource());

    private static TransferRow Row(string item, bool emergency = false) => new(item, "XA", "message", 0, 100, "case", emergency, "XA-CA");
}
