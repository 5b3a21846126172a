using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Recognition.Reports;

/// <summary>What was judged.</summary>
/// <param name="Sha256">Of the file.</param>
/// <param name="Name">Its name, for people.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Container"><c>CMS</c>, <c>ASIC_S</c>, <c>ASIC_E</c>, <c>PDF</c>.</param>
/// <param name="Indication">The worst of its signatures.</param>
/// <param name="Signatures">How many there are.</param>
/// <param name="Valid">How many passed.</param>
/// <param name="NotCovered">Files inside that no signature covers.</param>
/// <param name="ContentSha256">The detached content, when there was any.</param>
public sealed record ReportedDocument(Digest Sha256, string Name, long Size, string Container, string Indication, int Signatures, int Valid, IReadOnlyList<string> NotCovered, Digest? ContentSha256);

/// <summary>A trusted list that was used.</summary>
public sealed record ReportedList(string Kind, string Territory, long Sequence, Digest Sha256, DateTimeOffset Issued, DateTimeOffset? NextUpdate);

/// <summary>Something that proves a time from outside the document.</summary>
public sealed record ReportedProof(Digest Sha256, DateTimeOffset Time, string Source);

/// <summary>Digests of all that the verdict depends on besides the document, so that it can be repeated with the same bytes.</summary>
/// <param name="Lists">Trusted lists and cards.</param>
/// <param name="Anchors">Certificates given as anchors.</param>
/// <param name="Agreements">Recognition agreements, as signed.</param>
/// <param name="Certificates">Given as material.</param>
/// <param name="RevocationLists">Given as material.</param>
/// <param name="OcspAnswers">Given as material.</param>
/// <param name="Proofs">Proofs of existence from outside.</param>
public sealed record ReportedInputs(
    IReadOnlyList<ReportedList> Lists,
    IReadOnlyList<Digest> Anchors,
    IReadOnlyList<Digest> Agreements,
    IReadOnlyList<Digest> Certificates,
    IReadOnlyList<Digest> RevocationLists,
    IReadOnlyList<Digest> OcspAnswers,
    IReadOnlyList<ReportedProof> Proofs);

/// <summary>
/// The report on one document: verdicts, decisions of law, everything found and everything used. A document like every other; kept with the case, so that the
/// verdict can be repeated years later.
/// </summary>
public sealed record RecognitionReport
{
    /// <summary>The document type.</summary>
    public const string Type = "recognitionReport";

    /// <summary>The number of this engine: it rises when the same input may give another verdict or other facts, so that a difference can be told from a forgery.</summary>
    public const int ThisEngine = 1;

    private static readonly JsonLimits Limits = new(MaxBytes: 4 * 1024 * 1024, MaxDepth: 8, MaxMembers: 100_000);

    /// <summary>What was judged.</summary>
    public required ReportedDocument Document { get; init; }

    /// <summary>The mark it was judged as: <c>SIGNATURE</c>, <c>SEAL</c>, <c>STAMP</c>; null when only the technical verdict was asked for.</summary>
    public string? Mark { get; init; }

    /// <summary>The State that it came from; null when recognition was not asked for.</summary>
    public string? Peer { get; init; }

    /// <summary>The request kind, for rules that are limited to some.</summary>
    public string? Kind { get; init; }

    /// <summary>The authority that was to have made the mark, when the document named one.</summary>
    public string? ExpectedAuthority { get; init; }

    /// <summary>The engine that judged.</summary>
    public int Engine { get; init; } = ThisEngine;

    /// <summary>Id of the policy.</summary>
    public required string Policy { get; init; }

    /// <summary>Whether revocation status was asked for.</summary>
    public bool RevocationRequired { get; init; } = true;

    /// <summary>The time that was judged for.</summary>
    public required DateTimeOffset ValidationTime { get; init; }

    /// <summary>The language of the texts.</summary>
    public string Language { get; init; } = "en";

    /// <summary>One for each signature, in their order in the document.</summary>
    public IReadOnlyList<ReportedSignature> Signatures { get; init; } = [];

    /// <summary>Time-stamps over the document itself.</summary>
    public IReadOnlyList<ReportedTimeStamp> TimeStamps { get; init; } = [];

    /// <summary>What concerns the whole document.</summary>
    public IReadOnlyList<ReportedMessage> Messages { get; init; } = [];

    /// <summary>All that the verdict depends on.</summary>
    public required ReportedInputs Inputs { get; init; }

    /// <summary>Reads the document.</summary>
    public static Outcome<RecognitionReport> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r => new RecognitionReport
    {
        Document = r.Object("document", ReadDocument)!,
        Mark = r.OptionalText("mark", 20),
        Peer = r.OptionalText("peer", 16),
        Kind = r.OptionalText("kind", 60),
        ExpectedAuthority = r.OptionalText("expectedAuthority", 64),
        Engine = (int)r.Integer("engine", 1, 1_000_000),
        Policy = r.Text("policy", 200),
        RevocationRequired = r.Flag("revocationRequired"),
        ValidationTime = r.Time("validationTime"),
        Language = r.Text("language", 2, 2),
        Signatures = r.Objects("signatures", 256, ReportedSignature.Read),
        TimeStamps = r.Objects("timestamps", 50, ReportedTimeStamp.Read),
        Messages = r.Objects("messages", 1000, ReportedMessage.Read),
        Inputs = r.Object("inputs", ReadInputs)!,
    }, Limits);

    /// <summary>The bytes that are kept.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w =>
    {
        w.Object("document", WriteDocument).OptionalText("mark", Mark).OptionalText("peer", Peer).OptionalText("kind", Kind).OptionalText("expectedAuthority", ExpectedAuthority)
            .Integer("engine", Engine).Text("policy", Policy).Flag("revocationRequired", RevocationRequired).Time("validationTime", ValidationTime).Text("language", Language)
            .Objects("signatures", Signatures, ReportedSignature.Write)
            .Objects("timestamps", TimeStamps, ReportedTimeStamp.Write)
            .Objects("messages", Messages, ReportedMessage.Write)
            .Object("inputs", WriteInputs);
    });

    /// <summary>Whether another judgement came to the same: same indications, sub-indications and decisions of law, signature by signature. Texts may differ.</summary>
    public bool SameVerdictAs(RecognitionReport other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Document.Indication == other.Document.Indication && Outcomes(this).SequenceEqual(Outcomes(other), StringComparer.Ordinal);

        static IEnumerable<string> Outcomes(RecognitionReport r)
            => r.Signatures.Select(s => $"{s.Id} {s.Indication} {string.Join(',', s.SubIndications)} {s.Recognition.Decision} {s.Recognition.Agreement} {s.Recognition.Version} {s.Recognition.Rule}").Concat(r.TimeStamps.Select(t => $"{t.Sha256} {t.Indication} {string.Join(',', t.SubIndications)}"));
    }

    /// <summary>Whether another report states the same facts: everything but the wording of sentences, which a later version may improve.</summary>
    public bool SameFactsAs(RecognitionReport other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Bare(this).Write().AsSpan().SequenceEqual(Bare(other).Write());

        static RecognitionReport Bare(RecognitionReport r) => r with
        {
            Engine = 0,
            Messages = Keys(r.Messages),
            TimeStamps = [.. r.TimeStamps.Select(Stamp)],
            Signatures = [.. r.Signatures.Select(s => s with { Recognition = s.Recognition with { Text = "", Next = "" }, Messages = Keys(s.Messages), TimeStamps = [.. s.TimeStamps.Select(Stamp)] })],
        };

        static ReportedTimeStamp Stamp(ReportedTimeStamp t) => t with { Messages = Keys(t.Messages) };

        static IReadOnlyList<ReportedMessage> Keys(IReadOnlyList<ReportedMessage> messages) => [.. messages.Select(m => m with { Text = "", Next = "", Detail = "" })];
    }

    private static ReportedDocument ReadDocument(DocumentReader r) => new(
        r.Digest("sha256"), r.Text("name", 500, 0), r.Integer("size", 0, long.MaxValue >> 11), r.Text("container", 20), r.Text("indication", 30), (int)r.Integer("signatures", 0, 1000), (int)r.Integer("valid", 0, 1000),
        r.Texts("notCovered", 2000, 500), r.Next("contentSha256") ? r.Digest("contentSha256") : null);

    private void WriteDocument(DocumentWriter w)
    {
        w.Digest("sha256", Document.Sha256).Text("name", Document.Name).Integer("size", Document.Size).Text("container", Document.Container).Text("indication", Document.Indication)
            .Integer("signatures", Document.Signatures).Integer("valid", Document.Valid).Texts("notCovered", Document.NotCovered);
        if (Document.ContentSha256 is { } content)
            w.Digest("contentSha256", content);
    }

    private static ReportedInputs ReadInputs(DocumentReader r) => new(
        r.Objects("lists", 500, l => new ReportedList(l.Text("kind", 10), l.Text("territory", 16, 0), l.Integer("sequence", 0, long.MaxValue >> 11), l.Digest("sha256"), l.Time("issued"), l.Next("nextUpdate") ? l.Time("nextUpdate") : null)),
        Digests(r, "anchors"), Digests(r, "agreements"), Digests(r, "certificates"), Digests(r, "revocationLists"), Digests(r, "ocspAnswers"),
        r.Objects("proofs", 1000, p => new ReportedProof(p.Digest("sha256"), p.Time("time"), p.Text("source", 300, 0))));

    private void WriteInputs(DocumentWriter w) => w
        .Objects("lists", Inputs.Lists, (l, list) =>
        {
            l.Text("kind", list.Kind).Text("territory", list.Territory).Integer("sequence", list.Sequence).Digest("sha256", list.Sha256).Time("issued", list.Issued);
            if (list.NextUpdate is { } next)
                l.Time("nextUpdate", next);
        })
        .Texts("anchors", Inputs.Anchors.Select(d => d.ToString())).Texts("agreements", Inputs.Agreements.Select(d => d.ToString())).Texts("certificates", Inputs.Certificates.Select(d => d.ToString()))
        .Texts("revocationLists", Inputs.RevocationLists.Select(d => d.ToString())).Texts("ocspAnswers", Inputs.OcspAnswers.Select(d => d.ToString()))
        .Objects("proofs", Inputs.Proofs, (p, proof) => p.Digest("sha256", proof.Sha256).Time("time", proof.Time).Text("source", proof.Source));

    private static List<Digest> Digests(DocumentReader r, string name)
    {
        var list = new List<Digest>();
        foreach (var text in r.Texts(name, 2000, 64))
        {
            if (!Digest.TryParse(text, out var digest))
                r.Refuse(RefusalCode.DocumentValue, "expected SHA-256 values", name);
            list.Add(digest);
        }
        return list;
    }
}
