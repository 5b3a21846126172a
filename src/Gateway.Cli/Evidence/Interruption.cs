namespace Gateway.Cli.Evidence;

/// <summary>A line that broke, or a gateway that restarts, in the middle of an item: tried again until it works or a person stops it, for nobody sits beside it at night.</summary>
internal static class Interruption
{
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);

    /// <summary>How long to wait before the next attempt: 1, 2, 4 … seconds, at most a minute.</summary>
    /// <param name="failures">How many attempts in a row brought nothing; 1 after the first.</param>
    public static TimeSpan Pause(int failures) => failures > 6 ? s_longest : TimeSpan.FromSeconds(1 << (failures - 1));
}
