using Gateway.Cli.Connection;
using Gateway.Cli.Output;

namespace Gateway.Cli.Evidence;

/// <summary>Ctrl-C during hours of work: a sentence that says what stays, and that the same command goes on.</summary>
internal static class Stoppable
{
    public static async Task<T> RunAsync<T>(Invocation run, AttachJournal journal, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (run.Cancel.IsCancellationRequested && e is not StopException)
        {
            throw StopException.Incomplete($"stopped after {journal.Chunks.Count} chunks of item {journal.Item.ItemId}; run the same command again, it goes on there", e);
        }
    }
}
