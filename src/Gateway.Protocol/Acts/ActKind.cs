namespace Gateway.Protocol.Acts;

/// <summary>What a person does on a case; each has its rows in <see cref="Transitions"/>. Those that move the case bear the name of the state.</summary>
public enum ActKind
{
    /// <summary>The requested side has seen the request and names its own reference and an estimated date.</summary>
    ACKNOWLEDGED,

    /// <summary>The requested side passed it on to another of its authorities, which it names.</summary>
    REFERRED,

    /// <summary>The requested side asks for what is missing.</summary>
    RETURNED_FOR_INFO,

    /// <summary>The requesting side answers what was asked; the case goes back to where it stood.</summary>
    SUPPLEMENTED,

    /// <summary>The requested side will execute it under conditions.</summary>
    CONDITIONS_PROPOSED,

    /// <summary>The requesting side accepts the conditions; they bind it.</summary>
    CONDITIONS_ACCEPTED,

    /// <summary>The requested side cannot keep it confidential.</summary>
    CONFIDENTIALITY_NOT_POSSIBLE,

    /// <summary>The requesting side goes on without confidentiality.</summary>
    CONFIDENTIALITY_WAIVED,

    /// <summary>The requested side puts it off for own proceedings.</summary>
    POSTPONED,

    /// <summary>The requested side refuses, with grounds; final.</summary>
    REFUSED,

    /// <summary>The requested side will execute it, by a date.</summary>
    ACCEPTED,

    /// <summary>Execution has begun.</summary>
    IN_EXECUTION,

    /// <summary>An answer in part; what is refused of it has grounds.</summary>
    PARTIALLY_ANSWERED,

    /// <summary>The final answer, with its outcome.</summary>
    EXECUTED,

    /// <summary>The requesting side confirms that everything arrived, agrees with its digests and can be read.</summary>
    COMPLETED,

    /// <summary>The requesting side says that an answer cannot be read, does not agree or is incomplete.</summary>
    DISPUTED,

    /// <summary>The requesting side takes it back; final.</summary>
    WITHDRAWN,

    /// <summary>The requested side closes what is of no use any more; final.</summary>
    EXPIRED,

    /// <summary>Either side opens a consultation, without which nothing is refused or postponed.</summary>
    CONSULTATION_OPENED,

    /// <summary>Either side closes it.</summary>
    CONSULTATION_CLOSED,

    /// <summary>The requesting side asks how it stands.</summary>
    STATUS_QUERY,

    /// <summary>The requested side says how it stands.</summary>
    STATUS_REPORT,

    /// <summary>The requested side says that a date cannot be kept, why, and names a new one.</summary>
    DELAY_NOTICE,

    /// <summary>Either side reminds the other.</summary>
    REMINDER,

    /// <summary>The requesting side changes its request; the old version stays.</summary>
    AMENDMENT,

    /// <summary>Either side raises costs.</summary>
    COST_CONSULTATION,

    /// <summary>The requesting side must disclose something to the accused.</summary>
    EXCULPATORY_NOTICE,

    /// <summary>The requesting side reports what the data were used for.</summary>
    USE_REPORT,

    /// <summary>Either side certifies that data were deleted.</summary>
    DELETION_CERTIFICATE,

    /// <summary>Either side reports a breach of personal data.</summary>
    BREACH_NOTICE,

    /// <summary>Either side returns an object.</summary>
    RETURN_OF_OBJECT,

    /// <summary>The data are preserved until a day.</summary>
    PRESERVED,

    /// <summary>The data cannot be preserved, or not without the user learning of it.</summary>
    PRESERVATION_NOT_POSSIBLE,

    /// <summary>The preservation was ended before its day.</summary>
    PRESERVATION_RELEASED,

    /// <summary>The measure in real time runs.</summary>
    MEASURE_STARTED,

    /// <summary>A delivery of it, with its number and period.</summary>
    MEASURE_DELIVERY,

    /// <summary>The requesting side asks that the measure end.</summary>
    TERMINATE_MEASURE,

    /// <summary>The measure has ended.</summary>
    MEASURE_TERMINATED,

    /// <summary>The signed original came and was compared.</summary>
    ORIGINAL_RECEIVED,

    /// <summary>The requested side called the number of the directory back.</summary>
    CALLED_BACK,

    /// <summary>The requested side reviewed an emergency afterwards.</summary>
    POST_REVIEWED,

    /// <summary>A gateway states by itself that a deadline of its own side passed; sealed by the authority, no person did it.</summary>
    DEADLINE_MISSED,
}
