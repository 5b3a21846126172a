using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>The messages of one case, however many it has: the request is asked for by name, and lists are read to their end.</summary>
internal static class CaseMessages
{
    private const string Request = "REQUEST";

    /// <summary>The request that opened the case; null when there is none, or none that is open to the person.</summary>
    /// <param name="run">The command.</param>
    /// <param name="caseId">The case.</param>
    /// <param name="direction">IN, OUT, or empty for either.</param>
    public static async Task<MessageView?> RequestAsync(Invocation run, string caseId, string direction = "")
        => (await ListAsync(run, caseId, direction, Request)).LastOrDefault(m => m.About == Request)
            // One that came in on paper lies in the officer's record of it, the first message of its case.
            ?? (direction == "OUT" ? null : (await SentAsync(run, caseId)).LastOrDefault(m => m.About == "PAPER"));

    /// <summary>Those that were sent from here, the newest first.</summary>
    public static Task<List<MessageView>> SentAsync(Invocation run, string caseId) => ListAsync(run, caseId, "OUT", "");

    /// <summary>The acts of both sides that were not rejected, the newest first.</summary>
    public static async Task<List<MessageView>> ActsAsync(Invocation run, string caseId) => [.. (await ListAsync(run, caseId, "", "ACT")).Where(m => m.State != "REJECTED")];

    private static async Task<List<MessageView>> ListAsync(Invocation run, string caseId, string direction, string about)
    {
        var (found, before) = (new List<MessageView>(), 0UL);
        do
        {
            var page = await run.Gateway.ListMessagesAsync(new ListMessagesRequest { CaseId = caseId, Direction = direction, About = about, Before = before }, cancellationToken: run.Cancel);
            found.AddRange(page.Messages);
            before = page.NextBefore;
        }
        while (before > 0);
        return found;
    }
}
