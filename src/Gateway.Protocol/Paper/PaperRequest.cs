using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Paper;

/// <summary>
/// What an officer certifies about a request that came from a State without a gateway, on paper, by e-mail or by a carrier. Type <c>paperRequest</c>, version 1, signed by that officer,
/// as is the request that was entered from it. Whether the marks of the other State on it are genuine is what a named person found, and how; no certificate stands behind it.
/// </summary>
public sealed record PaperRequest
{
    /// <summary>The document type.</summary>
    public const string Type = "paperRequest";

    /// <summary>Of this document.</summary>
    public required string Id { get; init; }

    /// <summary>The case that it opens; its id begins with the requesting State's code.</summary>
    public required string Case { get; init; }

    /// <summary>The authority to which the request is addressed, and for which the officer acts.</summary>
    public required string Authority { get; init; }

    /// <summary>The authority that asks.</summary>
    public required string From { get; init; }

    /// <summary>By what it came.</summary>
    public required PaperChannel Channel { get; init; }

    /// <summary>The number of the letter, or the carrier's; null: none.</summary>
    public string? Reference { get; init; }

    /// <summary>When it came, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who received it.</summary>
    public required string Person { get; init; }

    /// <summary>Who checked from whom it is.</summary>
    public required string CheckedBy { get; init; }

    /// <summary>How, and with what result.</summary>
    public required string Check { get; init; }

    /// <summary>SHA-256 of the request as entered and signed by the officer (DER).</summary>
    public required Digest Request { get; init; }

    /// <summary>What came, as it came.</summary>
    public required IReadOnlyList<PaperFile> Files { get; init; }

    /// <summary>When this was recorded, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Reads a document; members that contradict each other are refused.</summary>
    public static Outcome<PaperRequest> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var document = new PaperRequest
        {
            Id = r.Id("id", Ids.IsId),
            Case = r.Id("case", Ids.IsCase),
            Authority = r.Id("authority", Ids.IsAuthority),
            From = r.Id("from", Ids.IsAuthority),
            Channel = r.Word<PaperChannel>("channel"),
            Reference = r.TextOrNull("reference", 200),
            At = r.Time("at"),
            Person = r.Text("person", 200),
            CheckedBy = r.Text("checkedBy", 200),
            Check = r.Text("check", 2000),
            Request = r.Digest("request"),
            Files = r.Objects("files", PaperRecord.MaxFiles, f => new PaperFile(f.Text("name", 255), f.Text("mediaType", 100), f.Integer("size", 0, int.MaxValue), f.Digest("sha256"))),
            Time = r.Time("time"),
        };
        if (!r.Failed && document.Files.Count == 0)
            r.Refuse(RefusalCode.DocumentValue, "at least one file came", "files");
        if (!r.Failed && (Ids.StateOf(document.Case) != Ids.StateOf(document.From) || Ids.StateOf(document.From) == Ids.StateOf(document.Authority)))
            r.Refuse(RefusalCode.DocumentValue, "the case id begins with the code of the State that asks, which is another one", "case");
        return document;
    });

    /// <summary>The bytes to sign.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w => w.Text("id", Id).Text("case", Case).Text("authority", Authority).Text("from", From).Word("channel", Channel).TextOrNull("reference", Reference)
        .Time("at", At).Text("person", Person).Text("checkedBy", CheckedBy).Text("check", Check).Digest("request", Request)
        .Objects("files", Files, (f, file) => f.Text("name", file.Name).Text("mediaType", file.MediaType).Integer("size", file.Size).Digest("sha256", file.Sha256)).Time("time", Time));

    /// <summary>For people, in one line.</summary>
    public override string ToString() => $"by {Channel}{(Reference is null ? "" : $" ({Reference})")}, received by {Person}, {DocumentWriter.FormatTime(At)}; checked by {CheckedBy}: {Check}";
}
