using Gateway.Evidence;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>Chunks of several States at once: in turn, and nobody waits who is alone.</summary>
public sealed class ChunkTurnsTests
{
    [Fact]
    public async Task A_State_that_is_alone_never_waits()
    {
        var turns = new ChunkTurns(1);
        var places = Enumerable.Range(0, 16).Select(_ => turns.Take("XB", default)).ToList();
        Assert.All(places, place => Assert.True(place.IsCompletedSuccessfully));
        await Free(places);
        Assert.True(turns.Take("XC", default).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task States_go_in_turn_whatever_number_of_transfers_each_has()
    {
        var turns = new ChunkTurns(1);
        var first = await turns.Take("XA", default);
        var order = new List<string>();
        var waiting = new List<(string Peer, Task<IDisposable> Place)>();
        foreach (var peer in new[] { "XB", "XB", "XB", "XB", "XC", "XC", "XD" })
            waiting.Add((peer, turns.Take(peer, default)));
        Assert.All(waiting, one => Assert.False(one.Place.IsCompleted));
        var place = first;
        while (waiting.Count > 0)
        {
            place.Dispose();
            // Exactly one is let in.
            place = await await Task.WhenAny(waiting.Select(one => one.Place));
            var entered = waiting.Single(one => one.Place.IsCompleted);
            waiting.Remove(entered);
            order.Add(entered.Peer);
        }
        place.Dispose();
        Assert.Equal(["XB", "XC", "XD", "XB", "XC", "XB", "XB"], order);
        Assert.True(turns.Take("XE", default).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Who_gives_up_keeps_no_place_and_holds_nobody_back()
    {
        var turns = new ChunkTurns(1);
        using var end = new CancellationTokenSource();
        var first = await turns.Take("XA", default);
        var (gone, stays) = (turns.Take("XB", end.Token), turns.Take("XC", default));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        first.Dispose();
        // Twice is once.
        first.Dispose();
        var place = await stays;
        var next = turns.Take("XD", default);
        Assert.False(next.IsCompleted);
        place.Dispose();
        (await next).Dispose();
        await Free(Enumerable.Range(0, 3).Select(_ => turns.Take("XB", default)));
    }

    private static async Task Free(IEnumerable<Task<IDisposable>> places)
    {
        foreach (var place in places.ToList())
        {
            Assert.True(place.IsCompletedSuccessfully);
            (await place).Dispose();
        }
    }
}
