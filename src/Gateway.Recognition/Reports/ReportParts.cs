using Gateway.Protocol.Documents;

namespace Gateway.Recognition.Reports;

/// <summary>One finding for a person.</summary>
/// <param name="Key">Stable: <c>CONTENT_CHANGED</c>.</param>
/// <param name="Severity"><c>ERROR</c>, <c>WARNING</c>, <c>INFORMATION</c>.</param>
/// <param name="SubIndication">Of EN 319 102-1, for errors.</param>
/// <param name="Text">What was found.</param>
/// <param name="Next">What to do; may be empty.</param>
/// <param name="Detail">The facts of this case, in English; may be empty.</param>
/// <param name="Token">SHA-256 of the certificate, list or time-stamp concerned.</param>
public sealed record ReportedMessage(string Key, string Severity, string? SubIndication, string Text, string Next, string Detail, string? Token)
{
    internal static ReportedMessage Read(DocumentReader r) => new(
        r.Text("key", 60), r.Text("severity", 20), r.OptionalText("subIndication", 60), r.Text("text", 1000), r.Text("next", 1000, 0), r.Text("detail", 2000, 0), r.OptionalText("token", 128));

    internal static void Write(DocumentWriter w, ReportedMessage m) => w
        .Text("key", m.Key).Text("severity", m.Severity).OptionalText("subIndication", m.SubIndication).Text("text", m.Text).Text("next", m.Next).Text("detail", m.Detail).OptionalText("token", m.Token);
}

/// <summary>A certificate of a chain.</summary>
public sealed record ReportedCertificate(string Sha256, string Subject, string Issuer, string Serial, DateTimeOffset NotBefore, DateTimeOffset NotAfter, bool Anchor)
{
    internal static ReportedCertificate Read(DocumentReader r) => new(
        r.Text("sha256", 64, 64), r.Text("subject", 1000, 0), r.Text("issuer", 1000, 0), r.Text("serial", 100, 0), r.Time("notBefore"), r.Time("notAfter"), r.Flag("anchor"));

    internal static void Write(DocumentWriter w, ReportedCertificate c) => w
        .Text("sha256", c.Sha256).Text("subject", c.Subject).Text("issuer", c.Issuer).Text("serial", c.Serial).Time("notBefore", c.NotBefore).Time("notAfter", c.NotAfter).Flag("anchor", c.Anchor);
}

/// <summary>The entry of a trusted list that the path ends at.</summary>
/// <param name="Territory">Of the list.</param>
/// <param name="Sequence">Number of the list.</param>
/// <param name="ListSha256">The list as published.</param>
/// <param name="Provider">Who provides the service.</param>
/// <param name="Name">The service.</param>
/// <param name="Type">Its type at the best signature time, as the list names it.</param>
/// <param name="Status">Its status then.</param>
public sealed record ReportedService(string Territory, long Sequence, string ListSha256, string Provider, string Name, string Type, string Status)
{
    internal static ReportedService Read(DocumentReader r) => new(
        r.Text("territory", 16, 0), r.Integer("sequence", 0, long.MaxValue >> 11), r.Text("listSha256", 64, 64), r.Text("provider", 300, 0), r.Text("name", 300, 0), r.Text("type", 500, 0), r.Text("status", 500, 0));

    internal static void Write(DocumentWriter w, ReportedService s) => w
        .Text("territory", s.Territory).Integer("sequence", s.Sequence).Text("listSha256", s.ListSha256).Text("provider", s.Provider).Text("name", s.Name).Text("type", s.Type).Text("status", s.Status);
}

/// <summary>The decision of law on a mark.</summary>
public sealed record ReportedRecognition(string Decision, string Reason, string Text, string Next, string? Agreement, int? Version, int? Rule, string? Instrument, string? Condition)
{
    internal static ReportedRecognition Read(DocumentReader r) => new(
        r.Text("decision", 40), r.Text("reason", 60), r.Text("text", 1000), r.Text("next", 1000, 0), r.OptionalText("agreement", 32),
        r.Next("version") ? (int)r.Integer("version", 1, 1_000_000) : null, r.Next("rule") ? (int)r.Integer("rule", 1, 1000) : null, r.OptionalText("instrument", 800), r.OptionalText("condition", 1000));

    internal static void Write(DocumentWriter w, ReportedRecognition d)
    {
        w.Text("decision", d.Decision).Text("reason", d.Reason).Text("text", d.Text).Text("next", d.Next).OptionalText("agreement", d.Agreement);
        if (d.Version is { } version)
            w.Integer("version", version);
        if (d.Rule is { } rule)
            w.Integer("rule", rule);
        w.OptionalText("instrument", d.Instrument).OptionalText("condition", d.Condition);
    }
}

/// <summary>A time-stamp.</summary>
public sealed record ReportedTimeStamp(string Kind, DateTimeOffset? GenTime, string Indication, IReadOnlyList<string> SubIndications, string? Tsa, string Sha256, IReadOnlyList<ReportedMessage> Messages)
{
    internal static ReportedTimeStamp Read(DocumentReader r) => new(
        r.Text("kind", 20), r.Next("genTime") ? r.Time("genTime") : null, r.Text("indication", 30), r.Texts("subIndications", 50, 60), r.OptionalText("tsa", 1000), r.Text("sha256", 64, 0), r.Objects("messages", 500, ReportedMessage.Read));

    internal static void Write(DocumentWriter w, ReportedTimeStamp t)
    {
        w.Text("kind", t.Kind);
        if (t.GenTime is { } time)
            w.Time("genTime", time);
        w.Text("indication", t.Indication).Texts("subIndications", t.SubIndications).OptionalText("tsa", t.Tsa).Text("sha256", t.Sha256).Objects("messages", t.Messages, ReportedMessage.Write);
    }
}

/// <summary>Revocation status that was used.</summary>
public sealed record ReportedRevocation(string Kind, string Certificate, string Issuer, DateTimeOffset ThisUpdate, DateTimeOffset? NextUpdate, DateTimeOffset? ProducedAt, string Status, DateTimeOffset? RevokedAt, string Sha256)
{
    internal static ReportedRevocation Read(DocumentReader r) => new(
        r.Text("kind", 10), r.Text("certificate", 64, 64), r.Text("issuer", 1000, 0), r.Time("thisUpdate"), r.Next("nextUpdate") ? r.Time("nextUpdate") : null, r.Next("producedAt") ? r.Time("producedAt") : null,
        r.Text("status", 20), r.Next("revokedAt") ? r.Time("revokedAt") : null, r.Text("sha256", 64, 64));

    internal static void Write(DocumentWriter w, ReportedRevocation s)
    {
        w.Text("kind", s.Kind).Text("certificate", s.Certificate).Text("issuer", s.Issuer).Time("thisUpdate", s.ThisUpdate);
        if (s.NextUpdate is { } next)
            w.Time("nextUpdate", next);
        if (s.ProducedAt is { } produced)
            w.Time("producedAt", produced);
        w.Text("status", s.Status);
        if (s.RevokedAt is { } revoked)
            w.Time("revokedAt", revoked);
        w.Text("sha256", s.Sha256);
    }
}

/// <summary>An algorithm with the end that the policy gives it.</summary>
public sealed record ReportedAlgorithm(string Use, string Name, int? KeyBits, DateTimeOffset? Ends)
{
    internal static ReportedAlgorithm Read(DocumentReader r) => new(r.Text("use", 20), r.Text("name", 100), r.Next("keyBits") ? (int)r.Integer("keyBits", 0, 100_000) : null, r.Next("ends") ? r.Time("ends") : null);

    internal static void Write(DocumentWriter w, ReportedAlgorithm a)
    {
        w.Text("use", a.Use).Text("name", a.Name);
        if (a.KeyBits is { } bits)
            w.Integer("keyBits", bits);
        if (a.Ends is { } ends)
            w.Time("ends", ends);
    }
}

/// <summary>What a signature covers.</summary>
public sealed record ReportedScope(string Name, string Scope, string? DigestAlgorithm, string? Digest)
{
    internal static ReportedScope Read(DocumentReader r) => new(r.Text("name", 500, 0), r.Text("scope", 20), r.OptionalText("digestAlgorithm", 60), r.OptionalText("digest", 128));

    internal static void Write(DocumentWriter w, ReportedScope s) => w.Text("name", s.Name).Text("scope", s.Scope).OptionalText("digestAlgorithm", s.DigestAlgorithm).OptionalText("digest", s.Digest);
}
