using System.Text;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Users;

namespace Gateway.Submission;

/// <summary>What a submission led to: enough to give the same reply again.</summary>
/// <param name="Message">Message id, or empty when the act sends none.</param>
/// <param name="CaseId">The case.</param>
/// <param name="Sentence">What happened, for people.</param>
internal sealed record KeptOutcome(string Message, string CaseId, string Sentence);

/// <summary>One submission under its idempotency key. Kept in the transaction of what it caused, so that a retry after any crash finds it or nothing.</summary>
internal sealed record IdempotencyTicket(string User, string Key, Digest Request)
{
    public static Outcome<IdempotencyTicket> For(string user, string key, ReadOnlySpan<byte> request)
        => IdempotencyKeys.Check(key) is { } refusal ? refusal : new IdempotencyTicket(user, key, Digest.Of(request));

    /// <summary>The outcome of the first submission under this key, null when there was none; T803 when it was of other bytes.</summary>
    public Outcome<KeptOutcome?> Find(Session session)
    {
        if (!IdempotencyKeys.Find(session, User, Key, Request).TryGet(out var reply, out var refusal))
            return refusal;
        if (reply is null)
            return default(KeptOutcome);
        var lines = Encoding.UTF8.GetString(reply).Split('\n', 3);
        return new KeptOutcome(lines[0], lines[1], lines[2]);
    }

    public void Keep(Session session, KeptOutcome outcome, DateTimeOffset now)
        => IdempotencyKeys.Keep(session, User, Key, Request, Encoding.UTF8.GetBytes($"{outcome.Message}\n{outcome.CaseId}\n{outcome.Sentence}"), now);
}
