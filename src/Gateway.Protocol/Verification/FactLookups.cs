using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Receipts;

namespace Gateway.Protocol.Verification;

/// <summary>
/// The facts by what others name them by. A stranger's bundle may hold as many files as <see cref="BundleLimits.MaxEntries"/> says: no check walks all of them for each of them.
/// Where several have one name, the first in the order of <see cref="Facts.Sort"/> counts, as it stands here.
/// </summary>
internal sealed class FactLookups
{
    public FactLookups(Facts facts)
    {
        CoversByMessage = facts.Covers.ToLookup(c => c.Cover.Message, StringComparer.Ordinal);
        CoversByCase = facts.Covers.ToLookup(c => c.Cover.Case, StringComparer.Ordinal);
        CoverOfFile = First(facts.Covers, c => c.File);
        CoverOfManifest = First(facts.Covers.SelectMany(c => c.Manifests.Select(m => (m.Sha256, Cover: c))), c => c.Sha256, c => c.Cover);
        Openings = [.. facts.Covers.Where(c => c.Request is not null).GroupBy(c => c.Cover.Case, StringComparer.Ordinal).SelectMany(g => g.Take(FactBounds.MaxOpenings)).OrderBy(c => c.File, StringComparer.Ordinal)];
        Requests = First(facts.Covers.Where(c => c.Request is not null), c => (c.Cover.Message, c.Cover.Case));
        KeptUntil = Requests.Values.ToLookup(c => c.Cover.Case, c => c.Request!.Document.KeptUntil, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Max(), StringComparer.Ordinal);
        Shipments = First(facts.Covers.SelectMany(c => c.Shipments), s => s.Document.ManifestSha256);
        Parcels = facts.Covers.SelectMany(c => c.Shipments).Select(s => s.Sha256).ToHashSet();
        GivenUp = First(facts.Covers.SelectMany(c => c.Losses).Where(l => l.Document.What == LossWhat.ITEM), l => l.Document.ManifestSha256);
        Losses = facts.Covers.SelectMany(c => c.Losses).ToLookup(l => l.Document.ManifestSha256);
        Manifests = First(facts.ItemManifests, m => m.Sha256);
        ManifestOfItem = First(facts.ItemManifests, m => m.Document.ItemId);
        ItemContents = facts.ItemManifests.Select(m => m.Document.Sha256).ToHashSet();
        SizedContents = facts.ItemManifests.Select(m => (m.Document.Sha256, m.Document.SizeBytes)).ToHashSet();
        ItemsByRequest = facts.ItemManifests.ToLookup(m => (m.Document.Case, m.Document.Request));
        ReceiptsOfItem = facts.Receipts.Where(r => r.Receipt?.Subject.Item is not null).ToLookup(r => r.Receipt!.Subject.Item!, StringComparer.Ordinal);
        ItemEvents = facts.Receipts.Where(r => r.Receipt?.Subject.Item is not null).Select(r => (r.Receipt!.Subject.Item!, r.Receipt.Event)).ToHashSet();
        ReceiptAt = First(facts.Receipts, r => (r.Case, r.State, r.Seq));
        Chains = facts.Receipts.Select(r => (r.Case, r.State)).ToHashSet();
        HeldOf = facts.Receipts.Where(r => r.Receipt is not null).GroupBy(r => (r.Case, r.State)).ToDictionary(g => g.Key, g => new HeldReceipts(g));
        Consigned = facts.Receipts.Where(r => r.Receipt is { Event: ReceiptEvent.ContentConsignment, Subject.CoverSha256: not null }).Select(r => r.Receipt!.Subject.CoverSha256!.Value).ToHashSet();
        Carried = facts.Receipts.Where(r => r.Receipt is { Event: ReceiptEvent.RelayToNonERDS, Subject: { CoverSha256: not null, EnvelopeSha256: not null } })
            .Select(r => (r.State, r.Case, r.Receipt!.Subject.Message, r.Receipt.Subject.CoverSha256!.Value, r.Receipt.Subject.EnvelopeSha256!.Value)).ToHashSet();
        HandedOver = Earliest(facts.Receipts.Where(r => r.Receipt is { Event: ReceiptEvent.ContentHandover, Subject.Item: not null }), r => r.Receipt!.Subject.Item!, r => r.Receipt!.Time);
        Agreed = Earliest(facts.HandOvers.Where(h => h.Document.Outcome == HandOverOutcome.AGREED), h => h.Document.ManifestSha256, h => h.SigningTime);
        Closed = Earliest(facts.Receipts.Where(r => r.Receipt?.Event == ReceiptEvent.GatewayCaseClosed), r => r.Case, r => r.Receipt!.Time);
        CustodyOf = facts.Custody.ToLookup(e => (e.Document.Item, e.Document.State));
        RecordsOf = facts.Records.Where(r => r.Document.Item is not null).ToLookup(r => r.Document.Item!, StringComparer.Ordinal);
        Reviews = facts.Reviews.ToLookup(r => (r.Document.Id, r.Document.ManifestSha256));
        ErasureDecisions = First(facts.ErasureDecisions, d => d.Sha256);
        Erasures = facts.Erasures.Select(e => e.Sha256).ToHashSet();
        VerdictRecords = facts.VerdictRecords.Select(r => r.Sha256).ToHashSet();
        RecordOfVerdict = First(facts.VerdictRecords, r => r.Record.Report);
        Withheld = (facts.CaseFile?.Withheld ?? []).ToHashSet();
        CaseEntries = First(facts.CaseFile?.Cases ?? [], c => c.Case);
    }

    public ILookup<string, CoverFact> CoversByMessage { get; }

    public ILookup<string, CoverFact> CoversByCase { get; }

    public IReadOnlyDictionary<string, CoverFact> CoverOfFile { get; }

    /// <summary>The cover that sent an item, by the digest of the signed manifest.</summary>
    public IReadOnlyDictionary<Digest, CoverFact> CoverOfManifest { get; }

    /// <summary>The requests that open cases, no more of one case than <see cref="FactBounds.MaxOpenings"/>.</summary>
    public IReadOnlyList<CoverFact> Openings { get; }

    /// <summary>Covers with a request, by message and case.</summary>
    public IReadOnlyDictionary<(string Message, string Case), CoverFact> Requests { get; }

    /// <summary>Until when the requests of a case let the other side keep what it holds; null where none says it.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset?> KeptUntil { get; }

    /// <summary>By the digest of the manifest of the item that goes by a carrier.</summary>
    public IReadOnlyDictionary<Digest, Signed<Shipment>> Shipments { get; }

    /// <summary>The digests of all notices of parcels.</summary>
    public IReadOnlySet<Digest> Parcels { get; }

    /// <summary>Which items their sender gave up, by the digest of the manifest.</summary>
    public IReadOnlyDictionary<Digest, Signed<Loss>> GivenUp { get; }

    /// <summary>What is lost, by the digest of the manifest.</summary>
    public ILookup<Digest, Signed<Loss>> Losses { get; }

    /// <summary>The manifests under <c>evidence/</c> by their digest.</summary>
    public IReadOnlyDictionary<Digest, Signed<Manifest>> Manifests { get; }

    /// <summary>The same by the item.</summary>
    public IReadOnlyDictionary<string, Signed<Manifest>> ManifestOfItem { get; }

    /// <summary>SHA-256 of the plaintext of each item.</summary>
    public IReadOnlySet<Digest> ItemContents { get; }

    /// <summary>The same, with the length in bytes.</summary>
    public IReadOnlySet<(Digest Sha256, long Bytes)> SizedContents { get; }

    public ILookup<(string Case, string Request), Signed<Manifest>> ItemsByRequest { get; }

    public ILookup<string, ReceiptFact> ReceiptsOfItem { get; }

    /// <summary>What receipts say of items.</summary>
    public IReadOnlySet<(string Item, ReceiptEvent Event)> ItemEvents { get; }

    public IReadOnlyDictionary<(string Case, string State, long Seq), ReceiptFact> ReceiptAt { get; }

    /// <summary>Which States issued receipts in which case.</summary>
    public IReadOnlySet<(string Case, string State)> Chains { get; }

    /// <summary>By a State's receipts in a case: when it held those of the other side.</summary>
    public IReadOnlyDictionary<(string Case, string State), HeldReceipts> HeldOf { get; }

    /// <summary>Covers that were consigned.</summary>
    public IReadOnlySet<Digest> Consigned { get; }

    /// <summary>What receipts say was handed to a carrier: issuer, case, message, cover, file.</summary>
    public IReadOnlySet<(string State, string Case, string Message, Digest Cover, Digest File)> Carried { get; }

    /// <summary>When the receipt of a hand-over of an item was first issued.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> HandedOver { get; }

    /// <summary>When a hand-over of the item with this manifest was first signed as agreed.</summary>
    public IReadOnlyDictionary<Digest, DateTimeOffset> Agreed { get; }

    /// <summary>When a case was first closed, by its receipts.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Closed { get; }

    /// <summary>Custody events of an item by a State.</summary>
    public ILookup<(string Item, string State), Signed<Custody.CustodyEvent>> CustodyOf { get; }

    /// <summary>Records by item.</summary>
    public ILookup<string, Signed<Records.RecordDocument>> RecordsOf { get; }

    /// <summary>Reviews of lone releases, by the release and the manifest.</summary>
    public ILookup<(string Id, Digest Manifest), Signed<Release>> Reviews { get; }

    public IReadOnlyDictionary<Digest, Signed<ErasureDecision>> ErasureDecisions { get; }

    public IReadOnlySet<Digest> Erasures { get; }

    public IReadOnlySet<Digest> VerdictRecords { get; }

    /// <summary>By the digest of the report.</summary>
    public IReadOnlyDictionary<Digest, VerdictRecordFact> RecordOfVerdict { get; }

    /// <summary>What case.json says is withheld.</summary>
    public IReadOnlySet<Digest> Withheld { get; }

    /// <summary>The cases that case.json lists.</summary>
    public IReadOnlyDictionary<string, CaseEntry> CaseEntries { get; }

    private static Dictionary<TKey, T> First<T, TKey>(IEnumerable<T> facts, Func<T, TKey> key) where TKey : notnull => First(facts, key, fact => fact);

    private static Dictionary<TKey, TValue> First<T, TKey, TValue>(IEnumerable<T> facts, Func<T, TKey> key, Func<T, TValue> value) where TKey : notnull
    {
        var first = new Dictionary<TKey, TValue>();
        foreach (var fact in facts)
            first.TryAdd(key(fact), value(fact));
        return first;
    }

    private static Dictionary<TKey, DateTimeOffset> Earliest<T, TKey>(IEnumerable<T> facts, Func<T, TKey> key, Func<T, DateTimeOffset> time) where TKey : notnull
    {
        var earliest = new Dictionary<TKey, DateTimeOffset>();
        foreach (var fact in facts)
        {
            if (!earliest.TryGetValue(key(fact), out var known) || time(fact) < known)
                earliest[key(fact)] = time(fact);
        }
        return earliest;
    }
}

/// <summary>When a State held receipts of the other one at the latest, as its own receipts say: each names the last one that it had.</summary>
internal sealed class HeldReceipts
{
    private readonly List<(long PeerSeq, DateTimeOffset Time)> _firsts = [];

    public HeldReceipts(IEnumerable<ReceiptFact> own)
    {
        // In a chain that goes backwards, which is another finding, the first receipt that names so many counts.
        foreach (var receipt in own.OrderBy(r => r.Seq).Select(r => r.Receipt!).Where(r => _firsts.Count == 0 || r.PeerSeq > _firsts[^1].PeerSeq))
            _firsts.Add((receipt.PeerSeq, receipt.Time));
    }

    /// <summary>Null where none of them says so: the line may have been down for days.</summary>
    public DateTimeOffset? Since(long seq)
    {
        var (low, high) = (0, _firsts.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _firsts[middle].PeerSeq < seq ? (middle + 1, high) : (low, middle);
        }
        return low == _firsts.Count ? null : _firsts[low].Time;
    }
}
