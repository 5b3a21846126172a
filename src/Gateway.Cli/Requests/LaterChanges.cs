using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Wording;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>
/// Supplements and amendments that came after a request. What was signed stays as it was signed; but whoever orders a second, a port or a person from a provider by the first word
/// alone orders the wrong one, so every print of it names them. Their content is opened, and receipted, by itself.
/// </summary>
internal static class LaterChanges
{
    private const uint PageSize = 500;

    private static readonly HashSet<string> Kinds = [nameof(ActKind.SUPPLEMENTED), nameof(ActKind.AMENDMENT)];

    public static async Task<IReadOnlyList<MessageView>> OfAsync(Invocation run, string caseId)
    {
        var found = new List<MessageView>();
        ulong before = 0;
        do
        {
            var page = await run.Gateway.ListMessagesAsync(new ListMessagesRequest { CaseId = caseId, Limit = PageSize, Before = before }, cancellationToken: run.Cancel);
            found.AddRange(page.Messages);
            before = page.NextBefore;
        }
        while (before > 0);
        return Of(found);
    }

    /// <summary>Those that count or wait, in the order in which they came.</summary>
    public static IReadOnlyList<MessageView> Of(IEnumerable<MessageView> messages)
        => [.. messages.Where(m => Kinds.Contains(m.Kind) && m.State is not ("REJECTED" or "DEAD")).OrderBy(m => m.Position)];

    /// <summary>Two lines for each: what and when; where to read it.</summary>
    public static string Lines(Labels labels, IReadOnlyList<MessageView> changes, Func<string, string> time)
        => string.Join('\n', changes.Select(m => $"{labels.Coded("act", m.Kind)} · {time(m.Time)} · {labels.Word("message", m.State)}\ngatewayctl request show {m.Message}"));
}
