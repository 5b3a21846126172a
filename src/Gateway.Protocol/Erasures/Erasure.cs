using System.Globalization;
using System.Text.Json;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Erasures;

/// <summary>Why a case is erased; a word, so that the document itself says nothing about a person.</summary>
public enum ErasureReason
{
    /// <summary>The time for which the data might be kept has passed.</summary>
    RETENTION_ENDED,

    /// <summary>The requesting State asked for deletion after use, or withdrew its consent.</summary>
    CONDITION_OF_USE,

    /// <summary>A court or supervisory authority ordered it.</summary>
    ORDERED,

    /// <summary>What was received had no legal basis, or was sent by mistake.</summary>
    UNLAWFUL,
}

/// <summary>A chain of receipts that outlives the erasure.</summary>
/// <param name="State">Its issuer.</param>
/// <param name="Count">Receipts in it.</param>
/// <param name="Head">SHA-256 of the last.</param>
public sealed record ErasedChain(string State, long Count, Digest Head);

/// <summary>A message whose content is gone; its identity and its receipts stay.</summary>
/// <param name="Message">Message id.</param>
/// <param name="CoverSha256">SHA-256 of the sealed cover.</param>
public sealed record ErasedMessage(string Message, Digest CoverSha256);

/// <summary>An evidence item whose chunks, manifest, key and decisions are gone.</summary>
/// <param name="Item">Item id.</param>
/// <param name="ManifestSha256">SHA-256 of the signed manifest; null when the item was never committed.</param>
public sealed record ErasedItem(string Item, Digest? ManifestSha256);

/// <summary>
/// What one gateway erased of a case. Type <c>erasure</c>, version 1, sealed by the authority that erased; its SHA-256 is a leaf of the log. It covers
/// exactly the absences that it lists and says nothing about copies that others hold.
/// </summary>
public sealed record Erasure
{
    /// <summary>The document type.</summary>
    public const string Type = "erasure";

    /// <summary>Messages, items or records of one case.</summary>
    public const int MaxEntries = 200_000;

    private static readonly JsonLimits Limits = new(MaxBytes: 12 * 1024 * 1024, MaxDepth: 4, MaxMembers: 1_000_000);

    /// <summary>32 hexadecimal digits: those of the proposal.</summary>
    public required string Id { get; init; }

    /// <summary>The case.</summary>
    public required string Case { get; init; }

    /// <summary>The authority whose copy is gone, and which seals this.</summary>
    public required Party Authority { get; init; }

    /// <summary>The authority on the other side of the case, which is told.</summary>
    public required Party Peer { get; init; }

    /// <summary>Why.</summary>
    public required ErasureReason Reason { get; init; }

    /// <summary>The provision, retention rule or order relied on; no personal data.</summary>
    public required string LegalBasis { get; init; }

    /// <summary>The day until which the request allowed to keep the data; null when it names none.</summary>
    public DateTimeOffset? RetainUntil { get; init; }

    /// <summary>SHA-256 of the decision that the first person signed.</summary>
    public required Digest Proposal { get; init; }

    /// <summary>SHA-256 of the decision that the second person signed.</summary>
    public required Digest Approval { get; init; }

    /// <summary>When it was done, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>From this time on no backup of this gateway holds the keys of what was erased.</summary>
    public required DateTimeOffset BackupsUntil { get; init; }

    /// <summary>The chains as they stood; at most one per State.</summary>
    public required IReadOnlyList<ErasedChain> Chains { get; init; }

    /// <summary>Messages whose content is gone.</summary>
    public required IReadOnlyList<ErasedMessage> Messages { get; init; }

    /// <summary>Items that are gone.</summary>
    public required IReadOnlyList<ErasedItem> Items { get; init; }

    /// <summary>Digests of records and custody events that are gone with their salts; they are leaves of the log.</summary>
    public required IReadOnlyList<Digest> Records { get; init; }

    /// <summary>32 hexadecimal digits, random.</summary>
    public required string Nonce { get; init; }

    /// <summary>Whether it was done before the time that the request allowed: worth a look.</summary>
    public bool IsEarly => RetainUntil > Time;

    /// <summary>The end of the last day on which a request allows to keep the data; null when it names none.</summary>
    public static DateTimeOffset? KeptUntil(JsonElement request)
        => request.TryGetProperty("handling", out var handling) && handling.ValueKind == JsonValueKind.Object && handling.TryGetProperty("retainUntil", out var day) && day.ValueKind == JsonValueKind.String
            && DateOnly.TryParseExact(day.GetString(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var until)
            ? new DateTimeOffset(until < DateOnly.MaxValue ? until.AddDays(1) : until, TimeOnly.MinValue, TimeSpan.Zero)
            : null;

    /// <summary>Reads an erasure; one that contradicts itself is refused.</summary>
    public static Outcome<Erasure> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var erasure = new Erasure
        {
            Id = r.Id("id", Ids.IsId),
            Case = r.Id("case", Ids.IsCase),
            Authority = r.Object("authority", Party.Read)!,
            Peer = r.Object("peer", Party.Read)!,
            Reason = r.Word<ErasureReason>("reason"),
            LegalBasis = r.Text("legalBasis", 2000),
            RetainUntil = r.Next("retainUntil") ? r.Time("retainUntil") : null,
            Proposal = r.Digest("proposal"),
            Approval = r.Digest("approval"),
            Time = r.Time("time"),
            BackupsUntil = r.Time("backupsUntil"),
            Chains = r.Objects("chains", 2, c => new ErasedChain(c.Id("state", Ids.IsState), c.Integer("count", 1, Receipts.Receipt.MaxSeq), c.Digest("head"))),
            Messages = r.Objects("messages", MaxEntries, m => new ErasedMessage(m.Id("message", Ids.IsId), m.Digest("coverSha256"))),
            Items = r.Objects("items", MaxEntries, i => new ErasedItem(i.Id("item", Ids.IsId), i.DigestOrNull("manifestSha256"))),
            Records = ReadRecords(r),
            Nonce = r.Id("nonce", Ids.IsId),
        };
        if (!r.Failed)
            erasure.CheckAgreement(r);
        return erasure;
    }, Limits);

    /// <summary>The bytes to seal.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w =>
    {
        w.Text("id", Id).Text("case", Case).Object("authority", Authority.Write).Object("peer", Peer.Write).Word("reason", Reason).Text("legalBasis", LegalBasis);
        if (RetainUntil is { } until)
            w.Time("retainUntil", until);
        w.Digest("proposal", Proposal).Digest("approval", Approval).Time("time", Time).Time("backupsUntil", BackupsUntil)
            .Objects("chains", Chains, (c, chain) => c.Text("state", chain.State).Integer("count", chain.Count).Digest("head", chain.Head))
            .Objects("messages", Messages, (m, message) => m.Text("message", message.Message).Digest("coverSha256", message.CoverSha256))
            .Objects("items", Items, (i, item) => i.Text("item", item.Item).DigestOrNull("manifestSha256", item.ManifestSha256))
            .Texts("records", Records.Select(d => d.ToString())).Text("nonce", Nonce);
    });

    private static List<Digest> ReadRecords(DocumentReader r)
    {
        var digests = new List<Digest>();
        foreach (var text in r.Texts("records", MaxEntries, 64))
        {
            if (Digest.TryParse(text, out var digest))
                digests.Add(digest);
            else
                r.Refuse(RefusalCode.DocumentValue, "expected 64 lower-case hexadecimal digits", "records");
        }
        return digests;
    }

    private void CheckAgreement(DocumentReader r)
    {
        if (Authority.State == Peer.State)
            r.Refuse(RefusalCode.DocumentValue, "both authorities are of one State", "peer");
        if (Proposal == Approval)
            r.Refuse(RefusalCode.DocumentValue, "one decision cannot be both proposal and approval", "approval");
        if (BackupsUntil < Time)
            r.Refuse(RefusalCode.DocumentValue, "the backups end before the erasure", "backupsUntil");
        if (Chains.Select(c => c.State).Distinct().Count() != Chains.Count || Chains.Any(c => c.State != Authority.State && c.State != Peer.State))
            r.Refuse(RefusalCode.DocumentValue, "a chain stands twice, or is of a third State", "chains");
        if (Messages.Select(m => m.Message).Distinct().Count() != Messages.Count)
            r.Refuse(RefusalCode.DocumentValue, "a message stands twice", "messages");
        if (Items.Select(i => i.Item).Distinct().Count() != Items.Count)
            r.Refuse(RefusalCode.DocumentValue, "an item stands twice", "items");
        if (Records.Distinct().Count() != Records.Count)
            r.Refuse(RefusalCode.DocumentValue, "a record stands twice", "records");
    }
}
