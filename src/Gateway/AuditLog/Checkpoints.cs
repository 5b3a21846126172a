using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.AuditLog;

/// <summary>A checkpoint of ours as it was stored before anybody saw it.</summary>
/// <param name="Epoch">Number of the epoch.</param>
/// <param name="Note">As signed by the log.</param>
/// <param name="Cosigned">The same with the lines that came later: of witnesses, and of keys of the log that followed those in <paramref name="Note"/>; null without any.</param>
/// <param name="Witnessed">Since when enough witnesses have cosigned; null before.</param>
internal sealed record CheckpointRow(long Epoch, long Size, Digest Root, byte[] Note, DateTimeOffset Time, byte[]? Cosigned, DateTimeOffset? Witnessed)
{
    /// <summary>With every line that there is.</summary>
    public byte[] Newest => Cosigned ?? Note;
}

/// <summary>The table of our checkpoints. A row is never changed but by further lines at the end of its note.</summary>
internal static class Checkpoints
{
    private const string Columns = "SELECT epoch, size, root, note, time, cosigned, witnessed FROM log_checkpoints";

    /// <summary>The largest of the current log.</summary>
    public static CheckpointRow? Latest(Session session) => session.One($"{Columns} ORDER BY epoch DESC, size DESC LIMIT 1", Read);

    public static CheckpointRow? Latest(Session session, LogEpoch epoch) => session.One($"{Columns} WHERE epoch = $1 ORDER BY size DESC LIMIT 1", Read, epoch.Number);

    /// <summary>The largest that enough witnesses have cosigned.</summary>
    public static CheckpointRow? LatestWitnessed(Session session, LogEpoch epoch)
        => session.One($"{Columns} WHERE epoch = $1 AND witnessed IS NOT NULL ORDER BY size DESC LIMIT 1", Read, epoch.Number);

    /// <summary>The first that covers a leaf and was witnessed: the one that bounds its time most tightly.</summary>
    public static CheckpointRow? FirstWitnessed(Session session, LogEpoch epoch, long index)
        => session.One($"{Columns} WHERE epoch = $1 AND size > $2 AND witnessed IS NOT NULL ORDER BY size LIMIT 1", Read, epoch.Number, index);

    /// <summary>The same without its note, of which a case with many receipts would read thousands.</summary>
    public static Place? FirstWitnessedPlace(Session session, LogEpoch epoch, long index)
        => session.One("SELECT size, witnessed, length(coalesce(cosigned, note)) FROM log_checkpoints WHERE epoch = $1 AND size > $2 AND witnessed IS NOT NULL ORDER BY size LIMIT 1", row => new Place(row.GetInt64(0), row.Time(1), row.GetInt64(2)), epoch.Number, index);

    public static CheckpointRow? At(Session session, LogEpoch epoch, long size) => session.One($"{Columns} WHERE epoch = $1 AND size = $2", Read, epoch.Number, size);

    /// <summary>
    /// Adds the checkpoint that follows <paramref name="before"/> (null: the first). Whoever finds another one there has lost against a
    /// second writer, and must stop before it signs again.
    /// </summary>
    public static void Add(Session session, LogEpoch epoch, CheckpointRow? before, CheckpointRow next)
    {
        var found = Latest(session, epoch);
        if (found?.Size != before?.Size || found?.Root != before?.Root || next.Size <= (before?.Size ?? 0))
            throw new LedgerBrokenException($"another process made checkpoint {found?.Size} of {epoch.Name}; expected {before?.Size}: two gateways work on one log");
        session.RunOne("INSERT INTO log_checkpoints (epoch, size, root, note, time) VALUES ($1, $2, $3, $4, $5)", epoch.Number, next.Size, next.Root, next.Note, next.Time);
    }

    /// <summary>
    /// Adds lines of witnesses that the caller has verified, each once. <paramref name="witnessed"/>: that they are enough now. The bytes
    /// that were there stay.
    /// </summary>
    public static CheckpointRow? AddCosignatures(Session session, LogEpoch epoch, long size, IEnumerable<NoteSignature> lines, bool witnessed, DateTimeOffset now)
    {
        if (At(session, epoch, size) is not { } row)
            return null;
        row = With(row, lines);
        if (witnessed)
            row = row with { Witnessed = row.Witnessed ?? now };
        return Store(session, epoch, row);
    }

    /// <summary>Adds lines of the log itself, by keys that came after those that signed first; none of a key that has signed already.</summary>
    public static CheckpointRow AddLines(Session session, LogEpoch epoch, long size, IReadOnlyList<NoteSignature> lines)
    {
        var row = At(session, epoch, size) ?? throw new LedgerBrokenException($"checkpoint {size} of {epoch.Name} is gone");
        var signed = SignedNote.Read(row.Newest).Value.Signatures;
        return Store(session, epoch, With(row, lines.Where(l => !signed.Any(s => s.Name == l.Name && s.KeyId == l.KeyId))));
    }

    private static CheckpointRow With(CheckpointRow row, IEnumerable<NoteSignature> lines)
    {
        var note = SignedNote.Read(row.Newest).Value;
        var further = lines.Where(l => note.Signatures.All(s => s.ToString() != l.ToString())).ToList();
        return further.Count > 0 && note.With(further).TryGet(out var longer, out _) ? row with { Cosigned = longer.Bytes.ToArray() } : row;
    }

    private static CheckpointRow Store(Session session, LogEpoch epoch, CheckpointRow row)
    {
        session.RunOne("UPDATE log_checkpoints SET cosigned = $1, witnessed = $2 WHERE epoch = $3 AND size = $4", row.Cosigned, row.Witnessed, epoch.Number, row.Size);
        return row;
    }

    /// <summary>Where a checkpoint stands, since when it is witnessed, how long its note is.</summary>
    public sealed record Place(long Size, DateTimeOffset Witnessed, long Bytes);

    private static CheckpointRow Read(SqliteDataReader row) => new(
        row.GetInt64(0), row.GetInt64(1), row.Digest(2), row.Bytes(3), row.Time(4), row.BytesOrNull(5), row.IsDBNull(6) ? null : row.Time(6));
}
