using Gateway.Delivery;
using Gateway.Protocol.Documents;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Delivery;

/// <summary>A message that is sent again while it is being delivered.</summary>
public sealed class ResendTests
{
    [Fact]
    public async Task What_does_not_wait_any_more_is_not_queued_again_and_breaks_nothing()
    {
        await using var state = await TestState.Running();
        var database = state.Get<Database>();
        Assert.False(await database.Write(Lane.Ordinary, s => Outbox.Revive(s, Ids.New(), state.Clock.GetUtcNow())));
        Assert.Equal(0, database.Read(s => s.Number("SELECT count(*) FROM events WHERE kind = 'delivery.resent'")));
    }
}
