using static Gateway.Protocol.Requests.Field;
using static Gateway.Protocol.Requests.Need;
using static Gateway.Protocol.Requests.Role;

namespace Gateway.Protocol.Requests;

/// <summary>A provision of a treaty. The wording was compared with the official text only where <paramref name="Verified"/> says so.</summary>
/// <param name="Instrument">UNCC (UN Convention against Cybercrime, A/RES/79/243), BUDAPEST (ETS 185) …</param>
/// <param name="Article">Article and paragraph.</param>
/// <param name="Verified">False: "unconfirmed"; check before quoting it in a legal text.</param>
public sealed record TreatyArticle(string Instrument, string Article, bool Verified)
{
    /// <inheritdoc/>
    public override string ToString() => Verified ? $"{Instrument} {Article}" : $"{Instrument} {Article}, unconfirmed";
}

/// <summary>What sets one kind of request apart: everything about it that the code needs to know.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Fields">The members that follow the common ones, in order.</param>
public sealed record RequestRow(RequestKind Kind, IReadOnlyList<Field> Fields)
{
    /// <summary>Roles of authorities that may send it.</summary>
    public required IReadOnlyList<Role> Senders { get; init; }

    /// <summary>Roles of authorities that it may be addressed to.</summary>
    public required IReadOnlyList<Role> Recipients { get; init; }

    /// <summary>Travels only as mutual legal assistance, between central authorities.</summary>
    public bool AssistanceOnly { get; init; }

    /// <summary>Preservation and emergency kinds, which a contact point may decide when the State's profile allows it.</summary>
    public bool Expedited { get; init; }

    /// <summary>A judicial authorisation must exist.</summary>
    public bool NeedsAuthorisation { get; init; }

    /// <summary>The answer holds personal data, so the handling must be declared.</summary>
    public bool AsksPersonalData { get; init; }

    /// <summary>Concerns data that exist already: the window cannot end in the future.</summary>
    public bool StoredData { get; init; }

    /// <summary>Longest data window, in days; the profile may say less.</summary>
    public int MaxWindowDays { get; init; } = 3660;

    /// <summary>Common members, optional elsewhere, that this kind requires.</summary>
    public IReadOnlyList<string> Requires { get; init; } = [];

    /// <summary>Common members, required elsewhere, that this kind does without.</summary>
    public IReadOnlyList<string> DoesWithout { get; init; } = [];

    /// <summary>Groups of members of which at least one must be there (a flag must be true).</summary>
    public IReadOnlyList<IReadOnlyList<string>> AnyOf { get; init; } = [];

    /// <summary>A link to another case that must be there.</summary>
    public Relation? RequiredRelation { get; init; }

    /// <summary>Time to the first decision or answer, counted from the request, by urgency: emergency, urgent, ordinary.</summary>
    public required (TimeSpan Emergency, TimeSpan Urgent, TimeSpan Ordinary) Decision { get; init; }

    /// <summary>Time for the execution after the decision; null when the decision is the answer.</summary>
    public TimeSpan? Execution { get; init; }

    /// <summary>Where the kind comes from.</summary>
    public required IReadOnlyList<TreatyArticle> Articles { get; init; }

    /// <summary>Every member after <c>v</c> and <c>type</c>, in the order of the document.</summary>
    public IReadOnlyList<Field> AllFields => field ??= [.. RequestFields.Common.Select(NeedHere), .. Fields];

    /// <summary>When the first decision is due.</summary>
    public DateTimeOffset DecisionDue(Urgency urgency, DateTimeOffset from) => from + urgency switch
    {
        Urgency.EMERGENCY => Decision.Emergency,
        Urgency.URGENT => Decision.Urgent,
        Urgency.ORDINARY => Decision.Ordinary,
    };

    private Field NeedHere(Field common)
    {
        var needed = Requires.Contains(common.Name) || (common.Name == "judicialAuthorisation" && NeedsAuthorisation) || (common.Name == "handling" && AsksPersonalData);
        return needed ? common with { Need = Required } : DoesWithout.Contains(common.Name) ? common with { Need = Optional } : common;
    }
}

/// <summary>The table of kinds.</summary>
public static class RequestKinds
{
    private static readonly RequestRow[] Table =
    [
        new(RequestKind.PRESERVE_DATA,
        [
            Text("custodian", Optional, 500) with { Hint = "provider or person that holds the data" },
            Text("systemLocation", Optional, 500),
            Flag("unknownCustodian", Optional) with { Hint = "true when neither is known" },
            Text("dataDescription", Required, 10_000, 20),
            OneOrMore("dataCategories", Required, RequestFields.DataCategories),
            Text("necessity", Required, 10_000, 20) with { Source = "BUDAPEST 29(2)(e)" },
            Field.Of("estimatedDataLossAt", Shape.LocalTime, Required),
            Integer("preserveDays", Required, 1, 3650) with { Source = "BUDAPEST 29(7)" },
            Flag("intendsMla", Required) with { Source = "BUDAPEST 29(2)(f)", Hint = "true: a request for disclosure will follow" },
            Flag("noNoticeToUser", Required),
        ])
        {
            Senders = [CENTRAL_AUTHORITY_MLA, CONTACT_POINT_24_7],
            Recipients = [CENTRAL_AUTHORITY_MLA, CONTACT_POINT_24_7],
            Expedited = true,
            StoredData = true,
            Requires = ["linkToOffence"],
            AnyOf = [["custodian", "systemLocation", "unknownCustodian"]],
            Decision = (TimeSpan.FromHours(8), TimeSpan.FromHours(24), TimeSpan.FromHours(48)),
            Articles = [new("UNCC", "42", Verified: false), new("BUDAPEST", "29", Verified: true)],
        },
        new(RequestKind.STORED_CONTENT_DATA,
        [
            OneOrMore("contentTypes", Required, "EMAIL", "MESSAGES", "FILES", "IMAGES", "VIDEO", "AUDIO", "CONTACTS", "CALENDAR", "BACKUPS", "LOCATION_HISTORY", "OTHER"),
            Object("filters", Required,
                Texts("keywords", Optional, 200),
                Texts("correspondents", Optional, 200),
                Text("noneReason", Optional, 2000) with { Hint = "why the content cannot be narrowed" }) with { AnyOf = ["keywords", "correspondents", "noneReason"] },
            Text("privilegeHandling", Required, 4000) with { Hint = "how privileged or immune material is kept apart" },
        ])
        {
            Senders = [CENTRAL_AUTHORITY_MLA],
            Recipients = [CENTRAL_AUTHORITY_MLA],
            AssistanceOnly = true,
            StoredData = true,
            NeedsAuthorisation = true,
            AsksPersonalData = true,
            MaxWindowDays = 730,
            Requires = ["itemsAccounts", "linkToOffence", "dataWindow", "safeguards"],
            Decision = (TimeSpan.FromHours(8), TimeSpan.FromDays(15), TimeSpan.FromDays(30)),
            Execution = TimeSpan.FromDays(90),
            Articles = [new("UNCC", "44", Verified: false), new("BUDAPEST", "31", Verified: true)],
        },
    ];

    /// <summary>All rows, in the order of <see cref="RequestKind"/>.</summary>
    public static IReadOnlyList<RequestRow> All => Table;

    /// <summary>The row of a kind.</summary>
    public static RequestRow Of(RequestKind kind) => Table[(int)kind];
}
