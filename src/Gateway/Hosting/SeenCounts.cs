using Gateway.Access;
using Gateway.Protocol.Deadlines;
using Gateway.Storage;

namespace Gateway.Hosting;

/// <summary>
/// How many there are of something, among what one user sees. A total over everything would tell whoever is not on the list of a measure that there is one, and when something happens on it.
/// </summary>
internal static class SeenCounts
{
    private const string KindOf = "coalesce((SELECT k.kind FROM cases k WHERE k.id = o.case_id), '')";
    private static readonly string s_ends = string.Join(", ", Enum.GetValues<DeadlineRule>().Where(Deadline.IsEnd).Select(rule => $"'{rule}'"));

    /// <summary>Messages in the outbox.</summary>
    public static long Outbox(Session s, Reach reach, string state) => s.Number($"SELECT count(*) FROM outbox o WHERE o.state = $1 AND {Reach.Sees("o.case_id", KindOf, 2)}", reach.With(state));

    /// <summary>Messages to a State that were given up.</summary>
    public static long Dead(Session s, Reach reach, string peer) => s.Number($"SELECT count(*) FROM outbox o WHERE o.state = 'DEAD' AND o.peer = $1 AND {Reach.Sees("o.case_id", KindOf, 2)}", reach.With(peer));

    public static long Cases(Session s, Reach reach) => s.Number($"SELECT count(*) FROM cases c WHERE {Reach.Sees("c.id", "c.kind", 1)}", reach.With());

    /// <summary>Receipts in the chains of cases, and in those between States, which belong to none. Chains have no gap from 1 on: their heads count.</summary>
    public static long Receipts(Session s, Reach reach) => s.Number($"""
        SELECT coalesce(sum(o.seq), 0) FROM chains o LEFT JOIN cases c ON c.id = o.chain
        WHERE (c.id IS NULL AND NOT EXISTS (SELECT 1 FROM case_readers r WHERE r.case_id = o.chain)) OR {Reach.Sees("o.chain", "coalesce(c.kind, '')", 1)}
        """, reach.With());

    /// <summary>Deadlines of ours that passed and are not met.</summary>
    public static long Missed(Session s, Reach reach, DateTimeOffset now) => s.Number($"""
        SELECT count(*) FROM deadlines d JOIN cases c ON c.id = d.case_id
        WHERE d.state = 'RUNNING' AND d.due <= $1 AND d.side = c.side AND d.passed IS NOT NULL AND d.rule NOT IN ({s_ends}) AND {Reach.Sees("c.id", "c.kind", 2)}
        """, reach.With(now));
}
