namespace Gateway.Storage;

/// <summary>What people and systems watch. Written with the act, so that an event without its act, or the reverse, cannot exist.</summary>
internal static class Events
{
    public static void Append(Session session, DateTimeOffset now, string kind, string caseId, string subject, string text)
        => session.RunOne("INSERT INTO events (time, kind, case_id, subject, text) VALUES ($1, $2, $3, $4, $5)", now, kind, caseId, subject, text);
}
