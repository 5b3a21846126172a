using System.Globalization;
using System.Text.Json;
using Gateway.Access;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Deadlines;

/// <summary>A deadline as stored, with its case.</summary>
internal sealed record StoredDeadline(Deadline Deadline, string CaseId, CaseSide OwnSide, RequestKind Kind, Urgency Urgency, string OwnAuthority, string PeerAuthority, string Reference,
    DateTimeOffset? Next, DateTimeOffset? Passed, string? Announced, bool OnPaper)
{
    /// <summary>Ours to do.</summary>
    public bool IsOwn => Deadline.By == OwnSide;

    /// <summary>The date passed and it was not done, or done late.</summary>
    public bool IsMissed(DateTimeOffset now) => !Deadline.IsEnd(Deadline.Rule) && Deadline.State is DeadlineState.RUNNING or DeadlineState.MET && (Deadline.Met ?? (Deadline.State == DeadlineState.MET ? Deadline.Due : now)) > Deadline.Due;
}

/// <summary>Where a list of deadlines goes on: behind this one, in the order of dates and, among those of one moment, of cases, rules and numbers.</summary>
internal sealed record DeadlinePlace(string Due, string CaseId, string Rule, long Number)
{
    /// <summary>Before the first one.</summary>
    public static DeadlinePlace First { get; } = new("", "", "", 0);

    public static DeadlinePlace Of(Deadline deadline, string caseId) => new(DocumentWriter.FormatTime(deadline.Due), caseId, deadline.Rule.ToString(), deadline.Number);

    /// <summary>What <see cref="ToString"/> wrote; null when it is nothing of the kind.</summary>
    public static DeadlinePlace? Parse(string text)
        => text.Length == 0 ? First
            : text.Split(' ') is [{ Length: 24 } due, var id, var rule, var number] && Ids.IsCase(id) && Enum.GetNames<DeadlineRule>().Contains(rule) && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
                ? new DeadlinePlace(due, id, rule, n) : null;

    public bool IsBefore(DeadlinePlace other)
        => (string.CompareOrdinal(Due, other.Due), string.CompareOrdinal(CaseId, other.CaseId), string.CompareOrdinal(Rule, other.Rule), Number.CompareTo(other.Number)) switch
        {
            (not 0 and var due, _, _, _) => due < 0,
            (_, not 0 and var id, _, _) => id < 0,
            (_, _, not 0 and var rule, _) => rule < 0,
            (_, _, _, var number) => number < 0,
        };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Due} {CaseId} {Rule} {Number}");
}

/// <summary>The table <c>deadlines</c>.</summary>
internal static class DeadlineRows
{
    private const string Fields = """
        d.rule, d.number, d.side, d.began, d.due, d.state, d.basis, d.met, d.case_id, c.side, c.kind, c.urgency, c.own_authority, c.peer_authority, c.reference, d.next, d.passed, d.announced,
        EXISTS (SELECT 1 FROM paper_cases p WHERE p.case_id = d.case_id)
        """;
    private const string Columns = $"{Fields} FROM deadlines d JOIN cases c ON c.id = d.case_id";

    // What ends by itself is not missed.
    private static readonly string s_ends = string.Join(", ", Enum.GetValues<DeadlineRule>().Where(Deadline.IsEnd).Select(rule => $"'{rule}'"));

    /// <summary>Those whose plan has a moment that has come, the earliest first.</summary>
    public static List<StoredDeadline> Ripe(Session s, DateTimeOffset now, int limit) => s.Query($"SELECT {Columns} WHERE d.next <= $1 ORDER BY d.next LIMIT $2", Read, now, limit);

    /// <summary>Those that passed and of which the other side was not told, of each peer in turn the earliest: what cannot be told to one keeps nothing from the others.</summary>
    /// <param name="s">The session.</param>
    /// <param name="without">Not those of these cases.</param>
    /// <param name="limit">At most so many.</param>
    public static List<StoredDeadline> ToAnnounce(Session s, IReadOnlyList<string> without, int limit) => s.Query($"""
        SELECT {Columns} WHERE d.passed IS NOT NULL AND d.announced IS NULL AND d.case_id NOT IN (SELECT value FROM json_each($2))
        ORDER BY row_number() OVER (PARTITION BY c.peer ORDER BY d.due, d.case_id, d.rule, d.number), d.due, d.case_id, d.rule, d.number LIMIT $1
        """, Read, limit, JsonSerializer.Serialize(without));

    public static List<StoredDeadline> OfCase(Session s, string caseId) => s.Query($"SELECT {Columns} WHERE d.case_id = $1 ORDER BY d.due, d.rule, d.number", Read, caseId);

    /// <summary>What runs on the cases that the user sees, the earliest first.</summary>
    /// <param name="s">The session.</param>
    /// <param name="reach">What the user sees.</param>
    /// <param name="ownOnly">Only what is ours to do.</param>
    /// <param name="missedAt">Only what was missed at this time; null: all of it.</param>
    /// <param name="rule">Only this rule; empty: every one.</param>
    /// <param name="after">Only what stands behind this one.</param>
    /// <param name="limit">At most so many.</param>
    public static List<StoredDeadline> Running(Session s, Reach reach, bool ownOnly, DateTimeOffset? missedAt, string rule, DeadlinePlace after, int limit)
        => s.Query(RunningSql(reach.HasFew(s), missedAt is not null, after != DeadlinePlace.First), Read, reach.With(ownOnly, missedAt, rule, limit, after.Due, after.CaseId, after.Rule, after.Number));

    // By the cases of a user who has few, else by the dates; what was missed from the earliest date up to now. CROSS JOIN keeps SQLite to this order.
    internal static string RunningSql(bool few, bool missed, bool goesOn) => $"""
        SELECT {Fields} FROM {(few ? $"{Reach.Cases(9)} k CROSS JOIN deadlines d ON d.case_id = k.case_id" : "deadlines d")} CROSS JOIN cases c ON c.id = d.case_id
        WHERE d.state IN ('RUNNING', 'SUSPENDED') {(missed ? $"AND d.state = 'RUNNING' AND d.due < $2 AND d.rule NOT IN ({s_ends})" : "AND $2 IS NULL")}
          AND {(goesOn ? "(d.due, d.case_id, d.rule, d.number) > ($5, $6, $7, $8)" : "$5 = '' AND $6 = '' AND $7 = '' AND $8 = 0")}
          AND ($1 = 0 OR d.side = c.side) AND ($3 = '' OR d.rule = $3) AND {Reach.Sees("c.id", "c.kind", 9)}
        ORDER BY d.due, d.case_id, d.rule, d.number LIMIT $4
        """;

    /// <summary>Puts the computed deadlines of a case in the place of the stored ones; what was done about them stays where the date stays.</summary>
    public static void Replace(Session s, string caseId, IReadOnlyList<(Deadline Deadline, IReadOnlyList<PlannedReminder> Plan)> computed, DateTimeOffset now)
    {
        var stored = OfCase(s, caseId).ToDictionary(d => (d.Deadline.Rule, d.Deadline.Number));
        foreach (var (deadline, plan) in computed)
        {
            stored.Remove((deadline.Rule, deadline.Number), out var before);
            var same = before?.Deadline.Due == deadline.Due;
            // A moment that passed while nobody looked is made good by the next one, the deadline itself by itself.
            var next = deadline.State != DeadlineState.RUNNING ? null
                : same && before!.Deadline.State == DeadlineState.RUNNING ? before.Next
                : same && before!.Passed is not null ? (DateTimeOffset?)null
                : (plan.FirstOrDefault(p => p.At > now) ?? plan[^1]).At;
            // A long case has as many of them as it has questions and deliveries, and each message moves few.
            if (same && before!.Deadline == deadline && before.Next == next)
                continue;
            s.Run("""
                INSERT INTO deadlines (case_id, rule, number, side, began, due, state, basis, met, next, passed, announced) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                ON CONFLICT (case_id, rule, number) DO UPDATE SET side = $4, began = $5, due = $6, state = $7, basis = $8, met = $9, next = $10, passed = $11, announced = $12
                """,
                caseId, deadline.Rule, deadline.Number, deadline.By, deadline.From, deadline.Due, deadline.State, deadline.Basis, deadline.Met, next, same ? before?.Passed : null, same ? before?.Announced : null);
        }
        foreach (var (rule, number) in stored.Keys)
            s.Run("DELETE FROM deadlines WHERE case_id = $1 AND rule = $2 AND number = $3", caseId, rule, number);
    }

    /// <summary>Goes on in the plan; false when another look did it.</summary>
    public static bool Advance(Session s, StoredDeadline of, DateTimeOffset? next, DateTimeOffset? passed)
        => s.Run("UPDATE deadlines SET next = $1, passed = coalesce(passed, $2) WHERE case_id = $3 AND rule = $4 AND number = $5 AND next = $6 AND state = 'RUNNING'",
            next, passed, of.CaseId, of.Deadline.Rule, of.Deadline.Number, of.Next) == 1;

    /// <summary>Keeps by which message the other side was told; false when it was told before.</summary>
    public static bool Announce(Session s, StoredDeadline of, string message)
        => s.Run("UPDATE deadlines SET announced = $1 WHERE case_id = $2 AND rule = $3 AND number = $4 AND announced IS NULL", message, of.CaseId, of.Deadline.Rule, of.Deadline.Number) == 1;

    private static StoredDeadline Read(SqliteDataReader row) => new(
        new Deadline(row.Word<DeadlineRule>(0), row.GetInt32(1), row.Word<CaseSide>(2), row.Time(3), row.Time(4), row.Word<DeadlineState>(5), row.GetString(6), row.IsDBNull(7) ? null : row.Time(7)),
        row.GetString(8), row.Word<CaseSide>(9), row.Word<RequestKind>(10), row.Word<Urgency>(11), row.GetString(12), row.GetString(13), row.GetString(14),
        row.IsDBNull(15) ? null : row.Time(15), row.IsDBNull(16) ? null : row.Time(16), row.TextOrNull(17), row.GetInt64(18) == 1);
}
