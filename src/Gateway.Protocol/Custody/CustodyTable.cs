using System.Globalization;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;

namespace Gateway.Protocol.Custody;

/// <summary>What is remarkable about a line of the table.</summary>
public enum CustodyFlag
{
    /// <summary>Nothing says where the item was before this line.</summary>
    Unexplained,

    /// <summary>It is dated before something that must precede it.</summary>
    OutOfOrder,

    /// <summary>What must precede it is not recorded, or the item was destroyed before.</summary>
    NothingBefore,

    /// <summary>The content is not what it was at the line before.</summary>
    HashDiffers,

    /// <summary>Whoever is said to have handed it over did not have it.</summary>
    OtherHolder,

    /// <summary>It was written down long after it happened.</summary>
    RecordedLate,

    /// <summary>The content was found to differ.</summary>
    Mismatch,

    /// <summary>A later event corrects it.</summary>
    Corrected,
}

/// <summary>A remark about one line.</summary>
/// <param name="Line">Index of the line.</param>
/// <param name="Flag">What is remarkable.</param>
/// <param name="Text">One sentence.</param>
public sealed record CustodyRemark(int Line, CustodyFlag Flag, string Text);

/// <summary>The custody of one item in order of time, with what is remarkable: the same judgement on a screen and in a bundle.</summary>
public sealed class CustodyTable
{
    // While nothing says where the item lies, so much time needs no explanation, and no more.
    private static readonly TimeSpan s_unexplained = TimeSpan.FromHours(24);
    private static readonly TimeSpan s_late = TimeSpan.FromHours(24);
    private static readonly TimeSpan s_tolerance = TimeSpan.FromMinutes(5);

    // Whoever needs it longer says so again: one distant date does not silence the table for ever.
    private static readonly TimeSpan s_longestAbsence = TimeSpan.FromDays(90);

    private CustodyTable(IReadOnlyList<CustodyLine> lines, IReadOnlyList<CustodyRemark> remarks) => (Lines, Remarks) = (lines, remarks);

    /// <summary>How long a parcel may be on its way when nobody said when it is to arrive.</summary>
    public static TimeSpan ParcelDays { get; } = TimeSpan.FromDays(21);

    /// <summary>The lines in order of time; what stands earlier in a chain comes first at the same time.</summary>
    public IReadOnlyList<CustodyLine> Lines { get; }

    /// <summary>Remarks, in the order of their lines.</summary>
    public IReadOnlyList<CustodyRemark> Remarks { get; }

    /// <summary>Orders the lines and judges them.</summary>
    /// <param name="exhibit">The exhibit number, for the sentences.</param>
    /// <param name="lines">In the order in which their sources have them: the manifest's, then releases, receipts, events.</param>
    /// <param name="asOf">Until when the last line is to explain where the item is; null: no such judgement.</param>
    public static CustodyTable Of(string exhibit, IEnumerable<CustodyLine> lines, DateTimeOffset? asOf = null)
    {
        var ordered = lines.OrderBy(line => line.Time.UtcTicks).ToList();
        var remarks = new List<CustodyRemark>();
        new Judge(exhibit, ordered, remarks).Run(asOf);
        return new CustodyTable(ordered, [.. remarks.OrderBy(remark => remark.Line)]);
    }

    /// <summary>A local time as people read it.</summary>
    public static string Local(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);

    // One pass over the lines: a bundle may hold very many.
    private sealed class Judge(string exhibit, List<CustodyLine> lines, List<CustodyRemark> remarks)
    {
        private readonly Dictionary<CustodyKind, int> _first = [];
        private readonly HashSet<Digest> _corrected = [.. lines.Select(line => line.Corrects).OfType<Digest>()];
        private readonly HashSet<CustodyKind> _before = [];
        private CustodyLine? _destroyed;
        private bool _hasObject;
        private CustodyLine? _hands;
        private Away? _object;
        private Away? _parcel;

        public void Run(DateTimeOffset? asOf)
        {
            for (var i = 0; i < lines.Count; i++)
                _first.TryAdd(lines[i].Kind, i);
            Digest? known = null;
            string? holder = null;
            var attached = _first.GetValueOrDefault(CustodyKind.ATTACHED, -1);
            for (var i = 0; i < lines.Count; i++)
            {
                var line = lines[i];
                Order(i);
                if (known is { } held && line.HashBefore is { } before && before != held)
                    Remark(i, CustodyFlag.HashDiffers, $"before {line.Event} ({Local(line.Time)}) the content has the SHA-256 {before}; after the event before it was {held}");
                known = line.Kind == CustodyKind.MISMATCH ? known : line.HashAfter ?? line.HashBefore ?? known;
                var isCopied = attached >= 0 && i > attached;
                var isParcel = isCopied && (line.Kind is CustodyKind.SHIPPED or CustodyKind.DELIVERED_PHYSICAL or CustodyKind.LOST);
                // A copy that goes to another authority does not take the object along.
                var hands = !isParcel && !Rule(line).OnlyGateway;
                if (hands && line.From is { } from && holder is { } has && from != has)
                    Remark(i, CustodyFlag.OtherHolder, $"{line.Event} ({Local(line.Time)}) says that {from} had exhibit {exhibit}; the last event gave it to {has}");
                holder = hands ? line.To ?? holder : holder;
                if (line.Kind == CustodyKind.MISMATCH)
                    Remark(i, CustodyFlag.Mismatch, $"{line.Authority} found ({Local(line.Time)}) that the content of exhibit {exhibit} differs from its manifest or cannot be read");
                if (line.RecordedAt is { } recorded && recorded - line.Time > s_late)
                    Remark(i, CustodyFlag.RecordedLate, $"{line.Event} is dated {Local(line.Time)} and was signed {(recorded - line.Time).TotalDays.ToString("0.0", CultureInfo.InvariantCulture)} days later");
                if (line.Sha256 is { } sha256 && _corrected.Contains(sha256))
                    Remark(i, CustodyFlag.Corrected, $"{line.Event} ({Local(line.Time)}) is corrected by another event");
                Interval(i, isParcel, isCopied);
                _before.Add(line.Kind);
                if (line.Kind == CustodyKind.DESTROYED)
                    _destroyed ??= line;
            }
            foreach (var away in new[] { _object, _parcel }.OfType<Away>())
            {
                if (asOf is { } now && now - away.Until > s_unexplained)
                    Remark(away.Line, CustodyFlag.Unexplained, $"since {Named(away.Line)} nothing says where exhibit {exhibit} is");
                else if (asOf is null && Gap(away, lines.Count - 1) is { } gap && !remarks.Contains(gap))
                    remarks.Add(gap);
            }
        }

        // What names no place, such as a reading, a rule or a correction, explains nothing: the interval goes on behind it.
        private void Interval(int i, bool isParcel, bool isCopied)
        {
            var line = lines[i];
            var place = Rule(line).Place is Whereabouts.InHand ? isCopied ? Whereabouts.Unchanged : Whereabouts.Away : Rule(line).Place;
            if (place == Whereabouts.Unchanged)
                return;
            // Once there is a copy, a carrier has the copy; the object is elsewhere.
            ref var away = ref (isParcel ? ref _parcel : ref _object);
            // What is attached is the copy. Of an object that somebody took it says nothing: what it does not end is told where it ends.
            var ofCopy = line.Kind == CustodyKind.ATTACHED && _hasObject;
            if (!ofCopy && away is { } since && Gap(since, i) is { } gap)
                remarks.Add(gap);
            if (_hands is { } last && !isCopied && line.Authority != last.Authority && !Rule(line).Moves && !Rule(last).Moves)
                Remark(i, CustodyFlag.Unexplained, $"{last.Event} was by {last.Authority}, {line.Event} by {line.Authority}; no event says how exhibit {exhibit} came from one to the other");
            _hands = line;
            // Data that never were an object are where they were brought.
            if (ofCopy)
                return;
            _hasObject |= line.Kind is not (CustodyKind.IDENTIFIED or CustodyKind.ACQUIRED or CustodyKind.COPIED or CustodyKind.COPY_REFUSED or CustodyKind.EXAMINED or CustodyKind.ANALYSED);
            var until = ExplainedUntil(line);
            // Who is to bring it back on Monday may open it on Friday.
            away = place == Whereabouts.Named ? null : new Away(i, away is { } before && before.Until > until ? before.Until : until);
        }

        private CustodyRemark? Gap(Away since, int line) => lines[line].Time - since.Until <= s_unexplained ? null
            : new CustodyRemark(line, CustodyFlag.Unexplained, $"between {Named(since.Line)} and {Named(line)} nothing says where exhibit {exhibit} was");

        private static DateTimeOffset ExplainedUntil(CustodyLine line)
            => line.ExplainedUntil is not { } said || said < line.Time ? line.Time : said - line.Time > s_longestAbsence ? line.Time + s_longestAbsence : said;

        // Where none of the kinds stands before, the first of them in all stands behind.
        private void Order(int i)
        {
            var (line, rule) = (lines[i], Rule(lines[i]));
            foreach (var needed in (IReadOnlyList<CustodyKind>[])[rule.After, rule.Follows])
            {
                if (needed.Count == 0 || needed.Any(_before.Contains))
                    continue;
                var behind = needed.Select(kind => _first.GetValueOrDefault(kind, -1)).Where(first => first > i).DefaultIfEmpty(-1).Min();
                if (behind >= 0)
                {
                    var later = lines[behind];
                    if (later.Time - line.Time > s_tolerance)
                        Remark(i, CustodyFlag.OutOfOrder, $"exhibit {exhibit}: {line.Event} is dated {Local(line.Time)}, before {later.Event} ({Local(later.Time)}), which must precede it");
                }
                else if (needed == rule.After)
                    Remark(i, CustodyFlag.NothingBefore, $"exhibit {exhibit}: {line.Event} is dated {Local(line.Time)}; no {string.Join(" or ", needed)} is recorded before it");
            }
            if (line.Kind != CustodyKind.CORRECTION && _destroyed is { } gone)
                Remark(i, CustodyFlag.NothingBefore, $"exhibit {exhibit}: {line.Event} is dated {Local(line.Time)}, after it was destroyed ({Local(gone.Time)})");
        }

        private string Named(int line) => $"{lines[line].Event} ({Local(lines[line].Time)})";

        private static CustodyRule Rule(CustodyLine line) => CustodyRules.Of(line.Kind);

        private void Remark(int line, CustodyFlag flag, string text) => remarks.Add(new CustodyRemark(line, flag, text));

        // The line since which it is away, and until when that is explained.
        private readonly record struct Away(int Line, DateTimeOffset Until);
    }
}
