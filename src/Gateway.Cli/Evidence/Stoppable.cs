using Gateway.Cli.Connection;
using Gateway.Cli.Output;

namespace Gateway.Cli.Evidence;

/// <summary>Ctrl-C during hours of work: a sentence that says what stays, and that the same command goes on.</summary>
internal static class Stoppable
{
    public static Task<T> RunAsync<T>(Invocation run, AttachJournal journal, Func<Task<T>> work)
        => RunAsync(run, () => $"{journal.Chunks.Count} chunks of item {journal.Item.ItemId}", work);

    /// <param name="run">The command, which a person may stop.</param>
    /// <param name="reached">How far it has come, to be said when it is stopped.</param>
    /// <param name="work">What takes long.</param>
    public static async Task<T> RunAsync<T>(Invocation run, Func<string> reached, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (run.Cancel.IsCancellationRequested && e is not StopException)
        {
            throw StopException.Incomplete($"stopped after {reached()}; run the same command again, it goes on there", e);
        }
    }
}
