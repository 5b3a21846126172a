using Gateway.Protocol.Acts;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Cases;

/// <summary>A case as stored. The same on both sides but for who is "own".</summary>
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
    DateTimeOffset Opened)
{
    private const string Columns = "id, side, peer, own_authority, peer_authority, kind, urgency, state, reference, request_message, opened";

    public CaseSide OtherSide => Side == CaseSide.Requesting ? CaseSide.Requested : CaseSide.Requesting;

    public Lane Lane => Urgency == Urgency.EMERGENCY ? Lane.Emergency : Lane.Ordinary;

    public static CaseRow? Find(Session session, string id) => session.One($"SELECT {Columns} FROM cases WHERE id = $1", Read, id);

    public static List<CaseRow> Newest(Session session, bool openOnly, int limit) => openOnly
        ? session.Query($"SELECT {Columns} FROM cases WHERE state NOT IN ('COMPLETED', 'REJECTED_TECHNICAL') ORDER BY opened DESC LIMIT $1", Read, limit)
        : session.Query($"SELECT {Columns} FROM cases ORDER BY opened DESC LIMIT $1", Read, limit);

    /// <summary>Moves the case; the state must still be the one that the transition was judged on, else <see cref="CaseMovedException"/>.</summary>
    public void Move(Session session, CaseState to, DateTimeOffset now)
    {
        var moved = session.Run("UPDATE cases SET state = $1, closed = CASE WHEN $1 IN ('COMPLETED', 'REJECTED_TECHNICAL') THEN $2 ELSE closed END WHERE id = $3 AND state = $4", to, now, Id, State) != 1;
        if (moved)
            throw new CaseMovedException();
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
        row.Time(10));
}
