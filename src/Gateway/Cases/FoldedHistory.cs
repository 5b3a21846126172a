using Gateway.Protocol.Acts;
using Gateway.Storage;

namespace Gateway.Cases;

/// <summary>
/// The acts of a case as they were folded last. Of a long case only what came since is read and folded: which acts are in force shows in how many they are and where the last one stands, for rows
/// are only added, and one that the other side rejected never comes back. Kept by connections that read, since what a writer sees may be taken back.
/// </summary>
internal sealed record FoldedHistory(CaseState From, long Last, CaseHistory History)
{
    // A short one is read faster than it is looked up; of long ones few are acted upon at once.
    private const int Long = 100;
    private const int MostKept = 8;

    public static CaseHistory Of(Session s, string caseId, CaseState from, Func<Session, long, List<ActEntry>> behind)
    {
        if (s.Kept is not { } kept)
            return CaseHistory.Of(from, behind(s, 0));
        var (count, last) = s.Query("SELECT count(*), coalesce(max(position), 0) FROM case_acts WHERE case_id = $1 AND rejected = 0", r => (r.GetInt64(0), r.GetInt64(1)), caseId)[0];
        var name = $"history {caseId}";
        if (kept.TryGetValue(name, out var before) && before is FoldedHistory known && known.From == from && known.Extend(s, count, last, behind) is { } longer)
        {
            kept[name] = known with { Last = last, History = longer };
            return longer;
        }
        var history = CaseHistory.Of(from, behind(s, 0));
        if (count >= Long)
        {
            if (kept.Count >= MostKept)
                kept.Clear();
            kept[name] = new FoldedHistory(from, last, history);
        }
        return history;
    }

    // Null when one of the acts was rejected since, or what is new does not follow by itself: then all of them are read again.
    private CaseHistory? Extend(Session s, long count, long last, Func<Session, long, List<ActEntry>> behind)
    {
        if (count == History.Acts.Count && last == Last)
            return History;
        if (count <= History.Acts.Count || behind(s, Last) is not { } more || History.Acts.Count + more.Count != count)
            return null;
        var history = History;
        foreach (var act in more)
        {
            if (!history.Take(act).TryGet(out var next, out _) || next.Acts.Count != history.Acts.Count + 1)
                return null;
            history = next;
        }
        return history;
    }
}
