namespace Gateway.Protocol.Requests;

/// <summary>The road that a kind may take; each stands for the role of the authorities that use it.</summary>
public enum Channel
{
    /// <summary>Mutual legal assistance between central authorities.</summary>
    LEGAL_ASSISTANCE,

    /// <summary>The 24/7 network of contact points.</summary>
    NETWORK_24_7,

    /// <summary>Police to police.</summary>
    POLICE,

    /// <summary>Central authorities for extradition and transfer.</summary>
    EXTRADITION,

    /// <summary>Diplomatic missions and consulates.</summary>
    DIPLOMATIC,

    /// <summary>Asset recovery offices.</summary>
    ASSET_RECOVERY,
}

/// <summary>The authorisation that must exist before a request of a kind may leave.</summary>
public enum Authorisation
{
    /// <summary>None by default.</summary>
    NONE,

    /// <summary>Judicial where the profile of the requested State lists the kind.</summary>
    BY_PROFILE,

    /// <summary>Judicial.</summary>
    JUDICIAL,
}

/// <summary>Which side receives personal data by what a kind is. Whoever is named in a request besides makes the requested side receive some too: <see cref="Request.Receiver"/>.</summary>
[Flags]
public enum DataReceiver
{
    /// <summary>Neither.</summary>
    NONE = 0,

    /// <summary>The answer holds them.</summary>
    REQUESTING = 1,

    /// <summary>The request itself holds them.</summary>
    REQUESTED = 2,

    /// <summary>The request is about a person, and so is its answer.</summary>
    BOTH = REQUESTING | REQUESTED,
}

/// <summary>A member that is needed when another one says something.</summary>
/// <param name="Member">The member that decides.</param>
/// <param name="Value">Its word; <c>true</c> for a flag; null: whatever it says.</param>
/// <param name="Needed">The member that must then be there.</param>
public sealed record NeedWhen(string Member, string? Value, string Needed);

/// <summary>What sets one kind of request apart: everything about it that the code needs to know.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Fields">The members that follow the common ones, in order.</param>
public sealed record RequestRow(RequestKind Kind, IReadOnlyList<Field> Fields)
{
    private static readonly Role[] RoleOfChannel =
    [
        Role.CENTRAL_AUTHORITY_MLA, Role.CONTACT_POINT_24_7, Role.LAW_ENFORCEMENT, Role.CENTRAL_AUTHORITY_EXTRADITION, Role.DIPLOMATIC_MISSION, Role.ASSET_RECOVERY_OFFICE,
    ];

    private readonly bool _recipientsOfItsOwn;

    /// <summary>The roads that it may take.</summary>
    public required IReadOnlyList<Channel> Channels { get; init; }

    /// <summary>Also police to police, when the profile of the requested State lists the kind.</summary>
    public bool PoliceByProfile { get; init; }

    /// <summary>Roles of authorities that may send it.</summary>
    public IReadOnlyList<Role> Senders => field ??= Of(Channels);

    /// <summary>Roles of authorities that it may be addressed to; those of its channels unless said otherwise.</summary>
    public IReadOnlyList<Role> Recipients
    {
        get => field ?? Senders;
        init
        {
            field = value;
            _recipientsOfItsOwn = true;
        }
    }

    /// <summary>The roads by which a State takes it: those of the table and police to police where its profile says so, or of these the ones that the profile allows.</summary>
    public IReadOnlyList<Channel> ChannelsTo(StateProfile? profile)
        => profile?.ChannelsOf(Kind) is { } allowed ? [.. Channels.Append(Channel.POLICE).Distinct().Where(c => allowed.Contains(c) && (PoliceByProfile || Channels.Contains(c)))]
            : PoliceByProfile && profile?.PoliceChannelKinds.Contains(Kind) == true ? [.. Channels, Channel.POLICE] : Channels;

    /// <summary>Roles of authorities that may send it to a State with this profile.</summary>
    public IReadOnlyList<Role> SendersTo(StateProfile? profile) => Of(ChannelsTo(profile));

    /// <summary>Roles of authorities of a State with this profile that it may be addressed to.</summary>
    public IReadOnlyList<Role> RecipientsOf(StateProfile? profile) => _recipientsOfItsOwn ? Recipients : Of(ChannelsTo(profile));

    /// <summary>Travels only as legal assistance: traffic or content data, for which no other channel is accepted.</summary>
    public bool AssistanceOnly { get; init; }

    /// <summary>Preservation and emergency kinds, which a contact point may decide when the State's profile allows it.</summary>
    public bool Expedited { get; init; }

    /// <summary>Whether a judicial authorisation must exist.</summary>
    public Authorisation Authorisation { get; init; }

    /// <summary>Which side receives personal data by what the kind is.</summary>
    public DataReceiver Receiver { get; init; }

    /// <summary>The answer holds personal data, so the handling must be declared.</summary>
    public bool AsksPersonalData => Receiver.HasFlag(DataReceiver.REQUESTING);

    /// <summary>Builds before November 2026 did not ask for the handling: what arrives without it is taken (until November 2028), and read under the conditions that always hold.</summary>
    public bool MayLackHandling { get; init; }

    /// <summary>Concerns data that exist already: the window cannot end in the future.</summary>
    public bool StoredData { get; init; }

    /// <summary>Concerns data that are yet to come: the window cannot end in the past.</summary>
    public bool FutureData { get; init; }

    /// <summary>Intrudes on rights, so that dual criminality may be demanded of it (COERCIVE_ONLY).</summary>
    public bool Coercive { get; init; }

    /// <summary>Read only by the persons whom the request names.</summary>
    public bool NeedToKnow { get; init; }

    /// <summary>Longest data window, in days; the profile may say less.</summary>
    public int MaxWindowDays { get; init; } = 3660;

    /// <summary>Least maximum penalty, in months, that the kind itself demands; null: none.</summary>
    public int? MinPenaltyMonths { get; init; }

    /// <summary>The only urgency that the kind has; null: any.</summary>
    public Urgency? OnlyUrgency { get; init; }

    /// <summary>Common members, optional elsewhere, that this kind requires.</summary>
    public IReadOnlyList<string> Requires { get; init; } = [];

    /// <summary>Common members, required elsewhere, that this kind does without.</summary>
    public IReadOnlyList<string> DoesWithout { get; init; } = [];

    /// <summary>Groups of members of which at least one must be there (a flag must be true).</summary>
    public IReadOnlyList<IReadOnlyList<string>> AnyOf { get; init; } = [];

    /// <summary>Flags that must be true; one inside an object by its path.</summary>
    public IReadOnlyList<string> Raised { get; init; } = [];

    /// <summary>Members that another one makes necessary.</summary>
    public IReadOnlyList<NeedWhen> When { get; init; } = [];

    /// <summary>A link to another case that must be there.</summary>
    public Relation? RequiredRelation { get; init; }

    /// <summary>Time to the first decision or answer, counted from the request, by urgency: emergency, urgent, ordinary.</summary>
    public required (TimeSpan Emergency, TimeSpan Urgent, TimeSpan Ordinary) Decision { get; init; }

    /// <summary>Time for the execution after the decision; null when the decision is the answer.</summary>
    public TimeSpan? Execution { get; init; }

    /// <summary>What the deadline was taken from, as <see cref="Treaties"/> cites it; null: nothing but this installation. No treaty obliges to it.</summary>
    public string? DeadlineAfter { get; init; }

    /// <summary>The provisions that the kind comes from, as <see cref="Treaties"/> lists them; the first is cited in messages. Empty: none.</summary>
    public required IReadOnlyList<string> Articles { get; init; }

    /// <summary>Every member after <c>v</c> and <c>type</c>, in the order of the document.</summary>
    public IReadOnlyList<Field> AllFields => field ??= [.. RequestFields.Common.Select(NeedHere), .. Fields];

    /// <summary>When the first decision is due.</summary>
    public DateTimeOffset DecisionDue(Urgency urgency, DateTimeOffset from)
    {
        var time = urgency switch
        {
            Urgency.EMERGENCY => Decision.Emergency,
            Urgency.URGENT => Decision.Urgent,
            Urgency.ORDINARY => Decision.Ordinary,
        };
        // A stranger may date a request at the end of the calendar.
        return DateTimeOffset.MaxValue - from > time ? from + time : DateTimeOffset.MaxValue;
    }

    private static Role[] Of(IReadOnlyList<Channel> channels) => [.. channels.Select(channel => RoleOfChannel[(int)channel])];

    private Field NeedHere(Field common)
    {
        var needed = Requires.Contains(common.Name) || (common.Name == "judicialAuthorisation" && Authorisation == Authorisation.JUDICIAL) || (common.Name == "handling" && AsksPersonalData);
        return needed ? common with { Need = Need.Required } : DoesWithout.Contains(common.Name) ? common with { Need = Need.Optional } : common;
    }
}
