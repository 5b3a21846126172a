using System.Globalization;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Deadlines;

/// <summary>
/// The legal clock. Follows what happened on cases, keeps their deadlines, and does what has become due: reminders, escalation, and what passes is told to the
/// other side. All of it stands in the database, each step is done once, and a gateway that was down makes good what it missed.
/// </summary>
internal sealed class ClockLoop(Database database, CaseClock cases, Calendars calendars, TablesChanged tables, AnnounceMissed announce, ClockOptions options, Alarms alarms, Rounds rounds, Drain drain, TimeProvider clock) : BackgroundService
{
    private const string Cursor = "clock.cursor";
    // Cases that could not be reckoned: looked at again after every start, and when something happens on them.
    private const string NotReckoned = "clock.notReckoned:";
    // Small bites: the clock must not take the processor away from requests that arrive by the thousand.
    private const int CasesPerLook = 25;
    private const int StepsPerLook = 200;

    private bool _lookedAgain;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.TickSeconds), clock);
        try
        {
            do
                await rounds.Run("the legal clock", Look, stop.Token);
            while (await timer.WaitForNextTickAsync(stop.Token));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The gateway stops; the next start goes on where this one was.
        }
    }

    /// <summary>One look: what changed, what is due, what must be told. True when there was more than one look takes.</summary>
    public async Task<bool> Look()
    {
        var now = clock.GetUtcNow();
        calendars.Look(now);
        await tables.Look(now);
        var more = await Follow(now);
        more |= await Step(now);
        if (options.AnnounceMissed)
            await announce.Run();
        Missed(now);
        return more;
    }

    /// <summary>Looks until nothing is left to do.</summary>
    public async Task LookAtAll()
    {
        while (await Look())
        {
            // There was more.
        }
    }

    private async Task<bool> Follow(DateTimeOffset now)
    {
        var (changed, last) = database.Read(s =>
        {
            var from = s.Number("SELECT CAST(value AS INTEGER) FROM facts WHERE name = $1", Cursor);
            var rows = s.Query("SELECT cursor, case_id FROM events WHERE cursor > $1 AND kind IN ('message.received', 'message.sent', 'case.changed', 'case.act', 'act.void', 'act.rejected', 'case.erased', 'case.erasedEarly', 'case.reviewed', 'case.clocked', 'message.carried', 'paper.received', 'case.held', 'case.unheld', 'retention.reviewed', 'original.kept', 'original.handed', 'breach.recorded', 'breach.told', 'item.complete') AND case_id <> '' ORDER BY cursor LIMIT $2",
                r => (Cursor: r.GetInt64(0), Case: r.GetString(1)), from, CasesPerLook);
            return (rows, rows.Count > 0 ? rows[^1].Cursor : from);
        });
        var again = _lookedAgain ? [] : database.Read(s => s.Query("SELECT substr(name, length($1) + 1) FROM facts WHERE substr(name, 1, length($1)) = $1", r => r.GetString(0), NotReckoned));
        // Nothing passes by what was reckoned before somebody acted, and an emergency waits behind no upgrade that has every case reckoned anew.
        var first = changed.Count < CasesPerLook ? [] : database.Read(s => DeadlineRows.Ripe(s, now, StepsPerLook).ConvertAll(d => d.CaseId).Concat(s.Query("""
            SELECT DISTINCT e.case_id FROM events e JOIN cases c ON c.id = e.case_id WHERE e.cursor > $1 AND c.urgency = 'EMERGENCY' AND e.kind IN ('message.received', 'message.sent', 'case.changed', 'case.act') LIMIT $2
            """, r => r.GetString(0), last, CasesPerLook)).ToList());
        if (changed.Count == 0 && again.Count == 0)
        {
            _lookedAgain = true;
            return false;
        }
        // A case that names another one may end what runs there.
        var ids = database.Read(s => changed.Select(c => c.Case).Distinct().SelectMany(id => s.Query("SELECT linked FROM case_links WHERE case_id = $1", r => r.GetString(0), id).Append(id)).Concat(again).Concat(first).Distinct().ToList());
        var computed = ids.ConvertAll(id => (Id: id, Case: Compute(id)));
        await database.Write(Lane.Bulk, s =>
        {
            foreach (var (id, reckoned) in computed)
            {
                if (reckoned is not { } known)
                    s.Run("INSERT INTO facts (name, value) VALUES ($1, '') ON CONFLICT (name) DO NOTHING", NotReckoned + id);
                else
                {
                    s.Run("DELETE FROM facts WHERE name = $1", NotReckoned + id);
                    if (s.Number("SELECT count(*) FROM cases WHERE id = $1", id) > 0)
                        DeadlineRows.Replace(s, id, known.Deadlines, now);
                    // For the yearly count: the deadlines go when the case is erased.
                    if (known.Deadlines.Select(d => d.Deadline).FirstOrDefault(d => d is { Rule: DeadlineRule.ACKNOWLEDGE, Number: 1 }) is { } acknowledged)
                        s.Run("UPDATE cases SET acknowledged_in_time = $1 WHERE id = $2 AND acknowledged_in_time IS NOT $1", acknowledged.Met is { } met ? met <= acknowledged.Due : null, id);
                    // When the request left, nobody knew on which day it would arrive.
                    if (known.OriginalBy is { } day)
                        s.Run("UPDATE cases SET original_by = $1 WHERE id = $2 AND side = 'Requesting' AND original_by IS NOT $1", day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), id);
                }
            }
            s.Run("INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", Cursor, last.ToString(CultureInfo.InvariantCulture));
        });
        _lookedAgain = true;
        return changed.Count == CasesPerLook;
    }

    // Null for a case that cannot be reckoned: people are told which, what was known of it stays, and the others go on.
    private Reckoned? Compute(string caseId)
    {
        var what = $"the legal clock of {caseId}";
        try
        {
            // Without it the case would be reckoned as one of which nothing is due.
            if (cases.Lost(caseId) is { } message)
            {
                alarms.Raise(AlarmCode.LEDGER_DAMAGED, $"message {message}", $"the content of message {message} is gone, and no erasure explains it: what is due in {caseId} stays as it was reckoned last. Run 'gateway fsck'.", caseId);
                return null;
            }
            var urgency = database.Read(s => s.Query("SELECT urgency FROM cases WHERE id = $1", r => (Protocol.Requests.Urgency?)r.Word<Protocol.Requests.Urgency>(0), caseId).FirstOrDefault()) ?? Protocol.Requests.Urgency.ORDINARY;
            var read = cases.Read(caseId);
            var computed = new Reckoned([.. (read is not null ? LegalClock.Of(read) : cases.Unopened(caseId) is { } unopened ? [unopened] : []).Concat(cases.Breaches(caseId)).Select(d => (d, Plan(d, urgency, read?.OnPaper == true)))], read?.OriginalBy);
            rounds.Went(what);
            // Its content is back, or an erasure explains that it is gone.
            foreach (var gone in alarms.All.Where(a => a.Code == AlarmCode.LEDGER_DAMAGED && a.CaseId == caseId && a.Subject.StartsWith("message ", StringComparison.Ordinal)))
                alarms.Clear(gone.Code, gone.Subject);
            return computed;
        }
        catch (Exception e) when (OfTheCase(e))
        {
            rounds.Failed(what, e, patience: 1, caseId);
            return null;
        }
    }

    // A disk that fails is no matter of one case.
    private static bool OfTheCase(Exception e) => e is ChainBehindException or not (LedgerBrokenException or LedgerShutException or IOException or Microsoft.Data.Sqlite.SqliteException);

    private IReadOnlyList<PlannedReminder> Plan(Deadline deadline, Protocol.Requests.Urgency urgency, bool onPaper) => ReminderPlan.Of(deadline, urgency, calendars.Own, onPaper);

    private async Task<bool> Step(DateTimeOffset now)
    {
        var ripe = database.Read(s => DeadlineRows.Ripe(s, now, StepsPerLook));
        foreach (var one in ripe)
        {
            var plan = PlanOrEnd(one);
            // Of several moments that passed meanwhile only the last is told: nobody needs three reminders at once.
            var due = plan.LastOrDefault(p => p.At <= now) ?? plan[0];
            var next = plan.FirstOrDefault(p => p.At > now)?.At;
            var passes = due.Step == ReminderStep.PASS;
            await database.Write(one.Urgency == Protocol.Requests.Urgency.EMERGENCY ? Lane.Emergency : Lane.Ordinary, s =>
            {
                if (DeadlineRows.Advance(s, one, next, passes ? now : null))
                    Events.Append(s, now, KindOf(one.Deadline.Rule, due.Step), one.CaseId, one.Deadline.Rule.ToString(), Words(one, due.Step, now));
            });
        }
        return ripe.Count == StepsPerLook;
    }

    // Where no plan can be made, the moment itself is told all the same.
    private IReadOnlyList<PlannedReminder> PlanOrEnd(StoredDeadline one)
    {
        try
        {
            return Plan(one.Deadline, one.Urgency, one.OnPaper);
        }
        catch (Exception e) when (OfTheCase(e))
        {
            rounds.Failed($"the legal clock of {one.CaseId}", e, patience: 1, one.CaseId);
            return [new PlannedReminder(one.Deadline.Due, ReminderStep.PASS)];
        }
    }

    private static string KindOf(DeadlineRule rule, ReminderStep step) => (step, Deadline.IsEnd(rule)) switch
    {
        (ReminderStep.PASS, true) => "deadline.ended",
        (ReminderStep.PASS, false) => "deadline.missed",
        (ReminderStep.REMIND, _) => "deadline.reminder",
        (ReminderStep.ESCALATE, _) => "deadline.escalated",
    };

    // No content: rule, whose it is, and when. By the date, between commas as here, others find which deadline of the rule it is about.
    private static string Words(StoredDeadline one, ReminderStep step, DateTimeOffset now)
    {
        var whose = one.IsOwn ? "ours" : $"of {one.PeerAuthority}";
        var left = one.Deadline.Due - now;
        var when = step == ReminderStep.PASS ? "now" : left >= TimeSpan.FromDays(2)
            ? string.Create(CultureInfo.InvariantCulture, $"in {(int)Math.Ceiling(left.TotalDays)} days")
            : string.Create(CultureInfo.InvariantCulture, $"in {(int)left.TotalHours} h {left.Minutes} min");
        return $"{one.Urgency} {one.Kind}: {one.Deadline.Rule} {whose}, due {DocumentWriter.FormatTime(one.Deadline.Due)}, {when}";
    }

    private sealed record Reckoned(IReadOnlyList<(Deadline Deadline, IReadOnlyList<PlannedReminder> Plan)> Deadlines, DateOnly? OriginalBy);

    private void Missed(DateTimeOffset now)
    {
        var late = database.Read(s => s.Number("SELECT count(*) FROM deadlines d JOIN cases c ON c.id = d.case_id WHERE d.state = 'RUNNING' AND d.due <= $1 AND d.side = c.side AND d.passed IS NOT NULL AND d.rule NOT IN ('PRESERVATION_ENDS', 'DATA_LOSS', 'MEASURE_ENDS', 'MAY_CLOSE')", now));
        if (late == 0)
            alarms.Clear(AlarmCode.DEADLINES_MISSED, "own");
        else
            // Without their number, to which hidden measures would add: whoever asks is told the one of what he sees.
            alarms.Raise(AlarmCode.DEADLINES_MISSED, "own", "deadlines of ours passed and are not met; 'gatewayctl deadlines --missed' lists them");
    }
}
