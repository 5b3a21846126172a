using Gateway.EndToEnd.Tests.Processes;
using Xunit;
using Xunit.Abstractions;

namespace Gateway.EndToEnd.Tests.Kills;

/// <summary>SIGKILL in place of the first flush of a gateway, then of the second, and so on until there is none left.</summary>
internal sealed class EveryFlush(ITestOutputHelper output)
{
    private const int FewestFlushes = 3;
    private const int MostFlushes = 40;
    private const int MostStrays = 3;

    /// <param name="choose">Who is killed.</param>
    /// <param name="prepare">What comes before each round, without kills; returns the round.</param>
    /// <param name="look">What else is looked at after each round.</param>
    public async Task Kill(Func<GatewayPair, GatewayProcess> choose, Func<GatewayPair, Task<Func<Task>>> prepare, Func<GatewayPair, Task>? look = null)
    {
        await using var pair = await GatewayPair.Start(before: p => choose(p).UseOneThread());
        var victim = choose(pair);
        var strays = 0;
        for (var n = 1; n <= MostFlushes; n++)
        {
            IReadOnlyList<string> flushes;
            bool reached;
            var round = await prepare(pair);
            var strace = await Strace.Attach(victim, "-y", "-e", "trace=fsync,fdatasync", "-e", $"inject=fsync,fdatasync:signal=KILL:when={n}");
            try
            {
                var sent = round();
                // Ends either by the kill or once everything has arrived.
                reached = await Task.WhenAny(victim.Ended(), Settled(pair, sent)) != null && victim.HasEnded;
                if (reached)
                    await victim.Start();
                await sent;
            }
            finally
            {
                await strace.DisposeAsync();
                flushes = [.. strace.Lines.Where(l => l.Contains("sync(", StringComparison.Ordinal))];
            }
            await pair.Agree();
            if (look is not null)
                await look(pair);
            if (!reached)
            {
                output.WriteLine($"{n - 1} flushes, each with a kill\n{string.Join('\n', flushes)}\n{pair.Count()}");
                Assert.True(n > FewestFlushes, $"only {n - 1} flushes were seen");
                return;
            }
            // strace counts thread by thread. A busy machine makes the runtime add one, rarely: that round is not the one meant, and is gone through again.
            if (flushes.Count != n && ++strays <= MostStrays)
            {
                n--;
                continue;
            }
            Assert.True(flushes.Count == n, $"killed at flush {flushes.Count} instead of {n}: not all flushes are on one thread\n{string.Join('\n', flushes)}");
        }
        Assert.Fail($"one exchange has more than {MostFlushes} flushes");
    }

    private static async Task Settled(GatewayPair pair, Task sent)
    {
        await sent;
        await pair.Settle();
    }
}
