using System.Globalization;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.Users;

/// <summary>
/// What was answered to a key: the same key with the same bytes gives the same reply, with others T803. The row is written in the
/// transaction of the act, so that a reply without its act, or the reverse, cannot exist.
/// </summary>
internal static class IdempotencyKeys
{
    private const int MaxLength = 64;

    /// <summary>Null when the key may be used, else why not.</summary>
    public static Refusal? Check(string key) => key.Length is > 0 and <= MaxLength
        ? null
        : new Refusal(RefusalCode.ArgumentNotValid, string.Create(CultureInfo.InvariantCulture, $"an idempotency key has 1 to {MaxLength} characters"), "idempotencyKey");

    /// <summary>The stored reply; null when the key is new; T803 when it stands for another request.</summary>
    public static Outcome<byte[]?> Find(Session session, string user, string key, Digest request)
    {
        var row = session.One("SELECT request, reply FROM idempotency WHERE user = $1 AND key = $2", r => new Stored(r.Digest(0), r.Bytes(1)), user, key);
        if (row is null)
            return (byte[]?)null;
        return row.Request == request ? row.Reply : new Refusal(RefusalCode.IdempotencyConflict, "the idempotency key was used for another request", "idempotencyKey");
    }

    /// <summary>Keeps the reply. To be called in the transaction of the act, after <see cref="Find"/> in the same transaction gave null.</summary>
    public static void Keep(Session session, string user, string key, Digest request, byte[] reply, DateTimeOffset now)
        => session.RunOne("INSERT INTO idempotency (user, key, request, reply, time) VALUES ($1, $2, $3, $4, $5)", user, key, request, reply, now);

    private sealed record Stored(Digest Request, byte[] Reply);
}
