using System.Collections.Immutable;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Cases;

/// <summary>An act in force with the message that brought it.</summary>
internal sealed record StoredAct(ActEntry Entry, string Message);

/// <summary>The acts in force on a case, as a reader's snapshot holds them.</summary>
/// <param name="History">What follows from them.</param>
/// <param name="All">Each with its message, in the order in which they were stored.</param>
internal sealed record CaseActs(CaseHistory History, ImmutableList<StoredAct> All)
{
    private const string Columns = "id, side, kind, after, waived, until, due_at, outcome, original_agrees, message, position";

    /// <summary>How often acts of the case were added or rejected, when these were read.</summary>
    private long Changes { get; init; }

    private long LastPosition { get; init; }

    public static CaseActs Of(Session session, string caseId, CaseState from)
    {
        if (session.Folded is not { } folded)
            return Added(session, caseId, new CaseActs(CaseHistory.Of(from, []), []));
        var changes = session.Number("SELECT act_changes FROM cases WHERE id = $1", caseId);
        if (folded.Find<CaseActs>(caseId) is { } known && known.History.From.State == from && known.Changes <= changes)
        {
            if (known.Changes == changes)
                return known;
            // Nothing but additions, and all of them in force: then the others are as they were.
            var more = Added(session, caseId, known);
            if (more.All.Count - known.All.Count == changes - known.Changes)
                return Keep(folded, caseId, more with { Changes = changes }, more.All.Count - known.All.Count);
        }
        var whole = Added(session, caseId, new CaseActs(CaseHistory.Of(from, []), []));
        return Keep(folded, caseId, whole with { Changes = changes }, whole.All.Count);
    }

    private static CaseActs Keep(Folded folded, string caseId, CaseActs acts, int more)
    {
        folded.Keep(caseId, acts, more);
        return acts;
    }

    private static CaseActs Added(Session session, string caseId, CaseActs before)
    {
        var last = before.LastPosition;
        var rows = session.Query($"SELECT {Columns} FROM case_acts WHERE case_id = $1 AND position > $2 AND rejected = 0 ORDER BY position", row =>
        {
            last = row.GetInt64(10);
            return Read(row);
        }, caseId, before.LastPosition);
        // A whole history is folded once, not once for each act.
        var history = before.All.Count == 0 ? CaseHistory.Of(before.History.From.State, rows.Select(row => row.Entry)) : rows.Aggregate(before.History, (known, row) => known.With(row.Entry));
        return new CaseActs(history, before.All.AddRange(rows)) { LastPosition = last };
    }

    private static StoredAct Read(SqliteDataReader row) => new(
        new ActEntry(row.GetString(0), row.Word<CaseSide>(1), row.Word<ActKind>(2), row.TextOrNull(3))
        {
            Waived = row.GetInt64(4) == 1,
            Until = row.IsDBNull(5) ? null : row.Time(5),
            DueAt = row.IsDBNull(6) ? null : row.Time(6),
            Outcome = row.TextOrNull(7),
            OriginalAgrees = row.GetInt64(8) == 1,
        },
        row.GetString(9));
}
