using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Deadlines;

/// <summary>What happens at a moment before or at a deadline.</summary>
public enum ReminderStep
{
    /// <summary>People are reminded.</summary>
    REMIND,

    /// <summary>The next person is told: little time is left.</summary>
    ESCALATE,

    /// <summary>The moment itself: it is missed, or it ends.</summary>
    PASS,
}

/// <summary>A moment of the plan.</summary>
/// <param name="At">UTC.</param>
/// <param name="Step">What happens.</param>
public sealed record PlannedReminder(DateTimeOffset At, ReminderStep Step);

/// <summary>When people are reminded of a deadline. Reminders of ordinary cases fall into office hours of the own State, never later than planned.</summary>
public static class ReminderPlan
{
    private static readonly int[] PreservationDays = [14, 7, 3, 1];

    /// <summary>In order of time; the last one is the deadline itself.</summary>
    public static IReadOnlyList<PlannedReminder> Of(Deadline deadline, Urgency urgency, WorkCalendar own)
    {
        ArgumentNullException.ThrowIfNull(deadline);
        ArgumentNullException.ThrowIfNull(own);
        var term = deadline.Due - deadline.From;
        var before = new List<(TimeSpan Before, ReminderStep Step)>();
        if (deadline.Rule == DeadlineRule.PRESERVATION_ENDS)
            before.AddRange(PreservationDays.Select(days => (TimeSpan.FromDays(days), ReminderStep.REMIND)));
        else if (term <= TimeSpan.FromHours(2))
            before.Add((term / 2, ReminderStep.ESCALATE));
        else if (term <= TimeSpan.FromDays(3))
            before.AddRange([(term / 2, ReminderStep.REMIND), (TimeSpan.FromHours(1), ReminderStep.ESCALATE)]);
        else
            before.AddRange([(TimeSpan.FromDays(7), ReminderStep.REMIND), (TimeSpan.FromDays(3), ReminderStep.REMIND), (TimeSpan.FromDays(1), ReminderStep.ESCALATE)]);
        var inOfficeHours = urgency == Urgency.ORDINARY && term > TimeSpan.FromDays(1);
        var plan = before.Select(b => new PlannedReminder(inOfficeHours ? own.WorkingTimeUpTo(WorkCalendar.Add(deadline.Due, -b.Before)) : WorkCalendar.Add(deadline.Due, -b.Before), b.Step)).Where(p => p.At > deadline.From && p.At < deadline.Due);
        return [.. plan.DistinctBy(p => p.At).OrderBy(p => p.At), new PlannedReminder(deadline.Due, ReminderStep.PASS)];
    }
}
