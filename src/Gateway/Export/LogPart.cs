using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Keys;
using Gateway.Peers;
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

    // Whoever splits logs without end is proved to have done so by the first of them.
    private const int MostConflicts = 64;

    /// <summary>Proofs that one of these States split its log, which anybody can check; that a log did not show its growth proves nothing to others.</summary>
    public static IReadOnlyList<BundleConflict> Conflicts(Session s, IEnumerable<string> states)
        => [.. states.Distinct().SelectMany(state => s.Query("SELECT origin, second_size, first, second FROM log_conflicts WHERE state = $1 AND kind = 'ROOTS' ORDER BY seen, origin LIMIT $2",
            r => LogName.TryParse(r.GetString(0), out var log) ? new BundleConflict(log, r.GetInt64(1), r.Bytes(2), r.Bytes(3)) : null, state, MostConflicts)).OfType<BundleConflict>().DistinctBy(c => (c.Log, c.Size))];

    /// <summary>Null before the log has a checkpoint.</summary>
    /// <param name="s">The snapshot of the export.</param>
    /// <param name="rows">The cases.</param>
    /// <param name="records">Digests and leaves of records that go into the bundle beside the receipts.</param>
    public BundleLog? Of(Session s, IReadOnlyList<CaseRow> rows, IReadOnlyList<(Digest Sha256, long Leaf)> records)
    {
        if (LogEpoch.Current(s) is not { } epoch || Newest(s, epoch) is not { } newest)
            return null;
        var pins = LogEpoch.All(s).Select(e => new Pin(e, Checkpoints.LatestWitnessed(s, e), Latest(s, e), e.Number == epoch.Number, [.. TimeStampRows.Sizes(s, e.Name.Origin)])).ToList();
        var leaves = rows.SelectMany(row => s.Query("SELECT sha256, leaf FROM receipts WHERE chain = $1 AND leaf IS NOT NULL ORDER BY issuer, seq", r => (Sha256: r.Digest(0), Leaf: r.GetInt64(1)), row.Id)).Concat(records)
            .Select(l => new Leaf(l.Sha256, l.Leaf, pins.FindLast(p => p.Covers(l.Leaf)))).ToList();
        var held = leaves.Where(l => l.Pin is not null).GroupBy(l => l.Pin!.Epoch.Number, (_, of) => (Pin: of.First().Pin!, Leaves: of.Select(l => l.Index).ToList())).ToList();
        foreach (var (pin, of) in held)
            pin.Notes = Notes(s, pin, of, held.Count);
        return new BundleLog(keys.State, newest.Newest, Proofs(leaves.Select(l => new Place(l.Sha256, l.Index, l.Pin?.Epoch, l.Pin?.Over(l.Index)))).Concat(LogBeginnings.Of(s, leaves.Select(l => l.Pin?.Epoch))))
        {
            Policy = policy.Of(s, epoch.Name, newest.Size).Write(),
            Growths = [.. held.SelectMany(log => Growths(s, log.Pin, log.Leaves))],
            TimeStamps = Stamps(s, pins, leaves),
            Witnesses = Witnesses([newest, .. pins.SelectMany(p => (CheckpointRow?[])[p.Witnessed, p.Latest]).OfType<CheckpointRow>(), .. held.SelectMany(log => log.Pin.Notes.Values.Distinct())], policy.Of(s, epoch.Name, newest.Size)),
        };
    }

    // Between the beginning of a log and its first checkpoint the newest is one of the log before.
    private static CheckpointRow? Newest(Session s, LogEpoch epoch)
        => Checkpoints.LatestWitnessed(s, epoch) ?? LogEpoch.All(s).Reverse().Select(e => Latest(s, e) ?? Checkpoints.LatestWitnessed(s, e)).FirstOrDefault(row => row is not null);

    // What nobody cosigned is judged by the keys of today: signed with dropped ones alone, as the end of a log whose keys were stolen, it proves nothing to anybody.
    private static CheckpointRow? Latest(Session s, LogEpoch epoch) => Checkpoints.Latest(s, epoch) is { } row
        && (row.Witnessed is not null || (PeerRows.Own(s)?.Card.Log is { } log && SignedNote.Read(row.Newest).TryGet(out var note, out _) && VerifiedCheckpoint.Open(note, log.LogKeys(epoch.Name)).Succeeded)) ? row : null;

    // By the index of a leaf in the log; the rows are the same for those that share one.
    private static Dictionary<long, CheckpointRow> Notes(Session s, Pin pin, IEnumerable<long> leaves, int logs)
    {
        var sizes = ProofNotes.Of(s, pin.Epoch, leaves.Select(l => l - pin.Epoch.First), logs);
        // Lines that came meanwhile do not make two notes of one: the newest witnessed stands in the bundle by itself, too.
        var notes = sizes.Values.Distinct().ToDictionary(size => size, size => pin.Witnessed is { } newest && newest.Size == size ? newest : Checkpoints.At(s, pin.Epoch, size) ?? throw new LedgerBrokenException($"checkpoint {size} of {pin.Epoch.Name} is gone"));
        return sizes.ToDictionary(l => l.Key + pin.Epoch.First, l => notes[l.Value]);
    }

    // Each leads to the newest witnessed checkpoint of its log, and that one to the newest, where something lies under that: together they show one log.
    private static List<BundleGrowth> Growths(Session s, Pin pin, List<long> leaves)
    {
        var witnessed = pin.Notes.Values.Concat(pin.Witnessed is null ? [] : [pin.Witnessed]).DistinctBy(row => row.Size).OrderBy(row => row.Size).ToList();
        var tree = new LogTree(s, pin.Epoch);
        BundleGrowth Way(CheckpointRow from, CheckpointRow to)
            => new(pin.Epoch.Name, from.Size, new CheckpointSubmission(from.Size, tree.Consistency(from.Size, to.Size), to.Newest).Write());
        var ways = witnessed.SkipLast(1).Select(row => Way(row, witnessed[^1])).ToList();
        // What nobody cosigned is judged by the keys of today, which may be others: it is not shown without need.
        if (witnessed.Count > 0 && pin.Latest?.Size > witnessed[^1].Size && (leaves.Exists(l => !pin.Notes.ContainsKey(l)) || (pin.Grows && pin.Stamped.Exists(size => size > witnessed[^1].Size))))
            ways.Add(Way(witnessed[^1], pin.Latest));
        return ways;
    }

    // Also of the notes of earlier logs, under which older proofs lie: their witnesses may be none of today's.
    private static List<string> Witnesses(IEnumerable<CheckpointRow> notes, TlogPolicy policy)
        => [.. notes.SelectMany(n => SignedNote.Read(n.Newest).Value.Signatures.Select(l => l.Name)).Concat(policy.Witnesses.Select(w => w.Key.Name))
            .Where(name => name.Length > 2 && Ids.IsState(name[^2..]) && name == LogName.Witness(name[^2..])).Select(name => name[^2..]).Distinct()];

    private IEnumerable<(Digest Leaf, ReadOnlyMemory<byte> Proof)> Proofs(IEnumerable<Place> places)
    {
        foreach (var part in places.Chunk(ReceiptsPerRead))
        {
            foreach (var proof in database.Read(s => part.Select(p => (p.Sha256, Proof: Proof(s, p))).ToList()))
            {
                if (proof.Proof is { } bytes)
                    yield return (proof.Sha256, bytes);
            }
        }
    }

    private static byte[]? Proof(Session s, Place place)
        => place is { Epoch: { } epoch, Under: { } under } && LogProofs.Under(s, epoch, under, place.Index).TryGet(out var proof, out _) ? proof.File.Write() : null;

    // For each leaf the first stamped checkpoint that covers it in each log that holds it: later ones say less. A log that took over what no witness had seen of the one before
    // holds leaves whose earliest stamp is over that other log; it says something of them only with a proof of their place there.
    private List<BundleStamp> Stamps(Session s, List<Pin> pins, List<Leaf> leaves)
    {
        var stamps = new List<BundleStamp>();
        var dated = new HashSet<Digest>();
        foreach (var pin in pins.Where(p => p.Stamped.Count > 0))
        {
            foreach (var group in leaves.Where(l => pin.Covers(l.Index)).GroupBy(l => pin.FirstStamped(l.Index)).Where(g => g.Key > 0).OrderBy(g => g.Key))
            {
                if (stamps.Count == MaxStamped)
                    return stamps;
                if (Stamp(s, pin, group.Key) is not (var stamp, var to))
                    continue;
                // Only the earliest is worth a second proof of a leaf; in its own log the checkpoint of its proof is shown to have become the one to which the stamp leads.
                var further = group.Where(l => dated.Add(l.Sha256) && (l.Pin != pin || pin.Over(l.Index)!.Size > to.Size)).Select(l => new Place(l.Sha256, l.Index, pin.Epoch, to)).ToList();
                if (further.Count > 0 || group.Any(l => l.Pin == pin))
                    stamps.Add(stamp with { Leaves = Proofs(further) });
            }
        }
        return stamps;
    }

    private static (BundleStamp Stamp, CheckpointRow To)? Stamp(Session s, Pin pin, long size)
    {
        var replies = TimeStampRows.Of(s, pin.Epoch.Name.Origin, size);
        // Authorities that stamped the same checkpoint stamped the same bytes. In a log that has ended no witness will bound the age of the newest checkpoint: the stamp bounds that of its own.
        var to = pin.Witnessed?.Size >= size ? pin.Witnessed : pin.Grows ? pin.Latest : Checkpoints.At(s, pin.Epoch, size);
        if (to is null || to.Size < size || replies.Any(r => !r.Note.Span.SequenceEqual(replies[0].Note.Span)))
            return null;
        var growth = new CheckpointSubmission(size, new LogTree(s, pin.Epoch).Consistency(size, to.Size), to.Newest);
        return (new BundleStamp(pin.Epoch.Name, size, replies[0].Note, growth.Write(), [.. replies.Select(r => (r.Authority, r.Reply))]), to);
    }

    /// <summary>A log and its checkpoints as they were when the export began: the proofs are made while it is written, and all lead to these.</summary>
    /// <param name="Grows">Whether no other log has followed it.</param>
    /// <param name="Stamped">Sizes of checkpoints that were time-stamped, the smallest first.</param>
    private sealed record Pin(LogEpoch Epoch, CheckpointRow? Witnessed, CheckpointRow? Latest, bool Grows, List<long> Stamped)
    {
        /// <summary>The witnessed checkpoint under which the proof of a leaf lies (<see cref="ProofNotes"/>).</summary>
        public IReadOnlyDictionary<long, CheckpointRow> Notes { get; set; } = new Dictionary<long, CheckpointRow>();

        public bool Covers(long leaf) => leaf >= Epoch.First && (Witnessed?.Size > leaf - Epoch.First || Latest?.Size > leaf - Epoch.First);

        /// <summary>What is not witnessed yet, under the newest; null where none covers the leaf.</summary>
        public CheckpointRow? Over(long leaf) => Notes.GetValueOrDefault(leaf) ?? (leaf >= Epoch.First && Latest?.Size > leaf - Epoch.First ? Latest : null);

        /// <summary>0 when none covers the leaf.</summary>
        public long FirstStamped(long leaf)
        {
            var at = Stamped.BinarySearch(leaf - Epoch.First + 1);
            return (at < 0 ? ~at : at) is var first && first < Stamped.Count ? Stamped[first] : 0;
        }
    }

    /// <summary>A leaf whose proof is made while the bundle is written.</summary>
    private sealed record Place(Digest Sha256, long Index, LogEpoch? Epoch, CheckpointRow? Under);

    private sealed record Leaf(Digest Sha256, long Index, Pin? Pin);
}
