using Gateway.Peers;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Peers;

/// <summary>A channel that goes while somebody uses it.</summary>
public sealed class PeerChannelsTests
{
    [Fact]
    public async Task A_channel_that_a_new_card_has_closed_is_a_peer_that_is_not_available_now()
    {
        var clock = new TestClock();
        await using var here = await TestState.Running("XA", clock);
        await using var there = await TestState.Running("XB", clock);
        await TestState.Introduce(here, there);
        var channels = here.Get<PeerChannels>();
        var held = channels.ToState("XB").Value;
        // As a new card of the peer, or its blocking, does.
        channels.Dispose();
        var failed = await Assert.ThrowsAsync<RpcException>(async () => await new Exchange.ExchangeClient(held).PushHeadsAsync(new PushHeadsRequest()));
        Assert.Equal(StatusCode.Unavailable, failed.StatusCode);
        // The next one is opened anew.
        Assert.True((await here.Get<PushOwnCard>().Run("XB", CancellationToken.None)).Succeeded);
    }
}
