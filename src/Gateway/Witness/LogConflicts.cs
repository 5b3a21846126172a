using System.Globalization;
using Gateway.AuditLog;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Runtime;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Witness;

/// <summary>How two checkpoints of one log contradict each other.</summary>
internal enum ConflictKind
{
    /// <summary>One size, two roots, both signed by the log: the log was forked, and these two notes prove it to anybody.</summary>
    ROOTS,

    /// <summary>The log asked to have the second cosigned and could not prove that it grew from the first.</summary>
    GROWTH,

    /// <summary>As <see cref="ROOTS"/>, of our own log, and only keys that no longer stand in our card have signed the second: whoever has such a key can write one at any time.</summary>
    FORMER,
}

/// <summary>Two notes of one log that contradict each other.</summary>
/// <param name="Source">State that brought the second, or from which it was fetched.</param>
internal sealed record LogConflict(string Origin, string State, ConflictKind Kind, long FirstSize, long SecondSize, ReadOnlyMemory<byte> First, ReadOnlyMemory<byte> Second, string Source, DateTimeOffset Seen);

/// <summary>
/// What logs contradict themselves. A row is written once, with a leaf of our own log, and never deleted. A log of which two roots of
/// one size are known is never cosigned again: its State starts a new one under another origin.
/// </summary>
internal sealed class LogConflicts(Database database, Alarms alarms)
{
    /// <summary>Checkpoints kept of one log that did not prove their growth: rows are never deleted, and each has a leaf of our own log.</summary>
    public const int GrowthsPerLog = 16;

    private const int MostListed = 1000;

    /// <summary>
    /// Keeps a log's checkpoint in mind, in this transaction; the conflict when it contradicts one that is known. Nothing more is kept of
    /// a log whose fork is proved, nor of a further log of a State that has begun as many as are kept.
    /// </summary>
    public static LogConflict? Remember(Session session, VerifiedCheckpoint note, KnownLog log, string source, DateTimeOffset now)
    {
        if (Forked(session, log.Origin))
            return null;
        var kept = log.Kept(note);
        if (WitnessRows.Contradicting(session, note) is not { } first)
        {
            if (WitnessRows.HasRoom(session, log))
                WitnessRows.StoreSeen(session, note.Checkpoint, kept, source, now);
            return null;
        }
        var conflict = new LogConflict(log.Origin, log.State, ConflictKind.ROOTS, note.Checkpoint.Size, note.Checkpoint.Size, first, kept, source, now);
        Store(session, conflict, note.Checkpoint.Root, now);
        return conflict;
    }

    /// <summary>The log could not prove that <paramref name="note"/> grew from what we cosigned.</summary>
    public static LogConflict NotGrown(Session session, WitnessedLog held, VerifiedCheckpoint note, KnownLog log, string source, DateTimeOffset now)
    {
        var conflict = new LogConflict(held.Origin, held.State, ConflictKind.GROWTH, held.Size, note.Checkpoint.Size, held.Note, log.Kept(note), source, now);
        // The first few say all there is to say; each further one is told by the alarm and kept by nobody.
        if (session.Number("SELECT count(*) FROM log_conflicts WHERE origin = $1", held.Origin) < GrowthsPerLog)
            Store(session, conflict, note.Checkpoint.Root, now);
        return conflict;
    }

    /// <summary>A checkpoint in the name of our own log that contradicts ours; null when enough is kept of that log.</summary>
    public static LogConflict? Pair(Session session, ConflictKind kind, VerifiedCheckpoint ours, VerifiedCheckpoint theirs, KnownLog log, string source, DateTimeOffset now)
    {
        if (session.Number("SELECT count(*) FROM log_conflicts WHERE origin = $1 AND kind = $2", log.Origin, kind) >= (kind == ConflictKind.ROOTS ? 1 : GrowthsPerLog))
            return null;
        var conflict = new LogConflict(log.Origin, log.State, kind, ours.Checkpoint.Size, theirs.Checkpoint.Size, log.Kept(ours), log.Kept(theirs), source, now);
        Store(session, conflict, theirs.Checkpoint.Root, now);
        return conflict;
    }

    /// <summary>Whether two roots of one size are known of this log.</summary>
    public static bool Forked(Session session, string origin)
        => session.Number("SELECT count(*) FROM log_conflicts WHERE origin = $1 AND kind = 'ROOTS'", origin) > 0;

    /// <summary>All that are known, the oldest first; of more than anybody reads the forks.</summary>
    public static IReadOnlyList<LogConflict> All(Session session)
        => [.. session.Query("SELECT origin, state, kind, first_size, second_size, first, second, source, seen FROM log_conflicts ORDER BY kind DESC, seen, origin LIMIT $1", Read, MostListed).OrderBy(c => c.Seen)];

    /// <summary>The forks alone: at most one of each log.</summary>
    public static IReadOnlyList<LogConflict> Forks(Session session)
        => session.Query("SELECT origin, state, kind, first_size, second_size, first, second, source, seen FROM log_conflicts WHERE kind = 'ROOTS' ORDER BY seen, origin LIMIT $1", Read, MostListed);

    /// <summary>Raises the alarm of each fork that is known: at start, and when one is found. It does not go away; what former keys have signed is over with the log whose name it bears.</summary>
    public void RaiseAll()
    {
        foreach (var conflict in database.Read(s => Forks(s).Concat(All(s).Where(c => c.Kind == ConflictKind.FORMER))))
            Raise(conflict);
    }

    public void Raise(LogConflict conflict)
    {
        if (conflict.Kind == ConflictKind.FORMER)
        {
            if (database.Read(LogEpoch.Current)?.Name.Origin == conflict.Origin)
                alarms.Raise(AlarmCode.LOG_FORKED, conflict.Origin, string.Create(CultureInfo.InvariantCulture,
                    $"{conflict.Source} shows a checkpoint of our log {conflict.Origin} of size {conflict.SecondSize} with another root, signed by keys that were exchanged; who holds it cosigns nothing of this log any more: begin another ('gateway key install --renew-log')"));
        }
        else if (conflict.Kind == ConflictKind.ROOTS)
            alarms.Raise(AlarmCode.LOG_FORKED, conflict.Origin, string.Create(CultureInfo.InvariantCulture,
                $"{conflict.State} signed two checkpoints of its log {conflict.Origin} of size {conflict.SecondSize} with different roots (the second came from {conflict.Source}); both are kept as proof, nothing of this log is cosigned any more"));
        else
            alarms.Raise(AlarmCode.LOG_NOT_GROWN, conflict.Origin, string.Create(CultureInfo.InvariantCulture,
                $"the log {conflict.Origin} of {conflict.State} could not prove that its checkpoint of size {conflict.SecondSize} grew from the one of size {conflict.FirstSize} that we cosigned; both are kept"));
    }

    /// <summary>The log has proved its growth since.</summary>
    public void Grown(string origin) => alarms.Clear(AlarmCode.LOG_NOT_GROWN, origin);

    private static void Store(Session session, LogConflict conflict, Digest secondRoot, DateTimeOffset now)
    {
        var stored = session.Run("INSERT INTO log_conflicts (origin, state, kind, first_size, second_size, second_root, first, second, source, seen) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
            conflict.Origin, conflict.State, conflict.Kind, conflict.FirstSize, conflict.SecondSize, secondRoot, conflict.First, conflict.Second, conflict.Source, now);
        if (stored > 0)
            new AuditRecord("log.conflict", "gateway", conflict.State, Detail: string.Create(CultureInfo.InvariantCulture, $"{conflict.Kind} {conflict.Origin} {conflict.FirstSize} {conflict.SecondSize}")).Append(session, now);
    }

    private static LogConflict Read(SqliteDataReader row)
        => new(row.GetString(0), row.GetString(1), row.Word<ConflictKind>(2), row.GetInt64(3), row.GetInt64(4), row.Bytes(5), row.Bytes(6), row.GetString(7), row.Time(8));
}
