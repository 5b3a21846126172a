namespace Gateway.Protocol.Deadlines;

/// <summary>What is due on a case. The word travels in an act DEADLINE_MISSED.</summary>
public enum DeadlineRule
{
    /// <summary>A person of the requested side acknowledges the request.</summary>
    ACKNOWLEDGE,

    /// <summary>The latest day for that, for ordinary requests.</summary>
    ACKNOWLEDGE_LATEST,

    /// <summary>The first decision; where nothing follows a decision, the answer itself.</summary>
    DECIDE,

    /// <summary>The execution after the decision.</summary>
    EXECUTE,

    /// <summary>What the requested side promised when it acknowledged or accepted.</summary>
    PROMISED,

    /// <summary>The requesting side answers what it was asked, or what was proposed to it.</summary>
    ANSWER_QUESTIONS,

    /// <summary>The day from which a request that was not supplemented may be closed.</summary>
    MAY_CLOSE,

    /// <summary>The requested side says how it stands.</summary>
    STATUS_REPORT,

    /// <summary>A postponement is looked at again.</summary>
    REVIEW_POSTPONEMENT,

    /// <summary>A preservation ends.</summary>
    PRESERVATION_ENDS,

    /// <summary>The data are expected to be lost.</summary>
    DATA_LOSS,

    /// <summary>The next delivery of a measure in real time.</summary>
    DELIVERY,

    /// <summary>A measure in real time, or the authorisation for it, ends.</summary>
    MEASURE_ENDS,

    /// <summary>The signed original arrives.</summary>
    ORIGINAL,

    /// <summary>The formal request that follows an emergency.</summary>
    FORMAL_REQUEST,

    /// <summary>The number of the directory is called back.</summary>
    CALL_BACK,

    /// <summary>An emergency is reviewed afterwards.</summary>
    POST_REVIEW,

    /// <summary>The data of the case are to be erased.</summary>
    RETENTION,

    /// <summary>Whether the data are still needed is looked at again.</summary>
    RETENTION_REVIEW,

    /// <summary>The State that sent the data is told of a breach.</summary>
    BREACH_NOTICE,

    /// <summary>The side that is consulted answers by the day named in the consultation.</summary>
    CONSULTATION,
}
