using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Tests.MerkleLog;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>The log of the exporting State: leaves of other cases, then the receipts as they came. Knobs make it lie.</summary>
internal sealed record SampleLog(params IReadOnlyList<SampleState> Witnesses)
{
    /// <summary>Leaves of other cases that stand before.</summary>
    public int Others { get; init; } = 37;

    /// <summary>Which log of the State, when it is not the first of the year.</summary>
    public LogName? Name { get; init; }

    /// <summary>Whose key signs the checkpoint; the State's own when null.</summary>
    public NoteSigner? SignedBy { get; init; }

    /// <summary>Who signs for a witness; its own key when null.</summary>
    public Func<SampleState, NoteSigner>? CosignedBy { get; init; }

    /// <summary>How long after the last receipt.</summary>
    public TimeSpan CosignedAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Who cosigned the earlier checkpoints; the same when null.</summary>
    public IReadOnlyList<SampleState>? EarlierWitnesses { get; init; }

    /// <summary>Changes the order in which the receipts were logged.</summary>
    public Func<IReadOnlyList<(Digest Sha256, string State)>, IEnumerable<(Digest Sha256, string State)>> OnOrder { get; init; } = r => r;

    /// <summary>Receipts whose proof is there.</summary>
    public Func<int, bool> Proves { get; init; } = _ => true;

    /// <summary>What was logged beside the receipts, after the first so many of them; all of it is proved.</summary>
    public (int After, IReadOnlyList<LogLeaf> Leaves) Records { get; init; } = (0, []);

    /// <summary>The last checkpoint of the log before, as it signed it, and what the proof of the first leaf carries; null where the log does not show one.</summary>
    public (SignedNote Note, ReadOnlyMemory<byte> Shown)? Follows { get; init; }

    /// <summary>How many witnesses the policy in the bundle asks for; null for no policy.</summary>
    public int? Threshold { get; init; } = 1;

    /// <summary>What a time-stamp authority answers about the checkpoint before the last receipts; null for no time-stamp.</summary>
    public Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? Stamped { get; init; }

    /// <summary>A log of the State that was ended, in which the same leaves stand: an authority stamped it before any witness saw it. Null for none.</summary>
    public LogName? Ended { get; init; }

    /// <summary>How many receipts came after the checkpoint that was stamped.</summary>
    public int AfterStamp { get; init; } = 3;

    /// <summary>The last checkpoint of a log that was ended, as its State signed it.</summary>
    public static (SignedNote Note, ReadOnlyMemory<byte> Shown) EndOf(SampleState own, LogName ended, long size)
    {
        var text = new Checkpoint(ended.Origin, size, Digest.Of("the end"u8)).Write();
        var note = SignedNote.Compose(text, [own.LogOf(ended).Line(text)]);
        return (note, note.Bytes);
    }

    /// <param name="own">Whose log.</param>
    /// <param name="receipts">In the order in which they were logged.</param>
    /// <param name="now">When the newest checkpoint was made.</param>
    /// <param name="earlier">After how many receipts a checkpoint was made and cosigned before, and when, the smallest first. Each proof lies under the first that covers it; where one was cosigned again, the last leaf under that.</param>
    public BundleLog Of(SampleState own, IReadOnlyList<(Digest Sha256, string State)> receipts, DateTimeOffset now, IReadOnlyList<(int Receipts, DateTimeOffset At)>? earlier = null)
    {
        var name = Name ?? new LogName(own.Code, 2026);
        List<LogLeaf> leaves = [.. Enumerable.Range(0, Others).Select(i => new LogLeaf(LeafKind.audit, Digest.Of([(byte)i])))];
        leaves.AddRange(OnOrder(receipts).Select(r => new LogLeaf(r.State == own.Code ? LeafKind.receipt : LeafKind.received, r.Sha256)));
        leaves.InsertRange(Others + Records.After, Records.Leaves);
        if (Follows is { } before)
            leaves.Insert(0, new LogLeaf(LeafKind.epoch, Digest.Of(before.Note.Bytes.Span)));
        var hashes = leaves.ConvertAll(l => l.Hash);
        var note = Note(own, new Checkpoint(name.Origin, leaves.Count, TreeNodes.Root(leaves.Count, TreeNodes.Of(hashes))), now);
        var steps = (earlier ?? []).Select(e => (Size: leaves.FindIndex(l => l.Sha256 == receipts[e.Receipts - 1].Sha256) + 1, e.At))
            .Select(e => (e.Size, Note: Note(own, new Checkpoint(name.Origin, e.Size, TreeNodes.Root(e.Size, TreeNodes.Of(hashes))), e.At, EarlierWitnesses))).ToList();
        (long Size, SignedNote Note) Over(int index)
        {
            var first = steps.FindIndex(s => s.Size > index);
            return first < 0 ? (leaves.Count, note) : steps[first].Size == index + 1 ? steps.FindLast(s => s.Size == index + 1) : steps[first];
        }
        var proofs = receipts.Where((_, i) => Proves(i)).Select(r => r.Sha256).Concat(Records.Leaves.Select(l => l.Sha256)).Select(sha256 => (Sha256: sha256, Index: leaves.FindIndex(l => l.Sha256 == sha256)))
            .Select(p => (p.Sha256, p.Index, Over: Over(p.Index)))
            .Select(p => (p.Sha256, (ReadOnlyMemory<byte>)new TlogProof(p.Index, InclusionProof.Build(p.Index, p.Over.Size, TreeNodes.Of(hashes)), p.Over.Note).Write()));
        if (Follows is { } followed)
            proofs = proofs.Append((Digest.Of(followed.Note.Bytes.Span), new TlogProof(0, InclusionProof.Build(0, leaves.Count, TreeNodes.Of(hashes)), note, followed.Shown).Write()));
        return new BundleLog(own.Code, note.Bytes, proofs.ToList())
        {
            Policy = Threshold is { } threshold
                ? (ReadOnlyMemory<byte>?)TlogPolicy.Compose([own.LogOf(name).Key], [.. Witnesses.Select(w => new PolicyWitness(w.Code, w.Cosigner.Key))], threshold).Write()
                : null,
            Growths = [.. steps.DistinctBy(s => s.Size).Where(s => s.Size < leaves.Count).Select(s => new BundleGrowth(name, s.Size, new CheckpointSubmission(s.Size, ConsistencyProof.Build(s.Size, leaves.Count, TreeNodes.Of(hashes)), note.Bytes).Write()))],
            TimeStamps = Stamped is { } stamp ? [Stamp(own, name, hashes, note, stamp), .. Ended is { } ended ? [StampEnded(own, ended, leaves, receipts, stamp)] : Array.Empty<BundleStamp>()] : [],
        };
    }

    private BundleStamp Stamp(SampleState own, LogName name, List<Digest> hashes, SignedNote newest, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> stamp)
    {
        var size = hashes.Count - AfterStamp;
        var text = new Checkpoint(name.Origin, size, TreeNodes.Root(size, TreeNodes.Of(hashes))).Write();
        var stamped = SignedNote.Compose(text, [own.LogOf(name).Line(text)]).Bytes;
        var growth = new CheckpointSubmission(size, ConsistencyProof.Build(size, hashes.Count, TreeNodes.Of(hashes)), newest.Bytes);
        return new BundleStamp(name, size, stamped, growth.Write(), [("tsa-1", stamp(stamped))]);
    }

    // Nothing leads from there to a checkpoint that somebody witnessed, but the place of a leaf does.
    private BundleStamp StampEnded(SampleState own, LogName name, List<LogLeaf> leaves, IReadOnlyList<(Digest Sha256, string State)> receipts, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> stamp)
    {
        var size = leaves.Count - AfterStamp;
        var hashes = leaves.Take(size).Select(l => l.Hash).ToList();
        var text = new Checkpoint(name.Origin, size, TreeNodes.Root(size, TreeNodes.Of(hashes))).Write();
        var note = SignedNote.Compose(text, [own.LogOf(name).Line(text)]);
        return new BundleStamp(name, size, note.Bytes, new CheckpointSubmission(size, [], note.Bytes).Write(), [("tsa-1", stamp(note.Bytes))])
        {
            Leaves = receipts.Select(r => (r.Sha256, Index: leaves.FindIndex(l => l.Sha256 == r.Sha256))).Where(r => r.Index < size)
                .Select(r => (r.Sha256, (ReadOnlyMemory<byte>)new TlogProof(r.Index, InclusionProof.Build(r.Index, size, TreeNodes.Of(hashes)), note).Write())).ToList(),
        };
    }

    public SignedNote Note(SampleState own, Checkpoint checkpoint, DateTimeOffset now, IReadOnlyList<SampleState>? witnesses = null)
    {
        var text = checkpoint.Write();
        return SignedNote.Compose(text, [(SignedBy ?? (Name is null ? own.Log : own.LogOf(Name))).Line(text), .. (witnesses ?? Witnesses).Select(w => (CosignedBy?.Invoke(w) ?? w.Cosigner).Line(text, now + CosignedAfter))]);
    }

    /// <summary>The first receipts in the log of 2026, as many again in each of those that come after.</summary>
    /// <param name="next">The others, each with what it shows as the end of the one before, from the newest checkpoint of that of 2026 and the index of the last leaf that is proved under it; null for nothing.</param>
    public static Task<byte[]> Turned(params (LogName Name, Func<ReadOnlyMemory<byte>, long, (SignedNote, ReadOnlyMemory<byte>)?> Follows)[] next)
    {
        var story = new SampleCase();
        return story.Write(s =>
        {
            var (proofs, each) = (s.Logs[0].Proofs.ToDictionary(p => p.Leaf, p => p.Proof), story.Issued.Count / (next.Length + 1));
            var last = TlogProof.Read(proofs[story.Issued[each - 1].Sha256]).Value.Index;
            var logs = next.Select(n => new SampleLog(SampleCase.Shared.Asked, SampleCase.Shared.Witness) { Name = n.Name, Follows = n.Follows(s.Logs[0].Checkpoint, last) }.Of(SampleCase.Shared.Asking, story.Issued, Requests.RequestSamples.Now.AddMinutes(4))).ToList();
            var later = logs.ConvertAll(log => log.Proofs.Take(story.Issued.Count).ToDictionary(p => p.Leaf, p => p.Proof));
            return s with { Logs = [logs[^1] with { Proofs = [.. story.Issued.Select((r, i) => (r.Sha256, i < each ? proofs[r.Sha256] : later[Math.Min((i / each) - 1, later.Count - 1)][r.Sha256])), .. logs.SelectMany(log => log.Proofs.Skip(story.Issued.Count))] }] };
        });
    }

    /// <summary>The receipts in the logs of 2026, 2026-2 and 2027; the last of them says that it follows the first one, and where that ended.</summary>
    /// <param name="behind">How many leaves that one is said to have had behind the last that is proved.</param>
    public static Task<byte[]> PassedOver(long behind)
    {
        var first = new LogName("XA", 2026);
        return Turned((new LogName("XA", 2026, 2), (note, _) => EndedAt(first, SignedNote.Read(note).Then(n => Checkpoint.Read(n.Text)).Value.Size)), (new LogName("XA", 2027), (_, last) => EndedAt(first, last + behind)));
    }

    /// <summary>The receipts of one case in one log of XA, those of the other in another one of the same name, which the other witness saw.</summary>
    /// <param name="disjoint">Whether no place of the one is proved in the other.</param>
    public static Task<byte[]> TwoStories(bool disjoint = false)
    {
        var (story, asking) = (new SampleCase(), SampleCase.Shared.Asking);
        return story.Write(s =>
        {
            var now = Requests.RequestSamples.Now.AddMinutes(4);
            var one = new SampleLog(SampleCase.Shared.Witness) { Others = 50 }.Of(asking, story.Issued, now);
            var two = new SampleLog(SampleCase.Shared.Asked) { Others = disjoint ? 120 : 44 }.Of(asking, disjoint ? story.Issued : [.. Enumerable.Reverse(story.Issued)], now);
            var shown = s.Cases[0].Chains.SelectMany(c => c.Receipts).Select(r => Digest.Of(r.Span)).ToHashSet();
            return s with { Logs = [one with { Policy = null, Proofs = [.. one.Proofs.Where(p => shown.Contains(p.Leaf)), .. two.Proofs.Where(p => !shown.Contains(p.Leaf))] }] };
        });
    }

    /// <summary>A bundle with the proofs of both States' logs of 2026, and what is to show that one was split.</summary>
    public static Task<byte[]> BothSplit(BundleConflict conflict)
    {
        var story = new SampleCase();
        return story.Write(s => s with
        {
            Logs = [.. s.Logs, new SampleLog(SampleCase.Shared.Asking, SampleCase.Shared.Witness).Of(SampleCase.Shared.Asked, story.Issued, Requests.RequestSamples.Now.AddMinutes(4))],
            Conflicts = [conflict],
        });
    }

    /// <summary>Two checkpoints of a log of a State, of one size, with different roots, unless they are bent.</summary>
    public static BundleConflict Split(SampleState of, Func<Checkpoint, Checkpoint>? bend = null, int year = 2026, LogName? name = null)
    {
        name ??= new LogName(of.Code, year);
        byte[] Note(Checkpoint checkpoint) => SignedNote.Compose(checkpoint.Write(), [of.LogOf(name).Line(checkpoint.Write())]).Bytes.ToArray();
        var other = new Checkpoint(name.Origin, 7, Digest.Of("another story"u8));
        return new BundleConflict(name, 7, Note(new Checkpoint(name.Origin, 7, Digest.Of("one story"u8))), Note(bend?.Invoke(other) ?? other));
    }

    /// <summary>A checkpoint of a log of XA, as that log signed it; no witness saw it.</summary>
    public static (SignedNote, ReadOnlyMemory<byte>)? EndedAt(LogName name, long size)
    {
        var text = new Checkpoint(name.Origin, size, Digest.Of("as it was"u8)).Write();
        var ended = SignedNote.Compose(text, [SampleCase.Shared.Asking.LogOf(name).Line(text)]);
        return (ended, ended.Bytes);
    }
}
