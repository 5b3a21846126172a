using System.Text;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace Gateway.Drafts;

/// <summary>One call that changes a draft, under its idempotency key: whoever did not get the answer asks again with the same bytes, and nothing is done twice.</summary>
/// <param name="Ticket">Null without a key: then every call is one of its own.</param>
internal sealed record DraftCall(IdempotencyTicket? Ticket)
{
    private const int SqliteConstraint = 19;

    /// <param name="verb">What is called; one key does not stand for two verbs.</param>
    /// <param name="key">The idempotency key; may be empty.</param>
    /// <param name="request">The whole request.</param>
    /// <param name="by">Who calls; the key is that person's.</param>
    public static Outcome<DraftCall> Of(string verb, string key, IMessage request, User by) => key.Length == 0
        ? new DraftCall(default(IdempotencyTicket))
        : IdempotencyTicket.For(by.Name, key, [.. Encoding.UTF8.GetBytes($"{verb}\n"), .. request.ToByteArray()]).Then<DraftCall>(ticket => new DraftCall(ticket));

    /// <summary>The draft that the first call under this key was about; null when there was none, T803 when it said something else.</summary>
    public Outcome<string?> Earlier(Database database)
        => Ticket is null ? default(string) : database.Read(Ticket.Find).Then<string?>(kept => kept?.Message);

    /// <summary>Writes what the call does, with its key. False when the draft moved meanwhile, or when the same call came twice at once and the other one was taken.</summary>
    public async Task<bool> Write(Database database, string draft, DateTimeOffset now, Func<Session, bool> act)
    {
        try
        {
            return await database.Write(Lane.Ordinary, s =>
            {
                if (!act(s))
                    return false;
                Ticket?.Keep(s, new KeptOutcome(draft, "", "taken"), now);
                return true;
            });
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SqliteConstraint && Ticket is not null)
        {
            return false;
        }
    }
}
