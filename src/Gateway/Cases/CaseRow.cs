using Gateway.Access;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Requests;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Submission;
using Microsoft.Data.Sqlite;

namespace Gateway.Cases;

/// <summary>A case as stored. The same on both sides but for who is "own". ActChanges: how often acts of it were added or rejected, when it was read.</summary>
internal sealed record CaseRow(
    string Id,
    CaseSide Side,
    string Peer,
    string OwnAuthority,
    string PeerAuthority,
    RequestKind Kind,
    Urgency Urgency,
    CaseState State,
    string Reference,
    string RequestMessage,
    DateTimeOffset Opened,
    CaseState BaseState,
    bool ConventionOffence,
    long ActChanges)
{
    private const string Columns = "id, side, peer, own_authority, peer_authority, kind, urgency, state, reference, request_message, opened, base_state, convention, act_changes";

    // Behind every time: a list then begins with the newest case, by the same seek in the index.
    private const string AfterAll = "~";

    /// <summary>The states of <see cref="CaseStates.IsFinal"/>, for SQL.</summary>
    public const string Final = "('COMPLETED', 'REJECTED_TECHNICAL', 'REFUSED', 'WITHDRAWN', 'EXPIRED')";

    public CaseSide OtherSide => Side == CaseSide.Requesting ? CaseSide.Requested : CaseSide.Requesting;

    public Lane Lane => Urgency == Urgency.EMERGENCY ? Lane.Emergency : Lane.Ordinary;

    /// <summary>For the gateway itself; whoever asks for a person asks <see cref="Seen"/>.</summary>
    public static CaseRow? Find(Session session, string id) => session.One($"SELECT {Columns} FROM cases WHERE id = $1", Read, id);

    /// <summary>
    /// The case, when the user sees it: one statement, so that a hidden one takes the way of one that is not there. For that one the two looks into the need-to-know list
    /// are made all the same, and find nothing: time must not tell the two apart.
    /// </summary>
    public static CaseRow? Seen(Session session, Reach reach, string id) => session.One($"""
        SELECT {Columns} FROM (SELECT $1 AS asked) a LEFT JOIN cases c ON c.id = a.asked
        WHERE CASE WHEN c.id IS NULL
          THEN EXISTS (SELECT 1 FROM case_readers r WHERE r.case_id = a.asked AND r.reader = '') + EXISTS (SELECT 1 FROM case_readers r WHERE r.case_id = a.asked AND r.reader = $1) > 2
          ELSE {Reach.Sees("c.id", "c.kind", 2)} END
        """, Read, reach.With(id));

    /// <summary>The newest cases that the user sees, behind the one named (empty: from the newest on).</summary>
    public static List<CaseRow> Newest(Session session, Reach reach, bool openOnly, bool heldOnly, string desk, (string Opened, string Id) before, int limit)
        => session.Query(NewestSql(reach.HasFew(session), openOnly, heldOnly), Read, reach.With(limit, before.Opened.Length > 0 ? before.Opened : AfterAll, before.Id, desk));

    // From the cases of a user who has few, else from the newest on. CROSS JOIN keeps SQLite to this order.
    internal static string NewestSql(bool few, bool openOnly, bool heldOnly = false) => $"""
        SELECT {Columns} FROM {(few ? $"{Reach.Cases(5)} k CROSS JOIN cases c ON c.id = k.case_id" : "cases c")}
        WHERE (opened, id) < ($2, $3) {(openOnly ? "AND closed IS NULL" : "")} {(heldOnly ? "AND EXISTS (SELECT 1 FROM case_holds h WHERE h.case_id = c.id)" : "")}
          AND ($4 = '' OR EXISTS (SELECT 1 FROM case_desks q WHERE q.case_id = c.id AND q.authority = $4 AND q.part = 'DESK'))
          AND {Reach.Sees("c.id", "c.kind", 5)}
        ORDER BY opened DESC, id DESC LIMIT $1
        """;

    /// <summary>Whether the other side's gateway rejected the request. What goes on paper is not stopped by that.</summary>
    public bool IsRejected(Session session) => State == CaseState.REJECTED_TECHNICAL && !PaperCases.Has(session, Id);

    /// <summary>What was done on the case, without what the other side rejected.</summary>
    public CaseHistory History(Session session) => Acts(session).History;

    /// <summary>The same with the message of each act. In a long case only what came since the last look is read.</summary>
    public CaseActs Acts(Session session) => CaseActs.Of(session, Id, BaseState);

    /// <summary>
    /// Adds an act in the transaction of its message; nothing may have been added or rejected since this row was read, in the snapshot of the acts that it was judged on or before, else
    /// <see cref="CaseMovedException"/>. Their number says less: where one was rejected and another added it is the same.
    /// </summary>
    public void Add(Session session, CaseHistory judged, CaseHistory next, ActEntry act, string message, DateTimeOffset now)
    {
        if (session.Number("SELECT act_changes FROM cases WHERE id = $1", Id) != ActChanges)
            throw new CaseMovedException();
        session.RunOne("""
            INSERT INTO case_acts (case_id, id, message, side, kind, after, waived, until, due_at, outcome, original_agrees)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            Id, act.Id, message, act.Side, act.Kind, act.After, act.Waived, act.Until, act.DueAt, act.Outcome, act.OriginalAgrees);
        foreach (var id in next.Void.Except(judged.Void))
            Events.Append(session, now, "act.void", Id, id, $"{next.Acts.First(known => known.Id == id).Kind} crossed with another act and has no effect");
        Settle(session, next.Standing, now);
        if (next.Standing.State == judged.Standing.State)
            Events.Append(session, now, "case.act", Id, message, $"{act.Kind} by the {(act.Side == Side ? "own" : "other")} side");
    }

    /// <summary>The request left, and nothing says that the other side has it open: it is on its way, or waits there for a decision about its marks.</summary>
    private bool IsUnopened => State is CaseState.SENT or CaseState.PENDING_RECOGNITION;

    /// <summary>
    /// The answer to one of our messages came: a request is delivered, rejected, or there without being open, when they certify that they took it and not that it is whole; a rejected act
    /// counts no more.
    /// </summary>
    public void Answered(Session session, string message, bool rejected, DateTimeOffset now)
    {
        if (message == RequestMessage)
        {
            var to = rejected ? CaseState.REJECTED_TECHNICAL : CaseCards.Delivered(session, this) is null ? CaseState.PENDING_RECOGNITION : CaseState.DELIVERED;
            if (rejected || (IsUnopened && to != State))
                Move(session, to, now);
        }
        else if (rejected && session.Run("UPDATE case_acts SET rejected = 1 WHERE case_id = $1 AND message = $2", Id, message) > 0)
        {
            // What it met or moved is due again, also where the case stays in its state.
            Events.Append(session, now, "act.rejected", Id, message, "an act of ours was rejected and counts no more");
            var standing = History(session).Standing;
            Settle(session, standing.State == CaseState.DELIVERED ? standing with { State = Untouched(session) } : standing, now);
        }
    }

    // Where the request stands when nobody's act counts: our own, taken back, may have hidden that it never was open there.
    private CaseState Untouched(Session session)
        => Side == CaseSide.Requested || PaperCases.Has(session, Id) ? CaseState.DELIVERED : Deliveries.OfOurs(session, Id, RequestMessage, Peer).Request;

    /// <summary>A reply on paper shows that the request is there, whatever was certified before.</summary>
    public void Arrived(Session session, DateTimeOffset now)
    {
        if (IsUnopened)
            Move(session, CaseState.DELIVERED, now);
    }

    private void Settle(Session session, Standing standing, DateTimeOffset now)
    {
        session.RunOne("UPDATE cases SET preserved_until = $1, outcome = $2 WHERE id = $3", standing.PreservedUntil, standing.Outcome, Id);
        // What we did while the request was on its way does not say that it arrived.
        var state = IsUnopened && standing.State == CaseState.DELIVERED ? State : standing.State;
        if (state != State && State != CaseState.REJECTED_TECHNICAL)
            Move(session, state, now);
    }

    private void Move(Session session, CaseState to, DateTimeOffset now)
    {
        if (session.Run($"UPDATE cases SET state = $1, closed = CASE WHEN $1 IN {Final} THEN $2 ELSE NULL END WHERE id = $3 AND state = $4", to, now, Id, State) != 1)
            throw new CaseMovedException();
        // What rested with the closed case can be told again.
        if (State.IsFinal() && !to.IsFinal())
        {
            session.Run("UPDATE custody_events SET tell = 1 WHERE case_id = $1 AND tell = 2", Id);
            session.Run("UPDATE item_records SET tell = 1 WHERE case_id = $1 AND tell = 2", Id);
        }
        Events.Append(session, now, "case.changed", Id, Id, $"{State} -> {to}");
    }

    private static CaseRow Read(SqliteDataReader row) => new(
        row.GetString(0),
        row.Word<CaseSide>(1),
        row.GetString(2),
        row.GetString(3),
        row.GetString(4),
        row.Word<RequestKind>(5),
        row.Word<Urgency>(6),
        row.Word<CaseState>(7),
        row.GetString(8),
        row.GetString(9),
        row.Time(10),
        row.Word<CaseState>(11),
        row.GetInt64(12) == 1,
        row.GetInt64(13));
}
