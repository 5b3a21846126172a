using Gateway.Protocol.Documents;

namespace Gateway.Recognition.Reports;

/// <summary>One signature of a document, with its technical verdict and, beside it, the decision of law.</summary>
public sealed record ReportedSignature
{
    /// <summary>SHA-256 of the signature element.</summary>
    public required string Id { get; init; }

    /// <summary><c>CADES_B</c>, <c>CADES_T</c> …: what is inside, not what is good.</summary>
    public required string Level { get; init; }

    /// <summary><c>TOTAL_PASSED</c>, <c>TOTAL_FAILED</c>, <c>INDETERMINATE</c>.</summary>
    public required string Indication { get; init; }

    /// <summary>Of EN 319 102-1; the deciding one first.</summary>
    public IReadOnlyList<string> SubIndications { get; init; } = [];

    /// <summary>What the signer says.</summary>
    public DateTimeOffset? ClaimedSigningTime { get; init; }

    /// <summary>The earliest time at which the signature is proved to have existed.</summary>
    public DateTimeOffset? BestSignatureTime { get; init; }

    /// <summary>What proves it.</summary>
    public string BestSignatureTimeSource { get; init; } = "";

    /// <summary>The signer's certificate.</summary>
    public ReportedCertificate? Signer { get; init; }

    /// <summary>The State that the list of the anchor belongs to.</summary>
    public string? State { get; init; }

    /// <summary>The authority that the list binds the signer's service to.</summary>
    public string? Authority { get; init; }

    /// <summary>The anchor's name.</summary>
    public string? Anchor { get; init; }

    /// <summary>Signer first, anchor last.</summary>
    public IReadOnlyList<ReportedCertificate> Chain { get; init; } = [];

    /// <summary>The entry of the trusted list.</summary>
    public ReportedService? TrustService { get; init; }

    /// <summary>The decision of law.</summary>
    public required ReportedRecognition Recognition { get; init; }

    /// <summary>What is covered.</summary>
    public IReadOnlyList<ReportedScope> Scopes { get; init; } = [];

    /// <summary>Time-stamps of this signature.</summary>
    public IReadOnlyList<ReportedTimeStamp> TimeStamps { get; init; } = [];

    /// <summary>Revocation status that was used.</summary>
    public IReadOnlyList<ReportedRevocation> Revocation { get; init; } = [];

    /// <summary>Algorithms.</summary>
    public IReadOnlyList<ReportedAlgorithm> Algorithms { get; init; } = [];

    /// <summary>Counter-signatures: id, indication and sub-indications.</summary>
    public IReadOnlyList<ReportedCounterSignature> CounterSignatures { get; init; } = [];

    /// <summary>Everything found.</summary>
    public IReadOnlyList<ReportedMessage> Messages { get; init; } = [];

    internal static ReportedSignature Read(DocumentReader r) => new()
    {
        Id = r.Text("id", 64, 0),
        Level = r.Text("level", 40),
        Indication = r.Text("indication", 30),
        SubIndications = r.Texts("subIndications", 50, 60),
        ClaimedSigningTime = r.Next("claimedSigningTime") ? r.Time("claimedSigningTime") : null,
        BestSignatureTime = r.Next("bestSignatureTime") ? r.Time("bestSignatureTime") : null,
        BestSignatureTimeSource = r.Text("bestSignatureTimeSource", 300, 0),
        Signer = r.OptionalObject("signer", ReportedCertificate.Read),
        State = r.OptionalText("state", 16),
        Authority = r.OptionalText("authority", 64),
        Anchor = r.OptionalText("anchor", 800),
        Chain = r.Objects("chain", 20, ReportedCertificate.Read),
        TrustService = r.OptionalObject("trustService", ReportedService.Read),
        Recognition = r.Object("recognition", ReportedRecognition.Read)!,
        Scopes = r.Objects("scopes", 2000, ReportedScope.Read),
        TimeStamps = r.Objects("timestamps", 50, ReportedTimeStamp.Read),
        Revocation = r.Objects("revocation", 100, ReportedRevocation.Read),
        Algorithms = r.Objects("algorithms", 100, ReportedAlgorithm.Read),
        CounterSignatures = r.Objects("counterSignatures", 64, ReportedCounterSignature.Read),
        Messages = r.Objects("messages", 1000, ReportedMessage.Read),
    };

    internal static void Write(DocumentWriter w, ReportedSignature s)
    {
        w.Text("id", s.Id).Text("level", s.Level).Text("indication", s.Indication).Texts("subIndications", s.SubIndications);
        if (s.ClaimedSigningTime is { } claimed)
            w.Time("claimedSigningTime", claimed);
        if (s.BestSignatureTime is { } best)
            w.Time("bestSignatureTime", best);
        w.Text("bestSignatureTimeSource", s.BestSignatureTimeSource);
        if (s.Signer is { } signer)
            w.Object("signer", o => ReportedCertificate.Write(o, signer));
        w.OptionalText("state", s.State).OptionalText("authority", s.Authority).OptionalText("anchor", s.Anchor).Objects("chain", s.Chain, ReportedCertificate.Write);
        if (s.TrustService is { } service)
            w.Object("trustService", o => ReportedService.Write(o, service));
        w.Object("recognition", o => ReportedRecognition.Write(o, s.Recognition))
            .Objects("scopes", s.Scopes, ReportedScope.Write)
            .Objects("timestamps", s.TimeStamps, ReportedTimeStamp.Write)
            .Objects("revocation", s.Revocation, ReportedRevocation.Write)
            .Objects("algorithms", s.Algorithms, ReportedAlgorithm.Write)
            .Objects("counterSignatures", s.CounterSignatures, ReportedCounterSignature.Write)
            .Objects("messages", s.Messages, ReportedMessage.Write);
    }
}

/// <summary>A signature over a signature: reported, never counted.</summary>
public sealed record ReportedCounterSignature(string Id, string Indication, IReadOnlyList<string> SubIndications, string? Signer)
{
    internal static ReportedCounterSignature Read(DocumentReader r) => new(r.Text("id", 64, 0), r.Text("indication", 30), r.Texts("subIndications", 50, 60), r.OptionalText("signer", 1000));

    internal static void Write(DocumentWriter w, ReportedCounterSignature s) => w.Text("id", s.Id).Text("indication", s.Indication).Texts("subIndications", s.SubIndications).OptionalText("signer", s.Signer);
}
