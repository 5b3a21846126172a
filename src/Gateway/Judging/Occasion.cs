using System.Security.Cryptography;
using Gateway.Recognition.Validation;

namespace Gateway.Judging;

/// <summary>The receipt by which we took a message: what came with it existed then.</summary>
internal sealed record Acceptance(DateTimeOffset Time, string Receipt);

/// <summary>One judging of what came with one message: on its arrival, and again while it waits.</summary>
/// <param name="kind">The request kind, for agreements that are limited to some.</param>
/// <param name="now">The time to judge for.</param>
/// <param name="accepted">The receipt by which the message was taken before; null on arrival.</param>
internal sealed class Occasion(string kind, DateTimeOffset now, Acceptance? accepted = null)
{
    public string Kind => kind;

    public DateTimeOffset Now => now;

    /// <summary>Whether the message waits since it was judged before.</summary>
    public bool IsAgain => accepted is not null;

    /// <summary>What was judged so far; whoever judges adds to it.</summary>
    public List<JudgedFile> Judged { get; } = [];

    /// <summary>What proves that a file is older than this judging.</summary>
    public IReadOnlyList<ProofOfExistence> Proofs(ReadOnlyMemory<byte> file)
        => accepted is { } taken ? [new(SHA256.HashData(file.Span), taken.Time, taken.Receipt)] : [];
}
