namespace Gateway.Protocol.Requests;

/// <summary>When a State wants the signed original after an electronic request.</summary>
public enum OriginalFollowUp
{
    /// <summary>Never.</summary>
    NEVER,

    /// <summary>For every request.</summary>
    ALWAYS,

    /// <summary>For the kinds of <see cref="StateProfile.OriginalFollowUpKinds"/>.</summary>
    KINDS,
}

/// <summary>When a State demands that the conduct be an offence under its own law too.</summary>
public enum DualCriminality
{
    /// <summary>Never.</summary>
    NOT_REQUIRED,

    /// <summary>For measures that intrude on rights.</summary>
    COERCIVE_ONLY,

    /// <summary>Always, for preservation too.</summary>
    ALWAYS,
}

/// <summary>In what a term is counted.</summary>
public enum TermUnit
{
    /// <summary>Hours, day and night.</summary>
    HOURS,

    /// <summary>Calendar days: the same local time so many days later.</summary>
    DAYS,

    /// <summary>Working days of the requested State; calendar days where no table of its holidays is at hand.</summary>
    WORKING_DAYS,
}

/// <summary>A State's own term to the first decision.</summary>
/// <param name="Kind">For this kind.</param>
/// <param name="Urgency">And this urgency.</param>
/// <param name="Amount">How many.</param>
/// <param name="Unit">Of what.</param>
public sealed record DeadlineTerm(RequestKind Kind, Urgency Urgency, int Amount, TermUnit Unit);

/// <summary>What a person's signature must be at least.</summary>
public enum SignatureLevel
{
    /// <summary>By a certificate of one of the State's authorities for persons.</summary>
    ADVANCED,

    /// <summary>By a certificate that says that it is qualified (ETSI EN 319 412-5, QcCompliance).</summary>
    QUALIFIED,
}

/// <summary>A number of months that holds for one kind.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Months">The months.</param>
public sealed record KindMonths(RequestKind Kind, int Months);

/// <summary>The level that a State asks for a kind.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Level">The level.</param>
public sealed record KindLevel(RequestKind Kind, SignatureLevel Level);

/// <summary>Documents that must go with a request of a kind, beside those that its members name.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Types">Document types, words of <c>attachments[].type</c>.</param>
public sealed record KindDocuments(RequestKind Kind, IReadOnlyList<string> Types);

/// <summary>The only channels by which a State takes a kind.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Channels">The channels; one that the table does not have for the kind opens nothing.</param>
public sealed record KindChannels(RequestKind Kind, IReadOnlyList<Channel> Channels);

/// <summary>What a State calls a thing in a language.</summary>
/// <param name="Language">A language tag.</param>
/// <param name="Text">The words.</param>
public sealed record Term(string Language, string Text)
{
    /// <summary>The one in this language; null when there is none.</summary>
    /// <param name="terms">What there is.</param>
    /// <param name="language">BCP 47; <c>fr-CH</c> is served by <c>fr</c>.</param>
    internal static Term? In(IReadOnlyList<Term> terms, string? language)
        => language is null ? null : terms.FirstOrDefault(term => term.Language == language) ?? terms.FirstOrDefault(term => term.Language == language.Split('-')[0]);
}

/// <summary>A case to which a request is linked, as the gateway that judges it knows it.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="OtherState">The other State of that case.</param>
/// <param name="PreservedUntil">Until when data are preserved in it; null: not known, or no preservation.</param>
/// <param name="Granted">It was answered in full.</param>
public sealed record LinkedCase(RequestKind Kind, string OtherState, DateTimeOffset? PreservedUntil, bool Granted)
{
    /// <summary>What it asks to be allowed, of a request for consent whose content is still here; else null.</summary>
    public FurtherUse? Consent { get; init; }
}

/// <summary>What a State asks of those who write to it, as its peer card says. The defaults ask for nothing beyond the rules.</summary>
public sealed record StateProfile
{
    /// <summary>The largest value of <see cref="MaxItemMiB"/>: what a chunk tree holds.</summary>
    public const int LargestItemMiB = 1 << 24;

    /// <summary>Characters of <see cref="DeMinimisNote"/>.</summary>
    public const int LongestNote = 2000;

    /// <summary>Languages accepted, as tags; empty: any.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>Languages accepted besides, in an emergency.</summary>
    public IReadOnlyList<string> EmergencyLanguages { get; init; } = [];

    /// <summary>The languages that it accepts at an urgency; none: any.</summary>
    public IReadOnlyList<string> Accepts(Urgency? urgency) => urgency == Urgency.EMERGENCY && Languages.Count > 0 ? [.. Languages, .. EmergencyLanguages] : Languages;

    /// <summary>Shortest preservation, in days; below 60 only when both States say so.</summary>
    public int PreservationMinDays { get; init; } = 60;

    /// <summary>Least maximum penalty of the offence, in months, below which an exceptional justification is needed; null: no threshold.</summary>
    public int? MinOffenceMonths { get; init; }

    /// <summary>Longest data window, in days; null: that of the kind.</summary>
    public int? MaxWindowDays { get; init; }

    /// <summary>An IP address without port or time is refused, not only warned about.</summary>
    public bool StrictAddresses { get; init; }

    /// <summary>The contact point may decide on preservation and emergency requests.</summary>
    public bool ContactPointDecides { get; init; }

    /// <summary>Whether the signed original must follow.</summary>
    public OriginalFollowUp OriginalFollowUp { get; init; } = OriginalFollowUp.NEVER;

    /// <summary>The kinds for which it must, with <see cref="OriginalFollowUp.KINDS"/>.</summary>
    public IReadOnlyList<RequestKind> OriginalFollowUpKinds { get; init; } = [];

    /// <summary>Days in which the original must arrive.</summary>
    public int OriginalFollowUpDays { get; init; } = 30;

    /// <summary>Kinds for which a judicial authorisation is needed although the table leaves it to the State.</summary>
    public IReadOnlyList<RequestKind> AuthorisationKinds { get; init; } = [];

    /// <summary>Kinds accepted police to police although they usually travel as legal assistance.</summary>
    public IReadOnlyList<RequestKind> PoliceChannelKinds { get; init; } = [];

    /// <summary>When dual criminality is demanded.</summary>
    public DualCriminality DualCriminality { get; init; } = DualCriminality.COERCIVE_ONLY;

    /// <summary>In an emergency one officer alone may release evidence on a duty judge's word; another reviews it within so many hours. Null: never alone.</summary>
    public int? LoneReleaseReviewHours { get; init; }

    /// <summary>Terms to the first decision that differ from the defaults.</summary>
    public IReadOnlyList<DeadlineTerm> Deadlines { get; init; } = [];

    /// <summary>The term for a kind and urgency; null: the default.</summary>
    public DeadlineTerm? TermOf(RequestKind kind, Urgency urgency) => Deadlines.FirstOrDefault(term => term.Kind == kind && term.Urgency == urgency);

    /// <summary>Thresholds of single kinds; they go before <see cref="MinOffenceMonths"/>.</summary>
    public IReadOnlyList<KindMonths> MinOffenceMonthsByKind { get; init; } = [];

    /// <summary>Kinds for which an advanced signature does not do.</summary>
    public IReadOnlyList<KindLevel> SignatureLevels { get; init; } = [];

    /// <summary>What the State calls electronic evidence, by language: "digital evidence", "preuve électronique".</summary>
    public IReadOnlyList<Term> EvidenceTerms { get; init; } = [];

    /// <summary>The word in this language, else the first one; null when the State names none.</summary>
    /// <param name="language">BCP 47; <c>fr-CH</c> is served by <c>fr</c>.</param>
    public string? EvidenceTerm(string language)
        => (Term.In(EvidenceTerms, language) ?? (EvidenceTerms is [var first, ..] ? first : null))?.Text;

    /// <summary>Roles that must take part in a copying record (<c>SPECIALIST</c>, <c>WITNESS</c> …); one that stands twice must be there twice.</summary>
    public IReadOnlyList<string> CopyingParticipants { get; init; } = [];

    /// <summary>In an emergency a request by telephone is accepted, to be followed by one through the gateway.</summary>
    public bool AcceptsOralInEmergency { get; init; }

    /// <summary>Documents that it wants with single kinds.</summary>
    public IReadOnlyList<KindDocuments> SpecialDocuments { get; init; } = [];

    /// <summary>It wants an RFC 3161 time-stamp over the request as signed.</summary>
    public bool RequiresTimeStamp { get; init; }

    /// <summary>Kinds that it takes by some of their channels only.</summary>
    public IReadOnlyList<KindChannels> ChannelsAllowed { get; init; } = [];

    /// <summary>The largest item that it takes by wire, in MiB; larger ones come by a carrier. Null: no limit of its own.</summary>
    public int? MaxItemMiB { get; init; }

    /// <summary>What it says of petty cases; null: nothing.</summary>
    public string? DeMinimisNote { get; init; }

    /// <summary>The types of document that it wants with this kind.</summary>
    public IEnumerable<string> DocumentsOf(RequestKind kind) => SpecialDocuments.Where(row => row.Kind == kind).SelectMany(row => row.Types).Distinct();

    /// <summary>The channels by which it takes this kind; null: those of the table.</summary>
    public IReadOnlyList<Channel>? ChannelsOf(RequestKind kind) => ChannelsAllowed.FirstOrDefault(row => row.Kind == kind)?.Channels;

    /// <summary>The threshold of a kind, in months; null: none.</summary>
    public int? MinOffence(RequestKind kind) => MinOffenceMonthsByKind.FirstOrDefault(row => row.Kind == kind)?.Months ?? MinOffenceMonths;

    /// <summary>The level that the State asks of a person's signature under a request of this kind.</summary>
    public SignatureLevel Level(RequestKind kind) => SignatureLevels.FirstOrDefault(row => row.Kind == kind)?.Level ?? SignatureLevel.ADVANCED;

    /// <summary>T808 when a request of this kind needs a qualified certificate and this one does not say that it is one.</summary>
    public Refusals.Refusal? RefuseLevel(RequestKind kind, Marks.Certificate signer, string state)
        => Level(kind) == SignatureLevel.QUALIFIED && !signer.IsQualified
            ? new(Refusals.RefusalCode.SignatureLevel, $"{state} takes {kind} only with a qualified signature; the certificate of this person does not say that it is one")
            : null;

    /// <summary>Whether the original of this kind must follow.</summary>
    public bool WantsOriginal(RequestKind kind) => OriginalFollowUp switch
    {
        OriginalFollowUp.NEVER => false,
        OriginalFollowUp.ALWAYS => true,
        OriginalFollowUp.KINDS => OriginalFollowUpKinds.Contains(kind),
    };
}

/// <summary>The person who signs a request.</summary>
/// <param name="Authority">The authority for which the person works.</param>
/// <param name="Name">The name in the signing certificate.</param>
public sealed record RequestAuthor(string Authority, string Name);

/// <summary>What the rules need to know beside the request.</summary>
/// <param name="Now">The time at which it is judged: composing at the sender, arrival at the recipient.</param>
/// <param name="SenderRoles">Roles of the requesting authority, as its State's card says today; empty when it is not in it.</param>
/// <param name="RecipientRoles">Roles of the requested authority.</param>
/// <param name="Recipient">Profile of the requested State; null: the defaults.</param>
public sealed record RequestContext(DateTimeOffset Now, IReadOnlyList<string> SenderRoles, IReadOnlyList<string> RecipientRoles, StateProfile? Recipient)
{
    /// <summary>When a request came on paper that is entered later, UTC: whether a decision stood, a preservation ran or an authority was designated is judged by that day. Null: by <see cref="Now"/>.</summary>
    public DateTimeOffset? CameAt { get; init; }

    /// <summary>The day by which dates are judged.</summary>
    internal DateTimeOffset Day => CameAt ?? Now;

    /// <summary>When the gateway of whoever asks took the request on, as its receipt says, UTC; null: it is judged there now. A preservation is prolonged in time when it ran then, however long the way was.</summary>
    public DateTimeOffset? Sent { get; init; }

    /// <summary>The moment at which a preservation that is to be prolonged must still run.</summary>
    internal DateTimeOffset Prolonging => Sent < Day ? Sent.Value : Day;

    /// <summary>Profile of the requesting State; null: the defaults.</summary>
    public StateProfile? Sender { get; init; }

    /// <summary>Kinds that the requesting authority may send, as its card lists them; null or empty: those of its roles.</summary>
    public IReadOnlyList<string>? SenderFunctions { get; init; }

    /// <summary>Kinds that the requested authority may receive; null or empty: those of its roles.</summary>
    public IReadOnlyList<string>? RecipientFunctions { get; init; }

    /// <summary>The requesting authority, when the fields do not name it (composing).</summary>
    public string? SenderAuthority { get; init; }

    /// <summary>The next human reference of the requesting authority, when the fields do not name one (composing).</summary>
    public string? Reference { get; init; }

    /// <summary>An authority of the requested State that takes this kind, to be suggested when the one addressed does not.</summary>
    public string? SuggestedRecipient { get; init; }

    /// <summary>The cases that the request is linked to and that are known where it is judged; null: not looked up.</summary>
    public IReadOnlyDictionary<string, LinkedCase>? LinkedCases { get; init; }

    /// <summary>Provisions of <see cref="Treaties"/> that the ministry's lawyer approved.</summary>
    public IReadOnlySet<string> ApprovedTreaties { get; init; } = Treaties.NoneApproved;

    /// <summary>Who signs the request, where the person is known (composing, sending); null on arrival.</summary>
    public RequestAuthor? Author { get; init; }

    /// <summary>Whether the gateway that sends has a time-stamp authority to ask.</summary>
    public bool TimeStamps { get; init; }

    /// <summary>True when the request has arrived from a peer; false while it is being composed.</summary>
    public bool Arrived { get; init; }
}
