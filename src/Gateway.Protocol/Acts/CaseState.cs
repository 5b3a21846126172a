using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Acts;

/// <summary>Which side of a case acts.</summary>
public enum CaseSide
{
    /// <summary>The side that asked.</summary>
    Requesting,

    /// <summary>The side that was asked.</summary>
    Requested,
}

/// <summary>What follows from a side.</summary>
public static class CaseSides
{
    /// <summary>Whether this side is among those that receive personal data.</summary>
    public static bool IsIn(this CaseSide side, DataReceiver receiver) => receiver.HasFlag(side == CaseSide.Requesting ? DataReceiver.REQUESTING : DataReceiver.REQUESTED);
}

/// <summary>Where a case stands, the same on both sides once each has what the other did.</summary>
public enum CaseState
{
    /// <summary>Accepted by the sender's gateway, on its way.</summary>
    SENT,

    /// <summary>At the recipient's gateway, where a person decides about its marks; no case is open there.</summary>
    PENDING_RECOGNITION,

    /// <summary>The recipient's gateway refused it; final. A corrected request is a new one.</summary>
    REJECTED_TECHNICAL,

    /// <summary>Complete at the recipient's gateway.</summary>
    DELIVERED,

    /// <summary>Seen by an officer.</summary>
    ACKNOWLEDGED,

    /// <summary>Passed on to another authority of the requested State, which was named.</summary>
    REFERRED,

    /// <summary>Waits for what the requesting side was asked to add.</summary>
    RETURNED_FOR_INFO,

    /// <summary>Will be executed under conditions that the requesting side has not answered yet.</summary>
    CONDITIONS_PROPOSED,

    /// <summary>Cannot be kept confidential; the requesting side decides whether to go on.</summary>
    CONFIDENTIALITY_NOT_POSSIBLE,

    /// <summary>Put off for own proceedings, until a day of review.</summary>
    POSTPONED,

    /// <summary>Will be executed.</summary>
    ACCEPTED,

    /// <summary>Is being executed.</summary>
    IN_EXECUTION,

    /// <summary>Answered in part; more follows.</summary>
    PARTIALLY_ANSWERED,

    /// <summary>Answered.</summary>
    EXECUTED,

    /// <summary>Confirmed by the requesting side; final.</summary>
    COMPLETED,

    /// <summary>Refused with grounds; final.</summary>
    REFUSED,

    /// <summary>Taken back by the requesting side; final.</summary>
    WITHDRAWN,

    /// <summary>Of no use any more: the useful day passed, or no supplement came; final.</summary>
    EXPIRED,
}

/// <summary>What is known of preserved data or of a measure in real time, beside the state of the case.</summary>
public enum CaseTrack
{
    /// <summary>Nothing yet.</summary>
    NONE,

    /// <summary>The data are preserved until a day.</summary>
    PRESERVED,

    /// <summary>They were preserved, and are until a later day that was given afterwards.</summary>
    PRESERVATION_EXTENDED,

    /// <summary>They cannot be preserved, or not without the user learning of it.</summary>
    PRESERVATION_NOT_POSSIBLE,

    /// <summary>They were released before the day.</summary>
    PRESERVATION_RELEASED,

    /// <summary>The measure runs.</summary>
    MEASURE_STARTED,

    /// <summary>The measure has ended.</summary>
    MEASURE_TERMINATED,
}

/// <summary>Whether the signed original that was to follow has come.</summary>
public enum OriginalState
{
    /// <summary>Nothing was recorded.</summary>
    NOT_RECEIVED,

    /// <summary>It came and agrees with the electronic request.</summary>
    RECEIVED_MATCH,

    /// <summary>It came and differs.</summary>
    RECEIVED_DIFFERENT,
}

/// <summary>How an executed request ended.</summary>
public enum ActOutcome
{
    /// <summary>Everything asked for.</summary>
    FULL,

    /// <summary>A part; the text says which, and the grounds why the rest is refused.</summary>
    PARTIAL,

    /// <summary>Searched, nothing found.</summary>
    NO_DATA_FOUND,

    /// <summary>The data existed once.</summary>
    DATA_NO_LONGER_EXISTS,

    /// <summary>The data is there but was altered.</summary>
    DATA_ALTERED,

    /// <summary>The data is not in this State.</summary>
    DATA_NOT_HERE,

    /// <summary>The provider sits in another State, which the text names.</summary>
    PROVIDER_IN_OTHER_STATE,

    /// <summary>The person was not found.</summary>
    PERSON_NOT_FOUND,

    /// <summary>The person refused, as the law allows.</summary>
    REFUSED_BY_PERSON,

    /// <summary>It cannot be done technically.</summary>
    TECHNICALLY_IMPOSSIBLE,

    /// <summary>Nothing beyond what was already given.</summary>
    NOTHING_TO_ADD,
}

/// <summary>Questions about a state.</summary>
public static class CaseStates
{
    /// <summary>Nothing more can be done on the case; history is never reopened, a new request is linked instead.</summary>
    public static bool IsFinal(this CaseState state)
        => state is CaseState.REJECTED_TECHNICAL or CaseState.COMPLETED or CaseState.REFUSED or CaseState.WITHDRAWN or CaseState.EXPIRED;
}
