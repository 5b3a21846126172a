using Gateway.Storage;

namespace Gateway.Receipts;

/// <summary>What outlives a restart: that a comparison with every peer is compulsory, and why.</summary>
internal static class RecoveryFacts
{
    /// <summary>Written by <c>gateway restore</c>: the time of the backup.</summary>
    public const string Restored = Database.RestoredFact;

    /// <summary>Written when a peer showed receipts or a checkpoint of ours that we did not hold: the State.</summary>
    public const string Rollback = "ledger.rollback";

    /// <summary>Written when every peer was asked after a loss: none holds a later card of ours than is here.</summary>
    public const string CardsReturned = "ledger.cardsReturned";

    private const string LostCheckpoint = "ledger.checkpoint";
    private const string Confirmed = "ledger.confirmed:";

    public static string? Find(Session session, string name) => session.One("SELECT value FROM facts WHERE name = $1", row => row.GetString(0), name);

    public static void Keep(Session session, string name, string value)
        => session.Run("INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value);

    /// <summary>Whether it is known that this database is older than what was signed.</summary>
    public static bool IsOlder(Session session) => Find(session, Restored) is not null || Find(session, Rollback) is not null;

    /// <summary>The largest checkpoint of our log that a peer has shown and that is not here, as the log signed it.</summary>
    public static byte[]? Lost(Session session) => Find(session, LostCheckpoint) is { } note ? Convert.FromBase64String(note) : null;

    public static void KeepLost(Session session, byte[] note) => Keep(session, LostCheckpoint, Convert.ToBase64String(note));

    /// <summary>An administrator says that the comparison need not wait for this State.</summary>
    public static void Confirm(Session session, string state, string by) => Keep(session, Confirmed + state, by);

    public static HashSet<string> ConfirmedStates(Session session)
        => [.. session.Query("SELECT substr(name, $1) FROM facts WHERE name LIKE $2", row => row.GetString(0), Confirmed.Length + 1, Confirmed + "%")];

    /// <summary>The comparison is over.</summary>
    public static void Clear(Session session)
        => session.Run("DELETE FROM facts WHERE name IN ($1, $2, $3, $4) OR name LIKE $5", Restored, Rollback, LostCheckpoint, CardsReturned, Confirmed + "%");
}
