using Gateway.AuditLog;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;

namespace Gateway.Custody;

/// <summary>The last event in one State's chain of an item.</summary>
internal readonly record struct CustodyHead(long Seq, Digest Sha256);

/// <summary>An event as it is kept.</summary>
internal sealed record KeptEvent(CustodyEvent Event, SignedDocument Signed);

/// <summary>Custody events in the database: the signed bytes under the case key, the leaf in the same transaction.</summary>
internal static class CustodyRows
{
    /// <summary>Where a chain stands; before its first event the signed manifest is its head.</summary>
    public static CustodyHead Head(Session session, string item, string state, Digest manifestSha256)
        => session.One("SELECT seq, sha256 FROM custody_events WHERE item = $1 AND state = $2 ORDER BY seq DESC LIMIT 1", row => Tuple.Create(row.GetInt64(0), row.Digest(1)), item, state) is { } last
            ? new CustodyHead(last.Item1, last.Item2)
            : new CustodyHead(0, manifestSha256);

    /// <summary>All events of an item, chain by chain.</summary>
    public static List<KeptEvent> Of(Session session, CaseKeys keys, string caseId, string item) => session.Query(
        "SELECT state, seq, document FROM custody_events WHERE item = $1 ORDER BY state, seq",
        row => Open(keys, caseId, item, row.GetString(0), row.GetInt64(1), row.Bytes(2)), item);

    /// <summary>The events of one kind in one State's chain of an item.</summary>
    public static List<KeptEvent> Of(Session session, CaseKeys keys, string caseId, string item, string state, CustodyKind kind) => session.Query(
        "SELECT seq, document FROM custody_events WHERE item = $1 AND state = $2 AND kind = $3 ORDER BY seq",
        row => Open(keys, caseId, item, state, row.GetInt64(0), row.Bytes(1)), item, state, kind);

    /// <summary>Opens one; what was stored was read before, so that anything else is a broken ledger.</summary>
    public static KeptEvent Open(CaseKeys keys, string caseId, string item, string state, long seq, byte[] document)
    {
        var signed = SignedDocument.Open(keys.Open(caseId, Purpose(item, state, seq), document)).Value;
        return new KeptEvent(CustodyEvent.Read(signed.Content).Value, signed);
    }

    /// <summary>Stores an event with its leaf. The chain must still stand at <paramref name="after"/>.</summary>
    public static void Append(Session session, CaseKeys keys, KeptEvent kept, CustodyHead after, bool tell)
    {
        var custody = kept.Event;
        if (Head(session, custody.Item, custody.State, custody.ManifestSha256) != after)
            throw new CustodyMovedException();
        var leaf = Leaves.Append(session, LeafKind.custody, kept.Signed.Sha256);
        session.RunOne("INSERT INTO custody_events (item, state, seq, case_id, kind, sha256, leaf, tell, document) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            custody.Item, custody.State, custody.Seq, custody.Case, custody.Event, kept.Signed.Sha256, leaf, tell,
            keys.Seal(custody.Case, Purpose(custody.Item, custody.State, custody.Seq), kept.Signed.Der.Span));
    }

    /// <summary>What the body of an event is encrypted for.</summary>
    public static string Purpose(string item, string state, long seq) => $"custody:{item}:{state}:{seq}";
}
