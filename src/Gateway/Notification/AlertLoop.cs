using System.Globalization;
using Gateway.AuditLog;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.V1;

namespace Gateway.Notification;

/// <summary>
/// Calls people: raises an alarm for every emergency, rings again, climbs the roster until the request is acknowledged, tells the sender whether
/// a device confirmed, and tests itself once per shift. What was done stands in the database, so that a restart neither forgets nor repeats.
/// </summary>
internal sealed class AlertLoop(
    Database database, DutyDesk desk, Devices devices, DescribeAlert describe, NotifySender sender, CallOut callOut, CallDeadlines deadlines, OwnEmergencies own, ActNotices acts, MarksWait marks, LiveNotices live, Ways ways, NotificationOptions options, Alarms alarms, Drain drain, TimeProvider clock, ILogger<AlertLoop> log) : BackgroundService
{
    private const string Cursor = "alerts.cursor";
    private const int EventsPerLook = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private long? _cursor;
    private long _kept;
    private string _tried = "";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        while (!stop.IsCancellationRequested)
        {
            var committed = database.NextCommit;
            try
            {
                await Look();
            }
            catch (Exception e) when (Rounds.GoesOnAfter(e, stop.Token))
            {
                log.LogError(e, "alarms could not be kept; trying again");
            }
            // At once when something was committed, but not more often than five times a second.
            await Task.Delay(Pause, clock, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.WhenAny(committed, Task.Delay(Tick, clock, stop.Token));
        }
    }

    /// <summary>One look.</summary>
    public async Task Look()
    {
        var now = clock.GetUtcNow();
        var shift = desk.Now(now);
        await Raise(now, shift);
        await own.Look(now, shift);
        await marks.Look(now, shift);
        await deadlines.Look(now, shift);
        await TestShift(now, shift);
        var (open, answered) = database.Read(s => (AlertRow.Open(s), AlertRow.Answered(s)));
        foreach (var alert in open)
        {
            try
            {
                await Handle(alert, answered.Contains(alert.Id), shift, now);
            }
            catch (ChainBehindException e)
            {
                // It rang; that its sender is not told yet keeps no other one from ringing. The next look tries again.
                log.LogDebug("{Alert}: {Why}", alert.Id, e.Refusal.Detail);
            }
        }
        Heard(shift);
    }

    // New emergencies, and what the other side did on one, in the order in which they came; and what came back rejected.
    private async Task Raise(DateTimeOffset now, Shift? shift)
    {
        var (arrived, upTo) = database.Read(s =>
        {
            // After a start the alarms of what came meanwhile are raised; who watches hears only of what happens from now on.
            _cursor ??= s.Number("SELECT CAST(value AS INTEGER) FROM facts WHERE name = $1", Cursor);
            var newest = s.Number("SELECT max(cursor) FROM events");
            var rows = s.Query($"""
                SELECT e.cursor, e.case_id, e.subject, m.urgency, CASE WHEN e.kind = 'message.rejected' AND m.urgency = 'EMERGENCY' THEN $7 WHEN e.kind = 'message.rejected' THEN $4 WHEN m.about = 'ACT' THEN $5 ELSE $6 END, m.kind FROM events e JOIN messages m ON m.id = e.subject
                WHERE e.cursor > $1 AND e.cursor <= $2 AND ((m.urgency = 'EMERGENCY' AND ({AlertRow.Arrival} OR {AlertRow.ActArrival})) OR (m.urgency <> 'ORDINARY' AND {AlertRow.Returned})) ORDER BY e.cursor LIMIT $3
                """, r => new Arrived(r.GetInt64(0), r.GetString(1), r.GetString(2), r.Word<Urgency>(3), r.GetString(4), r.GetString(5)), _cursor, newest, EventsPerLook, AlertRow.Deadline, AlertRow.Act, AlertRow.Request, AlertRow.Sending);
            return (rows, rows.Count == EventsPerLook ? rows[^1].Cursor : newest);
        });
        // Kept also where nothing rings, not at every event: what a later version raises alarms of is not sought among years of them.
        if (arrived.Count > 0 || upTo - _kept >= EventsPerLook)
        {
            await database.Write(Lane.Emergency, s =>
            {
                foreach (var one in arrived)
                {
                    // It may have rung because it waited, and have ended when it was taken: that it came back is something else.
                    if (New(one, now, shift) is { } alert && !alert.Add(s) && alert.Kind == AlertRow.Sending)
                        alert.Again(s);
                }
                s.Run("INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", Cursor, upTo.ToString(CultureInfo.InvariantCulture));
            });
            _kept = upTo;
        }
        live.Tell(_cursor.GetValueOrDefault(), upTo, shift);
        _cursor = upTo;
    }

    private AlertRow? New(Arrived one, DateTimeOffset now, Shift? shift) => one.Kind switch
    {
        // People who sit before no screen are called once, as about a deadline.
        AlertRow.Deadline => new($"rejected-{one.Message}", one.Kind, one.Case, one.Urgency, shift?.Key ?? "", now, 0, now, null, null, null),
        AlertRow.Act when !ActNotices.CallsPeople(one.About) => null,
        _ => new(one.Kind == AlertRow.Act ? AlertRow.OfAct + one.Message : one.Message, one.Kind, one.Case, one.Urgency, shift?.Key ?? "", now, 0, now, now.AddMinutes(options.EscalateMinutes), null, null),
    };

    private async Task Handle(AlertRow alert, bool answered, Shift? shift, DateTimeOffset now)
    {
        if (answered)
        {
            if (await database.Write(Lane.Ordinary, s => alert.End(s, now)))
                Show(alert, "ENDED", ring: false, shift, "");
            alarms.Clear(AlarmCode.EMERGENCY_UNHEARD, alert.Id);
            alarms.Clear(AlarmCode.EMERGENCY_NOT_DELIVERED, alert.Id);
            return;
        }
        Stand(alert, now);
        if (alert.Climb <= now)
            await Climb(alert, shift, now);
        else if (alert.Ring <= now)
        {
            if (await database.Write(Lane.Emergency, s => alert.Advance(s, alert.Level, Next(alert, now), alert.Climb)))
            {
                var first = alert.Raised == alert.Ring;
                Show(alert, first ? First(alert) : "REPEAT", ring: true, shift, "");
                // A pager that lay in another room is called again, too.
                _ = callOut.Start(alert, again: !first);
            }
        }
        if (alert.Kind != AlertRow.Sending && alert.Confirmed is null && alert.Failed is null && now >= alert.Raised.AddSeconds(options.ConfirmSeconds))
            await Unheard(alert, now);
    }

    // The next officer is called as well; those before are not let off.
    private async Task Climb(AlertRow alert, Shift? shift, DateTimeOffset now)
    {
        var next = alert.Level + 1;
        var officers = shift?.Officers ?? [];
        var last = next >= officers.Count - 1;
        var moved = await database.Write(Lane.Emergency, s =>
        {
            if (!alert.Advance(s, next, Next(alert, now), last ? null : now.AddMinutes(options.EscalateMinutes)))
                return false;
            new AuditRecord("alert.escalated", "gateway", alert.Id, alert.CaseId.Length > 0 ? alert.CaseId : null, next < officers.Count ? officers[next].User : "nobody further in the roster").Append(s, now);
            return true;
        });
        if (!moved)
            return;
        Stand(alert with { Level = next }, now);
        Show(alert with { Level = next }, "ESCALATED", ring: true, shift, next < officers.Count ? $"{officers[next].User} {officers[next].Phone}".Trim() : "");
        _ = callOut.Start(alert with { Level = next });
    }

    // On the board at each look: a restart forgets the board, not the alarm.
    private void Stand(AlertRow alert, DateTimeOffset now)
    {
        if (alert.Kind == AlertRow.Sending)
        {
            if (own.Line(alert) is { } line)
                own.Show(alert, line);
        }
        else if (alert is { Kind: AlertRow.Act, Level: > 0 } or { Kind: AlertRow.Act, Failed: not null, Confirmed: null })
            alarms.Raise(AlarmCode.EMERGENCY_UNHEARD, alert.Id, string.Create(CultureInfo.InvariantCulture, $"what the other side did on an emergency has been opened by nobody for {(now - alert.Raised).TotalMinutes:0} minutes ('gatewayctl request show {alert.Id[AlertRow.OfAct.Length..]}')"), alert.CaseId);
        else if (alert is { Kind: AlertRow.Request, Level: > 0 })
            alarms.Raise(AlarmCode.EMERGENCY_UNHEARD, alert.Id, string.Create(CultureInfo.InvariantCulture, $"an emergency has not been acknowledged for {(now - alert.Raised).TotalMinutes:0} minutes"), alert.CaseId);
        else if (alert is { Kind: AlertRow.Request, Failed: not null, Confirmed: null })
            alarms.Raise(AlarmCode.EMERGENCY_UNHEARD, alert.Id, "no device of an officer confirmed the alarm of an emergency; its sender was told so, where a gateway serves it", alert.CaseId);
        else if (alert is { Kind: AlertRow.Request or AlertRow.Act, Confirmed: not null })
            // A look that began before the confirmation may have raised it again behind it.
            alarms.Clear(AlarmCode.EMERGENCY_UNHEARD, alert.Id);
    }

    private async Task Unheard(AlertRow alert, DateTimeOffset now)
    {
        if (alert.Kind == AlertRow.Test)
        {
            await database.Write(Lane.Ordinary, s =>
            {
                if (!alert.End(s, now))
                    return;
                s.Run("UPDATE alerts SET failed = $1 WHERE id = $2", now, alert.Id);
                new AuditRecord("alarm.testFailed", "gateway", alert.Id, Detail: alert.Shift).Append(s, now);
            });
            UntestedShift(alert.Shift);
        }
        else if (alert.Urgency == Urgency.EMERGENCY)
        {
            await sender.NotReached(alert);
            Stand(alert with { Failed = now }, now);
        }
    }

    // Once in each shift of the roster; and again, when nobody confirmed it, for a screen that began to ring since: whoever sat down late must not see a dead alarm all night that works.
    private async Task TestShift(DateTimeOffset now, Shift? shift)
    {
        if (!desk.HasRoster)
            await TryWays(now);
        if (!desk.HasRoster || shift is null)
            return;
        if (database.Read(s => s.Query("SELECT failed IS NOT NULL AND confirmed IS NULL, coalesce(failed, raised) FROM alerts WHERE kind = 'TEST' AND shift = $1 ORDER BY raised DESC LIMIT 1", r => (Failed: r.GetBoolean(0), Time: r.Time(1)), shift.Key)) is [var last])
        {
            if (!last.Failed)
                return;
            UntestedShift(shift.Key);
            if (!shift.Officers.Take(1).Any(o => devices.BeganToRing(o.User, last.Time)))
                return;
        }
        var test = new AlertRow(Ids.New(), AlertRow.Test, "", Urgency.ORDINARY, shift.Key, now, 0, now, null, null, null);
        await database.Write(Lane.Ordinary, s => test.Add(s));
    }

    // Without a roster no shift begins, and nobody is promised to sit there and confirm a test: the other ways are tried all the same, twice a day, and no screen rings for it.
    private async Task TryWays(DateTimeOffset now)
    {
        var half = string.Create(CultureInfo.InvariantCulture, $"ways of {now.UtcDateTime:yyyy-MM-dd} {(now.UtcDateTime.Hour < 12 ? "00:00" : "12:00")}");
        if (!ways.AtHand || half == _tried)
            return;
        var test = new AlertRow(Ids.New(), AlertRow.Test, "", Urgency.ORDINARY, half, now, 0, null, null, null, null);
        if (await database.Write(Lane.Ordinary, s => s.Number("SELECT count(*) FROM alerts WHERE kind = 'TEST' AND shift = $1", half) == 0 && test.Add(s) && test.End(s, now)))
            _ = callOut.Start(test);
        _tried = half;
    }

    private void UntestedShift(string shift) => alarms.Raise(AlarmCode.ALARM_PATH_DEAD, "test", $"no device confirmed the self-test of the shift {shift}");

    private DateTimeOffset? Next(AlertRow alert, DateTimeOffset now) => alert.Urgency == Urgency.EMERGENCY ? now.AddMinutes(options.RepeatMinutes) : null;

    private void Show(AlertRow alert, string type, bool ring, Shift? shift, string officer)
    {
        if (devices.Users.Count == 0)
            return;
        var called = Called(alert, shift);
        if (Line(alert) is { } line)
            devices.Tell(device => line.IsFor(device.Sees, called.Contains(device.User)) ? line.As(type, ring && called.Contains(device.User), officer) : null);
    }

    /// <summary>The open alarms that a device that begins to watch must hear.</summary>
    public IEnumerable<AlertNotice> Waiting(Devices.Device device)
    {
        var shift = desk.Now(clock.GetUtcNow());
        foreach (var alert in database.Read(AlertRow.Open))
        {
            var called = Called(alert, shift).Contains(device.User);
            if (Line(alert) is { } line && line.IsFor(device.Sees, called))
                yield return line.As(First(alert), called);
        }
    }

    /// <summary>Whether a user is one who hears this alarm, so that the word of their device about it counts. Nothing of a case stands in a test: anybody who watches may confirm it.</summary>
    public bool IsFor(AlertRow alert, string user, Func<string, bool> sees)
        => alert.Kind == AlertRow.Test || Line(alert)?.IsFor(sees, Called(alert, desk.Now(clock.GetUtcNow())).Contains(user)) == true;

    private AlertLine? Line(AlertRow alert) => alert.Kind switch
    {
        AlertRow.Test => new AlertLine(TestNotice(alert), Listed: false),
        AlertRow.Sending => own.Line(alert),
        AlertRow.Act => acts.Of(alert.Id[AlertRow.OfAct.Length..], alert.Id),
        _ => describe.Of(alert.CaseId),
    };

    // How it is called when it rings first.
    private static string First(AlertRow alert) => alert.Kind switch { AlertRow.Test => "TEST", AlertRow.Act => "ACT", _ => "ALERT" };

    private HashSet<string> Called(AlertRow alert, Shift? shift) => [.. (shift?.Officers ?? []).Take(desk.HasRoster ? alert.Level + 1 : int.MaxValue).Select(o => o.User)];

    private static AlertNotice TestNotice(AlertRow alert) => new() { Alert = alert.Id, Shift = alert.Shift, Urgency = alert.Urgency.ToString(), Raised = DocumentWriter.FormatTime(alert.Raised) };

    // With a roster somebody is promised to listen day and night; without one, the officers of the contact points are, as long as there are any.
    private void Heard(Shift? shift)
    {
        if (shift is null)
            alarms.Raise(AlarmCode.ALARM_PATH_DEAD, "roster", "nobody is on duty now by the roster");
        else
            alarms.Clear(AlarmCode.ALARM_PATH_DEAD, "roster");
        // An emergency rings first at those who are called first: who else sits there hears it minutes later.
        var (watching, officers) = (devices.Listening, shift?.Officers ?? []);
        var deaf = officers.Count > 0 && !officers.Take(desk.HasRoster ? 1 : int.MaxValue).Any(o => watching.Contains(o.User)) && !ways.ReachSomebody;
        var others = officers.Any(o => watching.Contains(o.User));
        Raised(deaf && !others, "devices", $"no officer {(desk.HasRoster ? $"of the shift {shift?.Name}" : "of a contact point")} watches at a screen that rings: an emergency would not be heard ('gatewayctl watch --sound')");
        Raised(deaf && others, "first", string.Create(CultureInfo.InvariantCulture, $"{(deaf ? officers[0].User : "")}, who is called first in the shift {shift?.Name}, does not watch at a screen that rings: an emergency would be heard after {options.EscalateMinutes} minutes only"));

        void Raised(bool stands, string subject, string text)
        {
            if (stands)
                alarms.Raise(AlarmCode.ALARM_PATH_DEAD, subject, text);
            else
                alarms.Clear(AlarmCode.ALARM_PATH_DEAD, subject);
        }
    }

    private sealed record Arrived(long Cursor, string Case, string Message, Urgency Urgency, string Kind, string About);
}
