namespace Gateway.Protocol.Acts;

/// <summary>What a person does on a case; each is a row of <see cref="Transitions"/>, named after the state it leads to.</summary>
public enum ActKind
{
    /// <summary>The requested side has seen the request and names its own reference and an estimated date.</summary>
    ACKNOWLEDGED,

    /// <summary>The requested side will execute it, by a date.</summary>
    ACCEPTED,

    /// <summary>Execution has begun.</summary>
    IN_EXECUTION,

    /// <summary>The final answer, with its outcome.</summary>
    EXECUTED,

    /// <summary>The requesting side confirms that everything arrived, agrees with its digests and can be read.</summary>
    COMPLETED,
}

/// <summary>Which side of a case acts.</summary>
public enum CaseSide
{
    /// <summary>The side that asked.</summary>
    Requesting,

    /// <summary>The side that was asked.</summary>
    Requested,
}

/// <summary>Where a case stands, the same on both sides.</summary>
public enum CaseState
{
    /// <summary>Accepted by the sender's gateway, on its way.</summary>
    SENT,

    /// <summary>The recipient's gateway refused it; final. A corrected request is a new one.</summary>
    REJECTED_TECHNICAL,

    /// <summary>Complete at the recipient's gateway.</summary>
    DELIVERED,

    /// <summary>Seen by an officer.</summary>
    ACKNOWLEDGED,

    /// <summary>Will be executed.</summary>
    ACCEPTED,

    /// <summary>Is being executed.</summary>
    IN_EXECUTION,

    /// <summary>Answered.</summary>
    EXECUTED,

    /// <summary>Confirmed by the requesting side; final.</summary>
    COMPLETED,
}

/// <summary>How an executed request ended.</summary>
public enum ActOutcome
{
    /// <summary>Everything asked for.</summary>
    FULL,

    /// <summary>A part; the text says which.</summary>
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
