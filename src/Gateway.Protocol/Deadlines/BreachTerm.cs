using Gateway.Protocol.Acts;

namespace Gateway.Protocol.Deadlines;

/// <summary>The notice of a breach of data that the other State sent: due from the hour in which it was found, whatever becomes of the case, and known within one's own walls only.</summary>
public static class BreachTerm
{
    /// <summary>Hours in which the other State is told.</summary>
    public const int Hours = 72;

    /// <summary>When the notice is due.</summary>
    public static DateTimeOffset Due(DateTimeOffset found) => WorkCalendar.Add(WorkCalendar.Sane(found), TimeSpan.FromHours(Hours));

    /// <summary>The deadline of one breach.</summary>
    /// <param name="by">Whose data room it was.</param>
    /// <param name="number">1 for the first breach of the case that was recorded.</param>
    /// <param name="found">When it was found.</param>
    /// <param name="told">When the other State was told; null: it was not yet.</param>
    public static Deadline Of(CaseSide by, int number, DateTimeOffset found, DateTimeOffset? told)
        => LegalClock.New(DeadlineRule.BREACH_NOTICE, by, WorkCalendar.Sane(found), Due(found), "default of this installation: the State that sent the data hears of a breach within 72 hours", told, number);
}
