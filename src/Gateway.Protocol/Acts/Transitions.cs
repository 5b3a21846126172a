using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using static Gateway.Protocol.Acts.CaseState;

namespace Gateway.Protocol.Acts;

/// <summary>A row: from these states, this act by this side leads there.</summary>
/// <param name="From">States in which it is possible.</param>
/// <param name="Act">The act; null when the gateway itself moves the case.</param>
/// <param name="By">The side that acts.</param>
/// <param name="To">The state afterwards.</param>
/// <param name="ByWhom">Roles of the person, with conditions.</param>
/// <param name="Needs">Members of the act that must not be empty.</param>
public sealed record Transition(IReadOnlyList<CaseState> From, ActKind? Act, CaseSide By, CaseState To, IReadOnlyList<Grant> ByWhom, IReadOnlyList<string> Needs);

/// <summary>The life cycle of a case as one table. Both sides apply the same rows to the same acts, so they agree on the state.</summary>
public static class Transitions
{
    private static readonly Grant Central = new(Role.CENTRAL_AUTHORITY_MLA);
    private static readonly Grant Competent = new(Role.COMPETENT_AUTHORITY);
    private static readonly Grant ContactPoint = new(Role.CONTACT_POINT_24_7);
    private static readonly Grant DecidingContactPoint = new(Role.CONTACT_POINT_24_7, GrantCondition.ContactPointDecides);
    private static readonly Grant Police = new(Role.LAW_ENFORCEMENT, GrantCondition.OwnKinds);
    private static readonly Grant Gateway = new(Role.SYSTEM);

    private static readonly Transition[] Table =
    [
        new([SENT], null, CaseSide.Requested, DELIVERED, [Gateway], []),
        new([SENT], null, CaseSide.Requested, REJECTED_TECHNICAL, [Gateway], []),
        new([DELIVERED], ActKind.ACKNOWLEDGED, CaseSide.Requested, ACKNOWLEDGED, [Central, ContactPoint, Competent, Police], ["reference", "dueAt"]),
        new([ACKNOWLEDGED], ActKind.ACCEPTED, CaseSide.Requested, ACCEPTED, [Central, Competent, DecidingContactPoint, Police], ["dueAt"]),
        new([ACCEPTED], ActKind.IN_EXECUTION, CaseSide.Requested, IN_EXECUTION, [Central, Competent, DecidingContactPoint, Police], []),
        new([IN_EXECUTION], ActKind.EXECUTED, CaseSide.Requested, EXECUTED, [Central, Competent, DecidingContactPoint, Police], ["outcome"]),
        new([EXECUTED], ActKind.COMPLETED, CaseSide.Requesting, COMPLETED,
            [Central, Competent, new(Role.CONTACT_POINT_24_7, GrantCondition.ExpeditedKinds), Police], []),
    ];

    /// <summary>All rows.</summary>
    public static IReadOnlyList<Transition> All => Table;

    /// <summary>The state after an act, or V043.</summary>
    public static Outcome<CaseState> Apply(CaseState from, ActKind act, CaseSide by)
        => Find(from, act, by) is { } row ? row.To : NotPossible(from, TargetOf(act), by);

    /// <summary>The state after the gateway itself moved the case, or V043.</summary>
    public static Outcome<CaseState> ApplySystem(CaseState from, CaseState to)
        => Array.Exists(Table, row => row.Act is null && row.To == to && row.From.Contains(from)) ? to : NotPossible(from, to, CaseSide.Requested);

    /// <summary>The acts possible now, whoever the person is.</summary>
    public static IReadOnlyList<ActKind> Allowed(CaseState from, CaseSide by)
        => [.. Table.Where(row => row.By == by && row.From.Contains(from)).Select(row => row.Act).OfType<ActKind>()];

    /// <summary>Whether a person with these roles may do the act; T802 when not. Says nothing about the state of the case.</summary>
    /// <param name="act">The act.</param>
    /// <param name="by">The side of the person's authority.</param>
    /// <param name="roles">The person's roles.</param>
    /// <param name="kind">Kind of the request.</param>
    /// <param name="own">Profile of the person's own State.</param>
    public static Refusal? Permit(ActKind act, CaseSide by, IReadOnlyList<Role> roles, RequestKind kind, StateProfile? own)
    {
        var permitted = Table.Where(row => row.Act == act && row.By == by).SelectMany(row => row.ByWhom)
            .Any(grant => roles.Contains(grant.Role) && grant.Covers(RequestKinds.Of(kind), null, own));
        return permitted ? null : new(RefusalCode.RoleMissing, $"{act} of {kind} is not open to {(roles.Count == 0 ? "a person without a role" : string.Join(", ", roles))}");
    }

    /// <summary>Members that the act must fill.</summary>
    public static IReadOnlyList<string> Needs(ActKind act) => Array.Find(Table, row => row.Act == act)!.Needs;

    private static Transition? Find(CaseState from, ActKind act, CaseSide by)
        => Array.Find(Table, row => row.Act == act && row.By == by && row.From.Contains(from));

    private static CaseState TargetOf(ActKind act) => Array.Find(Table, row => row.Act == act)!.To;

    private static Refusal NotPossible(CaseState from, CaseState to, CaseSide by)
        => new(RefusalCode.TransitionNotAllowed, $"{from} -> {to} is not possible for the {(by == CaseSide.Requesting ? "requesting" : "requested")} side.");
}
