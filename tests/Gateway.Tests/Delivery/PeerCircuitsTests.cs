using Gateway.Delivery;
using Gateway.Tests.Infrastructure;
using Grpc.Core;
using Polly.CircuitBreaker;
using Xunit;

namespace Gateway.Tests.Delivery;

/// <summary>A peer that keeps failing is left alone for a while, and no other peer with it.</summary>
public sealed class PeerCircuitsTests
{
    private readonly TestClock _clock = new();
    private readonly PeerCircuits _circuits;
    private int _tried;

    public PeerCircuitsTests() => _circuits = new PeerCircuits(new DeliveryOptions(), _clock);

    [Fact]
    public async Task A_peer_that_keeps_failing_is_not_called_until_the_break_is_over()
    {
        for (var i = 0; i < PeerCircuits.FewestAttempts; i++)
            await Assert.ThrowsAsync<RpcException>(() => Fail("XB", StatusCode.DeadlineExceeded));
        Assert.Equal(PeerCircuits.FewestAttempts, _tried);
        await Assert.ThrowsAnyAsync<BrokenCircuitException>(() => Fail("XB", StatusCode.DeadlineExceeded));
        await Assert.ThrowsAnyAsync<BrokenCircuitException>(() => Succeed("XB"));
        Assert.Equal(PeerCircuits.FewestAttempts, _tried);
        Assert.Equal("taken", await Succeed("XC"));

        // One attempt finds out: it fails, and the peer is left alone again.
        _clock.Offset += PeerCircuits.Break + TimeSpan.FromSeconds(1);
        await Assert.ThrowsAsync<RpcException>(() => Fail("XB", StatusCode.DeadlineExceeded));
        await Assert.ThrowsAnyAsync<BrokenCircuitException>(() => Succeed("XB"));

        _clock.Offset += PeerCircuits.Break + TimeSpan.FromSeconds(1);
        Assert.Equal("taken", await Succeed("XB"));
        Assert.Equal("taken", await Succeed("XB"));
    }

    [Fact]
    public async Task A_peer_that_answers_with_a_refusal_is_called_as_before()
    {
        for (var i = 0; i < 2 * PeerCircuits.FewestAttempts; i++)
            await Assert.ThrowsAsync<RpcException>(() => Fail("XB", StatusCode.FailedPrecondition));
        Assert.Equal(2 * PeerCircuits.FewestAttempts, _tried);
        Assert.Equal("taken", await Succeed("XB"));
    }

    private async Task Fail(string peer, StatusCode status) => await _circuits.Run<string>(peer, _ =>
    {
        _tried++;
        throw new RpcException(new Status(status, "as the test wants"));
    }, CancellationToken.None);

    private async Task<string> Succeed(string peer) => await _circuits.Run(peer, _ => ValueTask.FromResult("taken"), CancellationToken.None);
}
