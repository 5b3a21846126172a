using System.Text.Json;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Records;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Verification;

/// <summary>A file at a receipt's place; <c>Receipt</c> is null when it could not be read as one, its digest counts all the same.</summary>
internal sealed record ReceiptFact(string File, string Case, string State, long Seq, Digest Sha256, Receipt? Receipt, Certificate? Signer, DateTimeOffset SigningTime);

/// <summary>A document that a person or registry signed, inside a cover or by itself.</summary>
internal sealed record Signed<T>(T Document, Digest Sha256, Certificate Signer, DateTimeOffset SigningTime, string File);

/// <summary>A request of whose members only those are kept from which its dates follow, and the decision that it relies on.</summary>
internal sealed record RequestFact(Request Request, string? Authorisation, Digest? AuthorisationSha256)
{
    public string? AuthorisedScope { get; init; }
    public DateTimeOffset? AuthorisedUntil { get; init; }
    public string? Window { get; init; }
    public IReadOnlyList<string> Legal { get; init; } = [];
    public IReadOnlyList<NamedDocument> Named { get; init; } = [];
    public DateTimeOffset? KeptUntil { get; init; }

    public static RequestFact Of(Request request)
    {
        var authorisation = Member(request.Fields, "judicialAuthorisation");
        var window = Member(request.Fields, "dataWindow");
        return new RequestFact(request with { Fields = Dates(request.Fields) },
            Text(authorisation, "number") is { } number ? $"{Text(authorisation, "body")}, {number} of {Text(authorisation, "date")}, valid until {Text(authorisation, "validUntil")}" : null,
            Digest.TryParse(Text(authorisation, "documentSha256"), out var sha256) ? sha256 : null)
        {
            Named = NamedDocuments.Of(request.Fields),
            KeptUntil = Erasure.KeptUntil(request.Fields),
            AuthorisedScope = Text(authorisation, "scope"),
            AuthorisedUntil = Time(authorisation, "validUntil"),
            Window = Text(window, "from") is { } from ? $"{from} to {Text(window, "to")}" : null,
            Legal = Member(request.Fields, "legalBasis") is { ValueKind: JsonValueKind.Array } list
                ? [.. list.EnumerateArray().Select(l => $"{Text(l, "instrument")} {Text(l, "article")}").Distinct()] : [],
        };
    }

    private static readonly string[] s_dates = ["deadlineRequested", "formalRequestFollows", "formalRequestDays", "originalFollowup", "estimatedDataLossAt", "deliveryIntervalDays", "dataWindow", "measurePeriod"];

    private static JsonElement Dates(JsonElement fields)
    {
        var members = s_dates.Where(name => fields.TryGetProperty(name, out _)).Select(name => $"\"{name}\":{fields.GetProperty(name).GetRawText()}");
        if (Member(Member(fields, "judicialAuthorisation"), "validUntil") is { ValueKind: JsonValueKind.String } until)
            members = members.Append($"\"judicialAuthorisation\":{{\"validUntil\":{until.GetRawText()}}}");
        using var dates = JsonDocument.Parse($"{{{string.Join(',', members)}}}");
        return dates.RootElement.Clone();
    }

    private static JsonElement Member(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var member) ? member : default;

    private static string? Text(JsonElement of, string name) => Member(of, name) is { ValueKind: JsonValueKind.String } member ? member.GetString() : null;

    private static DateTimeOffset? Time(JsonElement of, string name) => Text(of, name) is { } text && DocumentReader.TryLocalTime(text, out var time) ? time : null;
}

/// <summary>What a sealed cover says, without the contents of its parts.</summary>
internal sealed record CoverFact(string File, Digest Sha256, Cover Cover, Certificate Signer, DateTimeOffset SigningTime)
{
    public Signed<RequestFact>? Request { get; init; }
    public Signed<Act>? Act { get; init; }
    public IReadOnlyList<Signed<Stamp>> Stamps { get; init; } = [];
    public IReadOnlyList<Signed<Manifest>> Manifests { get; init; } = [];
    public IReadOnlyList<Signed<Release>> Releases { get; init; } = [];
    public IReadOnlyList<Signed<Shipment>> Shipments { get; init; } = [];
    public IReadOnlyList<Signed<Loss>> Losses { get; init; } = [];
    public Signed<PaperRecord>? Paper { get; init; }

    /// <summary>The request came on paper and was entered here: the cover is of the State that was asked.</summary>
    public Signed<PaperRequest>? Entered { get; init; }

    /// <summary>Who asks, where the cover holds a request.</summary>
    public Party Requesting => Entered is null ? Cover.Sender : Cover.Recipient;

    /// <summary>Who is asked, where the cover holds a request.</summary>
    public Party Requested => Entered is null ? Cover.Recipient : Cover.Sender;
}

/// <summary>A checkpoint under <c>log/</c>, not judged.</summary>
internal sealed record CheckpointFact(string File, string State, SignedNote Note);

/// <summary>A proof whose path leads from the leaf to the root of its note; <paramref name="Note"/> is the digest of that note, which is not judged.</summary>
internal sealed record ProofFact(string File, string State, Digest Sha256, LeafKind Kind, long Index, Digest Note)
{
    /// <summary>For a leaf of kind <c>epoch</c> the checkpoint with its digest: the last one of the log before, as that log signed it; not judged.</summary>
    public SignedNote? Followed { get; init; }
}

/// <summary>A proof that a log only grew, not judged; <paramref name="Note"/> is the digest of the note to which it leads.</summary>
internal sealed record GrowthFact(string File, string State, CheckpointSubmission Way, Digest Note);

/// <summary>The record in the exporter's log that a verdict was made, and its digest, which is the leaf.</summary>
internal sealed record VerdictRecordFact(string File, VerdictRecord Record, Digest Sha256);

/// <summary>A file of a stamped checkpoint (<see cref="BundleStamp"/>), not judged.</summary>
internal sealed record StampFact(string File, BundlePlace Place, byte[] Bytes);

/// <summary>Everything read from the files, each by itself; the checks across files follow.</summary>
internal sealed class Facts
{
    private readonly Lock _lock = new();
    private readonly Lazy<FactLookups> _by;

    public Facts() => _by = new Lazy<FactLookups>(() => new FactLookups(this));

    /// <summary>The facts by what others name them by; asked only after <see cref="Sort"/>.</summary>
    public FactLookups By => _by.Value;

    public List<ReceiptFact> Receipts { get; } = [];
    public List<CoverFact> Covers { get; } = [];
    public List<Signed<HandOver>> HandOvers { get; } = [];

    /// <summary>What was signed about originals that came when their case was closed.</summary>
    public List<Signed<Act>> LateOriginals { get; } = [];
    public List<Signed<Release>> Reviews { get; } = [];
    public List<Signed<Manifest>> ItemManifests { get; } = [];
    public List<Signed<CustodyEvent>> Custody { get; } = [];
    public List<Signed<RecordDocument>> Records { get; } = [];
    public List<CardFact> Cards { get; } = [];
    public Dictionary<string, Digest> TrustPems { get; } = [];
    public HashSet<Digest> Documents { get; } = [];
    public List<Signed<Receipt>> SecondReceipts { get; } = [];
    public List<(string File, string Type)> OtherDocuments { get; } = [];
    public Dictionary<string, Digest> Digests { get; } = [];
    public List<CheckpointFact> Checkpoints { get; } = [];
    public List<ProofFact> Proofs { get; } = [];

    /// <summary>What the proofs say of where they stand.</summary>
    public LogRanges LogRanges { get; } = new();
    public List<ProofFact> StampedLeaves { get; } = [];
    public List<GrowthFact> Growths { get; } = [];
    public Dictionary<Digest, SignedNote> Notes { get; } = [];

    /// <summary>Bytes of all of these; beyond the limit none is added any more.</summary>
    public long NoteBytes { get; set; }

    /// <summary>Bytes of the time-stamp files that are kept.</summary>
    public long StampBytes { get; set; }
    public List<(string File, string State, TlogPolicy Policy)> Policies { get; } = [];
    public List<StampFact> Stamps { get; } = [];
    public List<CheckpointFact> LogConflicts { get; } = [];
    public List<Signed<Erasure>> Erasures { get; } = [];
    public List<Signed<ErasureDecision>> ErasureDecisions { get; } = [];
    public List<VerdictRecordFact> VerdictRecords { get; } = [];

    /// <summary>Receipts by the digest of their DER.</summary>
    public IReadOnlyDictionary<Digest, ReceiptFact> BySha256 { get; private set; } = new Dictionary<Digest, ReceiptFact>();

    /// <summary>The States of the cases: who seals here. Others only witness.</summary>
    public IReadOnlySet<string> Parties { get; private set; } = new HashSet<string>();

    /// <summary>
    /// Parties that no gateway serves: every cover here that goes to them says so under its seal, and they themselves sealed nothing. Only the exporter's word shows what they did.
    /// </summary>
    public IReadOnlySet<string> OnPaper { get; private set; } = new HashSet<string>();
    public CaseFile? CaseFile { get; set; }

    /// <summary>Room for this many files.</summary>
    public void Expect(int files, int receipts)
    {
        Digests.EnsureCapacity(files);
        Receipts.EnsureCapacity(receipts);
    }

    /// <summary>Several threads add; nobody reads before all have ended.</summary>
    public void Add(Action<Facts> add)
    {
        lock (_lock)
            add(this);
    }

    /// <inheritdoc cref="Add(Action{Facts})"/>
    public void Add(string file, Digest sha256)
    {
        lock (_lock)
            Digests[file] = sha256;
    }

    /// <inheritdoc cref="Add(Action{Facts})"/>
    public void Add(ReceiptFact receipt)
    {
        lock (_lock)
            Receipts.Add(receipt);
    }

    /// <summary>Threads add in any order: the same bundle must give the same report.</summary>
    public void Sort()
    {
        // The order of the names, which differ in case, State and number only.
        Receipts.Sort((a, b) => string.CompareOrdinal(a.Case, b.Case) is var byCase and not 0 ? byCase
            : string.CompareOrdinal(a.State, b.State) is var byState and not 0 ? byState
            : a.Seq.CompareTo(b.Seq));
        Covers.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        LateOriginals.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        HandOvers.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        Reviews.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        ItemManifests.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        // One that came in a cover and is also kept by itself is one event.
        var custody = Custody.OrderBy(e => e.Document.Item, StringComparer.Ordinal).ThenBy(e => e.Document.State, StringComparer.Ordinal).ThenBy(e => e.Document.Seq)
            .ThenBy(e => e.File, StringComparer.Ordinal).DistinctBy(e => e.Sha256).ToList();
        Custody.Clear();
        Custody.AddRange(custody);
        var records = Records.OrderBy(r => r.Sha256.ToString(), StringComparer.Ordinal).ThenBy(r => r.File, StringComparer.Ordinal).DistinctBy(r => r.Sha256).ToList();
        Records.Clear();
        Records.AddRange(records);
        Cards.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        BySha256 = Receipts.DistinctBy(r => r.Sha256).ToDictionary(r => r.Sha256);
        Parties = Receipts.SelectMany(r => r.Receipt is { } receipt ? (string[])[r.State, receipt.Peer.State] : [r.State])
            .Concat(Covers.SelectMany(c => (string[])[c.Cover.Sender.State, c.Cover.Recipient.State]))
            .Concat(CaseFile?.Cases.SelectMany(c => (string[])[c.Requesting.State, c.Requested.State]) ?? [])
            .Concat(CaseFile is { } file ? [file.Exporter.State] : []).ToHashSet(StringComparer.Ordinal);
        OnPaper = PartiesOnPaper();
        ErasureDecisions.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        Checkpoints.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        Proofs.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        Growths.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        StampedLeaves.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        Stamps.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        LogConflicts.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        Policies.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        VerdictRecords.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        Erasures.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        SecondReceipts.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        OtherDocuments.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
    }

    // It sealed nothing that is here, nobody holds a receipt of it, and what goes to it was sealed for paper. A cover that is withheld says nothing of that; only one that was erased may be absent.
    private HashSet<string> PartiesOnPaper()
    {
        var sealing = Covers.Select(c => c.Cover.Sender.State).Concat(Receipts.Select(r => r.State)).ToHashSet(StringComparer.Ordinal);
        var (covers, receipts) = (Covers.ToLookup(c => c.Cover.Recipient.State), Receipts.Where(r => r.Receipt is not null).ToLookup(r => r.Receipt!.Peer.State));
        var covered = ErasureCheck.Covered(this);
        return Parties.Where(state => !sealing.Contains(state) && covers[state].All(c => c.Cover.Suite == Suites.OnPaper) && receipts[state].All(r => r.Receipt!.PeerSeq == 0)
            && (covers[state].Any() || (receipts[state].Any(r => r.Receipt is { Event: ReceiptEvent.RelayToNonERDS or ReceiptEvent.ReceivedFromNonERDS, Subject.Item: null })
                && receipts[state].All(r => r.Receipt!.Subject.CoverSha256 is not { } cover || covered.ContainsKey(cover))))).ToHashSet(StringComparer.Ordinal);
    }
}
