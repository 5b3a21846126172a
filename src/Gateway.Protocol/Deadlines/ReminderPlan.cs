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

    /// <summary>In what time people are called about a question in an urgent case, long before its date; null: about nothing else.</summary>
    public static TimeSpan? Soon(Deadline deadline, Urgency urgency)
    {
        ArgumentNullException.ThrowIfNull(deadline);
        return urgency != Urgency.ORDINARY && deadline.Rule is (DeadlineRule.ANSWER_QUESTIONS or DeadlineRule.STATUS_REPORT) ? LegalClock.AcknowledgeWithin(urgency) : null;
    }

    /// <summary>In order of time; the last one is the deadline itself.</summary>
    /// <param name="deadline">Of whom ever.</param>
    /// <param name="urgency">Of the request.</param>
    /// <param name="own">The calendar of the own State.</param>
    /// <param name="onPaper">No gateway serves the other State: no letter goes within hours.</param>
    public static IReadOnlyList<PlannedReminder> Of(Deadline deadline, Urgency urgency, WorkCalendar own, bool onPaper = false)
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
        // What is asked while life is in danger, or data are about to be lost, waits for no week: people hear of it as early as of the request itself, while the date stays in days.
        if (!onPaper && Soon(deadline, urgency) is { } soon)
            plan = plan.Concat(new[] { new PlannedReminder(WorkCalendar.Add(deadline.From, soon / 2), ReminderStep.REMIND), new PlannedReminder(WorkCalendar.Add(deadline.From, soon), ReminderStep.ESCALATE) }.Where(p => p.At < deadline.Due));
        return [.. plan.DistinctBy(p => p.At).OrderBy(p => p.At), new PlannedReminder(deadline.Due, ReminderStep.PASS)];
    }
}
