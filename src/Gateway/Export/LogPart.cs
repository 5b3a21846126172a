using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Keys;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;
using Gateway.TimeStamps;
using Gateway.Witness;

namespace Gateway.Export;

/// <summary>
/// What our log says of some cases: the newest witnessed checkpoint, the policy that it met, a proof for each receipt, and the time-stamps that bound when the
/// receipts existed.
/// </summary>
internal sealed class LogPart(Database database, KeyRing keys, WitnessPolicy policy)
{
    private const int ReceiptsPerRead = 500;

    // A case that moved in more hours than this has stamps enough; each costs three files.
    private const int MaxStamped = 1000;

    /// <summary>Null before the log has a checkpoint.</summary>
    /// <param name="s">The snapshot of the export.</param>
    /// <param name="rows">The cases.</param>
    /// <param name="records">Digests and leaves of records that go into the bundle beside the receipts.</param>
    public BundleLog? Of(Session s, IReadOnlyList<CaseRow> rows, IReadOnlyList<(Digest Sha256, long Leaf)> records)
    {
        if (LogEpoch.Current(s) is not { } epoch || (Checkpoints.LatestWitnessed(s, epoch) ?? Checkpoints.Latest(s)) is not { } newest)
            return null;
        var pins = LogEpoch.All(s).Select(e => new Pin(e, Checkpoints.LatestWitnessed(s, e), Checkpoints.Latest(s, e))).ToList();
        var leaves = rows.SelectMany(row => s.Query("SELECT sha256, leaf FROM receipts WHERE chain = $1 AND leaf IS NOT NULL ORDER BY issuer, seq", r => (Sha256: r.Digest(0), Leaf: r.GetInt64(1)), row.Id)).Concat(records)
            .Select(l => new Leaf(l.Sha256, l.Leaf, pins.FindLast(p => p.Epoch.First <= l.Leaf))).ToList();
        var beginnings = leaves.Select(l => l.Pin).OfType<Pin>().Distinct().Select(pin => Beginning(s, pin)).OfType<Leaf>();
        return new BundleLog(keys.State, newest.Newest, Proofs([.. leaves, .. beginnings]))
        {
            Policy = policy.Of(s, epoch.Name, newest.Size).Write(),
            TimeStamps = Stamps(s, leaves),
        };
    }

    /// <summary>The States whose cards say what the cosignatures and the policy are worth.</summary>
    public static IEnumerable<string> Witnesses(BundleLog log)
        => SignedNote.Read(log.Checkpoint).Value.Signatures.Select(l => l.Name)
            .Concat(log.Policy is { } policy ? TlogPolicy.Read(policy).Value.Witnesses.Select(w => w.Key.Name) : [])
            .Where(name => name.Length > 2 && Ids.IsState(name[^2..]) && name == LogName.Witness(name[^2..])).Select(name => name[^2..]).Distinct();

    private IEnumerable<(Digest Leaf, ReadOnlyMemory<byte> Proof)> Proofs(List<Leaf> leaves)
    {
        foreach (var part in leaves.Chunk(ReceiptsPerRead))
        {
            foreach (var proof in database.Read(s => part.Select(l => (l.Sha256, Proof: Proof(s, l))).ToList()))
            {
                if (proof.Proof is { } bytes)
                    yield return (proof.Sha256, bytes);
            }
        }
    }

    private static byte[]? Proof(Session s, Leaf leaf)
        => leaf.Pin?.Over(leaf.Index - leaf.Pin.Epoch.First) is { } checkpoint && LogProofs.Under(s, leaf.Pin.Epoch, checkpoint, leaf.Index).TryGet(out var proof, out _) ? (proof.File with { Extra = leaf.Followed }).Write() : null;

    // Where the log before ended. Without it nobody can tell a log that follows another from one that is kept beside it.
    private static Leaf? Beginning(Session s, Pin pin)
    {
        if (pin.Epoch.Follows(s) is not { } followed)
            return null;
        var sha256 = Digest.Of(followed);
        return s.Query("SELECT idx FROM log_leaves INDEXED BY leaves_by_digest WHERE sha256 = $1 AND kind NOT IN ('receipt', 'received') AND kind = 'epoch' AND idx >= $2 ORDER BY idx LIMIT 1", row => row.GetInt64(0), sha256, pin.Epoch.First)
            .Select(index => new Leaf(sha256, index, pin) { Followed = followed }).FirstOrDefault();
    }

    // For each leaf the first stamped checkpoint that covers it: later ones say less.
    private static List<BundleStamp> Stamps(Session s, List<Leaf> leaves)
    {
        var stamps = new List<BundleStamp>();
        foreach (var group in leaves.Where(l => l.Pin is not null).GroupBy(l => l.Pin!))
        {
            var pin = group.Key;
            var stamped = TimeStampRows.Sizes(s, pin.Epoch.Name.Origin);
            var first = group.Select(l => stamped.FirstOrDefault(size => size > l.Index - pin.Epoch.First)).Where(size => size > 0).Distinct().Order().Take(MaxStamped - stamps.Count);
            stamps.AddRange(first.Select(size => Stamp(s, pin, size)).OfType<BundleStamp>());
        }
        return stamps;
    }

    private static BundleStamp? Stamp(Session s, Pin pin, long size)
    {
        var replies = TimeStampRows.Of(s, pin.Epoch.Name.Origin, size);
        // Authorities that stamped the same checkpoint stamped the same bytes.
        if (pin.Over(size - 1) is not { } to || replies.Any(r => !r.Note.Span.SequenceEqual(replies[0].Note.Span)))
            return null;
        var growth = new CheckpointSubmission(size, new LogTree(s, pin.Epoch).Consistency(size, to.Size), to.Newest);
        return new BundleStamp(pin.Epoch.Name, size, replies[0].Note, growth.Write(), [.. replies.Select(r => (r.Authority, r.Reply))]);
    }

    /// <summary>A log and its checkpoints as they were when the export began: the proofs are made while it is written, and all lead to these.</summary>
    private sealed record Pin(LogEpoch Epoch, CheckpointRow? Witnessed, CheckpointRow? Latest)
    {
        /// <summary>The largest witnessed checkpoint, so that most proofs carry the same note; what it does not cover yet, under the newest; null before any covers it.</summary>
        public CheckpointRow? Over(long index) => Witnessed?.Size > index ? Witnessed : Latest?.Size > index ? Latest : null;
    }

    private sealed record Leaf(Digest Sha256, long Index, Pin? Pin)
    {
        /// <summary>For the leaf with which a log begins: the last checkpoint of the one before.</summary>
        public ReadOnlyMemory<byte>? Followed { get; init; }
    }
}
