using Gateway.Protocol.Documents;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Judging;

/// <summary>Of which kind a document of trust is.</summary>
internal enum TrustKind
{
    STATE_LIST,
    ETSI_LIST,
    AGREEMENT,
    CRL,
    CERTIFICATE,
    OCSP,
}

/// <summary>Whether a document of trust counts.</summary>
internal enum TrustStatus
{
    PROPOSED,
    IN_USE,
    REPLACED,
}

/// <summary>A document of trust as stored.</summary>
/// <param name="Peer">The State that it is about.</param>
/// <param name="Name">Which one of its kind: the territory of a list, the id of an agreement, the issuer of a CRL.</param>
/// <param name="Number">Sequence number or version.</param>
/// <param name="Signer">SHA-256 of the signer's certificate.</param>
internal sealed record TrustRow(Digest Sha256, string Peer, TrustKind Kind, string Name, long Number, Digest? Signer, TrustStatus Status, string TakenBy, string? ApprovedBy, DateTimeOffset Time, byte[] Content)
{
    private const string Columns = "sha256, peer, kind, name, number, signer, status, taken_by, approved_by, time, content";

    public static List<TrustRow> Current(Session s) => s.Query($"SELECT {Columns} FROM trust_documents WHERE status IN ('IN_USE', 'PROPOSED') ORDER BY peer, kind, name, number", Read);

    public static TrustRow? InUse(Session s, string peer, TrustKind kind, string name)
        => s.One($"SELECT {Columns} FROM trust_documents WHERE peer = $1 AND kind = $2 AND name = $3 AND status = 'IN_USE' ORDER BY number DESC LIMIT 1", Read, peer, kind, name);

    public static TrustRow? Proposed(Session s, string peer)
        => s.One($"SELECT {Columns} FROM trust_documents WHERE peer = $1 AND status = 'PROPOSED' ORDER BY time DESC LIMIT 1", Read, peer);

    public static bool Has(Session s, Digest sha256) => s.Number("SELECT count(*) FROM trust_documents WHERE sha256 = $1", sha256) > 0;

    public static byte[]? Bytes(Session s, Digest sha256) => s.One("SELECT content FROM trust_documents WHERE sha256 = $1", r => r.Bytes(0), sha256);

    /// <summary>Puts it in the place of the one in use; the old one is kept, since verdicts name it.</summary>
    public void Store(Session s)
    {
        if (Status == TrustStatus.IN_USE)
            s.Run("UPDATE trust_documents SET status = 'REPLACED' WHERE peer = $1 AND kind = $2 AND name = $3 AND sha256 <> $4", Peer, Kind, Name, Sha256);
        s.Run("DELETE FROM trust_documents WHERE sha256 = $1", Sha256);
        s.RunOne($"INSERT INTO trust_documents ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", Sha256, Peer, Kind, Name, Number, Signer, Status, TakenBy, ApprovedBy, Time, Content);
    }

    private static TrustRow Read(SqliteDataReader r) => new(
        r.Digest(0), r.GetString(1), r.Word<TrustKind>(2), r.GetString(3), r.GetInt64(4), r.BytesOrNull(5) is { } signer ? new Digest(signer) : null, r.Word<TrustStatus>(6), r.GetString(7), r.TextOrNull(8), r.Time(9), r.Bytes(10));
}
