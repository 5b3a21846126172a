using System.Text.Json.Nodes;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.Witness;
using Xunit;

namespace Gateway.Tests.Witness;

/// <summary>XA as witness, XB as the State whose log is witnessed.</summary>
internal sealed class World : IAsyncDisposable
{
    private World(TestState witness, TestState log, TestClock clock)
    {
        (Witness, Log, Clock) = (witness, log, clock);
        Caller = new WitnessCaller(witness, log.Tls);
    }

    public TestState Witness { get; }

    public TestState Log { get; }

    public TestClock Clock { get; }

    /// <summary>Calls XA with XB's certificate.</summary>
    public WitnessCaller Caller { get; }

    public static async Task<World> Start(Action<JsonObject>? configure = null)
    {
        var clock = new TestClock();
        var witness = await TestState.Initialised("XA", clock);
        if (configure is not null)
            witness.Configure(configure);
        await witness.Start();
        var log = await TestState.Running("XB", clock);
        await TestState.Introduce(witness, log);
        return new World(witness, log, clock);
    }

    public WitnessedLog? Held(TestLog log) => Witness.Get<Database>().Read(s => WitnessRows.Find(s, log.Origin));

    public async Task Restart()
    {
        await Witness.Stop();
        await Witness.Start();
    }

    public async ValueTask DisposeAsync()
    {
        Caller.Dispose();
        await Witness.DisposeAsync();
        await Log.DisposeAsync();
    }
}
