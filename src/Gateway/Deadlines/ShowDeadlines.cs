using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Access;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Deadlines;

/// <summary>Deadlines as people see them: which rule, in both time zones, with the act prepared that is to be sent about one that passed.</summary>
internal sealed class ShowDeadlines(Database database, Calendars calendars, PeerDirectory peers, NeedToKnow access, TimeProvider clock)
{
    private const int MaxRows = 1000;
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public Outcome<ListDeadlinesReply> Run(ListDeadlinesRequest request, User by)
    {
        if (by.Refuse(Permission.ReadReceipts) is { } notPermitted)
            return notPermitted;
        if (request.Rule.Length > 0 && !Enum.GetNames<DeadlineRule>().Contains(request.Rule))
            return new Refusal(RefusalCode.ArgumentNotValid, $"'{request.Rule}' is no rule; there are {string.Join(", ", Enum.GetNames<DeadlineRule>())}", "rule");
        if (DeadlinePlace.Parse(request.After) is not { } after)
            return new Refusal(RefusalCode.ArgumentNotValid, "'after' is what an earlier list gave as 'next'", "after");
        var now = clock.GetUtcNow();
        var limit = request.Limit is 0 or > MaxRows ? MaxRows : (int)request.Limit;
        var rows = database.Read(s => request.CaseId.Length == 0
            ? DeadlineRows.Running(s, access.Of(by, Permission.ReadReceipts), request.OwnOnly, request.MissedOnly ? now : null, request.Rule, after, limit)
            : [.. (access.Sees(s, by, Permission.ReadReceipts, request.CaseId) ? DeadlineRows.OfCase(s, request.CaseId) : [])
                .Where(row => (!request.OwnOnly || row.IsOwn) && (!request.MissedOnly || row.IsMissed(now)) && (request.Rule.Length == 0 || row.Deadline.Rule.ToString() == request.Rule) && after.IsBefore(Place(row))).Take(limit)]);
        var reply = new ListDeadlinesReply { Now = DocumentWriter.FormatTime(now) };
        reply.Deadlines.AddRange(rows.Select(row => View(row, now)));
        if (rows.Count == limit)
            reply.Next = Place(rows[^1]).ToString();
        var states = rows.SelectMany(row => new[] { Ids.StateOf(row.OwnAuthority), Ids.StateOf(row.PeerAuthority) }).Distinct().Order(StringComparer.Ordinal);
        reply.Warnings.AddRange(states.Select(state => calendars.Missing(state, now.Year)).OfType<string>());
        return reply;
    }

    private static DeadlinePlace Place(StoredDeadline row) => DeadlinePlace.Of(row.Deadline, row.CaseId);

    private DeadlineView View(StoredDeadline row, DateTimeOffset now)
    {
        var deadline = row.Deadline;
        var (here, there) = (calendars.ZoneOf(peers.OwnCard.Card, row.OwnAuthority), calendars.ZoneOf(CardOf(row.PeerAuthority), row.PeerAuthority));
        var work = calendars.Own.WorkingTimeUpTo(deadline.Due);
        return new DeadlineView
        {
            CaseId = row.CaseId,
            Reference = row.Reference,
            Kind = row.Kind.ToString(),
            Urgency = row.Urgency.ToString(),
            Rule = deadline.Rule.ToString(),
            Number = (uint)deadline.Number,
            Own = row.IsOwn,
            ByAuthority = row.IsOwn ? row.OwnAuthority : row.PeerAuthority,
            Began = DocumentWriter.FormatTime(deadline.From),
            Due = DocumentWriter.FormatTime(deadline.Due),
            DueHere = DocumentWriter.FormatLocalTime(TimeZoneInfo.ConvertTime(deadline.Due, here)),
            ZoneHere = here.Id,
            DueThere = DocumentWriter.FormatLocalTime(TimeZoneInfo.ConvertTime(deadline.Due, there)),
            ZoneThere = there.Id,
            State = row.IsMissed(now) ? "MISSED" : deadline.State.ToString(),
            Basis = deadline.Basis,
            Met = deadline.Met is { } met ? DocumentWriter.FormatTime(met) : "",
            WorkUntil = work < deadline.Due && row.IsOwn ? DocumentWriter.FormatLocalTime(work) : "",
            NextReminder = row.Next is { } next ? DocumentWriter.FormatTime(next) : "",
            Announced = row.Announced is { Length: 32 } message ? message : "",
            DraftJson = Draft(row, now),
            NextStep = NextStep(row, now),
        };
    }

    // What only people can do is one command away: two of them erase, one reviews.
    private string NextStep(StoredDeadline row, DateTimeOffset now)
    {
        if (row.OnPaper && !row.IsOwn && Draft(row, now).Length > 0)
            return $"gatewayctl deadlines {row.CaseId} --missed --drafts DIR; gatewayctl request act {row.CaseId} REMINDER --fields FILE; gatewayctl request export MESSAGE --out FILE --channel WORD --to WHOM";
        if (row is { IsOwn: true, Deadline: { Rule: DeadlineRule.CONSULTATION, State: DeadlineState.RUNNING } })
            return $"gatewayctl request consult-end {row.CaseId} --text TEXT";
        if (row is { IsOwn: true, Deadline: { Rule: DeadlineRule.BREACH_NOTICE, State: DeadlineState.RUNNING } })
            return $"gatewayctl request act {row.CaseId} BREACH_NOTICE --fields FILE; of a closed case a letter, then: gatewayctl breach list --open; gatewayctl breach told BREACH --how TEXT";
        if (!row.IsOwn || !row.IsMissed(now) || row.Deadline.State != DeadlineState.RUNNING || row.Deadline.Rule is not (DeadlineRule.RETENTION or DeadlineRule.RETENTION_REVIEW))
            return "";
        if (row.Deadline.Rule == DeadlineRule.RETENTION_REVIEW)
            return $"gatewayctl case review {row.CaseId} --reason TEXT [--erase-on DAY]";
        var (closed, proposed) = database.Read(s => (s.Number("SELECT count(*) FROM cases WHERE id = $1 AND closed IS NOT NULL", row.CaseId) > 0,
            s.One("SELECT kind FROM erasure_decisions WHERE case_id = $1 ORDER BY seq DESC LIMIT 1", r => r.GetString(0), row.CaseId) == "PROPOSE"));
        return !closed ? $"gatewayctl {(row.OwnSide == CaseSide.Requesting ? "request confirm" : "case show")} {row.CaseId}" : $"gatewayctl case erase {row.CaseId}{(proposed ? " --approve" : "")}";
    }

    // Prepared, not sent: the reason is a person's to give.
    private string Draft(StoredDeadline row, DateTimeOffset now)
    {
        // Of a consultation only a word to remind the other side is prepared.
        if (!row.IsMissed(now) || row.Deadline.Met is not null || !(Deadline.IsAnnounced(row.Deadline.Rule) || row is { IsOwn: false, Deadline.Rule: DeadlineRule.CONSULTATION }))
            return "";
        var due = DocumentWriter.FormatTime(row.Deadline.Due);
        var fields = row switch
        {
            { IsOwn: true, OwnSide: CaseSide.Requested } => new JsonObject
            {
                ["kind"] = nameof(ActKind.DELAY_NOTICE),
                ["text"] = $"{row.Deadline.Rule} of {row.Reference} was due {due} and could not be kept. Reason: ",
                ["dueAt"] = DocumentWriter.FormatTime(Later(row, Proposed(row, now))),
            },
            { IsOwn: false } => new JsonObject
            {
                ["kind"] = nameof(ActKind.REMINDER),
                ["text"] = $"{row.Deadline.Rule} of {row.Reference} was due {due}{(row.OnPaper ? ", counted from the day on which our letter left" : "")}. Please tell us how it stands.",
            },
            _ => null,
        };
        return fields?.ToJsonString(Readable) ?? "";
    }

    // Within what the clock allows, where that is still ahead.
    private static DateTimeOffset Proposed(StoredDeadline row, DateTimeOffset now)
    {
        var (later, latest) = (now.AddDays(row.Urgency == Urgency.ORDINARY ? 30 : 1), row.Deadline.Due.AddDays(LegalClock.MostDelayDays));
        return row.Deadline.Rule == DeadlineRule.DECIDE && RequestKinds.Of(row.Kind).Execution is not null && latest > now && latest < later ? latest : later;
    }

    // Not before what was promised: that would be no delay.
    private DateTimeOffset Later(StoredDeadline row, DateTimeOffset proposed)
        => database.Read(s => s.Query("SELECT due FROM deadlines WHERE case_id = $1 AND rule = $2", r => r.Time(0), row.CaseId, DeadlineRule.PROMISED)) is [var promised, ..] && promised > proposed ? promised : proposed;

    private PeerCard? CardOf(string authority) => peers.CardOf(Ids.StateOf(authority));
}
