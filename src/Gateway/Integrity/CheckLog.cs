using System.Globalization;
using Gateway.AuditLog;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;

namespace Gateway.Integrity;

/// <summary>
/// The trees over the leaves: every stored hash and the root of every checkpoint are computed again from the leaves, and each checkpoint must bear the
/// signature of a key that our cards name. Leaves that were exchanged with each other, which no record shows, are found here.
/// </summary>
internal sealed class CheckLog(LedgerView view)
{
    private readonly HashSet<Digest> _notes = [];

    public void Run()
    {
        // What is wrong with a leaf was said already; that its tree differs too says nothing new.
        var doubtful = view.Report.Findings.Any(f => f.Index is not null) || view.Leaves.Missing.Any();
        foreach (var epoch in LogEpoch.All(view.Session))
            Epoch(epoch, doubtful);
        // What a log follows that was begun after a loss was shown by a peer, and our own keys say whether it is genuine.
        foreach (var followed in LogEpoch.Followed(view.Session))
        {
            if (SignedNote.Read(followed).Then(n => Protocol.MerkleLog.Checkpoint.Read(n.Text)).TryGet(out var said, out _) && LogName.TryParse(said.Origin, out var log) && log.State == view.OwnState
                && view.LogKeys(log) is var keys && (keys.Count == 0 || VerifiedCheckpoint.Open(followed, keys).Succeeded))
                _notes.Add(Digest.Of(followed));
        }
        foreach (var (index, sha256) in view.Leaves.Unmatched(LeafKind.epoch).Where(l => !_notes.Contains(l.Sha256)))
            view.Report.Add(LedgerFault.CHECKPOINT_MISSING, $"checkpoint {sha256}", null, index, "the leaf that begins a log names it, and it is not there");
    }

    // A log that was begun after a loss takes once more what no witnessed checkpoint covered: the leaves of two logs may overlap.
    private void Epoch(LogEpoch epoch, bool doubtful)
    {
        var checkpoints = new Queue<(long Size, Digest? Root, byte[] Note)>(view.Session.Query("SELECT size, root, note FROM log_checkpoints WHERE epoch = $1 ORDER BY size",
            row => (row.GetInt64(0), row.BytesOrNull(1) is { Length: Digest.Length } root ? new Digest(root) : (Digest?)null, row.Bytes(2)), epoch.Number));
        var nodes = view.Session.Query("SELECT level, idx, hash FROM log_nodes WHERE epoch = $1", row => (Place: ((int)row.GetInt64(0), row.GetInt64(1)), Hash: row.BytesOrNull(2)), epoch.Number)
            .ToDictionary(n => n.Place, n => n.Hash is { Length: Digest.Length } hash ? new Digest(hash) : (Digest?)null);
        var last = checkpoints.Count > 0 ? checkpoints.Max(c => c.Size) : 0;
        var frontier = new TileFrontier();
        for (var index = epoch.First; index < view.Leaves.Count && frontier.Size < last; index++)
        {
            if (view.Leaves.At(index) is not { } leaf || !Enum.TryParse<LeafKind>(leaf.Kind, out var kind))
            {
                if (!doubtful)
                    view.Report.Add(LedgerFault.LEAF_ALTERED, $"leaf {index}", null, index, "it is of a kind that no log has");
                return;
            }
            frontier.Add(new LogLeaf(kind, leaf.Sha256).Hash, made =>
            {
                view.Report.Count("tiles");
                var record = $"hash {made.Level}/{made.Index} of {epoch.Name}";
                if (!nodes.Remove((made.Level, made.Index), out var stored))
                    view.Report.Add(LedgerFault.TILE_MISSING, record, null, null, "it is not stored; the leaves give it");
                else if (stored != made.Hash && !doubtful)
                    view.Report.Add(LedgerFault.TILE_ALTERED, record, null, null, "the leaves give another hash");
            });
            while (checkpoints.TryPeek(out var due) && due.Size == frontier.Size)
                Checkpoint(epoch, checkpoints.Dequeue(), frontier.Root, doubtful);
        }
        foreach (var (size, _, note) in checkpoints)
        {
            _notes.Add(Digest.Of(note));
            if (!doubtful)
                view.Report.Add(LedgerFault.LEAF_MISSING, $"checkpoint {size} of {epoch.Name}", null, epoch.First + frontier.Size, string.Create(CultureInfo.InvariantCulture, $"it covers {size} leaves, and the log has {frontier.Size}: the end was cut off"));
        }
        foreach (var (level, index) in nodes.Keys.Order())
            view.Report.Add(LedgerFault.TILE_ALTERED, $"hash {level}/{index} of {epoch.Name}", null, null, "no leaves give it");
    }

    private void Checkpoint(LogEpoch epoch, (long Size, Digest? Root, byte[] Note) stored, Digest root, bool doubtful)
    {
        view.Report.Count("checkpoints");
        _notes.Add(Digest.Of(stored.Note));
        var record = $"checkpoint {stored.Size} of {epoch.Name}";
        var keys = view.LogKeys(epoch.Name);
        if (keys.Count > 0 && !VerifiedCheckpoint.Open(stored.Note, keys).TryGet(out _, out var refusal))
            view.Report.Add(LedgerFault.CHECKPOINT_ALTERED, record, null, null, refusal.Detail);
        else if (!SignedNote.Read(stored.Note).TryGet(out var note, out refusal) || !Protocol.MerkleLog.Checkpoint.Read(note.Text).TryGet(out var said, out refusal))
            view.Report.Add(LedgerFault.CHECKPOINT_ALTERED, record, null, null, refusal!.Detail);
        else if (said.Origin != epoch.Name.Origin || said.Size != stored.Size || said.Root != stored.Root)
            view.Report.Add(LedgerFault.CHECKPOINT_ALTERED, record, null, null, "a column of its row says something else than the note");
        else if (said.Root != root && !doubtful)
            view.Report.Add(LedgerFault.LEAF_ALTERED, record, null, null, "the leaves no longer give its root: some were changed or exchanged with each other, and their records with them");
    }
}
