using System.Globalization;
using Gateway.AuditLog;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.PeerCards;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>How a log stands beside another one of its State.</summary>
internal enum SecondLogKind
{
    /// <summary>It is not the first log of the year that we write, nor of the one before or after.</summary>
    BEGUN,

    /// <summary>It grew after the log of a later year was begun: once, as the last checkpoint of a year that comes late. Nobody is told.</summary>
    ENDED,

    /// <summary>It went on after a later log was begun.</summary>
    RESUMED,
}

/// <summary>
/// Logs of peers that stand beside another one. A State whose database was lost begins one honestly, and it is cosigned; who has all keys of a
/// State could also write its history anew into one. The witness cannot tell the two apart: it tells people, once for each log. One that the State's card
/// names, and whose predecessor ended no earlier than what was cosigned of it here, was begun on purpose: people are told that, unless it
/// stood here before the first card that names it: then somebody else may have begun it, and the State has named it without knowing.
/// </summary>
internal sealed class SecondLogs(Database database, KnownLogs known, Alarms alarms)
{
    private const int MostNamed = 5;

    // What is found in two places at once is told by one after the other.
    private readonly Lock _telling = new();

    /// <summary>Records, in the transaction that cosigns, what is to be told of <paramref name="next"/>; true if there is something new. Bounded by the logs that are witnessed of one State.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="held">What we had cosigned of this log before; null if nothing.</param>
    /// <param name="next">What is cosigned now.</param>
    public static bool Remember(Session session, WitnessedLog? held, WitnessedLog next)
    {
        if (held?.Size == next.Size || !LogName.TryParse(next.Origin, out var name))
            return false;
        var told = held is null && (name.Number > 1 || Math.Abs(name.Year - next.Time.Year) > 1) && Store(session, next, SecondLogKind.BEGUN);
        var later = WitnessRows.All(session).Where(l => l.State == next.State).Select(l => LogName.TryParse(l.Origin, out var other) ? other : name).Where(l => LogEpoch.IsLater(l, name)).ToList();
        if (later.Count == 0 || (later.TrueForAll(l => l.Year > name.Year) && Store(session, next, SecondLogKind.ENDED)))
            return told;
        return Store(session, next, SecondLogKind.RESUMED) || told;
    }

    /// <summary>Ends, in this transaction, what is alarmed of a State; the number of acts that this was.</summary>
    public static int LookedInto(Session session, string state, DateTimeOffset now)
        => session.Run("UPDATE second_logs SET looked_into = $1 WHERE state = $2 AND kind <> 'ENDED' AND looked_into IS NULL", now, state);

    /// <summary>Raises one alarm for each State of which there is something to tell that nobody has looked into: when it is found, after a restart, and when a card may say more of it.</summary>
    public void Look()
    {
        lock (_telling)
            Tell();
    }

    private void Tell()
    {
        var all = database.Read(s => s.Query("SELECT state, origin, kind, seen FROM second_logs WHERE kind <> 'ENDED' AND looked_into IS NULL ORDER BY seen DESC, kind DESC", row => (State: row.GetString(0), Origin: row.GetString(1), Kind: row.Word<SecondLogKind>(2), Seen: row.Time(3)))
            .Select(l => (l.State, l.Origin, l.Kind, Stood: l.Kind == SecondLogKind.BEGUN && StoodBefore(l.Origin, l.Seen), Renewal: l.Kind == SecondLogKind.BEGUN && !StoodBefore(l.Origin, l.Seen) ? OnPurpose(s, l.Origin) : null)).ToList());
        var second = all.FindAll(l => l.Renewal is null);
        foreach (var logs in second.GroupBy(l => l.State))
        {
            var named = string.Join(", ", logs.Take(MostNamed).Select(l => $"{l.Origin} ({(l.Kind != SecondLogKind.BEGUN ? "went on after a later one" : l.Stood ? "it stood here before the card named it" : "begun beside another")})"));
            var more = logs.Count() > MostNamed ? string.Create(CultureInfo.InvariantCulture, $" and {logs.Count() - MostNamed} more") : "";
            alarms.Raise(AlarmCode.LOG_SECOND, logs.Key, $"{logs.Key} had more than its log of the year cosigned: {named}{more}");
        }
        var renewed = all.FindAll(l => l.Renewal is not null);
        foreach (var logs in renewed.GroupBy(l => l.State))
            alarms.Raise(AlarmCode.LOG_RENEWED, logs.Key, $"the card of {logs.Key} says that it began its log anew: {string.Join("; ", logs.Take(MostNamed).Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Origin} behind the {l.Renewal!.End.Size} leaves of {l.Renewal.Ended.Origin}, \"{l.Renewal.Reason}\"")))}");
        foreach (var alarm in alarms.All.Where(a => (a.Code == AlarmCode.LOG_SECOND && second.TrueForAll(l => l.State != a.Subject)) || (a.Code == AlarmCode.LOG_RENEWED && renewed.TrueForAll(l => l.State != a.Subject))))
            alarms.Clear(alarm.Code, alarm.Subject);
    }

    // Clocks of two States differ. After more cards than are kept in memory the first with the renewal is not among them: what was told of a log then is told again as of a second one.
    private bool StoodBefore(string origin, DateTimeOffset seen) => LogName.TryParse(origin, out var name) && known.SaidSince(name) is { } since && since - seen > CardMarks.Tolerance;

    // A card that ends a log before what was cosigned of it here takes something back: then it is a second log like any other.
    private LogRenewal? OnPurpose(Session session, string origin)
        => LogName.TryParse(origin, out var name) && known.Begun(name) is { } renewal && !(WitnessRows.Find(session, renewal.Ended.Origin)?.Size > renewal.End.Size) ? renewal : null;

    private static bool Store(Session session, WitnessedLog log, SecondLogKind kind)
    {
        if (session.Run("INSERT INTO second_logs (origin, kind, state, size, seen) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", log.Origin, kind, log.State, log.Size, log.Time) == 0)
            return false;
        if (kind != SecondLogKind.ENDED)
            new AuditRecord("log.second", "gateway", log.State, Detail: string.Create(CultureInfo.InvariantCulture, $"{kind} {log.Origin} {log.Size}")).Append(session, log.Time);
        return true;
    }
}
