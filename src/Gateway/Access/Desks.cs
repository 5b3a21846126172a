using System.Text;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Storage;

namespace Gateway.Access;

/// <summary>What an authority has to do with a case.</summary>
internal enum DeskPart
{
    /// <summary>It holds the case: its people act on it. One authority at a time.</summary>
    DESK,

    /// <summary>It was given a task: its people work on the case within their roles beside the desk.</summary>
    TASK,

    /// <summary>It reads.</summary>
    COPY,
}

/// <summary>
/// The tables <c>case_desks</c> and <c>case_readers</c>: which authorities of this State have to do with a case, and, of a measure with a
/// need-to-know list, which persons may know of it at all. Of the other State's persons nothing is kept here.
/// </summary>
internal static class Desks
{
    /// <summary>A case begins at the authority that sent it or to which it is addressed. What a contact point handles is copied to its central authority.</summary>
    public static void Open(Session s, string caseId, string authority, PeerCard own, IEnumerable<Digest>? readers, DateTimeOffset now)
    {
        // A case id that was rejected once may come again.
        s.Run("INSERT INTO case_desks (case_id, authority, part, since, by) VALUES ($1, $2, $3, $4, 'gateway') ON CONFLICT DO NOTHING", caseId, authority, DeskPart.DESK, now);
        if (readers is not null)
        {
            Restrict(s, caseId, readers);
            return;
        }
        if (own.Find(authority)?.Roles.Contains(nameof(Protocol.Requests.Role.CONTACT_POINT_24_7)) == true && own.CentralAuthorityOf(authority) is { } central && central != authority)
        {
            s.Run("INSERT INTO case_desks (case_id, authority, part, since, by) VALUES ($1, $2, $3, $4, 'gateway') ON CONFLICT DO NOTHING", caseId, central, DeskPart.COPY, now);
            Events.Append(s, now, "case.copied", caseId, central, $"a copy for {central}");
        }
    }

    /// <summary>Only these readers may know of the case from here on; also before it is opened, while its message waits for a decision.</summary>
    public static void Restrict(Session s, string caseId, IEnumerable<Digest> readers)
    {
        // The first row says that there is a list, even when nobody of this State stands in it.
        foreach (var reader in readers.Prepend(Digest.Of([])).Distinct())
            s.Run("INSERT INTO case_readers (case_id, reader) VALUES ($1, $2) ON CONFLICT DO NOTHING", caseId, reader);
    }

    /// <summary>The authority that holds the case.</summary>
    public static string? Holder(Session s, string caseId) => s.One("SELECT authority FROM case_desks WHERE case_id = $1 AND part = 'DESK'", row => row.GetString(0), caseId);

    /// <summary>Every authority that has to do with the case.</summary>
    public static List<(string Authority, DeskPart Part, string By, DateTimeOffset Since)> Of(Session s, string caseId)
        => s.Query("SELECT authority, part, by, since FROM case_desks WHERE case_id = $1 ORDER BY since, authority", row => (row.GetString(0), row.Word<DeskPart>(1), row.GetString(2), row.Time(3)), caseId);

    /// <summary>Gives a part in the case to an authority; the desk leaves the one that had it, which keeps a copy.</summary>
    public static void Give(Session s, string caseId, string authority, DeskPart part, string by, DateTimeOffset now)
    {
        if (part == DeskPart.DESK)
            s.Run("UPDATE case_desks SET part = 'COPY' WHERE case_id = $1 AND part = 'DESK' AND authority <> $2", caseId, authority);
        s.RunOne("INSERT INTO case_desks (case_id, authority, part, since, by) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (case_id, authority) DO UPDATE SET part = $3, since = $4, by = $5",
            caseId, authority, part, now, by);
    }

    /// <summary>Takes a part back; the desk itself is given on, never taken away.</summary>
    public static bool Take(Session s, string caseId, string authority)
        => s.Run("DELETE FROM case_desks WHERE case_id = $1 AND authority = $2 AND part <> 'DESK'", caseId, authority) == 1;

    /// <summary>How a person stands in the list: authority and name as the signing certificate says it.</summary>
    public static Digest Reader(string authority, string person) => Digest.Of(Encoding.UTF8.GetBytes($"{authority}\n{person}"));
}
