using System.Security.Cryptography;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;

namespace Gateway.AuditLog;

/// <summary>
/// An internal act (peer approved, user revoked, item attached, message opened) as a document whose digest is a leaf. It holds
/// 32 random bytes, so that nobody can guess its content from the leaf; ids and codes only, no names of persons in cases.
/// </summary>
/// <param name="Act">Dotted words: <c>peer.approved</c>.</param>
/// <param name="By">User name, or <c>gateway</c>.</param>
/// <param name="Subject">Id of what was acted upon.</param>
/// <param name="Case">Case id when it belongs to a case.</param>
/// <param name="Detail">Short text, no personal data.</param>
internal sealed record AuditRecord(string Act, string By, string Subject, string? Case = null, string? Detail = null)
{
    /// <summary>The document type.</summary>
    public const string Type = "auditRecord";

    private const int MaxAct = 100;
    private const int MaxBy = 200;
    private const int MaxSubject = 500;
    private const int MaxCase = 35;
    private const int MaxDetail = 100_000;

    /// <summary>Reads the members of a stored record.</summary>
    public static AuditRecord Read(DocumentReader r)
    {
        var record = new AuditRecord(r.Text("act", MaxAct), r.Text("by", MaxBy), r.Text("subject", MaxSubject, 0), r.TextOrNull("case", MaxCase), r.TextOrNull("detail", MaxDetail));
        r.Time("time");
        r.Text("salt", 64, 64);
        return record;
    }

    /// <summary>Stores the record and its leaf in this transaction; the number of the leaf.</summary>
    /// <exception cref="InvalidOperationException">A member is longer than one that can be read back: the log is for good, and every later check would call the record altered.</exception>
    public long Append(Session session, DateTimeOffset now)
    {
        if (Act.Length > MaxAct || By.Length > MaxBy || Subject.Length > MaxSubject || Case?.Length > MaxCase || Detail?.Length > MaxDetail)
            throw new InvalidOperationException($"the record of {Act} is longer than one that can be read back");
        var body = DocumentWriter.Write(Type, 1, w => w
            .Text("act", Act)
            .Text("by", By)
            .Text("subject", Subject)
            .TextOrNull("case", Case)
            .TextOrNull("detail", Detail)
            .Time("time", now)
            .Text("salt", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))));
        var idx = Leaves.Append(session, LeafKind.audit, Digest.Of(body));
        session.RunOne("INSERT INTO audit_records (idx, act, case_id, time, body) VALUES ($1, $2, $3, $4, $5)", idx, Act, Case, now, body);
        return idx;
    }
}
