using Gateway.AuditLog;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Submission;

namespace Gateway.Cases;

/// <summary>An original that came when the case was closed.</summary>
/// <param name="Id">Id of the signed act.</param>
/// <param name="Time">When it was recorded, UTC.</param>
/// <param name="By">Who recorded it.</param>
/// <param name="Sha256">SHA-256 of the signed act.</param>
/// <param name="Agrees">It agrees with the request.</param>
internal sealed record LateOriginal(string Id, DateTimeOffset Time, string By, Digest Sha256, bool Agrees)
{
    /// <summary>The comparison, as where it stands in the life cycle.</summary>
    public OriginalState State => Agrees ? OriginalState.RECEIVED_MATCH : OriginalState.RECEIVED_DIFFERENT;
}

/// <summary>
/// The signed original may come when the case is closed: no receipt can be issued then and nothing is sent. What the officer signed about the comparison
/// (an act ORIGINAL_RECEIVED) is kept here, logged, and goes with the bundle.
/// </summary>
internal static class LateOriginals
{
    // One is expected; a wrong one is followed by the right one.
    private const int Most = 20;

    /// <summary>Whether this act on the case, as it stands, is kept here and not sent.</summary>
    public static bool Takes(CaseRow row, ActKind act)
        => act == ActKind.ORIGINAL_RECEIVED && row.Side == CaseSide.Requested && row.State is CaseState.COMPLETED or CaseState.REFUSED or CaseState.WITHDRAWN or CaseState.EXPIRED;

    public static List<LateOriginal> Of(Session s, string caseId)
        => s.Query("SELECT id, time, by, sha256, agrees FROM late_originals WHERE case_id = $1 ORDER BY time, id", r => new LateOriginal(r.GetString(0), r.Time(1), r.GetString(2), r.Digest(3), r.GetInt64(4) == 1), caseId);

    /// <summary>The signed act; null when the case is erased.</summary>
    public static byte[]? Open(Session s, CaseKeys keys, string caseId, string id)
        => s.One("SELECT document FROM late_originals WHERE case_id = $1 AND id = $2", r => r.Bytes(0), caseId, id) is { } body ? keys.OpenUnlessErased(caseId, Label(id), body) : null;

    /// <summary>Keeps it in one transaction with its record in the log and the answer to the submission; a crash before the flush leaves nothing.</summary>
    public static async Task<Outcome<KeptOutcome>> Keep(Database database, CaseKeys keys, CaseRow row, Act act, SubmittedDocument document, IdempotencyTicket ticket, DateTimeOffset now)
    {
        if (keys.TrySeal(row.Id, Label(act.Id), document.Signed.Der.ToArray()) is not { } body)
            return new Refusal(RefusalCode.RetentionPassed, "the case is erased already", "case");
        var (sha256, agrees) = (document.Signed.Sha256, ActEntry.Of(act, row.Side).OriginalAgrees);
        var kept = new KeptOutcome("", row.Id, $"{row.Reference}: {act.Kind} ({act.TextOf("originalComparison")}) is kept here; the case is closed, nothing was sent");
        return await database.Write<Outcome<KeptOutcome>>(Lane.Ordinary, s =>
        {
            if (s.Number("SELECT count(*) FROM late_originals WHERE case_id = $1", row.Id) >= Most)
                return new Refusal(RefusalCode.StateConflict, $"{Most} originals of this case are recorded already", "kind");
            s.RunOne("INSERT INTO late_originals (case_id, id, time, by, sha256, agrees, document) VALUES ($1, $2, $3, $4, $5, $6, $7)", row.Id, act.Id, now, document.User.Name, sha256, agrees, body);
            new AuditRecord("original.kept", document.User.Name, row.Id, row.Id, $"{sha256} {act.TextOf("originalComparison")}").Append(s, now);
            Events.Append(s, now, "original.kept", row.Id, act.Id, $"{act.TextOf("originalComparison")}, recorded by {document.User.Name} after the case was closed");
            ApproveAct.Record(s, act.Kind, act.Id, row, document, now);
            ticket.Keep(s, kept, now);
            return kept;
        });
    }

    private static string Label(string id) => $"original:{id}";
}
