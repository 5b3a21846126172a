using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Grpc.Core;

namespace Gateway.Cli.Evidence;

/// <summary>A line that broke, or a gateway that restarts, in the middle of an item: tried again until it works or a person stops it, for nobody sits beside it at night.</summary>
internal static class Interruption
{
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);

    /// <summary>How long to wait before the next attempt: 1, 2, 4 … seconds, at most a minute.</summary>
    /// <param name="failures">How many attempts in a row brought nothing; 1 after the first.</param>
    public static TimeSpan Pause(int failures) => failures > 6 ? s_longest : TimeSpan.FromSeconds(1 << (failures - 1));

    /// <summary>Says what broke, and waits. Nobody must wonder why nothing moves: a gateway that refuses for a while says why, and what to do.</summary>
    /// <param name="run">For waiting and notes.</param>
    /// <param name="e">How the attempt ended.</param>
    /// <param name="failures">As for <see cref="Pause"/>.</param>
    public static async Task WaitAsync(Invocation run, RpcException e, int failures)
    {
        var pause = Pause(failures);
        run.Terminal.Note($"interrupted: {Why(e)}; going on in {pause.TotalSeconds:0} s");
        await Task.Delay(pause, run.Clock, run.Cancel);
    }

    /// <summary>What broke, in one sentence.</summary>
    public static string Why(RpcException e) => RefusedCalls.RefusalOf(e) is { } refusal ? Terminal.Refused(refusal, "refused") : RefusedCalls.Explain(e).Message;

    /// <summary>Tries until an attempt succeeds, or fails for another reason.</summary>
    /// <param name="run">For waiting and notes.</param>
    /// <param name="position">Grows with what was done: an attempt that came further begins to count anew.</param>
    /// <param name="attempt">Goes on where the one before ended.</param>
    public static async Task<T> OutlastAsync<T>(Invocation run, Func<long> position, Func<Task<T>> attempt)
    {
        var failures = 0;
        while (true)
        {
            var before = position();
            try
            {
                return await attempt();
            }
            catch (RpcException e) when (!run.Cancel.IsCancellationRequested && RefusedCalls.IsInterruption(e))
            {
                failures = position() > before ? 1 : failures + 1;
                await WaitAsync(run, e, failures);
            }
        }
    }
}
