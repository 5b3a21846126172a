using System.Globalization;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Deadlines;

/// <summary>
/// The deadlines of a case as a function of its request, its acts and both profiles. Of several terms the shortest counts; a longer one is
/// named, never silently applied. No treaty obliges to any of them.
/// </summary>
public static class LegalClock
{
    private static readonly TimeSpan ManyHours = TimeSpan.FromDays(3);

    private static readonly ActKind[] Decisions =
    [
        ActKind.ACCEPTED, ActKind.REFUSED, ActKind.POSTPONED, ActKind.CONDITIONS_PROPOSED, ActKind.CONFIDENTIALITY_NOT_POSSIBLE, ActKind.PARTIALLY_ANSWERED, ActKind.EXECUTED, ActKind.MEASURE_STARTED,
    ];

    private static readonly ActKind[] Answers = [ActKind.REFUSED, ActKind.POSTPONED, ActKind.EXECUTED, ActKind.MEASURE_STARTED];

    // Keeping the data answers a request to keep them, and no other.
    private static readonly ActKind[] Kept = [.. Answers, ActKind.PRESERVED, ActKind.PRESERVATION_NOT_POSSIBLE];

    /// <summary>All of them, the earliest first.</summary>
    public static IReadOnlyList<Deadline> Of(ClockedCase of)
    {
        ArgumentNullException.ThrowIfNull(of);
        if (of.State is CaseState.SENT or CaseState.REJECTED_TECHNICAL)
            return [];
        var all = Acknowledgement(of).Concat(Decision(of)).Concat(Questions(of)).Concat(CaseTerms.Of(of)).Where(d => d.Due > DateTimeOffset.MinValue);
        return [.. all.Select(d => Settle(Counted(d, of), of)).OrderBy(d => d.Due).ThenBy(d => d.Rule)];
    }

    /// <summary>When the first decision is due, and why: the shortest of the default, both profiles and the wish of the request.</summary>
    public static (DateTimeOffset Due, string Basis) FirstDecision(ClockedCase of)
    {
        ArgumentNullException.ThrowIfNull(of);
        var (request, row) = (of.Request, of.Request.Row);
        var terms = new List<(DateTimeOffset Due, string Basis)> { (Add(of, row.DecisionDue(request.Urgency, of.Delivered) - of.Delivered), Treaties.DeadlineBasis(row, of.ApprovedTreaties)) };
        foreach (var (profile, authority) in new[] { (of.Requested, request.RequestedAuthority), (of.Requesting, request.RequestingAuthority) })
        {
            if (profile?.TermOf(request.Kind, request.Urgency) is { } term)
                terms.Add(Add(of, term, Ids.StateOf(authority)));
        }
        if (Time(request, "deadlineRequested") is { } wish)
            terms.Add((wish > of.Delivered ? wish : of.Delivered, "asked for in the request"));
        var first = terms.MinBy(term => term.Due);
        var longer = terms.Where(term => term.Due > first.Due && term.Basis != first.Basis).Select(term => $"{term.Basis} would be {DocumentWriter.FormatTime(term.Due)}").ToList();
        return (first.Due, longer.Count == 0 ? first.Basis : $"{first.Basis}; {string.Join("; ", longer)}");
    }

    private static IEnumerable<Deadline> Acknowledgement(ClockedCase of)
    {
        var met = of.Acts.FirstOrDefault(act => act.By == CaseSide.Requested && !Transitions.IsAutomatic(act.Act.Kind))?.Act.Time;
        var term = of.Request.Urgency switch
        {
            Urgency.EMERGENCY => TimeSpan.FromMinutes(30),
            Urgency.URGENT => TimeSpan.FromHours(4),
            Urgency.ORDINARY => TimeSpan.FromHours(24),
        };
        yield return New(DeadlineRule.ACKNOWLEDGE, CaseSide.Requested, of.Delivered, WorkCalendar.Add(of.Delivered, term), "default of this installation", met);
        if (of.Request.Urgency == Urgency.ORDINARY)
            yield return New(DeadlineRule.ACKNOWLEDGE_LATEST, CaseSide.Requested, of.Delivered, of.Calendar.AddDays(of.Delivered, 7), "default of this installation, after EIO 16", met);
    }

    private static IEnumerable<Deadline> Decision(ClockedCase of)
    {
        var row = of.Request.Row;
        var executes = row.Execution is not null;
        var (due, basis) = FirstDecision(of);
        var met = of.First(CaseSide.Requested, executes ? Decisions : AnswersTo(of));
        var decision = Postponed(of, New(DeadlineRule.DECIDE, CaseSide.Requested, of.Delivered, due, basis, met?.Act.Time));
        yield return decision;

        if (executes && of.First(CaseSide.Requested, ActKind.ACCEPTED)?.Act.Time is { } accepted)
        {
            var answered = of.First(CaseSide.Requested, ActKind.EXECUTED, ActKind.REFUSED, ActKind.POSTPONED);
            yield return Postponed(of, New(DeadlineRule.EXECUTE, CaseSide.Requested, accepted, Add(of, row.Execution!.Value, accepted), Treaties.DeadlineBasis(row, of.ApprovedTreaties), answered?.Act.Time));
        }
        if (of.Last(CaseSide.Requested, ActKind.ACKNOWLEDGED, ActKind.ACCEPTED, ActKind.DELAY_NOTICE, ActKind.STATUS_REPORT) is { Act: { DueAt: { } promised } act })
            yield return Waited(of, New(DeadlineRule.PROMISED, CaseSide.Requested, act.Time, promised, $"promised with {act.Kind}", of.First(CaseSide.Requested, AnswersTo(of))?.Act.Time));
    }

    // What the other side was asked, and how it stands.
    private static IEnumerable<Deadline> Questions(ClockedCase of)
    {
        var (number, asked) = (0, 0);
        for (var i = 0; i < of.Acts.Length; i++)
        {
            var (act, by) = (of.Acts[i].Act, of.Acts[i].By);
            DateTimeOffset? Next(ActKind kind) => of.Acts.Skip(i + 1).FirstOrDefault(later => later.Act.Kind == kind)?.Act.Time;
            if (act.Kind == ActKind.RETURNED_FOR_INFO)
            {
                number++;
                var met = Next(ActKind.SUPPLEMENTED);
                yield return New(DeadlineRule.ANSWER_QUESTIONS, CaseSide.Requesting, act.Time, of.Calendar.AddDays(act.Time, 30), "default of this installation", met, number);
                yield return New(DeadlineRule.MAY_CLOSE, CaseSide.Requested, act.Time, of.Calendar.AddDays(act.Time, 60), "default of this installation: without a supplement the request may be closed", met, number);
            }
            else if (act.Kind == ActKind.STATUS_QUERY && by == CaseSide.Requesting)
                yield return New(DeadlineRule.STATUS_REPORT, CaseSide.Requested, act.Time, of.Calendar.AddDays(act.Time, 10), "default of this installation, after UNCAC 46(24)", Next(ActKind.STATUS_REPORT), ++asked);
            else if (act.Kind == ActKind.POSTPONED && act.TextOf("reviewOn") is { } day && DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var review))
                yield return New(DeadlineRule.REVIEW_POSTPONEMENT, CaseSide.Requested, act.Time, of.Calendar.At(WorkCalendar.Sane(review), of.Calendar.WorkTo), "day named with the postponement",
                    of.Acts.Skip(i + 1).FirstOrDefault(later => later.By == CaseSide.Requested && later.Act.Kind is ActKind.ACCEPTED or ActKind.REFUSED or ActKind.POSTPONED)?.Act.Time, i + 1);
        }
    }

    internal static Deadline New(DeadlineRule rule, CaseSide by, DateTimeOffset from, DateTimeOffset due, string basis, DateTimeOffset? met, int number = 1)
        => new(rule, number, by, from.ToUniversalTime(), due.ToUniversalTime(), met is null ? DeadlineState.RUNNING : DeadlineState.MET, basis, met);

    // A notice of delay names a new date, openly; then what was asked back is added.
    private static Deadline Postponed(ClockedCase of, Deadline deadline)
    {
        var notice = of.Acts.LastOrDefault(a => a.By == CaseSide.Requested && a.Act.Kind == ActKind.DELAY_NOTICE && a.Act.Time >= deadline.From && (deadline.Met is null || a.Act.Time <= deadline.Met))?.Act;
        return Waited(of, notice?.DueAt is { } later && later > deadline.Due
            ? deadline with { Due = later, Basis = $"notice of delay of {DocumentWriter.FormatTime(notice.Time)}; before it {DocumentWriter.FormatTime(deadline.Due)}, {deadline.Basis}" }
            : deadline);
    }

    // The time in which the other side was asked for what is missing does not count.
    private static Deadline Waited(ClockedCase of, Deadline deadline)
    {
        var (waited, since) = (TimeSpan.Zero, (DateTimeOffset?)null);
        // Whoever dates acts to and fro could add up more than a calendar holds.
        foreach (var (act, _) in of.Acts)
        {
            if (act.Time < deadline.From || act.Time > deadline.Met)
                continue;
            if (act.Kind == ActKind.RETURNED_FOR_INFO)
                since ??= act.Time;
            else if (act.Kind == ActKind.SUPPLEMENTED && since is { } asked)
                (waited, since) = (act.Time <= asked ? waited : act.Time - asked < WorkCalendar.Longest - waited ? waited + (act.Time - asked) : WorkCalendar.Longest, null);
        }
        if (waited > TimeSpan.Zero)
            deadline = deadline with { Due = WorkCalendar.Add(deadline.Due, waited), Basis = string.Create(CultureInfo.InvariantCulture, $"{deadline.Basis}; {Math.Ceiling(waited.TotalHours)} h waited for a supplement") };
        return since is not null && (of.State == CaseState.RETURNED_FOR_INFO || of.OnPaper) && deadline.State == DeadlineState.RUNNING ? deadline with { State = DeadlineState.SUSPENDED } : deadline;
    }

    private static (DateTimeOffset, string) Add(ClockedCase of, DeadlineTerm term, string state)
    {
        var words = string.Create(CultureInfo.InvariantCulture, $"{term.Amount} {term.Unit} in the profile of {state}");
        if (term.Unit == TermUnit.HOURS)
            return (WorkCalendar.Add(of.Delivered, TimeSpan.FromHours(term.Amount)), words);
        if (term.Unit == TermUnit.DAYS)
            return (of.Calendar.AddDays(of.Delivered, term.Amount), words);
        var (due, complete) = of.Calendar.AddWorkingDays(of.Delivered, term.Amount);
        return (due, complete ? words : $"{words}, counted as calendar days where no table of holidays of {of.Calendar.State} is at hand");
    }

    private static ActKind[] AnswersTo(ClockedCase of) => of.Request.Kind is RequestKind.PRESERVE_DATA or RequestKind.PRESERVE_EXTENSION ? Kept : Answers;

    private static DateTimeOffset Add(ClockedCase of, TimeSpan term) => Add(of, term, of.Delivered);

    // Days are days of the calendar; hours are hours.
    private static DateTimeOffset Add(ClockedCase of, TimeSpan term, DateTimeOffset from)
        => term < ManyHours ? WorkCalendar.Add(from, term) : WorkCalendar.Add(of.Calendar.AddDays(from, term.Days), term - TimeSpan.FromDays(term.Days));

    private static Deadline Settle(Deadline deadline, ClockedCase of)
        => of.State.IsFinal() && (deadline.State is DeadlineState.RUNNING or DeadlineState.SUSPENDED) && !Outlives(deadline.Rule) ? deadline with { State = DeadlineState.VOID } : deadline;

    // Nobody certifies how long the carriers had it; people are told from when on it was counted.
    private static Deadline Counted(Deadline deadline, ClockedCase of)
        => of.OnPaper && deadline.By == (of.CameOnPaper ? CaseSide.Requesting : CaseSide.Requested) ? deadline with { Basis = $"{deadline.Basis}; on paper: counted from when ours left to when theirs came" } : deadline;

    // What has to be done although the case is closed.
    private static bool Outlives(DeadlineRule rule)
        => rule is DeadlineRule.PRESERVATION_ENDS or DeadlineRule.ORIGINAL or DeadlineRule.FORMAL_REQUEST or DeadlineRule.POST_REVIEW or DeadlineRule.RETENTION or DeadlineRule.RETENTION_REVIEW;

    internal static DateTimeOffset? Time(Request request, string name)
        => request.Fields.TryGetProperty(name, out var value) && value.GetString() is { } text && DocumentReader.TryLocalTime(text, out var time) ? WorkCalendar.Sane(time) : null;
}
