using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;

namespace Gateway.Protocol.Verification;

/// <summary>
/// The checkpoints of one State's logs that are here, and which of them is shown to have become which other one by growing only. What stands under a checkpoint then stands under every
/// one that it became: the first of them bounds when it was there, and all of them vouch for it. Where two are not shown to be of one tree, each could be of another story, with other witnesses.
/// </summary>
internal sealed class LogGrowth
{
    /// <summary>Files of growth that are kept and judged.</summary>
    public const int MaxFiles = 10_000;

    // An exporter writes one step, and a second one where the newest leaves have no witness yet.
    private const int MaxFollowed = 16;

    private readonly Dictionary<(string Origin, long Size, Digest Root), Node> _nodes = [];
    private readonly Findings _findings;
    private readonly string _state;

    /// <param name="facts">What was read.</param>
    /// <param name="state">Whose logs.</param>
    /// <param name="notes">Checkpoints that hold: those under which something is proved, and the newest.</param>
    /// <param name="read">Judges a further one.</param>
    /// <param name="met">Whether a checkpoint has the witnesses that are asked for.</param>
    /// <param name="counts">Whose word on the time counts.</param>
    /// <param name="findings">Takes what is wrong.</param>
    public LogGrowth(Facts facts, string state, IEnumerable<LogNote> notes, Func<SignedNote, string, LogNote?> read, Func<LogNote, bool> met, Func<Cosigner, bool> counts, Findings findings)
    {
        (_state, _findings) = (state, findings);
        foreach (var note in notes)
            Of(note).Notes.Add(note);
        var steps = facts.Growths.Where(g => g.State == state).Select(g => (Fact: g, To: read(facts.Notes[g.Note], g.File))).ToList();
        foreach (var (_, to) in steps)
        {
            if (to is not null)
                Of(to).Notes.Add(to);
        }
        var bySize = _nodes.Values.ToLookup(n => (n.Checkpoint.Origin, n.Checkpoint.Size));
        foreach (var (growth, to) in steps)
        {
            if (to is not null)
                Step(growth, Of(to), bySize);
        }
        // A step leads to a larger size only, so that the larger ones are complete when the smaller ones ask them.
        foreach (var node in _nodes.Values.OrderByDescending(n => n.Checkpoint.Size))
        {
            node.Met = node.Notes.Any(met) || node.Later.Exists(n => n.Met);
            node.Outside = node.Cosigners.Any(c => c is { Party: false, Confirmed: true }) || node.Later.Exists(n => n.Outside);
            node.Seen = node.Cosigners.Where(counts).Select(c => ((DateTimeOffset, string)?)(c.Time, c.State)).Concat(node.Later.Select(n => n.Seen)).Min();
        }
    }

    /// <summary>Whether it, or one that it became, has the witnesses that are asked for.</summary>
    public bool Met(LogNote note) => Of(note).Met;

    /// <summary>Whether a State outside the case whose card is confirmed cosigned it, or one that it became.</summary>
    public bool Outside(LogNote note) => Of(note).Outside;

    /// <summary>When somebody whose word counts first cosigned it, or one that it became; null where nobody did.</summary>
    public (DateTimeOffset Time, string By)? Seen(LogNote note) => Of(note).Seen;

    /// <summary>The checkpoint, and those that it is shown to have become.</summary>
    public IReadOnlyList<Checkpoint> Became(LogNote note) => Of(note).Followed ??= [.. Follow(Of(note)).Select(n => n.Checkpoint)];

    /// <summary>Checkpoints that count and of which nothing larger that counts came: what is asked of witnesses is asked of these.</summary>
    public IEnumerable<LogNote> Ends => _nodes.Values.Where(n => n.Met && !n.Later.Exists(l => l.Met)).Select(n => n.Notes.First() with { Cosigners = [.. n.Cosigners] });

    /// <summary>Who cosigned what is under these checkpoints.</summary>
    public IEnumerable<Cosigner> Cosigners(IEnumerable<LogNote> notes) => notes.Select(Of).Distinct().SelectMany(Follow).Distinct().SelectMany(n => n.Cosigners);

    /// <summary>Names each log of which checkpoints that count are not shown to be of one tree.</summary>
    public void Shown(IEnumerable<LogNote> used)
    {
        foreach (var log in used.Select(Of).Where(n => n.Met).Distinct().GroupBy(n => n.Checkpoint.Origin, StringComparer.Ordinal))
        {
            // A log that has ended may lead to an end under which nothing is proved here.
            var end = _nodes.Values.Where(n => n.Met && n.Checkpoint.Origin == log.Key).MaxBy(n => n.Checkpoint.Size)!;
            var reaches = new HashSet<Node> { end };
            foreach (var node in _nodes.Values.Where(n => n.Checkpoint.Origin == log.Key).OrderByDescending(n => n.Checkpoint.Size))
            {
                if (node.Later.Exists(reaches.Contains))
                    reaches.Add(node);
            }
            if (log.Where(n => !reaches.Contains(n)).OrderBy(n => n.Checkpoint.Size).ToList() is [var first, ..] apart)
                _findings.Add(FindingCode.GrowthNotShown, $"what is proved here stands under checkpoints of {log.Key} of {first.Checkpoint.Size} and {end.Checkpoint.Size} leaves, and nothing shows that the one became the other by growing only{(apart.Count > 1 ? $"; {apart.Count - 1} more are like it" : "")}: {_state} could have shown each of its witnesses another story; ask for a bundle with the way between them");
        }
    }

    private void Step(GrowthFact growth, Node to, ILookup<(string Origin, long Size), Node> bySize)
    {
        var (log, size) = BundleLayout.GrowthOf(growth.File)!.Value;
        var from = bySize[(log.Origin, size)].ToList();
        if (growth.Way.Old != size || to.Checkpoint.Origin != log.Origin || to.Checkpoint.Size <= size)
            _findings.Add(FindingCode.GrowthBroken, $"the file holds a way from size {growth.Way.Old} to checkpoint {to.Checkpoint.Size} of {to.Checkpoint.Origin}", growth.File);
        else if (from.Count == 0)
            _findings.Add(FindingCode.ProofUnreferenced, $"nothing here is proved under a checkpoint of {log.Origin} of {size} leaves", growth.File);
        foreach (var node in growth.Way.Old == size && to.Checkpoint.Size > size ? from : [])
        {
            if (to.Checkpoint.Origin == log.Origin && ConsistencyProof.Verify((ulong)size, (ulong)to.Checkpoint.Size, node.Checkpoint.Root, to.Checkpoint.Root, growth.Way.Proof))
                node.Later.Add(to);
            else
                _findings.Add(FindingCode.GrowthBroken, $"the way does not lead from the checkpoint of {size} leaves, under which something is proved here, to checkpoint {to.Checkpoint.Size} of {to.Checkpoint.Origin}: the log was not only added to", growth.File);
        }
    }

    private static List<Node> Follow(Node first)
    {
        var followed = new List<Node> { first };
        for (var i = 0; i < followed.Count && followed.Count < MaxFollowed; i++)
            followed.AddRange(followed[i].Later.Where(n => !followed.Contains(n)).Take(MaxFollowed - followed.Count));
        return followed;
    }

    private Node Of(LogNote note)
    {
        var key = (note.Checkpoint.Origin, note.Checkpoint.Size, note.Checkpoint.Root);
        return _nodes.TryGetValue(key, out var node) ? node : _nodes[key] = new Node(note.Checkpoint);
    }

    private sealed class Node(Checkpoint checkpoint)
    {
        public Checkpoint Checkpoint => checkpoint;
        public HashSet<LogNote> Notes { get; } = new(ReferenceEqualityComparer.Instance);
        public List<Node> Later { get; } = [];
        public IEnumerable<Cosigner> Cosigners => Notes.SelectMany(n => n.Cosigners);
        public bool Met { get; set; }
        public bool Outside { get; set; }
        public (DateTimeOffset Time, string By)? Seen { get; set; }
        public IReadOnlyList<Checkpoint>? Followed { get; set; }
    }
}
