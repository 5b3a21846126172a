using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Recognition.Policy;
using Gateway.Recognition.TrustLists;

namespace Gateway.Recognition.Agreements;

/// <summary>Whose marks by whom. One direction does not imply the other; both are kept so that they can be shown side by side.</summary>
public enum Direction
{
    /// <summary>We recognise the peer's.</summary>
    OURS,

    /// <summary>The peer recognises ours, as its lawyer told us.</summary>
    THEIRS,
}

/// <summary>What a rule says of a mark that it covers.</summary>
public enum Level
{
    /// <summary>Recognised.</summary>
    RECOGNISED,

    /// <summary>Recognised under the condition that the rule names.</summary>
    RECOGNISED_CONDITIONALLY,

    /// <summary>Not recognised, whatever its technical verdict.</summary>
    NOT_RECOGNISED,
}

/// <summary>The law on which recognition rests.</summary>
/// <param name="Title">Treaty, agreement, act.</param>
/// <param name="Article">The provision.</param>
/// <param name="Date">Of conclusion or entry into force, <c>2026-01-31</c>.</param>
public sealed record Instrument(string Title, string Article, string Date);

/// <summary>
/// One line of an agreement: which marks, from services of which type and status, at which time. The first rule that covers a mark decides.
/// </summary>
/// <param name="Object">Which kind of mark.</param>
/// <param name="Level">What holds for it.</param>
/// <param name="Condition">What must be met, for people; only with <see cref="Level.RECOGNISED_CONDITIONALLY"/>.</param>
/// <param name="ServiceTypes">Types as the peer's list names them; empty: those that the list says are for this kind of mark.</param>
/// <param name="Statuses">Statuses as the peer's list names them; empty: those that mean granted.</param>
/// <param name="Qualifiers">All of these must stand in the list's entry.</param>
/// <param name="Anchors">SHA-256 of certificates, one of which must be the service's; empty: any service of the list.</param>
/// <param name="Policies">Certificate policies, one of which the signer's certificate must have; empty: any.</param>
/// <param name="MinKeyBits">Smallest key of the signer by classical strength of RSA (3072) or of the curve (256); 0: that of the algorithm policy.</param>
/// <param name="Kinds">Request kinds that it is limited to; empty: all.</param>
/// <param name="From">Marks proved to exist at or after this time.</param>
/// <param name="Until">And before this one; null: no end.</param>
public sealed record AgreementRule(
    MarkUse Object,
    Level Level,
    string? Condition,
    IReadOnlyList<string> ServiceTypes,
    IReadOnlyList<string> Statuses,
    IReadOnlyList<string> Qualifiers,
    IReadOnlyList<Digest> Anchors,
    IReadOnlyList<string> Policies,
    int MinKeyBits,
    IReadOnlyList<string> Kinds,
    DateTimeOffset From,
    DateTimeOffset? Until)
{
    internal static AgreementRule Read(DocumentReader r)
    {
        var rule = new AgreementRule(
            r.Word<MarkUse>("object"),
            r.Word<Level>("level"),
            r.OptionalText("condition", 1000),
            r.Texts("serviceTypes", 50, 500),
            r.Texts("statuses", 50, 500),
            r.Texts("qualifiers", 50, 500),
            [.. r.Texts("anchors", 50, 64).Select(text => Fingerprint(r, text))],
            r.Texts("policies", 50, 100),
            (int)r.Integer("minKeyBits", 0, 16_384),
            r.Texts("kinds", 100, 60),
            r.Time("from"),
            r.Next("until") ? r.Time("until") : null);
        if (!r.Failed && rule.Level == Level.RECOGNISED_CONDITIONALLY != rule.Condition is not null)
            r.Refuse(RefusalCode.DocumentValue, "a condition belongs to RECOGNISED_CONDITIONALLY, and to it alone", "condition");
        if (!r.Failed && rule.Until is { } until && until <= rule.From)
            r.Refuse(RefusalCode.DocumentValue, "the rule ends before it begins", "until");
        return rule;
    }

    internal static void Write(DocumentWriter w, AgreementRule rule)
    {
        w.Word("object", rule.Object)
            .Word("level", rule.Level)
            .OptionalText("condition", rule.Condition)
            .Texts("serviceTypes", rule.ServiceTypes)
            .Texts("statuses", rule.Statuses)
            .Texts("qualifiers", rule.Qualifiers)
            .Texts("anchors", rule.Anchors.Select(a => a.ToString()))
            .Texts("policies", rule.Policies)
            .Integer("minKeyBits", rule.MinKeyBits)
            .Texts("kinds", rule.Kinds)
            .Time("from", rule.From);
        if (rule.Until is { } until)
            w.Time("until", until);
    }

    private static Digest Fingerprint(DocumentReader r, string text)
    {
        if (!Digest.TryParse(text, out var digest))
            r.Refuse(RefusalCode.DocumentValue, "expected SHA-256 of certificates, 64 lower-case hexadecimal digits each", "anchors");
        return digest;
    }
}

/// <summary>
/// What a State's lawyer decided about the marks of another State. A technically good mark that no rule covers is not recognised, and both results are kept:
/// the verdict says what is so, the agreement what it is worth here.
/// </summary>
/// <param name="Id">32 hexadecimal digits; the same in every version.</param>
/// <param name="Version">Rises with each change; the highest one approved holds.</param>
/// <param name="State">The State that decides.</param>
/// <param name="Peer">The State whose marks, or (<see cref="Direction.THEIRS"/>) which recognises ours.</param>
/// <param name="Direction">Whose marks by whom.</param>
/// <param name="Instrument">The law.</param>
/// <param name="Decided">UTC.</param>
/// <param name="Rules">In the order in which they are tried.</param>
/// <param name="Algorithms">National algorithms that are accepted from the peer: <c>GOST</c>, <c>SM2</c>, <c>EDDSA</c>. The policy for everybody accepts none of them.</param>
/// <param name="WithoutAttributes">Whether signatures without signed attributes are taken, as GM/T 0010 and TC 26 write them.</param>
public sealed record Agreement(string Id, int Version, string State, string Peer, Direction Direction, Instrument Instrument, DateTimeOffset Decided, IReadOnlyList<AgreementRule> Rules,
    IReadOnlyList<string>? Algorithms = null, bool WithoutAttributes = false)
{
    /// <summary>The document type.</summary>
    public const string Type = "recognitionAgreement";

    private static readonly JsonLimits Limits = new(MaxBytes: 1024 * 1024, MaxDepth: 6, MaxMembers: 20_000);

    /// <summary>Reads the document.</summary>
    public static Outcome<Agreement> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var agreement = new Agreement(
            r.Id("id", Ids.IsId),
            (int)r.Integer("version", 1, 1_000_000),
            r.Id("state", Ids.IsState),
            r.Id("peer", Ids.IsState),
            r.Word<Direction>("direction"),
            r.Object("instrument", i => new Instrument(i.Text("title", 500), i.Text("article", 200), i.Text("date", 10, 10)))!,
            r.Time("decided"),
            r.Objects("rules", 200, AgreementRule.Read),
            r.Next("algorithms") ? r.Texts("algorithms", 10, 20) : null,
            r.Next("withoutAttributes") && r.Flag("withoutAttributes"));
        if (!r.Failed && agreement.Algorithms?.Except(NationalSupplement.Names).FirstOrDefault() is { } unknown)
            r.Refuse(RefusalCode.DocumentValue, $"'{unknown}' is none of {string.Join(", ", NationalSupplement.Names)}", "algorithms");
        if (!r.Failed && agreement.Peer == agreement.State)
            r.Refuse(RefusalCode.DocumentValue, "an agreement is about another State", "peer");
        return agreement;
    }, Limits);

    /// <summary>The bytes to sign.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w =>
    {
        w.Text("id", Id)
            .Integer("version", Version)
            .Text("state", State)
            .Text("peer", Peer)
            .Word("direction", Direction)
            .Object("instrument", i => i.Text("title", Instrument.Title).Text("article", Instrument.Article).Text("date", Instrument.Date))
            .Time("decided", Decided)
            .Objects("rules", Rules, AgreementRule.Write);
        if (Algorithms is { } algorithms)
            w.Texts("algorithms", algorithms);
        if (WithoutAttributes)
            w.Flag("withoutAttributes", true);
    });
}
