using System.Collections.Concurrent;
using Gateway.AuditLog;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>What a checkpoint that a peer holds of our own log is to us.</summary>
internal enum OwnJudgement
{
    /// <summary>Our tree had this root at this size.</summary>
    Ours,

    /// <summary>It has more leaves than we have, or is of a log that we do not know.</summary>
    Larger,

    /// <summary>Our tree has another root at this size.</summary>
    Different,
}

/// <summary>A stored checkpoint of ours, verified once more before it is shown.</summary>
internal sealed record OwnCheckpoint(LogEpoch Epoch, CheckpointRow Row, VerifiedCheckpoint Verified)
{
    public string Origin => Epoch.Name.Origin;

    public long Size => Row.Size;

    /// <summary>As the log signed it, without lines of witnesses: what is pushed and stamped, byte for byte the same each time until its keys are exchanged.</summary>
    public ReadOnlyMemory<byte> Note => Row.Cosigned is null ? Row.Note : SignedNote.Compose(Verified.Note.Text, SignedNote.Read(Row.Newest).Value.Signatures.Where(l => l.Name == Origin)).Bytes;
}

/// <summary>Our own log as witnesses and time-stamp authorities see it.</summary>
internal sealed class OwnLog(Database database, LogKeys keys)
{
    // The same few checkpoints are asked for again and again; their signatures need not be verified each time.
    private readonly ConcurrentDictionary<string, VerifiedCheckpoint> _verified = new(StringComparer.Ordinal);

    /// <summary>The newest checkpoint; null before the first.</summary>
    public OwnCheckpoint? Newest() => database.Read(s => LogEpoch.Current(s) is { } epoch ? Last(s, epoch) : null);

    /// <summary>What peers should cosign: the newest checkpoint, and the last one of the log before as long as too few have: what ended before that is under the leaf with which its successor began.</summary>
    public IReadOnlyList<OwnCheckpoint> ToWitness() => database.Read(s =>
    {
        var epochs = LogEpoch.All(s);
        return (IReadOnlyList<OwnCheckpoint>)[.. epochs.TakeLast(2).Select(e => (Epoch: e, Row: Checkpoints.Latest(s, e)))
            .Where(c => c.Row is { } row && (c.Epoch.Number == epochs[^1].Number || (row.Witnessed is null && Ends(s, epochs[^1], row))))
            .Select(c => new OwnCheckpoint(c.Epoch, c.Row!, Verified(s, c.Epoch, c.Row!)))];
    });

    /// <summary>The last checkpoint of every log, those that ended first, as far as it is stored: not verified, so that none of a former year hinders the one in force.</summary>
    public IReadOnlyList<(LogEpoch Epoch, long Size)> Sizes() => database.Read(s =>
        (IReadOnlyList<(LogEpoch, long)>)[.. LogEpoch.All(s).Select(e => (e, Checkpoints.Latest(s, e)?.Size ?? 0)).Where(e => e.Item2 > 0)]);

    /// <summary>The last checkpoint of a log of ours.</summary>
    public OwnCheckpoint? Last(LogEpoch epoch) => database.Read(s => Last(s, epoch));

    /// <summary>Whether a checkpoint of ours, of whatever log, ever became witnessed.</summary>
    public bool WasWitnessed => database.Read(PolicyRows.Any);

    // A log that was lost in part does not end with what is left of it here: peers hold more, and would only answer so.
    private static bool Ends(Session session, LogEpoch next, CheckpointRow last) => Leaves.Read(session, next.First, next.First + 1)[0].Sha256 == Digest.Of(last.Note);

    /// <summary>The proof that our log only grew between two sizes.</summary>
    public IReadOnlyList<Digest> Growth(LogEpoch epoch, long from, long to) => database.Read(s => new LogTree(s, epoch).Consistency(from, to));

    /// <summary>Our own checkpoint of a size, if one was signed.</summary>
    public VerifiedCheckpoint? Signed(string origin, long size)
        => database.Read(s => LogEpoch.Find(s, origin) is { } epoch && Checkpoints.At(s, epoch, size) is { } row ? Verified(s, epoch, row) : null);

    /// <summary>Whether a checkpoint that bears our log's signature is one of this database.</summary>
    public OwnJudgement Judge(Checkpoint theirs) => database.Read(s =>
    {
        if (LogEpoch.Find(s, theirs.Origin) is not { } epoch || theirs.Size > (Checkpoints.Latest(s, epoch)?.Size ?? 0))
            return OwnJudgement.Larger;
        var root = Checkpoints.At(s, epoch, theirs.Size)?.Root ?? new LogTree(s, epoch).Root(theirs.Size);
        return root == theirs.Root ? OwnJudgement.Ours : OwnJudgement.Different;
    });

    /// <summary>Leaves of this log under the newest witnessed checkpoint.</summary>
    public long Witnessed(LogEpoch epoch) => database.Read(s => Checkpoints.LatestWitnessed(s, epoch)?.Size ?? 0);

    /// <summary>When the first checkpoint with more than <paramref name="size"/> leaves was made; null when there is none.</summary>
    public DateTimeOffset? MadeAfter(LogEpoch epoch, long size) => database.Read(s =>
        s.Query("SELECT time FROM log_checkpoints WHERE epoch = $1 AND size > $2 ORDER BY size LIMIT 1", r => (DateTimeOffset?)r.Time(0), epoch.Number, size).FirstOrDefault());

    private OwnCheckpoint? Last(Session session, LogEpoch epoch)
        => Checkpoints.Latest(session, epoch) is { } row ? new OwnCheckpoint(epoch, row, Verified(session, epoch, row)) : null;

    // Keys that were exchanged since, in order or because they were stolen, have signed what they signed: every card of ours that named them is kept.
    private VerifiedCheckpoint Verified(Session session, LogEpoch epoch, CheckpointRow row)
    {
        var key = $"{epoch.Number} {Digest.Of(row.Note)}";
        if (_verified.TryGetValue(key, out var known))
            return known;
        var inUse = keys.Card.LogKeys(epoch.Name);
        if (!VerifiedCheckpoint.Open(row.Note, inUse).TryGet(out var verified, out _) && !VerifiedCheckpoint.Open(row.Note, [.. inUse.Concat(PeerRows.LogKeys(session, epoch.Name)).Distinct()]).TryGet(out verified, out var refusal))
            throw new LedgerBrokenException($"checkpoint {row.Size} of {epoch.Name} does not verify under our own keys: {refusal.Detail}");
        if (_verified.Count > 100)
            _verified.Clear();
        return _verified[key] = verified;
    }
}
