using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Receipts;

namespace Gateway.Protocol.Verification;

/// <summary>A check that this library cannot make itself. What it finds counts like everything else.</summary>
public delegate IEnumerable<Finding> FurtherCheck(BundleContents contents);

/// <summary>What a <see cref="FurtherCheck"/> may look at: files as they are, and what the checks before it know of covers and receipts. Nothing here is trusted for being here.</summary>
public sealed class BundleContents
{
    private readonly BundleReader _reader;
    private readonly Facts _facts;
    private readonly CoverCheck _covers;
    private readonly ILookup<Digest, CoverFact> _byPart;
    private readonly Lazy<Dictionary<string, BundleEntry>> _byName;

    internal BundleContents(BundleReader reader, Facts facts, CoverCheck covers, DateTimeOffset? at)
    {
        (_reader, _facts, _covers, At) = (reader, facts, covers, at);
        _byPart = facts.Covers.SelectMany(c => c.Cover.Parts.Select(p => (p.Sha256, Cover: c))).DistinctBy(p => (p.Sha256, p.Cover.File)).ToLookup(p => p.Sha256, p => p.Cover);
        _byName = new(() => reader.Entries.ToDictionary(e => e.Name, StringComparer.Ordinal));
    }

    /// <summary>The time of the judgement; null when nothing is judged by time.</summary>
    public DateTimeOffset? At { get; }

    /// <summary>The files at a place, in the order of their names.</summary>
    public IReadOnlyList<BundleEntry> In(BundlePlace place) => [.. _reader.Entries.Where(e => e.Place == place).OrderBy(e => e.Name, StringComparer.Ordinal)];

    /// <summary>The content; null when the file is damaged, which was said already.</summary>
    public byte[]? Read(BundleEntry entry) => _reader.Read(entry);

    /// <summary>The digest of a file that was read whole; null when it was not.</summary>
    public Digest? DigestOf(BundleEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return _facts.Digests.TryGetValue(entry.Name, out var sha256) ? sha256 : null;
    }

    /// <summary>The sealed covers that hold a part with this digest.</summary>
    public IEnumerable<BundleEntry> CoversWith(Digest part) => _byPart[part].Select(c => _byName.Value[c.File]);

    /// <summary>When the addressee took a cover, by its own receipt: the part existed then. Null without one.</summary>
    public (DateTimeOffset Time, string Receipt)? Taken(Digest part)
    {
        var receipts = _byPart[part].SelectMany(c => _covers.About(c, ReceiptEvent.RelayAcceptance)).OrderBy(r => r.Receipt!.Time).ToList();
        return receipts is [var first, ..] ? (first.Receipt!.Time, $"{first.Receipt.Event} {first.Seq} of {first.State}") : null;
    }

    /// <summary>When, as a record says, a report with this digest was made; null without a record. Whether the log holds the record is judged with the log.</summary>
    public DateTimeOffset? RecordedAt(Digest report) => _facts.By.RecordOfVerdict.GetValueOrDefault(report)?.Record.Time;

    /// <summary>Whether there is a log of the exporter's State here at all.</summary>
    public bool HasLog => _facts.Checkpoints.Exists(c => c.State == _facts.CaseFile?.Exporter.State);
}
