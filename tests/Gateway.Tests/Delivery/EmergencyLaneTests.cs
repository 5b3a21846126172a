using System.Text.Json.Nodes;
using Gateway.Delivery;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Delivery;

/// <summary>What is urgent goes first, however long the others have waited.</summary>
public sealed class EmergencyLaneTests
{
    [Fact]
    public async Task An_emergency_goes_ahead_of_what_was_queued_before_it_and_a_later_one_behind_it()
    {
        await using var states = await TwoStates.Start();
        await states.Asked.Stop();
        var first = await states.SendPreserve();
        var second = await states.SendPreserve();
        Assert.Equal([first.Message, second.Message], Due(states, 10));
        var emergency = await SendEmergency(states);
        var later = await SendEmergency(states);
        Assert.Equal([emergency, later, first.Message, second.Message], Due(states, 10));
        Assert.Equal([emergency], Due(states, 1));
    }

    [Fact]
    public async Task With_room_for_one_message_at_a_time_the_emergency_is_brought_first()
    {
        await using var states = await TwoStates.Start(configure: c => c["Delivery"] = new JsonObject { ["ParallelPerPeer"] = 1 });
        await states.Asked.Stop();
        var first = await states.SendPreserve();
        var second = await states.SendPreserve();
        var emergency = await SendEmergency(states);
        await states.Asking.Stop();
        states.Asking.Clock.Offset += TimeSpan.FromHours(1);
        await using var peer = await RefusingPeer.Start(states.Asked, "V043", "no");
        await states.Asking.Start();
        await Eventually.Holds(() => peer.Delivered.Count == 3, () => string.Join(", ", peer.Delivered));
        Assert.Equal([emergency, first.Message, second.Message], peer.Delivered);
    }

    // As a peer that is back after an hour gets them.
    private static List<string> Due(TwoStates states, int limit)
        => states.Asking.Get<Database>().Read(s => Outbox.Due(s, "XB", states.Asking.Clock.GetUtcNow().AddHours(1), limit)).ConvertAll(row => row.Message);

    private static async Task<string> SendEmergency(TwoStates states)
        => (await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", TwoStates.SampleFields("emergency-disclosure.json"))).Message;
}
