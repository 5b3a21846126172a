using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Paper;

/// <summary>Whether something was handed to a carrier, or came by one.</summary>
public enum PaperWay
{
    /// <summary>A sealed message left as a file.</summary>
    SENT,

    /// <summary>A reply came: paper, an e-mail, a sealed file.</summary>
    RECEIVED,
}

/// <summary>By what it went or came, beside the connection between gateways.</summary>
public enum PaperChannel
{
    /// <summary>E-mail.</summary>
    EMAIL,

    /// <summary>The network of INTERPOL.</summary>
    INTERPOL,

    /// <summary>The diplomatic pouch, an embassy, a note.</summary>
    DIPLOMATIC,

    /// <summary>A courier or a person who brings it.</summary>
    COURIER,

    /// <summary>The post.</summary>
    POST,

    /// <summary>Anything else; the reference says what.</summary>
    OTHER,
}

/// <summary>A file that went or came.</summary>
/// <param name="Name">For people; never used as a path.</param>
/// <param name="MediaType">RFC 6838.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Digest of its bytes, as it went or came.</param>
public sealed record PaperFile(string Name, string MediaType, long Size, Digest Sha256);

/// <summary>
/// What an officer certifies about a message that left, or a reply that came, otherwise than from gateway to gateway. Type <c>paperRecord</c>,
/// version 1, signed by that officer. With a reply it may say what the other State did, in the words of the life cycle: the case moves by it.
/// </summary>
public sealed record PaperRecord
{
    /// <summary>The document type.</summary>
    public const string Type = "paperRecord";

    /// <summary>Most files of one reply.</summary>
    public const int MaxFiles = 20;

    /// <summary>Most acts that one reply stands for.</summary>
    public const int MaxActs = 8;

    /// <summary>Of this record.</summary>
    public required string Id { get; init; }

    /// <summary>The case.</summary>
    public required string Case { get; init; }

    /// <summary>The authority for which the officer acts.</summary>
    public required string Authority { get; init; }

    /// <summary>Left or came.</summary>
    public required PaperWay Way { get; init; }

    /// <summary>By what.</summary>
    public required PaperChannel Channel { get; init; }

    /// <summary>The carrier's or the other State's number; null: none.</summary>
    public string? Reference { get; init; }

    /// <summary>The message that left, or to which the reply answers.</summary>
    public required string Message { get; init; }

    /// <summary>SHA-256 of the sealed cover of that message.</summary>
    public required Digest CoverSha256 { get; init; }

    /// <summary>When it was handed over or came, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>To whom it was handed, or who received it.</summary>
    public required string Person { get; init; }

    /// <summary>What went or came: exactly one when it left.</summary>
    public required IReadOnlyList<PaperFile> Files { get; init; }

    /// <summary>SHA-256 of the certificate to which the file that left is encrypted; null: it is sealed, but everybody can read it.</summary>
    public Digest? EncryptedTo { get; init; }

    /// <summary>What the reply says that the other State did; null: nothing that moves the case.</summary>
    public ActKind? Says { get; init; }

    /// <summary>The acts for which the reply stands, in their order; the last one is <see cref="Says"/>, those before it were not told of.</summary>
    public IReadOnlyList<ActKind> Acts { get; init; } = [];

    /// <summary>Our last act that the other State had; null: none.</summary>
    public string? After { get; init; }

    /// <summary>The date that the reply promises, UTC.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Until when data are preserved, as the reply says, UTC.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>How it ended, as the reply says; exactly with EXECUTED.</summary>
    public ActOutcome? Outcome { get; init; }

    /// <summary>When it was recorded, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The side of the other State: it was asked by us, or asks us, as the id of the case says.</summary>
    public CaseSide OtherSide => Ids.StateOf(Case) == Ids.StateOf(Authority) ? CaseSide.Requested : CaseSide.Requesting;

    /// <summary>The acts as the life cycle takes them. Their ids follow from that of the record, so that everybody computes the same.</summary>
    public IReadOnlyList<ActEntry> Entries => [.. Acts.Select((kind, i) => new ActEntry(Documents.Digest.Of(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Id} {i}"))).ToString()[..32], OtherSide, kind, After)
    {
        // Whether the other State consulted before it wrote its letter is not for us to judge.
        Waived = true,
        DueAt = i == Acts.Count - 1 ? DueAt : null,
        Until = i == Acts.Count - 1 ? Until : null,
        Outcome = i == Acts.Count - 1 ? Outcome?.ToString() : null,
    })];

    /// <summary>The same as documents. What a letter says was done when it came, at the latest: no other time is certified.</summary>
    /// <param name="authority">The authority that wrote the letter.</param>
    public IReadOnlyList<Act> ActsOf(string authority)
        => [.. Entries.Select(entry => new Act(entry.Id, entry.Kind, Case, Message, authority, "", "", entry.Outcome, entry.DueAt, At) { After = entry.After, Document = Members(entry) })];

    /// <summary>Reads a record; members that contradict each other are refused.</summary>
    public static Outcome<PaperRecord> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var record = new PaperRecord
        {
            Id = r.Id("id", Ids.IsId),
            Case = r.Id("case", Ids.IsCase),
            Authority = r.Id("authority", Ids.IsAuthority),
            Way = r.Word<PaperWay>("way"),
            Channel = r.Word<PaperChannel>("channel"),
            Reference = r.TextOrNull("reference", 200),
            Message = r.Id("message", Ids.IsId),
            CoverSha256 = r.Digest("coverSha256"),
            At = r.Time("at"),
            Person = r.Text("person", 200),
            Files = r.Objects("files", MaxFiles, f => new PaperFile(f.Text("name", 255), f.Text("mediaType", 100), f.Integer("size", 0, int.MaxValue), f.Digest("sha256"))),
            EncryptedTo = r.DigestOrNull("encryptedTo"),
            Says = Nullable<ActKind>(r, "says"),
            Acts = [.. r.Texts("acts", MaxActs, 60).Select(word => Word<ActKind>(r, "acts", word))],
            After = r.TextOrNull("after", 32),
            DueAt = r.Next("dueAt") ? r.Time("dueAt") : null,
            Until = r.Next("until") ? r.Time("until") : null,
            Outcome = Nullable<ActOutcome>(r, "outcome"),
            Time = r.Time("time"),
        };
        if (!r.Failed)
            record.CheckAgreement(r);
        return record;
    });

    /// <summary>The bytes to sign.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w =>
    {
        w.Text("id", Id).Text("case", Case).Text("authority", Authority).Word("way", Way).Word("channel", Channel).TextOrNull("reference", Reference)
            .Text("message", Message).Digest("coverSha256", CoverSha256).Time("at", At).Text("person", Person)
            .Objects("files", Files, (f, file) => f.Text("name", file.Name).Text("mediaType", file.MediaType).Integer("size", file.Size).Digest("sha256", file.Sha256))
            .DigestOrNull("encryptedTo", EncryptedTo).TextOrNull("says", Says?.ToString()).Texts("acts", Acts.Select(act => act.ToString())).TextOrNull("after", After);
        if (DueAt is { } due)
            w.Time("dueAt", due);
        if (Until is { } until)
            w.Time("until", until);
        w.TextOrNull("outcome", Outcome?.ToString()).Time("time", Time);
    });

    /// <summary>For people, in one line.</summary>
    public override string ToString() => Way == PaperWay.SENT
        ? $"by {Channel}{Number} to {Person}, {DocumentWriter.FormatTime(At)}; {(EncryptedTo is null ? "not encrypted" : "encrypted")}, SHA-256 {Files[0].Sha256}"
        : $"by {Channel}{Number}, received by {Person}, {DocumentWriter.FormatTime(At)}; {string.Join(", ", Files.Select(f => f.Name))}{(Says is null ? "" : $"; it says {Says}{(Outcome is null ? "" : $" ({Outcome})")}")}";

    private string Number => Reference is null ? "" : $" ({Reference})";

    private void CheckAgreement(DocumentReader r)
    {
        if (Way == PaperWay.SENT ? Files.Count != 1 : Files.Count == 0)
            r.Refuse(RefusalCode.DocumentValue, "one file leaves, at least one comes", "files");
        if (Way == PaperWay.SENT && (Says is not null || Acts.Count > 0 || After is not null || DueAt is not null || Until is not null || Outcome is not null))
            r.Refuse(RefusalCode.DocumentValue, "what left says nothing about acts of the other State", "says");
        if (Way == PaperWay.RECEIVED && EncryptedTo is not null)
            r.Refuse(RefusalCode.DocumentValue, "stands only with what left", "encryptedTo");
        if (Says is null != (Acts.Count == 0) || Says is not null && Acts[^1] != Says)
            r.Refuse(RefusalCode.DocumentValue, "the acts end with what the reply says", "acts");
        if (Acts.Any(act => Transitions.IsAutomatic(act) || !Transitions.SidesOf(act).Contains(OtherSide)))
            r.Refuse(RefusalCode.DocumentValue, $"expected acts of the {(OtherSide == CaseSide.Requested ? "requested" : "requesting")} side", "acts");
        if (After is not null && !Ids.IsId(After))
            r.Refuse(RefusalCode.DocumentValue, "expected the id of an act", "after");
        if (Says == ActKind.EXECUTED != Outcome is not null)
            r.Refuse(RefusalCode.DocumentValue, "stands exactly with EXECUTED", "outcome");
        if (Says == ActKind.PRESERVED != Until is not null)
            r.Refuse(RefusalCode.DocumentValue, "stands exactly with PRESERVED", "until");
    }

    private static JsonElement? Members(ActEntry entry)
    {
        if (entry.Until is not { } until)
            return null;
        using var members = JsonDocument.Parse($$"""{"until":"{{DocumentWriter.FormatTime(until)}}"}""");
        return members.RootElement.Clone();
    }

    private static T? Nullable<T>(DocumentReader r, string name) where T : struct, Enum => r.TextOrNull(name, 60) is { } word ? Word<T>(r, name, word) : null;

    private static T Word<T>(DocumentReader r, string name, string word) where T : struct, Enum
    {
        if (Enum.TryParse<T>(word, out var value) && Enum.GetName(value) == word)
            return value;
        r.Refuse(RefusalCode.DocumentValue, $"'{word}' is no word of this version", name);
        return default;
    }
}
