using Gateway.Protocol.Acts;

namespace Gateway.Protocol.Deadlines;

/// <summary>How a deadline stands.</summary>
public enum DeadlineState
{
    /// <summary>It runs.</summary>
    RUNNING,

    /// <summary>It waits for the other side, or for a case that replaced it.</summary>
    SUSPENDED,

    /// <summary>It was kept, or missed and then done.</summary>
    MET,

    /// <summary>The case went on so that it no longer matters.</summary>
    VOID,
}

/// <summary>One thing that is due on a case.</summary>
/// <param name="Rule">What.</param>
/// <param name="Number">1, or the number of the delivery, question, status query or postponement, or of the answer that is due once more after a dispute; a rule and its number are one deadline for ever.</param>
/// <param name="By">The side that has to do it.</param>
/// <param name="From">When it began to run, UTC.</param>
/// <param name="Due">When it is due, UTC.</param>
/// <param name="State">How it stands.</param>
/// <param name="Basis">Where the date comes from, in words; never "required by treaty".</param>
/// <param name="Met">When it was done, UTC; null while it is not.</param>
public sealed record Deadline(DeadlineRule Rule, int Number, CaseSide By, DateTimeOffset From, DateTimeOffset Due, DeadlineState State, string Basis, DateTimeOffset? Met)
{
    /// <summary>Rules whose passing the responsible side's gateway states in a sealed act. The others are reminders of one's own.</summary>
    public static bool IsAnnounced(DeadlineRule rule) => rule is DeadlineRule.ACKNOWLEDGE or DeadlineRule.ACKNOWLEDGE_LATEST or DeadlineRule.DECIDE or DeadlineRule.EXECUTE or DeadlineRule.PROMISED
        or DeadlineRule.ANSWER_QUESTIONS or DeadlineRule.STATUS_REPORT or DeadlineRule.DELIVERY or DeadlineRule.ORIGINAL or DeadlineRule.FORMAL_REQUEST;

    /// <summary>Rules that tell a day on which something ends by itself: nobody misses them.</summary>
    public static bool IsEnd(DeadlineRule rule)
        => rule is DeadlineRule.PRESERVATION_ENDS or DeadlineRule.DATA_LOSS or DeadlineRule.MEASURE_ENDS or DeadlineRule.MAY_CLOSE;
}
