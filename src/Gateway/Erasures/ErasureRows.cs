using Gateway.Protocol.Erasures;
using Gateway.Protocol.Marks;
using Gateway.Storage;

namespace Gateway.Erasures;

/// <summary>A person's signed decision as stored.</summary>
internal sealed record StoredDecision(string Kind, string User, SignedDocument Signed, ErasureDecision Decision);

/// <summary>The tables of decisions and erasures.</summary>
internal static class ErasureRows
{
    /// <summary>The proposal that waits for a second person; null when there is none.</summary>
    public static StoredDecision? Proposal(Session s, string caseId)
    {
        var last = s.One("SELECT kind, user, document FROM erasure_decisions WHERE case_id = $1 ORDER BY seq DESC LIMIT 1", row => Tuple.Create(row.GetString(0), row.GetString(1), row.Bytes(2)), caseId);
        if (last is not { Item1: nameof(ErasureStep.PROPOSE) })
            return null;
        var signed = SignedDocument.Open(last.Item3).Value;
        return new StoredDecision(last.Item1, last.Item2, signed, ErasureDecision.Read(signed.Content).Value);
    }

    public static void Append(Session s, ErasureDecision decision, string user, SignedDocument signed, DateTimeOffset now) => s.RunOne("""
        INSERT INTO erasure_decisions (case_id, seq, id, kind, user, time, document)
        SELECT $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5, $6 FROM erasure_decisions WHERE case_id = $1
        """, decision.Case, decision.Id, decision.Decision, user, now, signed.Der);

    /// <summary>Every decision of the case with its user, the first first.</summary>
    public static List<(string User, byte[] Document)> Decisions(Session s, string caseId)
        => s.Query("SELECT user, document FROM erasure_decisions WHERE case_id = $1 ORDER BY seq", row => (row.GetString(0), row.Bytes(1)), caseId);

    public static bool IsErased(Session s, string caseId, string ownState) => s.Number("SELECT count(*) FROM erasures WHERE case_id = $1 AND issuer = $2", caseId, ownState) > 0;

    /// <summary>Every erasure of the case, ours and the other side's, as sealed.</summary>
    public static List<byte[]> Of(Session s, string caseId) => s.Query("SELECT der FROM erasures WHERE case_id = $1 ORDER BY issuer, id", row => row.Bytes(0), caseId);

    public static void Store(Session s, Erasure erasure, ReadOnlyMemory<byte> der, bool told)
        => s.RunOne("INSERT INTO erasures (id, issuer, case_id, time, told, der) VALUES ($1, $2, $3, $4, $5, $6)", erasure.Id, erasure.Authority.State, erasure.Case, erasure.Time, told, der);
}
