using Gateway.Protocol.Documents;
using Gateway.Protocol.Paper;
using Gateway.Storage;

namespace Gateway.Submission;

/// <summary>The tables of cases with States that no gateway serves, and of the files that left or came.</summary>
internal static class PaperCases
{
    /// <summary>State of a sealed message that nobody has handed to a carrier yet.</summary>
    public const string ToCarry = "TO_CARRY";

    /// <summary>State of a message that left as a file.</summary>
    public const string Carried = "CARRIED";

    /// <summary>State of a record about what left or came, which itself goes nowhere.</summary>
    public const string Kept = "KEPT";

    // With what a request came; beside PaperWay.
    private const string Asked = "REQUESTED";

    /// <summary>Whether the case runs on paper; that stays so when the State gets a gateway later.</summary>
    public static bool Has(Session s, string caseId) => s.Number("SELECT count(*) FROM paper_cases WHERE case_id = $1", caseId) > 0;

    /// <summary>Opens one under the description of the State that is in force.</summary>
    public static void Open(Session s, string caseId, string state)
        => s.RunOne("INSERT INTO paper_cases (case_id, description) VALUES ($1, (SELECT max(number) FROM paper_descriptions WHERE state = $2))", caseId, state);

    /// <summary>The description under which the case was opened; 0 when it was not kept.</summary>
    public static long Description(Session s, string caseId) => s.Number("SELECT coalesce((SELECT description FROM paper_cases WHERE case_id = $1), 0)", caseId);

    /// <summary>Keeps the digests; false when one was recorded before in this case.</summary>
    public static bool Keep(Session s, PaperRecord record, string message)
        => Keep(s, record.Case, record.Way.ToString(), record.Files, message);

    /// <summary>The same for a request that came.</summary>
    public static bool Keep(Session s, PaperRequest request, string message) => Keep(s, request.Case, Asked, request.Files, message);

    /// <summary>The case of that State which one of the files opened already, or null.</summary>
    public static string? Opened(Session s, PaperRequest request) => request.Files.Select(f => s.One(
        "SELECT f.case_id FROM paper_files f JOIN cases c ON c.id = f.case_id WHERE f.way = $1 AND f.sha256 = $2 AND c.peer = $3", r => r.GetString(0), Asked, f.Sha256, Ids.StateOf(request.From))).FirstOrDefault(found => found is not null);

    /// <summary>The record in which one of the files stands already, or null.</summary>
    public static string? Recorded(Session s, PaperRecord record)
        => record.Files.Select(f => s.One("SELECT message FROM paper_files WHERE case_id = $1 AND way = $2 AND sha256 = $3", r => r.GetString(0), record.Case, record.Way, f.Sha256)).FirstOrDefault(m => m is not null);

    /// <summary>The sealed cover of a message that may leave as a file.</summary>
    public static (string Case, string About, string Kind, DateTimeOffset Sealed, Digest Cover)? Message(Session s, string message)
        => s.One("SELECT case_id, about, kind, created, cover_sha256 FROM messages WHERE id = $1 AND direction = 'OUT' AND body IS NOT NULL",
            r => new Boxed(r.GetString(0), r.GetString(1), r.GetString(2), r.Time(3), r.Digest(4)), message) is { } found ? (found.Case, found.About, found.Kind, found.Sealed, found.Cover) : null;

    private static bool Keep(Session s, string caseId, string way, IEnumerable<PaperFile> files, string message)
        => files.Select(f => f.Sha256).Distinct().All(sha256 => s.Run("INSERT INTO paper_files (case_id, way, sha256, message) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", caseId, way, sha256, message) == 1);

    private sealed record Boxed(string Case, string About, string Kind, DateTimeOffset Sealed, Digest Cover);
}
