using System.Text;
using Gateway.Access;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Drafts;

/// <summary>How far a request has come that is not sent yet.</summary>
internal enum DraftState
{
    /// <summary>Being written; every new version is one again.</summary>
    DRAFT,

    /// <summary>Somebody else has approved this version.</summary>
    REVIEWED,

    /// <summary>Signed in this version.</summary>
    SIGNED,

    /// <summary>Sent; a case has begun.</summary>
    SENT,

    /// <summary>Given up.</summary>
    DROPPED,
}

/// <summary>A draft as stored; its words are encrypted under a key of its own.</summary>
internal sealed record DraftRow(
    string Id, string Authority, RequestKind Kind, Urgency Urgency, string Mark, DraftState State, long Version, string Author, string? Reviewer, string? Signer, string? CaseId, DateTimeOffset Changed, byte[]? Fields, byte[]? Signed)
{
    /// <summary>How the names of the keys of drafts begin.</summary>
    public const string KeyPrefix = "draft:";

    private const string Columns = "d.id, d.authority, d.kind, d.urgency, d.mark, d.state, d.version, d.author, d.reviewer, d.signer, d.case_id, d.changed, d.fields, d.signed";

    /// <summary>The name under which its key is kept.</summary>
    public static string KeyOf(string id) => $"{KeyPrefix}{id}";

    /// <summary>The answer when somebody else did something with it at the same moment.</summary>
    public static Refusal Moved => new(RefusalCode.StateConflict, "the draft moved at the same moment; look at it and repeat", "draft");

    public bool IsOpen => State is DraftState.DRAFT or DraftState.REVIEWED or DraftState.SIGNED;

    public static DraftRow? Seen(Session s, Reach reach, string user, string id)
        => s.One($"SELECT {Columns} FROM drafts d WHERE d.id = $1 AND (d.author = $2 OR {Reach.Sees("d.id", "d.kind", 3)})", Read, reach.With(id, user));

    public static List<DraftRow> Newest(Session s, Reach reach, string user, bool openOnly, int limit) => s.Query($"""
        SELECT {Columns} FROM drafts d WHERE d.state <> 'DROPPED' AND ($1 = 0 OR d.state <> 'SENT') AND (d.author = $2 OR {Reach.Sees("d.id", "d.kind", 4)})
        ORDER BY d.changed DESC, d.id LIMIT $3
        """, Read, reach.With(openOnly, user, limit));

    /// <summary>The fields as they were kept; empty when they are gone, or go this instant.</summary>
    public string FieldsText(CaseKeys keys) => Fields is { } sealedFields && keys.TryOpen(KeyOf(Id), $"fields:{Version}", sealedFields) is { } fields ? Encoding.UTF8.GetString(fields) : "";

    public byte[]? SignedDocument(CaseKeys keys) => Signed is { } sealedDocument ? keys.TryOpen(KeyOf(Id), $"signed:{Version}", sealedDocument) : null;

    /// <summary>Moves it on; what it was judged on must still be so.</summary>
    public bool Move(Session s, DraftState to, DateTimeOffset now, string? reviewer, string? signer, byte[]? signed, string? caseId = null) => s.Run(
        "UPDATE drafts SET state = $1, changed = $2, reviewer = $3, signer = $4, signed = $5, case_id = $6 WHERE id = $7 AND version = $8 AND state = $9", to, now, reviewer, signer, signed, caseId, Id, Version, State) == 1;

    public static void Step(Session s, string draft, long version, string step, string user, byte[]? comment, DateTimeOffset now) => s.RunOne(
        "INSERT INTO draft_steps (draft, seq, version, step, user, time, comment) SELECT $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5, $6 FROM draft_steps WHERE draft = $1", draft, version, step, user, now, comment);

    public static List<(long Seq, long Version, string Step, string User, string Time, byte[]? Comment)> Steps(Session s, string draft) => s.Query(
        "SELECT seq, version, step, user, time, comment FROM draft_steps WHERE draft = $1 ORDER BY seq", r => (r.GetInt64(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), r.BytesOrNull(5)), draft);

    /// <summary>Whether it was sent or given up, so that nothing of it needs its key.</summary>
    public static bool IsClosed(Session s, string draft) => s.Number("SELECT count(*) FROM drafts WHERE id = $1 AND state IN ('SENT', 'DROPPED')", draft) > 0;

    /// <summary>The words go; who did what, and when, stays.</summary>
    public static void Forget(Session s, string draft)
    {
        s.Run("UPDATE drafts SET fields = NULL, signed = NULL WHERE id = $1", draft);
        s.Run("UPDATE draft_steps SET comment = NULL WHERE draft = $1", draft);
    }

    private static DraftRow Read(SqliteDataReader row) => new(
        row.GetString(0), row.GetString(1), row.Word<RequestKind>(2), row.Word<Urgency>(3), row.GetString(4), row.Word<DraftState>(5), row.GetInt64(6), row.GetString(7), row.TextOrNull(8), row.TextOrNull(9),
        row.TextOrNull(10), row.Time(11), row.BytesOrNull(12), row.BytesOrNull(13));
}
