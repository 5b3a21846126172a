using Gateway.Protocol.Refusals;
using Gateway.V1;

namespace Gateway.Cli.Output;

/// <summary>Ends a command with an exit code and what to tell the person. A command is a script: it stops at the first "no".</summary>
internal sealed class StopException : Exception
{
    private StopException(ExitCode exit, string message, IReadOnlyList<V1.Refusal>? refusals = null, Exception? cause = null) : base(message, cause)
        => (Exit, Refusals) = (exit, refusals ?? []);

    public ExitCode Exit { get; }

    /// <summary>Every refusal, never only the first; empty when the command stopped for another reason.</summary>
    public IReadOnlyList<V1.Refusal> Refusals { get; }

    public static StopException Usage(string message) => new(ExitCode.Usage, message);

    public static StopException No(string message) => new(ExitCode.No, message);

    public static StopException Incomplete(string message, Exception? cause = null) => new(ExitCode.Incomplete, message, null, cause);

    /// <summary>Refused by the gateway, with all its reasons.</summary>
    public static StopException Refused(params IReadOnlyList<V1.Refusal> refusals)
        // "Try the same again later" is not a no: a script may wait and repeat.
        => new(refusals.All(r => r.Retry) ? ExitCode.Incomplete : ExitCode.No, "refused", refusals);

    /// <summary>Refused by our own check of what we received or read.</summary>
    public static StopException Refused(Protocol.Refusals.Refusal refusal) => Refused(ToWire(refusal));

    public static V1.Refusal ToWire(Protocol.Refusals.Refusal refusal) => new()
    {
        Code = refusal.Code.Text(),
        Detail = refusal.Detail,
        Path = refusal.Path ?? "",
        Remedy = refusal.Remedy,
        Retry = refusal.Code.After() == AfterRefusal.Retry,
    };
}

internal static class OutcomeAtTheEdge
{
    /// <summary>The value, or the end of the command.</summary>
    public static T OrStop<T>(this Outcome<T> outcome)
        => outcome.TryGet(out var value, out var refusal) ? value : throw StopException.Refused(refusal);
}
