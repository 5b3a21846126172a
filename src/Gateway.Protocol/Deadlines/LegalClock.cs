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
    /// <summary>How the basis of a deadline begins that a notice of delay moved.</summary>
    public const string MovedByNotice = "notice of delay of ";

    /// <summary>By how many days a first decision is put off at most, and once, where an execution follows it.</summary>
    public const int MostDelayDays = 30;

    private static readonly TimeSpan ManyHours = TimeSpan.FromDays(3);

    private static readonly ActKind[] Decisions =
    [
        ActKind.ACCEPTED, ActKind.REFUSED, ActKind.POSTPONED, ActKind.CONDITIONS_PROPOSED, ActKind.CONFIDENTIALITY_NOT_POSSIBLE, ActKind.PARTIALLY_ANSWERED, ActKind.EXECUTED, ActKind.MEASURE_STARTED,
    ];

    // What is put off is not answered: it waits.
    private static readonly ActKind[] Answers = [ActKind.REFUSED, ActKind.EXECUTED, ActKind.MEASURE_STARTED];

    private static readonly ActKind[] Ended = [ActKind.REFUSED, ActKind.EXECUTED];

    // Behind the answer nobody can report any more, and need not.
    private static readonly ActKind[] Reported = [ActKind.STATUS_REPORT, ActKind.EXECUTED];

    // An answer to a consultation is its end, whoever closes it; the decision that it was opened for ends it too.
    private static readonly ActKind[] Consulted = [ActKind.CONSULTATION_CLOSED, ActKind.REFUSED, ActKind.POSTPONED, ActKind.EXECUTED];

    // Whoever's act it is that leads to ACCEPTED, the execution begins with it.
    private static readonly ActKind[] Accepted = [ActKind.ACCEPTED, ActKind.CONDITIONS_ACCEPTED, ActKind.CONFIDENTIALITY_WAIVED];

    // Time that does not count, from the one act to the other: the requested side cannot go on, or said openly until when it does not.
    private static readonly Pause[] Pauses =
    [
        new(ActKind.RETURNED_FOR_INFO, [ActKind.SUPPLEMENTED], CaseState.RETURNED_FOR_INFO, "waited for a supplement"),
        new(ActKind.CONDITIONS_PROPOSED, [ActKind.CONDITIONS_ACCEPTED], CaseState.CONDITIONS_PROPOSED, "waited for an answer to conditions"),
        new(ActKind.CONFIDENTIALITY_NOT_POSSIBLE, [ActKind.CONFIDENTIALITY_WAIVED], CaseState.CONFIDENTIALITY_NOT_POSSIBLE, "waited for a word on confidentiality"),
        new(ActKind.POSTPONED, [ActKind.ACCEPTED, ActKind.REFUSED], CaseState.POSTPONED, "postponed"),
    ];

    // Keeping the data answers a request to keep them, and no other.
    private static readonly ActKind[] Kept = [.. Answers, ActKind.PRESERVED, ActKind.PRESERVATION_NOT_POSSIBLE];

    /// <summary>All of them, the earliest first.</summary>
    public static IReadOnlyList<Deadline> Of(ClockedCase of)
    {
        ArgumentNullException.ThrowIfNull(of);
        if (of.State is CaseState.SENT or CaseState.PENDING_RECOGNITION or CaseState.REJECTED_TECHNICAL)
            return [];
        var all = Acknowledgement(of).Concat(Decision(of)).Concat(Questions(of)).Concat(CaseTerms.Of(of)).Where(d => d.Due > DateTimeOffset.MinValue);
        return [.. all.Select(d => Settle(Counted(d, of), of)).OrderBy(d => d.Due).ThenBy(d => d.Rule)];
    }

    /// <summary>When the first decision is due, and why: the shortest of the default, both profiles and the wish of the request.</summary>
    public static (DateTimeOffset Due, string Basis) FirstDecision(ClockedCase of)
    {
        ArgumentNullException.ThrowIfNull(of);
        var (first, longer) = Shortest(of, of.Delivered, Time(of.Request, "deadlineRequested"));
        return (first.Due, longer.Length == 0 ? first.Basis : $"{first.Basis}; {longer}");
    }

    private static ((DateTimeOffset Due, string Basis) First, string Longer) Shortest(ClockedCase of, DateTimeOffset from, DateTimeOffset? wish)
    {
        var (request, row) = (of.Request, of.Request.Row);
        var terms = new List<(DateTimeOffset Due, string Basis)> { (Add(of, row.DecisionDue(request.Urgency, of.Delivered) - of.Delivered, from), Treaties.DeadlineBasis(row, of.ApprovedTreaties)) };
        foreach (var (profile, authority) in new[] { (of.Requested, request.RequestedAuthority), (of.Requesting, request.RequestingAuthority) })
        {
            if (profile?.TermOf(request.Kind, request.Urgency) is { } term)
                terms.Add(Add(of, from, term, Ids.StateOf(authority)));
        }
        if (wish is { } asked)
            terms.Add((asked > from ? asked : from, "asked for in the request"));
        var first = terms.MinBy(term => term.Due);
        return (first, string.Join("; ", terms.Where(term => term.Due > first.Due && term.Basis != first.Basis).Select(term => $"{term.Basis} would be {DocumentWriter.FormatTime(term.Due)}")));
    }

    /// <summary>What of the requested side answers a request of this kind.</summary>
    public static IReadOnlyList<ActKind> AnswersTo(RequestKind kind) => Answering(kind);

    /// <summary>In what time a request of this urgency is acknowledged, from its delivery.</summary>
    public static TimeSpan AcknowledgeWithin(Urgency urgency) => urgency switch
    {
        Urgency.EMERGENCY => TimeSpan.FromMinutes(30),
        Urgency.URGENT => TimeSpan.FromHours(4),
        Urgency.ORDINARY => TimeSpan.FromHours(24),
    };

    /// <summary>
    /// What is due on a request that the other side took and has not opened: a person there decides about its marks. It is their first word that is waited for, so it has the time of
    /// an acknowledgement; when the request is open, that is counted anew.
    /// </summary>
    /// <param name="urgency">Of the request.</param>
    /// <param name="taken">When it was taken, as their RelayAcceptance says.</param>
    public static Deadline Recognition(Urgency urgency, DateTimeOffset taken)
    {
        var from = WorkCalendar.Sane(taken);
        return New(DeadlineRule.ACKNOWLEDGE, CaseSide.Requested, from, WorkCalendar.Add(from, AcknowledgeWithin(urgency)), "default of this installation, for a decision about its marks", null);
    }

    private static IEnumerable<Deadline> Acknowledgement(ClockedCase of)
    {
        var word = of.Acts.FirstOrDefault(act => act.By == CaseSide.Requested && !Transitions.IsAutomatic(act.Act.Kind));
        // An original that came by post when all was over is no word on the request.
        var met = word?.Act.Kind == ActKind.ORIGINAL_RECEIVED && of.Acts.TakeWhile(act => act != word).Any(act => act.Act.Kind is ActKind.WITHDRAWN or ActKind.COMPLETED or ActKind.EXPIRED) ? null : word?.Act.Time;
        var term = AcknowledgeWithin(of.Request.Urgency);
        yield return New(DeadlineRule.ACKNOWLEDGE, CaseSide.Requested, of.Delivered, WorkCalendar.Add(of.Delivered, term), "default of this installation", met);
        if (of.Request.Urgency == Urgency.ORDINARY)
            yield return New(DeadlineRule.ACKNOWLEDGE_LATEST, CaseSide.Requested, of.Delivered, of.Calendar.AddDays(of.Delivered, 7), "default of this installation, after EIO 16", met);
    }

    private static IEnumerable<Deadline> Decision(ClockedCase of)
    {
        var row = of.Request.Row;
        var executes = row.Execution is not null;
        var (due, basis) = FirstDecision(of);
        yield return Postponed(of, New(DeadlineRule.DECIDE, CaseSide.Requested, of.Delivered, due, basis, Met(of, -1, executes ? Decisions : AnswersTo(of))));

        var (promise, begun, disputes) = (-1, false, 0);
        for (var i = 0; i < of.Acts.Length; i++)
        {
            var (act, by) = (of.Acts[i].Act, of.Acts[i].By);
            if (executes && !begun && Accepted.Contains(act.Kind))
            {
                begun = true;
                yield return Postponed(of, New(DeadlineRule.EXECUTE, CaseSide.Requested, act.Time, Add(of, row.Execution!.Value, act.Time), Treaties.DeadlineBasis(row, of.ApprovedTreaties), Met(of, i, Ended)));
            }
            // An answer that could not be used is due once more, in the same time; the first one stays what it was.
            else if (by == CaseSide.Requesting && act.Kind == ActKind.DISPUTED)
                yield return Postponed(of, Again(of, act.Time, ++disputes + 1, Met(of, i, executes ? Ended : AnswersTo(of))));
            if (by == CaseSide.Requested && act.DueAt is not null && act.Kind is ActKind.ACKNOWLEDGED or ActKind.ACCEPTED or ActKind.DELAY_NOTICE or ActKind.STATUS_REPORT)
                promise = i;
        }
        if (promise >= 0 && of.Acts[promise].Act is { DueAt: { } promised } said)
            yield return Waited(of, New(DeadlineRule.PROMISED, CaseSide.Requested, said.Time, promised, $"promised with {said.Kind}", Met(of, promise, AnswersTo(of))));
    }

    private static Deadline Again(ClockedCase of, DateTimeOffset disputed, int number, DateTimeOffset? met)
    {
        var (due, basis) = of.Request.Row.Execution is { } execution ? (Add(of, execution, disputed), Treaties.DeadlineBasis(of.Request.Row, of.ApprovedTreaties)) : Shortest(of, disputed, null).First;
        return New(of.Request.Row.Execution is null ? DeadlineRule.DECIDE : DeadlineRule.EXECUTE, CaseSide.Requested, disputed, due, $"{basis}; after the dispute of {DocumentWriter.FormatTime(disputed)}", met, number);
    }

    // The first such act of the requested side behind this place: what was done before a deadline began does not keep it.
    private static DateTimeOffset? Met(ClockedCase of, int place, ActKind[] kinds)
    {
        for (var i = place + 1; i < of.Acts.Length; i++)
        {
            if (of.Acts[i].By == CaseSide.Requested && kinds.Contains(of.Acts[i].Act.Kind))
                return of.Acts[i].Act.Time;
        }
        return null;
    }

    // What the other side was asked, and how it stands.
    private static IEnumerable<Deadline> Questions(ClockedCase of)
    {
        var (number, asked, consultation, postponed) = (0, 0, 0, 0);
        var (supplemented, accepted, waived) = (Behind(of, ActKind.SUPPLEMENTED), Behind(of, ActKind.CONDITIONS_ACCEPTED), Behind(of, ActKind.CONFIDENTIALITY_WAIVED));
        var (reported, consulted, reviewed) = (Behind(of, CaseSide.Requested, Reported), Behind(of, null, Consulted), Behind(of, CaseSide.Requested, ActKind.ACCEPTED, ActKind.REFUSED, ActKind.POSTPONED));
        for (var i = 0; i < of.Acts.Length; i++)
        {
            var (act, by) = (of.Acts[i].Act, of.Acts[i].By);
            if (act.Kind == ActKind.RETURNED_FOR_INFO)
            {
                number++;
                var met = supplemented[i];
                yield return New(DeadlineRule.ANSWER_QUESTIONS, CaseSide.Requesting, act.Time, of.Calendar.AddDays(act.Time, 30), "default of this installation", met, number);
                yield return New(DeadlineRule.MAY_CLOSE, CaseSide.Requested, act.Time, ActConditions.MayClose(act.Time), "default of this installation: without a supplement the request may be closed", met, number);
            }
            else if (by == CaseSide.Requested && act.Kind is ActKind.CONDITIONS_PROPOSED or ActKind.CONFIDENTIALITY_NOT_POSSIBLE)
                yield return New(DeadlineRule.ANSWER_QUESTIONS, CaseSide.Requesting, act.Time, of.Calendar.AddDays(act.Time, 30), "default of this installation, for a word on what was proposed",
                    (act.Kind == ActKind.CONDITIONS_PROPOSED ? accepted : waived)[i], ++number);
            else if (act.Kind == ActKind.STATUS_QUERY && by == CaseSide.Requesting)
                yield return New(DeadlineRule.STATUS_REPORT, CaseSide.Requested, act.Time, of.Calendar.AddDays(act.Time, 10), "default of this installation, after UNCAC 46(24)", reported[i], ++asked);
            else if (act.Kind == ActKind.CONSULTATION_OPENED && act.DueAt is { } answer)
                yield return New(DeadlineRule.CONSULTATION, by == CaseSide.Requesting ? CaseSide.Requested : CaseSide.Requesting, act.Time, answer, "day named with the consultation",
                    consulted[i], ++consultation);
            else if (act.Kind == ActKind.POSTPONED && act.TextOf("reviewOn") is { } day && DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var review))
                yield return New(DeadlineRule.REVIEW_POSTPONEMENT, CaseSide.Requested, act.Time, of.Calendar.At(WorkCalendar.Sane(review), of.Calendar.WorkTo), "day named with the postponement",
                    reviewed[i], ++postponed);
        }
    }

    private static DateTimeOffset?[] Behind(ClockedCase of, ActKind kind) => Behind(of, null, kind);

    // For each place when the first such act behind it was done, in one pass from the end: in a long case much was asked, and what nobody answers would be sought to the end each time.
    private static DateTimeOffset?[] Behind(ClockedCase of, CaseSide? by, params ReadOnlySpan<ActKind> kinds)
    {
        var (times, next) = (new DateTimeOffset?[of.Acts.Length], (DateTimeOffset?)null);
        for (var i = of.Acts.Length - 1; i >= 0; i--)
        {
            times[i] = next;
            if ((by is null || of.Acts[i].By == by) && kinds.Contains(of.Acts[i].Act.Kind))
                next = of.Acts[i].Act.Time;
        }
        return times;
    }

    internal static Deadline New(DeadlineRule rule, CaseSide by, DateTimeOffset from, DateTimeOffset due, string basis, DateTimeOffset? met, int number = 1)
        => new(rule, number, by, from.ToUniversalTime(), due.ToUniversalTime(), met is null ? DeadlineState.RUNNING : DeadlineState.MET, basis, met);

    // A notice of delay names a new date, openly; then what was asked back is added.
    private static Deadline Postponed(ClockedCase of, Deadline deadline)
    {
        var notices = of.Acts.Where(a => a.By == CaseSide.Requested && a.Act.Kind == ActKind.DELAY_NOTICE && a.Act.Time >= deadline.From && (deadline.Met is null || a.Act.Time <= deadline.Met) && a.Act.DueAt > deadline.Due).Select(a => a.Act).ToList();
        if (notices.Count == 0)
            return Waited(of, deadline);
        var once = deadline.Rule == DeadlineRule.DECIDE && of.Request.Row.Execution is not null;
        var counts = once ? notices[0] : notices[^1];
        var (later, more) = (counts.DueAt!.Value, "");
        if (once)
        {
            var latest = of.Calendar.AddDays(deadline.Due, MostDelayDays);
            more = string.Create(CultureInfo.InvariantCulture, $"; a first decision is put off once, by {MostDelayDays} days at most, after EIO 12")
                + (later > latest ? $": not until {DocumentWriter.FormatTime(later)}, which it names" : "") + (notices.Count > 1 ? "; a later notice moves it no more" : "");
            later = later > latest ? latest : later;
        }
        else
            more = "; how far and how often this may be put off no rule says" + (notices.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $", this is notice {notices.Count}") : "");
        return Waited(of, deadline with { Due = later, Basis = $"{MovedByNotice}{DocumentWriter.FormatTime(counts.Time)}; before it {DocumentWriter.FormatTime(deadline.Due)}, {deadline.Basis}{more}" });
    }

    // The time in which the other side was asked for something, and that for which the case was put off, does not count. What begins behind the date comes too late for it:
    // a deadline that was missed stays missed, whatever is asked or put off afterwards. All kinds in one pass, since each that ended moves the date for the next.
    private static Deadline Waited(ClockedCase of, Deadline deadline)
    {
        var (due, waited, since) = (deadline.Due, new TimeSpan[Pauses.Length], new DateTimeOffset?[Pauses.Length]);
        foreach (var (act, _) in of.Acts)
        {
            if (act.Time < deadline.From || act.Time > deadline.Met)
                continue;
            for (var i = 0; i < Pauses.Length; i++)
            {
                if (act.Kind == Pauses[i].From && act.Time <= due)
                    since[i] ??= act.Time;
                else if (Pauses[i].To.Contains(act.Kind) && since[i] is { } asked)
                {
                    // Whoever dates acts to and fro could add up more than a calendar holds.
                    var room = WorkCalendar.Longest - waited[i];
                    var more = act.Time <= asked ? TimeSpan.Zero : act.Time - asked < room ? act.Time - asked : room;
                    (due, waited[i], since[i]) = (WorkCalendar.Add(due, more), waited[i] + more, null);
                }
            }
        }
        var basis = string.Concat(Pauses.Select((pause, i) => waited[i] > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $"; {Math.Ceiling(waited[i].TotalHours)} h {pause.Words}") : ""));
        var waits = deadline.State == DeadlineState.RUNNING && Pauses.Where((pause, i) => since[i] is not null && (of.State == pause.While || of.OnPaper)).Any();
        return deadline with { Due = due, Basis = deadline.Basis + basis, State = waits ? DeadlineState.SUSPENDED : deadline.State };
    }

    private static (DateTimeOffset, string) Add(ClockedCase of, DateTimeOffset from, DeadlineTerm term, string state)
    {
        var words = string.Create(CultureInfo.InvariantCulture, $"{term.Amount} {term.Unit} in the profile of {state}");
        if (term.Unit == TermUnit.HOURS)
            return (WorkCalendar.Add(from, TimeSpan.FromHours(term.Amount)), words);
        if (term.Unit == TermUnit.DAYS)
            return (of.Calendar.AddDays(from, term.Amount), words);
        var (due, complete) = of.Calendar.AddWorkingDays(from, term.Amount);
        return (due, complete ? words : $"{words}, counted as calendar days where no table of holidays of {of.Calendar.State} is at hand");
    }

    private static ActKind[] AnswersTo(ClockedCase of) => Answering(of.Request.Kind);

    private static ActKind[] Answering(RequestKind kind) => kind is RequestKind.PRESERVE_DATA or RequestKind.PRESERVE_EXTENSION ? Kept : Answers;

    // Days are days of the calendar; hours are hours.
    private static DateTimeOffset Add(ClockedCase of, TimeSpan term, DateTimeOffset from)
        => term < ManyHours ? WorkCalendar.Add(from, term) : WorkCalendar.Add(of.Calendar.AddDays(from, term.Days), term - TimeSpan.FromDays(term.Days));

    private static Deadline Settle(Deadline deadline, ClockedCase of)
        => of.State.IsFinal() && !Outlives(deadline.Rule, of.State) && (deadline.State is DeadlineState.RUNNING or DeadlineState.SUSPENDED || IsIdle(deadline)) ? deadline with { State = DeadlineState.VOID, Met = null } : deadline;

    // Nobody needed it any more, so that nobody was late with it.
    private static bool IsIdle(Deadline deadline) => deadline.Rule == DeadlineRule.ORIGINAL && deadline.Met > deadline.Due;

    // Nobody certifies how long the carriers had it; people are told from when on it was counted.
    private static Deadline Counted(Deadline deadline, ClockedCase of)
        => of.OnPaper && deadline.By == (of.CameOnPaper ? CaseSide.Requesting : CaseSide.Requested) ? deadline with { Basis = $"{deadline.Basis}; on paper: counted from when ours left to when theirs came" } : deadline;

    // What has to be done although the case is closed. Of what was taken back, refused or let go nobody needs the original any more.
    private static bool Outlives(DeadlineRule rule, CaseState state)
        => (rule == DeadlineRule.ORIGINAL && state == CaseState.COMPLETED) || rule is DeadlineRule.PRESERVATION_ENDS or DeadlineRule.FORMAL_REQUEST or DeadlineRule.POST_REVIEW or DeadlineRule.RETENTION or DeadlineRule.RETENTION_REVIEW;

    internal static DateTimeOffset? Time(Request request, string name)
        => request.Fields.TryGetProperty(name, out var value) && value.GetString() is { } text && DocumentReader.TryLocalTime(text, out var time) ? WorkCalendar.Sane(time) : null;

    private sealed record Pause(ActKind From, ActKind[] To, CaseState While, string Words);
}
