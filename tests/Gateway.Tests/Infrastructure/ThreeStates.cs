using System.Text.Json.Nodes;

namespace Gateway.Tests.Infrastructure;

/// <summary>XA, XB and XC on one clock, each after the ceremony with both others.</summary>
internal sealed class ThreeStates : IAsyncDisposable
{
    private ThreeStates(TestClock clock, TestState one, TestState two, TestState third) => (Clock, One, Two, Third) = (clock, one, two, third);

    public TestClock Clock { get; }

    public TestState One { get; }

    public TestState Two { get; }

    public TestState Third { get; }

    public static async Task<ThreeStates> Start(Action<JsonObject> configure)
    {
        var clock = new TestClock();
        var states = new ThreeStates(clock, await TestState.Running("XA", clock, configure), await TestState.Running("XB", clock, configure), await TestState.Running("XC", clock, configure));
        await TestState.Introduce(states.One, states.Two);
        await TestState.Introduce(states.One, states.Third);
        await TestState.Introduce(states.Two, states.Third);
        return states;
    }

    public async ValueTask DisposeAsync()
    {
        await One.DisposeAsync();
        await Two.DisposeAsync();
        await Third.DisposeAsync();
    }
}
