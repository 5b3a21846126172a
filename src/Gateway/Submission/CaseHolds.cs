using Gateway.Storage;

namespace Gateway.Submission;

/// <summary>One legal hold of a case: while it stands, nothing of the case is erased.</summary>
/// <param name="Number">Which one of the case; a number is never given twice.</param>
/// <param name="By">A user, or the authority that declared it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Since">Since when.</param>
/// <param name="Until">The day on which it is expected to end; null: nobody said. It ends when a person lifts it, not by itself.</param>
internal sealed record CaseHold(long Number, string By, string Reason, DateTimeOffset Since, string? Until)
{
    public override string ToString() => $"{By}: {Reason}";
}

/// <summary>The table <c>case_holds</c>.</summary>
internal static class CaseHolds
{
    /// <summary>Those that stand, the first first.</summary>
    public static List<CaseHold> Of(Session s, string caseId) => s.Query("SELECT number, by, reason, since, until FROM case_holds WHERE case_id = $1 ORDER BY number",
        r => new CaseHold(r.GetInt64(0), r.GetString(1), r.GetString(2), r.Time(3), r.TextOrNull(4)), caseId);

    /// <summary>Sets one more; its number.</summary>
    public static long Set(Session s, string caseId, string by, string reason, string? until, DateTimeOffset now)
    {
        s.RunOne("UPDATE cases SET holds = holds + 1 WHERE id = $1", caseId);
        var number = s.Number("SELECT holds FROM cases WHERE id = $1", caseId);
        s.RunOne("INSERT INTO case_holds (case_id, number, by, reason, since, until) VALUES ($1, $2, $3, $4, $5, $6)", caseId, number, by, reason, now, until);
        return number;
    }

    public static void Lift(Session s, string caseId, long number) => s.RunOne("DELETE FROM case_holds WHERE case_id = $1 AND number = $2", caseId, number);
}
