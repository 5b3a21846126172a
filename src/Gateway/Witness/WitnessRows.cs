using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Witness;

/// <summary>The newest checkpoint of another log that we cosigned.</summary>
/// <param name="Note">The log's lines and our cosignature: what the monitoring path serves.</param>
/// <param name="Time">When we cosigned it last.</param>
internal sealed record WitnessedLog(string Origin, string State, long Size, Digest Root, ReadOnlyMemory<byte> Note, DateTimeOffset Time);

/// <summary>The tables of the witness.</summary>
internal static class WitnessRows
{
    // Enough to meet again whatever peers compare within hours; what contradicts is copied to where nothing is deleted.
    private const int SeenPerLog = 5000;

    /// <summary>Logs of one State that are witnessed or kept in mind: one a year, and those begun after a restore.</summary>
    public const int MaxLogsPerState = 100;

    public static WitnessedLog? Find(Session session, string origin)
        => session.One("SELECT origin, state, size, root, note, time FROM witnessed_logs WHERE origin = $1", ReadWitnessed, origin);

    public static IReadOnlyList<WitnessedLog> All(Session session)
        => session.Query("SELECT origin, state, size, root, note, time FROM witnessed_logs ORDER BY origin", ReadWitnessed);

    public static long LogsOf(Session session, string state) => session.Number("SELECT count(*) FROM witnessed_logs WHERE state = $1", state);

    /// <summary>Whether a checkpoint of this log may be kept in mind: it has some already, or its State has not too many logs.</summary>
    public static bool HasRoom(Session session, KnownLog log)
    {
        if (session.Number("SELECT EXISTS (SELECT 1 FROM seen_checkpoints WHERE origin = $1) OR EXISTS (SELECT 1 FROM witnessed_logs WHERE origin = $1)", log.Origin) > 0)
            return true;
        // One step of the primary key per log, not one per checkpoint. '0' is the character behind the '/' of an origin.
        var prefix = log.Origin[..(log.Origin.LastIndexOf('/') + 1)];
        return session.Number("""
            WITH RECURSIVE logs (origin) AS (
              SELECT min(origin) FROM seen_checkpoints WHERE origin >= $1 AND origin < $2
              UNION ALL
              SELECT (SELECT min(origin) FROM seen_checkpoints WHERE origin > logs.origin AND origin < $2) FROM logs WHERE logs.origin IS NOT NULL)
            SELECT count(origin) FROM logs
            """, prefix, prefix[..^1] + '0') < MaxLogsPerState;
    }

    /// <summary>Puts a checkpoint in force, only if the one in force is still of size <paramref name="old"/>; false when it moved.</summary>
    public static bool Swap(Session session, WitnessedLog next, long old)
        => session.Run("""
            INSERT INTO witnessed_logs (origin, state, size, root, note, time) SELECT $1, $2, $3, $4, $5, $6
              WHERE coalesce((SELECT size FROM witnessed_logs WHERE origin = $1), 0) = $7
            ON CONFLICT (origin) DO UPDATE SET state = excluded.state, size = excluded.size, root = excluded.root, note = excluded.note, time = excluded.time
              WHERE size = $7
            """, next.Origin, next.State, next.Size, next.Root, next.Note, next.Time, old) == 1;

    /// <summary>The first other checkpoint of this size that the log signed, if there is one.</summary>
    public static byte[]? Contradicting(Session session, VerifiedCheckpoint note)
        => session.One("SELECT note FROM seen_checkpoints WHERE origin = $1 AND size = $2 AND root <> $3", row => row.Bytes(0), note.Checkpoint.Origin, note.Checkpoint.Size, note.Checkpoint.Root);

    public static bool Seen(Session session, VerifiedCheckpoint note)
        => session.Number("SELECT count(*) FROM seen_checkpoints WHERE origin = $1 AND size = $2 AND root = $3", note.Checkpoint.Origin, note.Checkpoint.Size, note.Checkpoint.Root) > 0;

    /// <param name="session">The transaction.</param>
    /// <param name="checkpoint">What the note says.</param>
    /// <param name="note">The note as it is kept.</param>
    /// <param name="source">State that brought it.</param>
    /// <param name="now">The time.</param>
    public static void StoreSeen(Session session, Checkpoint checkpoint, ReadOnlyMemory<byte> note, string source, DateTimeOffset now)
    {
        session.Run("INSERT INTO seen_checkpoints (origin, size, root, note, source, seen) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            checkpoint.Origin, checkpoint.Size, checkpoint.Root, note, source, now);
        // Not the one that was just shown: a log that has sent thousands of huge sizes would else be held to nothing of its true size.
        session.Run("DELETE FROM seen_checkpoints WHERE origin = $1 AND size <> $3 AND size < (SELECT size FROM seen_checkpoints WHERE origin = $1 ORDER BY size DESC LIMIT 1 OFFSET $2)", checkpoint.Origin, SeenPerLog, checkpoint.Size);
    }

    private static WitnessedLog ReadWitnessed(SqliteDataReader row)
        => new(row.GetString(0), row.GetString(1), row.GetInt64(2), row.Digest(3), row.Bytes(4), row.Time(5));
}
