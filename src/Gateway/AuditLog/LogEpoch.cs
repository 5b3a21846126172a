using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.PeerCards;
using Gateway.Storage;

namespace Gateway.AuditLog;

/// <summary>One log of ours: a year, or what followed a log that could not be continued.</summary>
/// <param name="Number">Of the row; 1 for the first.</param>
/// <param name="Name">Gives the origin.</param>
/// <param name="First">Index of its first leaf among all leaves.</param>
internal sealed record LogEpoch(long Number, LogName Name, long First)
{
    private const string Columns = "SELECT epoch, origin, first FROM log_epochs";

    /// <summary>The one that grows; null before the first checkpoint ever.</summary>
    public static LogEpoch? Current(Session session) => session.One($"{Columns} ORDER BY epoch DESC LIMIT 1", Read);

    public static LogEpoch? Find(Session session, string origin) => session.One($"{Columns} WHERE origin = $1", Read, origin);

    /// <summary>The one in which a leaf stands.</summary>
    public static LogEpoch? Of(Session session, long leaf) => session.One($"{Columns} WHERE first <= $1 ORDER BY epoch DESC LIMIT 1", Read, leaf);

    public static IReadOnlyList<LogEpoch> All(Session session) => session.Query($"{Columns} ORDER BY epoch", Read);

    /// <summary>How many leaves it has; those of the current one may still grow.</summary>
    public long Leaves(Session session)
        => (session.One("SELECT first FROM log_epochs WHERE epoch = $1", row => row.GetInt64(0).ToString(System.Globalization.CultureInfo.InvariantCulture), Number + 1) is { } next
            ? long.Parse(next, System.Globalization.CultureInfo.InvariantCulture)
            : AuditLog.Leaves.Count(session)) - First;

    /// <summary>Begins the first log: it takes every leaf that there is.</summary>
    public static LogEpoch Begin(Session session, LogName name, DateTimeOffset now) => Insert(session, name, 0, now);

    /// <summary>
    /// Begins a log after another: its first leaf names the last checkpoint of the one before, as that log signed it. Everything that
    /// the old log will ever hold must be under that checkpoint.
    /// </summary>
    public static LogEpoch Follow(Session session, LogName name, Digest lastCheckpoint, DateTimeOffset now)
        => Insert(session, name, AuditLog.Leaves.Append(session, LeafKind.epoch, lastCheckpoint), now);

    /// <summary>
    /// Ends a log of which leaves may be lost: after a restore or a rollback others may hold checkpoints that no leaf here can fill again,
    /// so nothing more is signed or cosigned under its name. What no witnessed checkpoint that is held here covers belongs to the new log, or
    /// it would stay without a proof for ever. Null when there was no log yet.
    /// </summary>
    /// <param name="session">The transaction.</param>
    /// <param name="lost">The largest checkpoint that a peer has shown and that is not here, as our log signed it; null when nobody has shown one.</param>
    /// <param name="now">Names the year.</param>
    /// <param name="announced">The log that our newest card says was begun: its name is taken, though a database that is older than the card does not know it.</param>
    /// <param name="doubtful">The clock is not believed: the new log is another one of the year of the log before. It turns when the clock is right, as any other.</param>
    public static LogEpoch? Renew(Session session, byte[]? lost, DateTimeOffset now, bool doubtful = false, LogName? announced = null)
    {
        var ended = Current(session);
        if ((lost ?? (ended is null ? null : Checkpoints.Latest(session, ended)?.Note)) is not { } note)
            return null;
        // What was lost may be of a log that began after this database was saved: its name is not used again either.
        var last = ended is null || IsLater(NameOf(note), ended.Name) ? NameOf(note) : ended.Name;
        if (announced is { } begun && IsLater(begun, last))
            last = begun;
        var year = doubtful ? last.Year : Math.Max(now.Year, last.Year);
        AuditLog.Leaves.Append(session, LeafKind.epoch, Digest.Of(note));
        return Insert(session, new LogName(last.State, year, year == last.Year ? last.Number + 1 : 1), ended is null ? 0 : ended.First + (Checkpoints.LatestWitnessed(session, ended)?.Size ?? 0), now, note);
    }

    /// <summary>
    /// Ends a log on purpose, as after the theft of a key: nothing is lost, and nothing more is signed under its name. What no witnessed checkpoint covers belongs
    /// to the new log, as after a loss: where somebody had another history of the old one cosigned, nobody cosigns the end of it. A log without a checkpoint, of which somebody
    /// has taken the name, is passed over: the new one follows what that one followed.
    /// </summary>
    public static LogEpoch BeginAnew(Session session, LogRenewal renewal, DateTimeOffset now)
    {
        if (Current(session) is not { } ended || (Checkpoints.Latest(session, ended)?.Note ?? ended.Follows(session)) is not { } last || !last.AsSpan().SequenceEqual(renewal.Last.Span))
            throw new LedgerBrokenException($"{renewal.Ended} does not end with the checkpoint that the card names");
        AuditLog.Leaves.Append(session, LeafKind.epoch, Digest.Of(last));
        return Insert(session, renewal.Begun, ended.First + (Checkpoints.LatestWitnessed(session, ended)?.Size ?? 0), now, last);
    }

    /// <summary>Of which log a checkpoint is that our log signed.</summary>
    public static LogName NameOf(byte[] note) => SignedNote.Read(note).Then(n => Checkpoint.Read(n.Text)) is { Succeeded: true, Value: var read } && LogName.TryParse(read.Origin, out var name)
        ? name
        : throw new LedgerBrokenException("a stored checkpoint of our log cannot be read any more; run 'gateway fsck'");

    /// <summary>The checkpoints that logs begun by <see cref="Renew"/> and <see cref="BeginAnew"/> follow: not all of them are among ours.</summary>
    public static IReadOnlyList<byte[]> Followed(Session session) => session.Query("SELECT follows FROM log_epochs WHERE follows IS NOT NULL ORDER BY epoch", row => row.Bytes(0));

    /// <summary>The checkpoint that this log names as the last one of the log before, as it was signed; null for the first.</summary>
    public byte[]? Follows(Session session)
        => session.One("SELECT follows FROM log_epochs WHERE epoch = $1 AND follows IS NOT NULL", row => row.Bytes(0), Number)
            ?? (All(session).LastOrDefault(e => e.Number < Number) is { } before ? Checkpoints.Latest(session, before)?.Note : null);

    /// <summary>Whether one log of ours began after another.</summary>
    public static bool IsLater(LogName one, LogName other) => one.Year > other.Year || (one.Year == other.Year && one.Number > other.Number);

    private static LogEpoch Insert(Session session, LogName name, long first, DateTimeOffset now, byte[]? follows = null)
    {
        session.RunOne("INSERT INTO log_epochs (origin, first, begun, follows) VALUES ($1, $2, $3, $4)", name.Origin, first, now, follows);
        return new LogEpoch(session.LastRow(), name, first);
    }

    private static LogEpoch Read(Microsoft.Data.Sqlite.SqliteDataReader row) => LogName.TryParse(row.GetString(1), out var name)
        ? new LogEpoch(row.GetInt64(0), name, row.GetInt64(2))
        : throw new LedgerBrokenException($"the log {row.GetString(1)} has no readable name");
}
