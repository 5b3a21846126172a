using Gateway.Protocol.Documents;
using Gateway.Storage;

namespace Gateway.AuditLog;

/// <summary>What a leaf records; the word stands in the leaf <c>gwlog/v1 KIND SHA256\n</c>.</summary>
internal enum LeafKind
{
    /// <summary>A receipt that we issued (digest of its DER).</summary>
    receipt,

    /// <summary>A receipt of the other side that we accepted (digest of its DER).</summary>
    received,

    /// <summary>An internal act (digest of its record).</summary>
    audit,

    /// <summary>An erasure of ours (digest of its DER).</summary>
    erasure,
}

/// <summary>Appends leaves, gap-free, in the transaction of the act that they record. The single writer makes max+1 safe.</summary>
internal static class Leaves
{
    public static long Append(Session session, LeafKind kind, Digest sha256)
    {
        session.RunOne("INSERT INTO log_leaves (idx, kind, sha256) SELECT coalesce(max(idx), -1) + 1, $1, $2 FROM log_leaves", kind, sha256);
        return session.LastRow();
    }
}
