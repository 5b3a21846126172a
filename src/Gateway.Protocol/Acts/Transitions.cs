using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using static Gateway.Protocol.Acts.CaseSide;
using static Gateway.Protocol.Acts.CaseState;

namespace Gateway.Protocol.Acts;

/// <summary>The life cycle of a case as one table. Both sides apply the same rows to the same acts, so they agree on the state.</summary>
public static class Transitions
{
    private static readonly Grant Central = new(Role.CENTRAL_AUTHORITY_MLA);
    private static readonly Grant Competent = new(Role.COMPETENT_AUTHORITY);
    private static readonly Grant ContactPoint = new(Role.CONTACT_POINT_24_7);
    private static readonly Grant[] Channels =
    [
        new(Role.LAW_ENFORCEMENT, GrantCondition.OwnKinds), new(Role.CENTRAL_AUTHORITY_EXTRADITION, GrantCondition.OwnKinds),
        new(Role.DIPLOMATIC_MISSION, GrantCondition.OwnKinds), new(Role.ASSET_RECOVERY_OFFICE, GrantCondition.OwnKinds),
    ];

    // Who may take note, ask and route; who may decide; who may act for the side that asked.
    private static readonly Grant[] Desk = [Central, ContactPoint, Competent, .. Channels];
    private static readonly Grant[] Deciders = [Central, Competent, new(Role.CONTACT_POINT_24_7, GrantCondition.ContactPointDecides), .. Channels];
    private static readonly Grant[] Askers = [Central, Competent, new(Role.CONTACT_POINT_24_7, GrantCondition.ExpeditedKinds), .. Channels];

    private static readonly CaseState[] Early = [ACKNOWLEDGED, REFERRED];
    private static readonly CaseState[] Work = [ACCEPTED, IN_EXECUTION, PARTIALLY_ANSWERED];
    private static readonly CaseState[] Unanswered = [DELIVERED, .. Early, RETURNED_FOR_INFO, CONDITIONS_PROPOSED, CONFIDENTIALITY_NOT_POSSIBLE, POSTPONED, .. Work];
    // In an emergency the data are kept at once, before they are disclosed.
    private static readonly RequestKind[] Preserving = [RequestKind.PRESERVE_DATA, RequestKind.PRESERVE_EXTENSION, RequestKind.EMERGENCY_DISCLOSURE];
    private static readonly CaseTrack[] Kept = [CaseTrack.PRESERVED, CaseTrack.PRESERVATION_EXTENDED];
    private static readonly RequestKind[] RealTime = [RequestKind.REALTIME_TRAFFIC, RequestKind.INTERCEPT_CONTENT, RequestKind.COVERT_MEASURE];

    private static readonly Transition[] Table =
    [
        new([SENT, PENDING_RECOGNITION], null, Requested, DELIVERED, [new(Role.SYSTEM)], []),
        new([SENT, PENDING_RECOGNITION], null, Requested, REJECTED_TECHNICAL, [new(Role.SYSTEM)], []),
        new([SENT], null, Requested, PENDING_RECOGNITION, [new(Role.SYSTEM)], []),
        new([DELIVERED], ActKind.ACKNOWLEDGED, Requested, ACKNOWLEDGED, Desk, ["reference", "dueAt"]),
        new([DELIVERED, ACKNOWLEDGED], ActKind.REFERRED, Requested, REFERRED, Desk, ["referredTo"]),
        new([.. Early, .. Work], ActKind.RETURNED_FOR_INFO, Requested, RETURNED_FOR_INFO, Desk, ["questions"]),
        new([RETURNED_FOR_INFO], ActKind.SUPPLEMENTED, Requesting, null, Askers, ["answers"]) { Back = true },
        new([.. Early, POSTPONED], ActKind.ACCEPTED, Requested, ACCEPTED, Deciders, ["dueAt"]),
        new([.. Early, .. Work], ActKind.CONDITIONS_PROPOSED, Requested, CONDITIONS_PROPOSED, Deciders, ["conditions"]),
        new([CONDITIONS_PROPOSED], ActKind.CONDITIONS_ACCEPTED, Requesting, ACCEPTED, Askers, []),
        new([.. Early, ACCEPTED], ActKind.CONFIDENTIALITY_NOT_POSSIBLE, Requested, CONFIDENTIALITY_NOT_POSSIBLE, Deciders, ["text"]),
        new([CONFIDENTIALITY_NOT_POSSIBLE], ActKind.CONFIDENTIALITY_WAIVED, Requesting, ACCEPTED, Askers, []),
        new([.. Early, .. Work], ActKind.POSTPONED, Requested, POSTPONED, Deciders, ["grounds", "reviewOn"]) { NeedsConsultation = true },
        new([.. Early, .. Work, RETURNED_FOR_INFO, POSTPONED], ActKind.REFUSED, Requested, REFUSED, Deciders, ["grounds", "finality"]) { NeedsConsultation = true },
        new([ACCEPTED], ActKind.IN_EXECUTION, Requested, IN_EXECUTION, Deciders, []),
        new([IN_EXECUTION, PARTIALLY_ANSWERED], ActKind.PARTIALLY_ANSWERED, Requested, PARTIALLY_ANSWERED, Deciders, ["part"]),
        new([IN_EXECUTION, PARTIALLY_ANSWERED], ActKind.EXECUTED, Requested, EXECUTED, Deciders, ["outcome"]),
        new([EXECUTED], ActKind.COMPLETED, Requesting, COMPLETED, Askers, []),
        new([EXECUTED], ActKind.DISPUTED, Requesting, IN_EXECUTION, Askers, ["text"]),
        new(Unanswered, ActKind.WITHDRAWN, Requesting, WITHDRAWN, Askers, ["text"]),
        new([DELIVERED, .. Early, RETURNED_FOR_INFO, POSTPONED], ActKind.EXPIRED, Requested, EXPIRED, Deciders, ["text"]),

        new([.. Early, .. Work, RETURNED_FOR_INFO, POSTPONED], ActKind.CONSULTATION_OPENED, Requested, null, Desk, ["text"]) { WhileConsulting = false },
        new([.. Early, .. Work, RETURNED_FOR_INFO, POSTPONED], ActKind.CONSULTATION_OPENED, Requesting, null, Askers, ["text"]) { WhileConsulting = false },
        new(Unanswered, ActKind.CONSULTATION_CLOSED, Requested, null, Desk, ["text"]) { WhileConsulting = true },
        new(Unanswered, ActKind.CONSULTATION_CLOSED, Requesting, null, Askers, ["text"]) { WhileConsulting = true },

        new(Unanswered, ActKind.PRESERVED, Requested, null, Deciders, ["until"]) { Kinds = Preserving, TrackFrom = [CaseTrack.NONE], TrackTo = CaseTrack.PRESERVED },
        new(Unanswered, ActKind.PRESERVED, Requested, null, Deciders, ["until"]) { Kinds = Preserving, TrackFrom = Kept, TrackTo = CaseTrack.PRESERVATION_EXTENDED },
        new(Unanswered, ActKind.PRESERVATION_NOT_POSSIBLE, Requested, null, Deciders, ["text"]) { Kinds = Preserving, TrackFrom = [CaseTrack.NONE], TrackTo = CaseTrack.PRESERVATION_NOT_POSSIBLE },
        // The data of an answered request are kept still, until it is closed.
        new([.. Unanswered, EXECUTED], ActKind.PRESERVATION_RELEASED, Requested, null, Deciders, ["text"]) { Kinds = Preserving, TrackFrom = Kept, TrackTo = CaseTrack.PRESERVATION_RELEASED },
        new([IN_EXECUTION, PARTIALLY_ANSWERED], ActKind.MEASURE_STARTED, Requested, null, Deciders, []) { Kinds = RealTime, TrackFrom = [CaseTrack.NONE], TrackTo = CaseTrack.MEASURE_STARTED },
        new([IN_EXECUTION, PARTIALLY_ANSWERED], ActKind.MEASURE_DELIVERY, Requested, null, Deciders, ["part", "periodFrom", "periodTo"]) { Kinds = RealTime, TrackFrom = [CaseTrack.MEASURE_STARTED] },
        new(Work, ActKind.TERMINATE_MEASURE, Requesting, null, Askers, ["text"]) { Kinds = RealTime, TrackFrom = [CaseTrack.NONE, CaseTrack.MEASURE_STARTED] },
        new([IN_EXECUTION, PARTIALLY_ANSWERED], ActKind.MEASURE_TERMINATED, Requested, null, Deciders, ["text"]) { Kinds = RealTime, TrackFrom = [CaseTrack.MEASURE_STARTED], TrackTo = CaseTrack.MEASURE_TERMINATED },

        Message(ActKind.STATUS_QUERY, Requesting), Message(ActKind.STATUS_REPORT, Requested), Message(ActKind.DELAY_NOTICE, Requested, "text", "dueAt"),
        Message(ActKind.REMINDER, Requesting), Message(ActKind.REMINDER, Requested), Message(ActKind.AMENDMENT, Requesting),
        Message(ActKind.COST_CONSULTATION, Requesting), Message(ActKind.COST_CONSULTATION, Requested), UntilClosed(ActKind.EXCULPATORY_NOTICE, Requesting),
        UntilClosed(ActKind.USE_REPORT, Requesting), UntilClosed(ActKind.DELETION_CERTIFICATE, Requesting), UntilClosed(ActKind.DELETION_CERTIFICATE, Requested),
        UntilClosed(ActKind.BREACH_NOTICE, Requesting), UntilClosed(ActKind.BREACH_NOTICE, Requested), UntilClosed(ActKind.RETURN_OF_OBJECT, Requesting), UntilClosed(ActKind.RETURN_OF_OBJECT, Requested),
        UntilClosed(ActKind.ORIGINAL_RECEIVED, Requested, "originalComparison"), UntilClosed(ActKind.CALLED_BACK, Requested), UntilClosed(ActKind.POST_REVIEWED, Requested),
        new(Unanswered, ActKind.DEADLINE_MISSED, Requesting, null, [new(Role.SYSTEM)], ["deadlineRule", "deadlineAt"]),
        new(Unanswered, ActKind.DEADLINE_MISSED, Requested, null, [new(Role.SYSTEM)], ["deadlineRule", "deadlineAt"]),
    ];

    /// <summary>All rows.</summary>
    public static IReadOnlyList<Transition> All => Table;

    /// <summary>Where the case stands after an act; V042 when a consultation is missing, V043 when the table has no row.</summary>
    public static Outcome<Standing> Apply(Standing current, ActEntry act)
    {
        if (Array.Find(Table, row => row.Fits(current, act.Kind, act.Side)) is not { } row)
            return NotPossible(current.State, act.Kind, act.Side);
        if (row.NeedsConsultation && !current.Consulted && !act.Waived)
            return new Refusal(RefusalCode.ConsultationMissing, "Consult the requesting authority first, or record why not (\"consultationWaivedReason\").", "consultationWaivedReason");
        var to = row.Back ? current.Before!.Value : row.To ?? current.State;
        return current with
        {
            State = to,
            Before = to == RETURNED_FOR_INFO ? current.State == RETURNED_FOR_INFO ? current.Before : current.State : null,
            Consulting = act.Kind == ActKind.CONSULTATION_OPENED || (current.Consulting && act.Kind != ActKind.CONSULTATION_CLOSED && !to.IsFinal()),
            Consulted = current.Consulted || act.Kind == ActKind.CONSULTATION_OPENED,
            Track = row.TrackTo ?? current.Track,
            PreservedUntil = act.Kind == ActKind.PRESERVED ? act.Until : current.PreservedUntil,
            Deliveries = current.Deliveries + (act.Kind == ActKind.MEASURE_DELIVERY ? 1 : 0),
            Answers = current.Answers + (act.Kind == ActKind.PARTIALLY_ANSWERED ? 1 : 0),
            Outcome = act.Kind == ActKind.EXECUTED ? act.Outcome : to is EXECUTED or COMPLETED ? current.Outcome : null,
            // A consultation names the day by which its author expects an answer, and promises none.
            DueAt = act is { Side: Requested, DueAt: { } due, Kind: not ActKind.CONSULTATION_OPENED } ? due : current.DueAt,
            Original = act.Kind == ActKind.ORIGINAL_RECEIVED ? act.OriginalAgrees ? OriginalState.RECEIVED_MATCH : OriginalState.RECEIVED_DIFFERENT : current.Original,
            CalledBack = current.CalledBack || act.Kind == ActKind.CALLED_BACK,
            Reviewed = current.Reviewed || act.Kind == ActKind.POST_REVIEWED,
        };
    }

    /// <summary>The state after the gateway itself moved the case, or V043.</summary>
    public static Outcome<CaseState> ApplySystem(CaseState from, CaseState to)
        => Array.Exists(Table, row => row.Act is null && row.To == to && row.From.Contains(from)) ? to
            : new Refusal(RefusalCode.TransitionNotAllowed, $"{from} -> {to} is not possible for the requested side.");

    /// <summary>The acts possible now, whoever the person is; none for which no ground is open.</summary>
    public static IReadOnlyList<ActKind> Allowed(Standing from, CaseSide by, RequestKind kind)
        => [.. Enum.GetValues<ActKind>().Where(act => (act != ActKind.POSTPONED || Grounds.MayPostpone(kind)) && Array.Exists(Table, row => row.Fits(from, act, by) && IsFor(row, kind)))];

    /// <summary>Whether a person with these roles may do the act; T802 when not, V043 when the kind of request has no such act. Says nothing about the state of the case.</summary>
    /// <param name="act">The act.</param>
    /// <param name="by">The side of the person's authority.</param>
    /// <param name="roles">The person's roles.</param>
    /// <param name="kind">Kind of the request.</param>
    /// <param name="own">Profile of the person's own State.</param>
    public static Refusal? Permit(ActKind act, CaseSide by, IReadOnlyList<Role> roles, RequestKind kind, StateProfile? own)
    {
        if (RefuseKind(act, kind) is { } other)
            return other;
        var permitted = Table.Where(row => row.Act == act && row.By == by).SelectMany(row => row.ByWhom)
            .Any(grant => roles.Contains(grant.Role) && grant.Covers(RequestKinds.Of(kind), null, own, sent: by == CaseSide.Requesting));
        return permitted ? null : new(RefusalCode.RoleMissing, $"{act} of {kind} is not open to {(roles.Count == 0 ? "a person without a role" : string.Join(", ", roles))}");
    }

    /// <summary>V043 when a request of this kind has no such act.</summary>
    public static Refusal? RefuseKind(ActKind act, RequestKind kind)
        => Array.Exists(Table, row => row.Act == act && IsFor(row, kind)) ? null : new(RefusalCode.TransitionNotAllowed, $"{act} is no act on {kind}.", "kind");

    /// <summary>Members that the act must fill.</summary>
    public static IReadOnlyList<string> Needs(ActKind act) => Array.Find(Table, row => row.Act == act)!.Needs;

    /// <summary>The gateway does it by itself, under the authority's seal; no person may.</summary>
    public static bool IsAutomatic(ActKind act) => Array.TrueForAll(Table, row => row.Act != act || row.ByWhom is [{ Role: Role.SYSTEM }]);

    /// <summary>The side or sides that may do the act.</summary>
    public static IReadOnlyList<CaseSide> SidesOf(ActKind act) => [.. Table.Where(row => row.Act == act).Select(row => row.By).Distinct()];

    private static bool IsFor(Transition row, RequestKind kind) => row.Kinds.Count == 0 || row.Kinds.Contains(kind);

    // A word on an open case that moves nothing.
    private static Transition Message(ActKind act, CaseSide by, params IReadOnlyList<string> needs)
        => new(Unanswered, act, by, null, by == Requesting ? Askers : Desk, needs.Count > 0 ? needs : ["text"]);

    // Comes when it comes, also behind the answer; it may cross the confirmation that closes the case.
    private static Transition UntilClosed(ActKind act, CaseSide by, params IReadOnlyList<string> needs) => Message(act, by, needs) with { From = [.. Unanswered, EXECUTED] };

    private static Refusal NotPossible(CaseState from, ActKind act, CaseSide by)
    {
        var to = Array.Find(Table, row => row.Act == act)!.To?.ToString() ?? act.ToString();
        return new(RefusalCode.TransitionNotAllowed, $"{from} -> {to} is not possible for the {(by == Requesting ? "requesting" : "requested")} side.");
    }
}
