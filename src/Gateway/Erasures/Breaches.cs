using System.Globalization;
using System.Text;
using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;
using Gateway.V1;
using Microsoft.Data.Sqlite;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Erasures;

/// <summary>
/// A breach of personal data that another State sent. From the hour in which it was found a clock runs; the notice to that State is an act BREACH_NOTICE while the case is
/// open, a letter when it is closed. Who told it and how is recorded, and until then it stands on the board of alarms.
/// </summary>
internal sealed class Breaches(Database database, CaseKeys caseKeys, NeedToKnow access, Alarms alarms, Drain drain, TimeProvider clock, ILogger<Breaches> log) : BackgroundService
{
    private const int MaxText = 4000;
    private const string Columns = "id, case_id, found, recorded, by, text, told, told_by, told_how";
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    public async Task<Outcome<BreachView>> Record(RecordBreachRequest request, User by)
    {
        if (by.Refuse(Permission.ReadContent) is { } notPermitted)
            return notPermitted;
        var now = clock.GetUtcNow();
        if (request.Text.Trim().Length is < 20 or > MaxText)
            return new Refusal(RefusalCode.ArgumentNotValid, $"say in 20 to {MaxText} characters what happened, to which data, and what was done", "text");
        if (!Time(request.FoundAt).TryGet(out var found, out var refusal))
            return refusal;
        if (found > now.AddMinutes(5))
            return new Refusal(RefusalCode.ClockSkew, $"Event time {DocumentWriter.FormatTime(found)} is ahead of receipt time {DocumentWriter.FormatTime(now)}.", "foundAt");
        if (database.Read(s => Refuse(s, by, request.CaseId)) is { } no)
            return no;
        var id = Ids.New();
        var text = caseKeys.Seal(request.CaseId, $"breach:{id}", Encoding.UTF8.GetBytes(request.Text.Trim()));
        await database.Write(Lane.Ordinary, s =>
        {
            s.RunOne("INSERT INTO breaches (id, case_id, found, recorded, by, text) VALUES ($1, $2, $3, $4, $5, $6)", id, request.CaseId, found, now, by.Name, text);
            new AuditRecord("breach.recorded", by.Name, id, request.CaseId, DocumentWriter.FormatTime(found)).Append(s, now);
            Events.Append(s, now, "breach.recorded", request.CaseId, id, $"the notice to the other State is due {DocumentWriter.FormatTime(BreachTerm.Due(found))}");
        });
        Look();
        return Find(id);
    }

    public async Task<Outcome<BreachView>> Tell(TellBreachRequest request, User by)
    {
        if (by.Refuse(Permission.ReadContent) is { } notPermitted)
            return notPermitted;
        if (request.How.Trim().Length is 0 or > 500)
            return new Refusal(RefusalCode.ArgumentNotValid, "say in 1 to 500 characters how the other State was told: the message, or by whom, to whom and when", "how");
        var now = clock.GetUtcNow();
        var refusal = await database.Write<Refusal?>(Lane.Ordinary, s =>
        {
            if (s.One("SELECT case_id FROM breaches WHERE id = $1", r => r.GetString(0), request.Breach) is not { } caseId || Refuse(s, by, caseId) is { Code: RefusalCode.NotFound })
                return new Refusal(RefusalCode.NotFound, "there is no such breach, or its case is not open to you", "breach");
            if (Refuse(s, by, caseId) is { } no)
                return no;
            if (s.Run("UPDATE breaches SET told = $1, told_by = $2, told_how = $3 WHERE id = $4 AND told IS NULL", now, by.Name, request.How.Trim(), request.Breach) != 1)
                return new Refusal(RefusalCode.StateConflict, "the other State was told before", "breach");
            new AuditRecord("breach.told", by.Name, request.Breach, caseId).Append(s, now);
            Events.Append(s, now, "breach.told", caseId, request.Breach, $"by {by.Name}");
            return null;
        });
        Look();
        return refusal is null ? Find(request.Breach) : refusal;
    }

    public Outcome<ListBreachesReply> List(ListBreachesRequest request, User by)
    {
        if (by.Refuse(Permission.ReadContent) is { } notPermitted)
            return notPermitted;
        var reply = new ListBreachesReply();
        reply.Breaches.AddRange(database.Read(s => s.Query($"SELECT {Columns} FROM breaches WHERE ($1 = '' OR case_id = $1) AND ($2 = 0 OR told IS NULL) ORDER BY found", View, request.CaseId, request.OpenOnly)
            .Where(view => access.Sees(s, by, Permission.ReadContent, view.CaseId)).ToList()));
        return reply;
    }

    /// <summary>One look: what is untold stands on the board.</summary>
    public void Look()
    {
        var now = clock.GetUtcNow();
        var waiting = database.Read(s => s.Query("SELECT id, case_id, found FROM breaches WHERE told IS NULL ORDER BY found", r => (Id: r.GetString(0), Case: r.GetString(1), Found: r.Time(2))));
        foreach (var one in waiting)
        {
            var due = BreachTerm.Due(one.Found);
            var left = due - now;
            alarms.Raise(AlarmCode.BREACH_UNTOLD, one.Id, string.Create(CultureInfo.InvariantCulture,
                $"a breach of data in {one.Case} is to be told to the State that sent them by {due:yyyy-MM-dd HH:mm} UTC{(left < TimeSpan.Zero ? ": LATE" : left < TimeSpan.FromHours(24) ? ": less than a day is left" : "")} ('gatewayctl breach told')"), one.Case);
        }
        foreach (var done in alarms.All.Where(a => a.Code == AlarmCode.BREACH_UNTOLD && waiting.TrueForAll(w => w.Id != a.Subject)))
            alarms.Clear(done.Code, done.Subject);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await Settle();
                Look();
            }
            catch (Exception e) when (Rounds.GoesOnAfter(e, stop.Token))
            {
                log.LogError(e, "breaches could not be looked for; trying again");
            }
            await Task.Delay(Period, clock, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>What an act has told: one that the other State took into the case, or that was handed to a carrier. What waits, was rejected or is dead told nobody anything.</summary>
    public async Task Settle()
    {
        var told = database.Read(s => s.Query("""
            SELECT b.id, b.case_id, m.id FROM breaches b JOIN cases c ON c.id = b.case_id JOIN messages m ON m.case_id = b.case_id AND m.direction = 'OUT' AND m.about = 'ACT' AND m.kind = $1 AND m.created >= b.recorded
              AND (m.state = $2 OR m.state = 'DELIVERED' AND EXISTS (SELECT 1 FROM receipts r WHERE r.message = m.id AND r.event = $3 AND r.chain = b.case_id AND r.issuer = c.peer))
            WHERE b.told IS NULL GROUP BY b.id
            """, r => (Id: r.GetString(0), Case: r.GetString(1), Message: r.GetString(2)), ActKind.BREACH_NOTICE, PaperCases.Carried, ReceiptEvent.ContentConsignment));
        foreach (var one in told)
        {
            var now = clock.GetUtcNow();
            await database.Write(Lane.Ordinary, s =>
            {
                if (s.Run("UPDATE breaches SET told = $1, told_by = 'gateway', told_how = $2 WHERE id = $3 AND told IS NULL", now, $"message {one.Message}", one.Id) == 1)
                {
                    new AuditRecord("breach.told", "gateway", one.Id, one.Case, one.Message).Append(s, now);
                    Events.Append(s, now, "breach.told", one.Case, one.Id, $"with message {one.Message}");
                }
            });
        }
    }

    private Refusal? Refuse(Session s, User by, string caseId) => CaseRow.Seen(s, access.Of(by, Permission.ReadContent), caseId) is null
        ? NeedToKnow.NoCase()
        : access.RefuseActing(s, by, caseId);

    private BreachView Find(string id) => database.Read(s => s.One($"SELECT {Columns} FROM breaches WHERE id = $1", View, id))!;

    private BreachView View(SqliteDataReader row)
    {
        var (id, caseId, found) = (row.GetString(0), row.GetString(1), row.Time(2));
        return new BreachView
        {
            Breach = id,
            CaseId = caseId,
            FoundAt = DocumentWriter.FormatTime(found),
            DueAt = DocumentWriter.FormatTime(BreachTerm.Due(found)),
            Recorded = row.GetString(3),
            By = row.GetString(4),
            Text = row.BytesOrNull(5) is { } text ? Encoding.UTF8.GetString(caseKeys.Open(caseId, $"breach:{id}", text)) : "",
            Told = row.TextOrNull(6) ?? "",
            ToldBy = row.TextOrNull(7) ?? "",
            How = row.TextOrNull(8) ?? "",
        };
    }

    private static Outcome<DateTimeOffset> Time(string text)
        => (text.EndsWith('Z') || text is [.., '+' or '-', _, _, ':', _, _]) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.ToUniversalTime()
            : new Refusal(RefusalCode.TimeWithoutZone, $"Time \"{text}\" has no UTC offset. Write e.g. 2026-03-01T02:15:00+05:30.", "foundAt");
}
