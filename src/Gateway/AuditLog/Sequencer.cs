using System.Globalization;
using Gateway.Keys;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;

namespace Gateway.AuditLog;

/// <summary>
/// Makes checkpoints of the leaves that acts have left: hashes what is new, signs, and stores hashes and note in one transaction that
/// compares the checkpoint before. What left the process was stored first, and is sent again byte for byte; a signature that was
/// never stored was never shown, so there is one root for each size, whenever the process dies.
/// </summary>
/// <param name="maySign">Whether it is known that this database is not older than what was signed; null: always.</param>
internal sealed class Sequencer(Database database, LogKeys keys, string state, TimeProvider clock, Func<bool>? maySign = null) : IDisposable
{
    /// <summary>Most leaves under one new checkpoint: bounds memory and the time of one transaction.</summary>
    public const int MaxLeaves = 65_536;

    /// <summary>How long another year must be seen, in two looks at least, before the log turns: a name that is used up does not come back when the clock is right again.</summary>
    public static readonly TimeSpan YearHolds = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _one = new(1);
    private Edge? _edge;
    private (int Year, DateTimeOffset Since)? _seen;

    /// <summary>Why the log does not turn though the clock shows a later year, for people; null when nothing is strange. Checkpoints are made in the log of before meanwhile.</summary>
    public string? Doubt { get; private set; }

    public bool MaySign => maySign?.Invoke() != false;

    /// <summary>Raised after a checkpoint was stored and flushed: witnesses may be asked.</summary>
    public event Action<LogEpoch, CheckpointRow>? Published;

    /// <summary>Makes the next checkpoint; null when there is no new leaf, or nothing may be signed now. Throws <see cref="LedgerBrokenException"/> when the log is not what it was.</summary>
    public async Task<CheckpointRow?> Advance()
    {
        if (!MaySign)
            return null;
        await _one.WaitAsync();
        try
        {
            // A recovery may have ended one log and begun another.
            if (_edge is { } known && database.Read(LogEpoch.Current)?.Number != known.Epoch.Number)
                _edge = null;
            var edge = _edge ??= await Open();
            if (HasTurned(edge.Epoch.Name, clock.GetUtcNow()))
                edge = _edge = await Turn(edge, edge.Epoch.Name.Year + 1);
            if (database.Read(s => Grow(s, edge)) is not { } hashes)
                return null;
            var next = Sign(edge);
            await database.Write(Lane.Ordinary, s => Store(s, edge, next, hashes));
            edge.Last = next;
            Published?.Invoke(edge.Epoch, next);
            return next;
        }
        catch
        {
            // Whether the transaction was kept is not known here: read again what is stored.
            _edge = null;
            throw;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    // A clock can show any year for a moment, and one that was stopped for long enough to miss a whole year is for people to look at.
    private bool HasTurned(LogName log, DateTimeOffset now)
    {
        Doubt = now.Year > log.Year + 1 ? string.Create(CultureInfo.InvariantCulture, $"the clock shows the year {now.Year}, and the log is {log}: no log begins more than a year after the one before; check the clock") : null;
        if (now.Year != log.Year + 1)
        {
            _seen = null;
            return false;
        }
        if (_seen is not { } seen || seen.Year != now.Year || now < seen.Since)
            _seen = (now.Year, now);
        return now - _seen.Value.Since >= YearHolds;
    }

    // The hashes that became final; null when there is no new leaf. What throws leaves the edge as it must not be used any more.
    private static List<TileHash>? Grow(Session session, Edge edge)
    {
        var (from, count) = (edge.Last?.Size ?? 0, Leaves.Count(session) - edge.Epoch.First);
        if (count < from)
            throw new LedgerBrokenException($"{edge.Epoch.Name} has {count} leaves, and a checkpoint of {from} was signed");
        if (count == from)
            return null;
        var hashes = new List<TileHash>();
        Action<TileHash> keep = hashes.Add;
        new LogTree(session, edge.Epoch).EachLeaf(from, Math.Min(count, from + MaxLeaves), leaf => edge.Frontier.Add(leaf.Hash, keep));
        return hashes;
    }

    private CheckpointRow Sign(Edge edge)
    {
        var (size, root, origin) = (edge.Frontier.Size, edge.Frontier.Root, edge.Epoch.Name.Origin);
        var text = new Checkpoint(origin, size, root).Write();
        var note = SignedNote.Compose(text, keys.SignCheckpoint(origin, text));
        return new CheckpointRow(edge.Epoch.Number, size, root, note.Bytes.ToArray(), clock.GetUtcNow(), null, null);
    }

    private static void Store(Session session, Edge edge, CheckpointRow next, List<TileHash> hashes)
    {
        Checkpoints.Add(session, edge.Epoch, edge.Last, next);
        var tree = new LogTree(session, edge.Epoch);
        foreach (var hash in hashes)
            tree.Keep(hash);
    }

    private async Task<Edge> Open()
    {
        var edge = database.Read(s => LogEpoch.Current(s) is { } epoch ? EdgeOf(s, epoch) : null);
        return edge ?? await database.Write(Lane.Ordinary, s => EdgeOf(s, LogEpoch.Current(s) ?? LogEpoch.Begin(s, new LogName(state, clock.GetUtcNow().Year), clock.GetUtcNow())));
    }

    private static Edge EdgeOf(Session session, LogEpoch epoch)
    {
        var last = Checkpoints.Latest(session, epoch);
        var frontier = new LogTree(session, epoch).Frontier(last?.Size ?? 0);
        if (last is not null && frontier.Root != last.Root)
            throw new LedgerBrokenException(string.Create(CultureInfo.InvariantCulture, $"the leaves of {epoch.Name} no longer give the root of its checkpoint {last.Size}: stored leaves or hashes were changed"));
        return new Edge(epoch, last, frontier);
    }

    /// <summary>
    /// A new year, a new log. The last checkpoint of the old one and the leaf that names it must have nothing between them, so this
    /// one signature is made inside the transaction, once a year.
    /// </summary>
    private async Task<Edge> Turn(Edge edge, int year)
    {
        // All but the last moment's leaves are put under checkpoints the usual way first.
        while (database.Read(s => Leaves.Count(s)) - edge.Epoch.First - (edge.Last?.Size ?? 0) > MaxLeaves / 2)
        {
            if (database.Read(s => Grow(s, edge)) is not { } hashes)
                break;
            var next = Sign(edge);
            await database.Write(Lane.Ordinary, s => Store(s, edge, next, hashes));
            edge.Last = next;
        }
        var last = edge.Last;
        var turned = await database.Write(Lane.Ordinary, s =>
        {
            if (Grow(s, edge) is { } hashes)
            {
                var next = Sign(edge);
                Store(s, edge, next, hashes);
                edge.Last = next;
            }
            var followed = edge.Last ?? throw new LedgerBrokenException($"{edge.Epoch.Name} ends without a leaf");
            var epoch = LogEpoch.Follow(s, new LogName(state, year), Digest.Of(followed.Note), clock.GetUtcNow());
            return new Edge(epoch, null, new TileFrontier());
        });
        if (edge.Last is { } final && final.Size != last?.Size)
            Published?.Invoke(edge.Epoch, final);
        return turned;
    }

    private sealed class Edge(LogEpoch epoch, CheckpointRow? last, TileFrontier frontier)
    {
        public LogEpoch Epoch { get; } = epoch;

        public CheckpointRow? Last { get; set; } = last;

        public TileFrontier Frontier { get; } = frontier;
    }
}
